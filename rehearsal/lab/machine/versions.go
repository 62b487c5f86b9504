package machine

import (
	"context"
	"os/exec"
	"regexp"
)

// Versions are those of this machine's Squid and cloud-init, with which the instances boot. Empty where there is none.
func Versions(ctx context.Context) (squid, cloudInit string) {
	return version(ctx, squidPath, "-v"), version(ctx, "cloud-init", "--version")
}

// versionNumber finds the number in what a program says about itself, such as "Squid Cache: Version 5.7".
var versionNumber = regexp.MustCompile(`\d+(\.\d+)+\S*`)

func version(ctx context.Context, program, flag string) string {
	said, err := exec.CommandContext(ctx, program, flag).CombinedOutput() // cloud-init says it on either
	if err != nil {
		return ""
	}
	return string(versionNumber.Find(said))
}

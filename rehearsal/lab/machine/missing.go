package machine

import (
	"os/exec"
	"runtime"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/netns"
)

// squidPath is where Debian and Ubuntu install Squid; not every user's PATH leads there.
const squidPath = "/usr/sbin/squid"

// Missing names what this machine lacks to boot an instance, each with what to do. Empty means that it can.
func Missing() []string {
	missing := netns.Missing()
	if runtime.GOOS != "linux" {
		return missing
	}
	if _, err := exec.LookPath(squidPath); err != nil {
		missing = append(missing, "squid: apt-get install squid")
	}
	if _, err := exec.LookPath("cloud-init"); err != nil {
		missing = append(missing, "cloud-init: apt-get install cloud-init")
	}
	return missing
}

package lab

import (
	"os"
	"os/exec"
	"runtime"
)

// squidPath is where Debian and Ubuntu install Squid; not every user's PATH leads there.
const squidPath = "/usr/sbin/squid"

// Missing names what this machine lacks to run the data plane, each with what to do. Empty means that it can.
func Missing() []string {
	if runtime.GOOS != "linux" {
		return []string{"Linux: run it on a Linux machine or in a Linux virtual machine"}
	}
	var missing []string
	if os.Geteuid() != 0 {
		missing = append(missing, "root: run with sudo")
	} else if !namespacesAllowed() {
		missing = append(missing, "namespaces: run the container with --privileged")
	}
	if _, err := exec.LookPath(squidPath); err != nil {
		missing = append(missing, "squid: apt-get install squid")
	}
	for _, tool := range []struct{ name, from string }{{"cloud-init", "cloud-init"}, {"ip", "iproute2"}, {"nft", "nftables"}} {
		if _, err := exec.LookPath(tool.name); err != nil {
			missing = append(missing, tool.name+": apt-get install "+tool.from)
		}
	}
	return missing
}

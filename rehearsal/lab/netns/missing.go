package netns

import (
	"os"
	"os/exec"
	"runtime"
)

// Missing names what this machine lacks to have networks of the lab's, each with what to do. Empty means that it can.
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
	for _, tool := range []struct{ name, from string }{{"ip", "iproute2"}, {"nft", "nftables"}} {
		if _, err := exec.LookPath(tool.name); err != nil {
			missing = append(missing, tool.name+": apt-get install "+tool.from)
		}
	}
	return missing
}

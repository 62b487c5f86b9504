package checks

import (
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/machine"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// Where cloud-init's log has the end of the packages, and each file that it writes.
var (
	packagesIn  = regexp.MustCompile(`finish: modules-final/config-package[-_]update[-_]upgrade[-_]install: SUCCESS`)
	fileWritten = regexp.MustCompile(`Writing to (\S+) - wb: `)
)

// packageDir belongs to Squid's package, which must find nothing of ours there when it is installed.
const packageDir = "/etc/squid/"

const inOrder = "written after the packages"

// bootOrder checks when cloud-init has written the files that Squid's package must not find, unless the image has it.
func (p *Proxies) bootOrder() []model.Check {
	if !p.Installs {
		return nil
	}
	var all []model.Check
	for _, m := range p.Machines {
		log, err := os.ReadFile(m.Path(machine.CloudInitLog))
		for _, f := range p.Files {
			if !strings.HasPrefix(f.Path, packageDir) {
				continue
			}
			check := model.Check{From: fmt.Sprintf("instance %v", m.Address), Target: f.Path, Expect: inOrder,
				Got: whenWritten(string(log), f.Path)}
			if err != nil {
				check.Got = err.Error()
			}
			all = append(all, check)
		}
	}
	return all
}

// whenWritten says when cloud-init has written the file, by its log.
func whenWritten(log, path string) string {
	packages, written := false, "never written"
	for line := range strings.Lines(log) {
		if packagesIn.MatchString(line) {
			packages = true
		}
		if m := fileWritten.FindStringSubmatch(line); m == nil || m[1] != path {
			continue
		}
		if !packages {
			return "written before the packages"
		}
		written = inOrder
	}
	return written
}

package dataplane

import (
	"fmt"
	"regexp"
	"strings"
)

// gated is the outcome of a gate, without which nobody would know whether the instances serve.
const gated = "opened on every instance"

// limits are what a proxy is kept up by: descriptors for its tunnels by squid.conf and by its service, and a start after every end.
const limits = "max_filedescriptors %s, Restart=%s LimitNOFILE=%s"

// maxDescriptors is squid.conf's setting.
var maxDescriptors = regexp.MustCompile(`(?m)^max_filedescriptors (\d+)$`)

// upkeep looks at each instance's service, as its service manager has it, and at the gate.
func (s *scaleSet) upkeep() []Check {
	byConf, wanted := "1024", "65536"
	if match := maxDescriptors.FindSubmatch(s.conf); match != nil {
		byConf, wanted = string(match[1]), string(match[1])
	}
	var all []Check
	for _, m := range s.instances {
		check := Check{From: fmt.Sprintf("instance %v", m.address), Target: "squid.service", Expect: fmt.Sprintf(limits, wanted, "always", wanted)}
		shown, err := m.shell("systemctl show squid")
		if err != nil {
			check.Got = err.Error()
		} else {
			check.Got = fmt.Sprintf("max_filedescriptors %s, %s", byConf, strings.Join(strings.Fields(shown), " "))
		}
		all = append(all, check)
	}
	check := Check{From: "scale set", Target: "readiness gate", Expect: gated, Got: gated}
	if s.Gate == "" {
		check.Got = "none"
	}
	return append(all, check)
}

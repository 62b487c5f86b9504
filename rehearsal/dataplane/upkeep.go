package dataplane

import (
	"fmt"
	"regexp"
	"strings"
)

// What keeps a proxy up: descriptors for its tunnels by squid.conf and by its service, a start after every end, and a gate without
// which nobody would know that it serves.
const (
	kept  = "max_filedescriptors 65536, Restart=always LimitNOFILE=65536"
	gated = "opened on every instance"
)

// maxDescriptors is squid.conf's setting.
var maxDescriptors = regexp.MustCompile(`(?m)^max_filedescriptors (\d+)$`)

// upkeep looks at each instance's service, as its service manager has it, and at the gate.
func (s *scaleSet) upkeep() []Check {
	byConf := "1024"
	if match := maxDescriptors.FindSubmatch(s.conf); match != nil {
		byConf = string(match[1])
	}
	var all []Check
	for _, m := range s.instances {
		check := Check{From: fmt.Sprintf("instance %v", m.address), Target: "squid.service", Expect: kept}
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

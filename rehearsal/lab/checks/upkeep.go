package checks

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// gated is the outcome of a gate, without which nobody would know whether the instances serve.
const gated = "opened on every instance"

// limits are what a proxy is kept up by: descriptors for its tunnels by squid.conf and by its service, and a start
// after every end.
const limits = "max_filedescriptors %s, Restart=%s LimitNOFILE=%s"

// maxDescriptors is squid.conf's setting.
var maxDescriptors = regexp.MustCompile(`(?m)^max_filedescriptors (\d+)$`)

// givenUp is when the kernel has given up on a sensor that acknowledges nothing: after 100 s, in place of a quarter of
// an hour.
// https://docs.kernel.org/networking/ip-sysctl.html#tcp-variables
const givenUp = "given up after %s repetitions"

// ports are those that a tunnel may have towards its endpoint: more than there are tunnels, and not Squid's own.
const ports = "of %s, but for the last"

// upkeep looks at each instance's service, as its service manager has it, at its kernel, and at the gate.
func (p *Proxies) upkeep() []model.Check {
	byConf, wanted := "1024", "65536"
	if match := maxDescriptors.FindSubmatch(p.Conf); match != nil {
		byConf, wanted = string(match[1]), string(match[1])
	}
	var all []model.Check
	for _, m := range p.Machines {
		look := func(target, script, expect, format string) {
			check := model.Check{From: fmt.Sprintf("instance %v", m.Address), Target: target, Expect: expect}
			shown, err := m.Shell(script)
			if check.Got = fmt.Sprintf(format, strings.Join(strings.Fields(shown), " ")); err != nil {
				check.Got = err.Error()
			}
			all = append(all, check)
		}
		look("squid.service", "systemctl show --property=Restart,LimitNOFILE squid",
			fmt.Sprintf(limits, wanted, "always", wanted),
			"max_filedescriptors "+byConf+", %s")
		look("data that nobody acknowledges", "sysctl -n net.ipv4.tcp_retries2", fmt.Sprintf(givenUp, "8"), givenUp)
		look("ports towards one endpoint", "sysctl -n net.ipv4.ip_local_port_range net.ipv4.ip_local_reserved_ports",
			fmt.Sprintf(ports, fmt.Sprintf("1024 65535 %d", p.BackendPort)), ports)
	}
	check := model.Check{From: "scale set", Target: "readiness gate", Expect: gated, Got: gated}
	if p.Gate == "" {
		check.Got = "none"
	}
	return append(all, check)
}

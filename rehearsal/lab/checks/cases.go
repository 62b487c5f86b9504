package checks

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/netns"
)

// mustOpen: each host from a sensor, and one from each other sensor.
func mustOpen(p model.Plan) []model.Attempt {
	var all []model.Attempt
	for _, host := range p.Hosts {
		all = append(all, p.Tunnel(p.Sensors[0], host+":443", model.Open))
	}
	for _, source := range p.Sensors[1:] {
		all = append(all, p.Tunnel(source, p.Hosts[0]+":443", model.Open))
	}
	return all
}

// mustRefuse: what is not a tunnel of a sensor to a listed host's port 443, as a Squid of that major version answers.
func mustRefuse(p model.Plan, squid int) []model.Attempt {
	source, host := p.Sensors[0], p.Hosts[0]
	var all []model.Attempt
	for _, name := range model.Lookalikes() {
		all = append(all, p.Tunnel(source, name+":443", model.Refused(403, "not-listed")))
	}
	for _, port := range netns.EndpointPorts {
		if port != 443 {
			all = append(all, p.Tunnel(source, fmt.Sprintf("%s:%d", host, port), model.Refused(403, "port")))
		}
	}
	for _, addr := range []netip.Addr{model.EndpointAddress(0), model.EndpointV6} {
		all = append(all, p.Tunnel(source, netip.AddrPortFrom(addr, 443).String(), model.Refused(403, "raw-address")))
	}
	for _, name := range noHostNames(p) {
		refused := model.Refused(403, "no-host-name")
		if squid >= 7 && strings.Contains(name, "/") {
			refused = "answered (400)" // it is no request to this Squid
		}
		all = append(all, p.Tunnel(source, name+":443", refused))
	}
	for _, method := range []string{"GET", "POST"} {
		all = append(all, p.Attempt(source, method, "http://"+host+"/", model.Refused(403, "method")))
	}
	// Whatever a stranger asks for, the answer is the same.
	for _, port := range []string{"443", "22"} {
		all = append(all, p.Tunnel(p.Stranger, host+":"+port, model.Refused(403, "source")))
	}
	return append(all, p.Attempt(p.Stranger, "GET", "http://"+host+"/", model.Refused(403, "source")))
}

// noHostNames are below an allowed domain and nothing that a host can be called: another sign, a hyphen at an end, a
// label longer than DNS has.
func noHostNames(p model.Plan) []string {
	domain, _ := model.AnyHostOf(p.Domains)
	return []string{"evil.example/" + domain, "-evil" + domain, strings.Repeat("a", 64) + domain}
}

// mustRefuseInside: listed names that resolve to an address inside. Where the list has hosts only and no domain, such a
// name is not on it.
func mustRefuseInside(p model.Plan) []model.Attempt {
	reason := "inside-address"
	if _, listed := model.AnyHostOf(p.Domains); !listed {
		reason = "not-listed"
	}
	var all []model.Attempt
	for _, i := range p.Inside {
		a := p.Tunnel(p.Sensors[0], i.Host+":443", model.Refused(403, reason))
		a.Target += fmt.Sprintf(", which resolves to %v", i.Address)
		all = append(all, a)
	}
	return all
}

// through notes in each check by which way it goes.
func through(attempts []model.Attempt, way string) []model.Attempt {
	for i := range attempts {
		attempts[i].Target += " through " + way
	}
	return attempts
}

// made makes the attempts in order, and gives the checks that they are.
func (s sensor) made(attempts []model.Attempt) []model.Check {
	var checks []model.Check
	for _, a := range attempts {
		s.make(&a)
		checks = append(checks, a.Check)
	}
	return checks
}

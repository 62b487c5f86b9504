package lab

import (
	"fmt"
	"net/netip"
)

// attempt is a check to be made: a request of a source, through a certain instance where one is named.
type attempt struct {
	Check
	source   netip.Addr
	method   string
	target   string
	login    login
	instance netip.Addr
}

// open is the outcome of a tunnel with TLS verified end to end and an HTTP exchange inside it.
const open = "open"

// closed is the outcome of an attempt that nobody answers.
const closed = "closed"

// refused is the outcome of Squid's 403 or 407 with the reason that its configuration gives.
func refused(status int, reason string) string {
	return fmt.Sprintf("refused (%d: %s)", status, reason)
}

// mustOpen: each host from a sensor, and one from each other sensor.
func (p plan) mustOpen() []attempt {
	var all []attempt
	for _, host := range p.hosts {
		all = append(all, p.tunnel(p.sensors[0], host+":443", open))
	}
	for _, source := range p.sensors[1:] {
		all = append(all, p.tunnel(source, p.hosts[0]+":443", open))
	}
	return all
}

// mustRefuse: what is not a tunnel of a sensor to a listed host's port 443.
func (p plan) mustRefuse() []attempt {
	source, host := p.sensors[0], p.hosts[0]
	var all []attempt
	for _, name := range lookalikes() {
		all = append(all, p.tunnel(source, name+":443", refused(403, "not-listed")))
	}
	for _, port := range endpointPorts {
		if port != 443 {
			all = append(all, p.tunnel(source, fmt.Sprintf("%s:%d", host, port), refused(403, "port")))
		}
	}
	for _, addr := range []netip.Addr{endpointAddress(0), endpointV6} {
		all = append(all, p.tunnel(source, netip.AddrPortFrom(addr, 443).String(), refused(403, "raw-address")))
	}
	for _, name := range p.noHostNames() {
		all = append(all, p.tunnel(source, name+":443", refused(403, "no-host-name")))
	}
	for _, method := range []string{"GET", "POST"} {
		all = append(all, p.attempt(source, method, "http://"+host+"/", refused(403, "method")))
	}
	// Whatever a stranger asks for, he learns the same.
	for _, port := range []string{"443", "22"} {
		all = append(all, p.tunnel(p.stranger, host+":"+port, refused(403, "source")))
	}
	return append(all, p.attempt(p.stranger, "GET", "http://"+host+"/", refused(403, "source")))
}

// mustRefuseInside: listed names that resolve to an address inside. Where the list has hosts only and no domain, such a
// name is not on it.
func (p plan) mustRefuseInside() []attempt {
	reason := "inside-address"
	if _, listed := anyHostOf(p.domains); !listed {
		reason = "not-listed"
	}
	var all []attempt
	for _, i := range p.inside {
		a := p.tunnel(p.sensors[0], i.host+":443", refused(403, reason))
		a.Target += fmt.Sprintf(", which resolves to %v", i.address)
		all = append(all, a)
	}
	return all
}

func (p plan) tunnel(source netip.Addr, target, expect string) attempt {
	return p.attempt(source, "CONNECT", target, expect)
}

func (p plan) attempt(source netip.Addr, method, target, expect string) attempt {
	who, presented := "sensor", p.login
	if source == p.stranger {
		who, presented = "stranger", login{}
	}
	if source == platform {
		who = "platform"
	}
	what := target
	if method != "CONNECT" {
		what = method + " " + target
	}
	return attempt{
		Check:  Check{From: fmt.Sprintf("%s %v", who, source), Target: what, Expect: expect},
		source: source,
		method: method,
		target: target,
		login:  presented,
	}
}

// through notes in each check by which way it goes.
func through(attempts []attempt, way string) []attempt {
	for i := range attempts {
		attempts[i].Target += " through " + way
	}
	return attempts
}

// made makes the attempts in order, and gives the checks that they are.
func (s sensor) made(attempts []attempt) []Check {
	var checks []Check
	for _, a := range attempts {
		a.make(s)
		checks = append(checks, a.Check)
	}
	return checks
}

package dataplane

import (
	"fmt"
	"net/netip"
	"slices"
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

// refused is the outcome of Squid's 403 or 407 with the reason that its configuration gives.
func refused(status int, reason string) string { return fmt.Sprintf("refused (%d: %s)", status, reason) }

// checks is the specification of the proxy, case by case.
func checks(p plan, conf []byte, instances []netip.Addr) []attempt {
	return slices.Concat(p.mustOpen(instances), p.mustRefuse(), p.mustRefuseInside(conf), p.mustAsk())
}

// mustOpen: each host from a sensor, a host from each range of sensors, and a tunnel through each instance.
func (p plan) mustOpen(instances []netip.Addr) []attempt {
	var all []attempt
	for _, host := range p.hosts {
		all = append(all, p.tunnel(p.sensors[0], host+":443", open))
	}
	for _, source := range p.sensors[1:] {
		all = append(all, p.tunnel(source, p.hosts[0]+":443", open))
	}
	for _, addr := range instances {
		a := p.tunnel(p.sensors[0], p.hosts[0]+":443", open)
		a.instance = addr
		a.Target += fmt.Sprintf(" through instance %v", addr)
		all = append(all, a)
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
	for _, addr := range []netip.Addr{p.names[host], endpointV6} {
		all = append(all, p.tunnel(source, netip.AddrPortFrom(addr, 443).String(), refused(403, "raw-address")))
	}
	for _, method := range []string{"GET", "POST"} {
		all = append(all, p.attempt(source, method, "http://"+host+"/", refused(403, "method")))
	}
	return append(all, p.tunnel(p.stranger, host+":443", refused(403, "source")))
}

// mustRefuseInside: listed names that resolve to an address inside. Where the list has hosts only and no domain, such a
// name is not on it.
func (p plan) mustRefuseInside(conf []byte) []attempt {
	reason := "inside-address"
	if _, listed := anyHostOf(destinations(conf)); !listed {
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
	who, login := "sensor", p.login
	if source == p.stranger {
		who, login = "stranger", p.nobody
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
	}
}

// results are the checks as made.
func results(attempts []attempt) []Check {
	var made []Check
	for _, a := range attempts {
		made = append(made, a.Check)
	}
	return made
}

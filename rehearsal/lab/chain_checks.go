package lab

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// azure is how the checks call the deployed proxy at the end of a chain.
const azure = "Azure"

// checks makes a sensor speak through the chain, then takes it down from its far end, one proxy after the other. The
// refusals come last: what the first proxy refuses with nothing behind it, it refuses itself.
func (c *chain) checks(set *scaleSet) ([]Check, error) {
	if len(c.hops) == 0 {
		return nil, nil
	}
	_, before := c.endpoints.visitors.since(0)
	p, first := c.plan, c.sensorAt(c.hops[0].door())
	// Tunnels after refusals: the chain does not mind how often its far end has refused.
	made := append(c.installed, first.made(through(slices.Concat(p.mustRefuseInside(), p.mustOpen(), c.mustAsk()), c.way()))...)
	made = append(made, c.mustRefuseShortcuts()...)
	made = append(made, c.secrecy()...)
	cut, err := c.mustCutOff(first, set)
	if err != nil {
		return made, err
	}
	made = append(made, cut...)
	made = append(made, first.made(through(append(p.mustRefuse(), c.mustRefuseNeighbour()), c.hops[0].Name))...)
	return append(made, c.wayOut(before)), nil
}

func (h *hop) door() netip.AddrPort { return netip.AddrPortFrom(h.Addr, h.Port) }

// way names the proxies in order.
func (c *chain) way() string {
	var names []string
	for _, h := range c.hops {
		names = append(names, h.Name)
	}
	if c.inAzure() {
		names = append(names, azure)
	}
	return strings.Join(names, " → ")
}

// mustAsk: Azure's demand for credentials reaches the sensor through the chain.
func (c *chain) mustAsk() []attempt {
	if c.login() == (login{}) {
		return nil
	}
	return c.plan.mustAskSensor()
}

// mustRefuseShortcuts: each further proxy serves the one before it and nobody who comes round that.
func (c *chain) mustRefuseShortcuts() []Check {
	var all []Check
	for _, h := range c.hops[1:] {
		a := c.plan.tunnel(c.stranger, c.plan.hosts[0]+":443", refused(403, "source"))
		all = append(all, c.sensorAt(h.door()).made(through([]attempt{a}, h.Name))...)
	}
	return all
}

// secrecy: the logs of the proxies on site have nothing of what they pass on.
func (c *chain) secrecy() []Check {
	var all []Check
	source := c.plan.sensors[0]
	for _, h := range c.hops {
		if c.login() == (login{}) {
			break
		}
		mark := c.plan.mark(source)
		all = append(all, h.logs(fmt.Sprintf("host %s %v", h.Name, h.Addr), c.sensorAt(h.door()), mark))
		source = h.Addr
	}
	return all
}

// mustRefuseNeighbour: the address next to a sensor's is not a sensor's.
func (c *chain) mustRefuseNeighbour() attempt {
	a := c.plan.tunnel(c.neighbour, c.plan.hosts[0]+":443", refused(403, "source"))
	a.From = fmt.Sprintf("neighbour %v", c.neighbour)
	return a
}

// neighbour is an address beside the sensor's that nobody has.
func (s Site) neighbour(sensor netip.Addr) netip.Addr {
	taken := append(slices.Clone(s.Chain[0].Sensors), append(s.machines(), s.Frontend)...)
	addr := sensor.Next()
	for slices.Contains(taken, addr) {
		addr = addr.Next()
	}
	return addr
}

// cutOff is the outcome of a request for which a proxy finds no way.
const cutOff = "cut off (5xx)"

// mustCutOff: with a proxy down, the ones before it find no other way.
func (c *chain) mustCutOff(s sensor, set *scaleSet) ([]Check, error) {
	var all []Check
	if c.inAzure() {
		if err := set.stop(); err != nil {
			return nil, fmt.Errorf("taking Azure's proxy down: %w", err)
		}
		all = append(all, c.cut(s, azure))
	}
	for _, h := range slices.Backward(c.hops[1:]) {
		if o, err := h.run("systemctl stop squid"); err != nil || o.Service.MainPID != 0 {
			return nil, fmt.Errorf("taking %s down: exit %d: %w", h.Name, o.Exit, err)
		}
		all = append(all, c.cut(s, h.Name))
	}
	return all, nil
}

// cut makes a tunnel's attempt and says who went to the endpoint all the same.
func (c *chain) cut(s sensor, down string) Check {
	a := c.plan.tunnel(c.plan.sensors[0], c.plan.hosts[0]+":443", cutOff)
	a.Target += fmt.Sprintf(" through %s, with %s down", c.way(), down)
	_, before := c.endpoints.visitors.since(0)
	a.make(s)
	if strings.HasPrefix(a.Got, "answered (5") {
		a.Got = cutOff
	}
	if went, _ := c.endpoints.visitors.since(before); len(went) > 0 {
		a.Got += fmt.Sprintf(", and %s went directly", c.named(went))
	}
	return a.Check
}

// wayOut: in all this the endpoints have met the last proxy of the chain and nobody else.
func (c *chain) wayOut(before int) Check {
	last := []netip.Addr{c.hops[len(c.hops)-1].Addr}
	if c.inAzure() {
		last = c.exits()
	}
	met, _ := c.endpoints.visitors.since(before)
	exit := c.named(last[:1])
	check := Check{From: "endpoints", Target: "who comes by way of " + c.way(), Expect: "only " + exit, Got: "only " + exit}
	if others := without(met, last); len(others) > 0 {
		check.Got = c.named(others) + " too"
	}
	if len(met) == 0 {
		check.Got = "nobody"
	}
	return check
}

// named gives the proxies that have these addresses.
func (c *chain) named(addrs []netip.Addr) string {
	var names []string
	for _, addr := range addrs {
		name := addr.String()
		for _, h := range c.hops {
			if h.Addr == addr {
				name = h.Name
			}
		}
		if slices.Contains(append(c.exits(), c.Instances...), addr) {
			name = azure
		}
		names = append(names, name)
	}
	return strings.Join(slices.Compact(names), ", ")
}

package checks

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/machine"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// azure is how the checks call the deployed proxy at the end of a chain.
const azure = "Azure"

// Checks makes a sensor speak through the chain, then takes it down from its far end, one proxy after the other. The
// refusals come last: what the first proxy refuses with nothing behind it, it refuses itself.
func (c *Chain) Checks(set *machine.ScaleSet) ([]model.Check, error) {
	if len(c.hops) == 0 {
		return nil, nil
	}
	_, before := c.Endpoints.Log.Since(0)
	p, first := c.plan, sensorAt(c.Surroundings, c.hops[0].door())
	// Tunnels after refusals: the chain does not mind how often its far end has refused.
	made := append(c.installed,
		first.made(through(slices.Concat(mustRefuseInside(p), mustOpen(p), c.mustAsk()), c.way()))...)
	made = append(made, c.mustRefuseShortcuts()...)
	made = append(made, c.secrecy()...)
	cut, err := c.mustCutOff(first, set)
	if err != nil {
		return made, err
	}
	made = append(made, cut...)
	said, err := c.hops[0].Run(askVersion)
	if err != nil {
		return made, err
	}
	refused := append(mustRefuse(p, majorVersion(said.Output)), c.mustRefuseNeighbour())
	made = append(made, first.made(through(refused, c.hops[0].Name))...)
	return append(made, c.wayOut(before)), nil
}

func (h *hop) door() netip.AddrPort { return netip.AddrPortFrom(h.Addr, h.Port) }

// way names the proxies in order.
func (c *Chain) way() string {
	var names []string
	for _, h := range c.hops {
		names = append(names, h.Name)
	}
	if c.InAzure() {
		names = append(names, azure)
	}
	return strings.Join(names, " → ")
}

// mustAsk: Azure's demand for credentials reaches the sensor through the chain.
func (c *Chain) mustAsk() []model.Attempt {
	if c.Login() == (model.Login{}) {
		return nil
	}
	return mustAskSensor(c.plan)
}

// mustRefuseShortcuts: each further proxy serves the one before it, and nobody who goes around that one.
func (c *Chain) mustRefuseShortcuts() []model.Check {
	var all []model.Check
	for _, h := range c.hops[1:] {
		a := c.plan.Tunnel(c.Stranger, c.plan.Hosts[0]+":443", model.Refused(403, "source"))
		all = append(all, sensorAt(c.Surroundings, h.door()).made(through([]model.Attempt{a}, h.Name))...)
	}
	return all
}

// secrecy: the logs of the proxies on site have nothing of what they pass on.
func (c *Chain) secrecy() []model.Check {
	var all []model.Check
	source := c.plan.Sensors[0]
	for _, h := range c.hops {
		if c.Login() == (model.Login{}) {
			break
		}
		marked := mark(c.plan, source)
		all = append(all, logs(h.Machine, fmt.Sprintf("host %s %v", h.Name, h.Addr),
			sensorAt(c.Surroundings, h.door()), marked))
		source = h.Addr
	}
	return all
}

// mustRefuseNeighbour: the address next to a sensor's is not a sensor's.
func (c *Chain) mustRefuseNeighbour() model.Attempt {
	a := c.plan.Tunnel(c.neighbour, c.plan.Hosts[0]+":443", model.Refused(403, "source"))
	a.From = fmt.Sprintf("neighbour %v", c.neighbour)
	return a
}

// CutOff is the outcome of a request for which a proxy finds no way.
const CutOff = "cut off (5xx)"

// mustCutOff: with a proxy down, the ones before it find no other way.
func (c *Chain) mustCutOff(s sensor, set *machine.ScaleSet) ([]model.Check, error) {
	var all []model.Check
	if c.InAzure() {
		if err := set.Stop(); err != nil {
			return nil, fmt.Errorf("taking Azure's proxy down: %w", err)
		}
		all = append(all, c.cut(s, azure))
	}
	for _, h := range slices.Backward(c.hops[1:]) {
		if o, err := h.Run("systemctl stop squid"); err != nil || o.Service.MainPID != 0 {
			return nil, fmt.Errorf("taking %s down: exit %d: %w", h.Name, o.Exit, err)
		}
		all = append(all, c.cut(s, h.Name))
	}
	return all, nil
}

// cut makes a tunnel's attempt and says who went to the endpoint all the same.
func (c *Chain) cut(s sensor, down string) model.Check {
	a := c.plan.Tunnel(c.plan.Sensors[0], c.plan.Hosts[0]+":443", CutOff)
	a.Target += fmt.Sprintf(" through %s, with %s down", c.way(), down)
	_, before := c.Endpoints.Log.Since(0)
	s.make(&a)
	if strings.HasPrefix(a.Got, "answered (5") {
		a.Got = CutOff
	}
	if went, _ := c.Endpoints.Log.Since(before); len(went) > 0 {
		a.Got += fmt.Sprintf(", and %s went directly", c.named(went))
	}
	return a.Check
}

// wayOut: in all this the endpoints have met the last proxy of the chain and nobody else.
func (c *Chain) wayOut(before int) model.Check {
	last := []netip.Addr{c.hops[len(c.hops)-1].Addr}
	if c.InAzure() {
		last = c.Exits()
	}
	met, _ := c.Endpoints.Log.Since(before)
	exit := c.named(last[:1])
	check := model.Check{From: "endpoints", Target: "who comes by way of " + c.way(), Expect: "only " + exit,
		Got: "only " + exit}
	if others := model.Without(met, last); len(others) > 0 {
		check.Got = c.named(others) + " too"
	}
	if len(met) == 0 {
		check.Got = "nobody"
	}
	return check
}

// named gives the proxies that have these addresses.
func (c *Chain) named(addrs []netip.Addr) string {
	var names []string
	for _, addr := range addrs {
		name := addr.String()
		for _, h := range c.hops {
			if h.Addr == addr {
				name = h.Name
			}
		}
		if slices.Contains(append(c.Exits(), c.Instances...), addr) {
			name = azure
		}
		names = append(names, name)
	}
	return strings.Join(slices.Compact(names), ", ")
}

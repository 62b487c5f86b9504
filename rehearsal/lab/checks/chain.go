package checks

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/machine"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// Chain is the proxies on site, from the sensor towards Azure. A site may have none.
type Chain struct {
	*machine.Surroundings
	plan      model.Plan
	neighbour netip.Addr // a host at the site that is no sensor of the first proxy
	hops      []*hop
	installed []model.Check
}

// hop is one proxy of the chain.
type hop struct {
	model.Onsite
	*machine.Host
}

// NewChain plans what the first proxy's sensors ask for. The lists of destinations are in the install scripts.
func NewChain(around *machine.Surroundings) *Chain {
	c := &Chain{Surroundings: around}
	if len(c.Chain) == 0 {
		return c
	}
	c.plan = model.NewPlan([]byte(c.Chain[0].InstallScript), c.Domains, c.Names)
	c.plan.Stranger, c.plan.Login, c.plan.Sensors = c.Stranger, c.Login(), model.IPv4(c.Chain[0].Sensors)
	c.neighbour = around.Neighbour(c.plan.Sensors[0])
	c.Asks(append(c.plan.Sensors, c.neighbour)...)
	for _, o := range c.Chain {
		if o.Host != "" {
			c.Names.Add(strings.ToLower(o.Host), o.Addr)
		}
	}
	return c
}

// Boot starts each host.
func (c *Chain) Boot(ctx context.Context) error {
	for i, o := range c.Chain {
		host, err := machine.NewHost(ctx, machine.Boot{Address: o.Addr, Image: c.Image}, fmt.Sprintf("onsite%d", i))
		if err != nil {
			return err
		}
		c.Links[o.Addr] = host.PID
		c.hops = append(c.hops, &hop{o, host})
	}
	return nil
}

// Install makes each host a proxy, the last of the chain first: a Squid that starts before its upstream does not know
// it yet when the first sensor asks.
func (c *Chain) Install() error {
	for _, h := range slices.Backward(c.hops) {
		checks, err := h.install()
		if err != nil {
			return err
		}
		c.installed = append(c.installed, checks...)
		fmt.Fprintf(c.Log, "on-site proxy %s is installed on %v\n", h.Name, h.Addr)
	}
	return nil
}

// install runs the install script as a technician might: once, once more, and with a configuration that Squid rejects.
func (h *hop) install() ([]model.Check, error) {
	bad, err := spoiled(h.InstallScript)
	if err != nil {
		return nil, fmt.Errorf("on-site proxy %s: %w", h.Name, err)
	}
	first, err := h.Run(h.InstallScript)
	if err != nil {
		return nil, err
	}
	again, err := h.Run(h.InstallScript)
	if err != nil {
		return nil, err
	}
	refused, err := h.Run(bad)
	if err != nil {
		return nil, err
	}
	check := func(target, expect, got string) model.Check {
		return model.Check{From: fmt.Sprintf("host %s %v", h.Name, h.Addr), Target: target, Expect: expect, Got: got}
	}
	return []model.Check{
		check("install script", "exit 0, runs, starts at boot", installed(first)),
		check("install script again", "exit 0, nothing changed", after(again, first)),
		check("install script with a squid.conf that Squid rejects", "exit 3, nothing changed", after(refused, again)),
	}, nil
}

// spoiled is the script with a squid.conf that allows an ACL which there is not.
func spoiled(script string) (string, error) {
	const rule = "\nhttp_access "
	if !strings.Contains(script, rule) {
		return "", errors.New("the install script holds no squid.conf in plain text")
	}
	return strings.Replace(script, rule, rule+"allow no-such-acl"+rule, 1), nil
}

// installed says what a first run has made of the host.
func installed(o machine.Outcome) string {
	text := fmt.Sprintf("exit %d", o.Exit)
	if o.Service.MainPID != 0 {
		text += ", runs"
	}
	if o.Service.Enabled {
		text += ", starts at boot"
	}
	if o.Exit != 0 {
		text += ": " + o.Output
	}
	return text
}

// after says what a further run has changed.
func after(o, before machine.Outcome) string {
	text := fmt.Sprintf("exit %d", o.Exit)
	switch {
	case o.Service.MainPID != before.Service.MainPID:
		return text + ", Squid restarted"
	case o.Service != before.Service:
		return text + ", the service touched"
	case o.Files != before.Files:
		return text + ", files written"
	}
	return text + ", nothing changed"
}

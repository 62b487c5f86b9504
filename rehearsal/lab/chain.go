package lab

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// chain is the proxies on site, from the sensor towards Azure. A site may have none.
type chain struct {
	*region
	plan      plan
	neighbour netip.Addr // a host at the site that is no sensor of the first proxy
	hops      []*hop
	installed []Check
}

// hop is one proxy of the chain.
type hop struct {
	Onsite
	*host
}

// newChain plans what the first proxy's sensors ask for. The lists of destinations are in the install scripts.
func (r *region) newChain() *chain {
	c := &chain{region: r}
	if len(r.Chain) == 0 {
		return c
	}
	c.plan = newPlan([]byte(r.Chain[0].InstallScript), r.Domains, r.names)
	c.plan.stranger, c.plan.login, c.plan.sensors = r.stranger, r.login(), ipv4(r.Chain[0].Sensors)
	c.neighbour = r.neighbour(c.plan.sensors[0])
	r.asks(append(c.plan.sensors, c.neighbour)...)
	for _, o := range r.Chain {
		if o.Host != "" {
			r.names.add(strings.ToLower(o.Host), o.Addr)
		}
	}
	return c
}

// boot starts each host.
func (c *chain) boot(ctx context.Context) error {
	for i, o := range c.Chain {
		host, err := newHost(ctx, boot{Address: o.Addr}, fmt.Sprintf("onsite%d", i))
		if err != nil {
			return err
		}
		c.network[o.Addr] = host.pid
		c.hops = append(c.hops, &hop{o, host})
	}
	return nil
}

// install makes each host a proxy, the last of the chain first: a Squid that starts before its upstream does not know it
// yet when the first sensor asks.
func (c *chain) install() error {
	for _, h := range slices.Backward(c.hops) {
		checks, err := h.install()
		if err != nil {
			return err
		}
		c.installed = append(c.installed, checks...)
		fmt.Fprintf(c.log, "on-site proxy %s is installed on %v\n", h.Name, h.Addr)
	}
	return nil
}

// install runs the install script as a technician might: once, once more, and with a configuration that Squid rejects.
func (h *hop) install() ([]Check, error) {
	bad, err := spoiled(h.InstallScript)
	if err != nil {
		return nil, fmt.Errorf("on-site proxy %s: %w", h.Name, err)
	}
	first, err := h.run(h.InstallScript)
	if err != nil {
		return nil, err
	}
	again, err := h.run(h.InstallScript)
	if err != nil {
		return nil, err
	}
	refused, err := h.run(bad)
	if err != nil {
		return nil, err
	}
	check := func(target, expect, got string) Check {
		return Check{From: fmt.Sprintf("host %s %v", h.Name, h.Addr), Target: target, Expect: expect, Got: got}
	}
	return []Check{
		check("install script", "exit 0, runs, starts at boot", first.installed()),
		check("install script again", "exit 0, nothing changed", again.after(first)),
		check("install script with a squid.conf that Squid rejects", "exit 3, nothing changed", refused.after(again)),
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
func (o outcome) installed() string {
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
func (o outcome) after(before outcome) string {
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

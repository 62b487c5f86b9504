package lab

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// provingGround is an instance with sensors before it and endpoints behind it, and what it is compared with in their
// place: an instance as it was documented in 2022, a relay, and nothing.
type provingGround struct {
	*scaleSet
	instance, instance2022        *machine
	tunnel, in2022, relay, direct way
}

// provingGround boots all of it. The machines that are compared stand side by side, behind the same network security group.
func (r *region) provingGround(ctx context.Context) (*provingGround, error) {
	set, err := r.scaleSet()
	if err != nil {
		return nil, err
	}
	g := &provingGround{scaleSet: set}
	sources := set.loadSources()
	r.asks(sources...)
	plan2022 := newPlan([]byte(conf2022), nil, r.names)
	if err := r.found(nil); err != nil {
		return nil, err
	}

	door := netip.AddrPortFrom(r.Instances[0], r.BackendPort)
	door2022 := netip.AddrPortFrom(door.Addr().Next(), port2022)
	relay := netip.AddrPortFrom(door2022.Addr().Next(), r.BackendPort)
	g.tunnel = way{r.network, sources, []netip.AddrPort{door}, set.plan.requests()}
	g.in2022 = way{r.network, sources, []netip.AddrPort{door2022}, plan2022.requests()}
	g.relay = way{r.network, sources, []netip.AddrPort{relay}, nil}
	g.direct = way{r.network, sources, r.servedBy(set.plan.hosts, plan2022.hosts), nil}

	for n, endpoint := range g.direct.doors {
		if _, err := start(ctx, stageEndpoint, boot{Address: endpoint.Addr(), Port: endpoint.Port()}, fmt.Sprintf("endpoint%d", n)); err != nil {
			return nil, err
		}
	}
	if _, err := start(ctx, stageRelay, boot{Address: relay.Addr(), Port: relay.Port(), Filter: set.filter, To: g.direct.doors}, "relay"); err != nil {
		return nil, err
	}
	if g.instance, err = start(ctx, stageInstance, boot{Address: door.Addr(), Port: door.Port(), Filter: set.filter, CustomData: r.CustomData}, "instance0"); err != nil {
		return nil, err
	}
	if g.instance2022, err = start(ctx, stageInstance, boot{Address: door2022.Addr(), Port: port2022, Filter: set.filter, CustomData: customData2022(conf2022)}, "instance1"); err != nil {
		return nil, err
	}
	r.metadata.add(door.Addr(), "instance0")
	limit := time.After(bootLimit)
	for _, m := range []*machine{g.instance, g.instance2022} {
		if err := set.ready(m, limit); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// requests are what a sensor asks a proxy of this plan: a tunnel to each host.
func (p plan) requests() []string {
	var all []string
	for _, host := range p.hosts {
		all = append(all, p.attempt(netip.Addr{}, "CONNECT", host+":443", open).text())
	}
	return all
}

// servedBy are the addresses of hosts, each once, at the port of TLS.
func (r *region) servedBy(hosts ...[]string) []netip.AddrPort {
	var addrs []netip.Addr
	for _, host := range slices.Concat(hosts...) {
		addrs = append(addrs, r.names[host].addrs...)
	}
	var all []netip.AddrPort
	for _, addr := range without(addrs, nil) {
		all = append(all, netip.AddrPortFrom(addr, httpsPort))
	}
	return all
}

package load

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/machine"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/netns"
)

// benchLab is an instance with sensors before it and endpoints behind it, and what it is compared with in their
// place: an instance as it was documented in 2022, relays, and nothing.
type benchLab struct {
	*machine.ScaleSet
	instance, instance2022                 *machine.Machine
	tunnel, in2022, relay, copying, direct way
}

// newBenchLab boots all of it. The machines that are compared stand side by side, behind the same network security
// group.
func newBenchLab(ctx context.Context, site model.Site, log io.Writer) (*benchLab, error) {
	around, err := machine.NewSurroundings(site, log)
	if err != nil {
		return nil, err
	}
	set, err := machine.NewScaleSet(around)
	if err != nil {
		return nil, err
	}
	l := &benchLab{ScaleSet: set}
	sources := loadSources(set)
	around.Asks(sources...)
	plan2022 := model.NewPlan([]byte(Conf2022), nil, around.Names)
	if err := around.Found(nil); err != nil {
		return nil, err
	}

	door := netip.AddrPortFrom(site.Instances[0], site.BackendPort)
	door2022 := netip.AddrPortFrom(door.Addr().Next(), port2022)
	relay := netip.AddrPortFrom(door2022.Addr().Next(), site.BackendPort)
	l.tunnel = way{around.Links, sources, []netip.AddrPort{door}, requests(set.Plan), model.CheckLimit}
	l.in2022 = way{around.Links, sources, []netip.AddrPort{door2022}, requests(plan2022), model.CheckLimit}
	copying := netip.AddrPortFrom(relay.Addr().Next(), site.BackendPort)
	l.relay = way{around.Links, sources, []netip.AddrPort{relay}, nil, model.CheckLimit}
	l.copying = way{around.Links, sources, []netip.AddrPort{copying}, nil, model.CheckLimit}
	l.direct = way{around.Links, sources, servedBy(around.Names, set.Plan.Hosts, plan2022.Hosts), nil, model.CheckLimit}

	for n, endpoint := range l.direct.doors {
		if _, err := machine.Start(ctx, netns.RoleEndpoint, machine.Boot{Address: endpoint.Addr(),
			Port: endpoint.Port()}, fmt.Sprintf("endpoint%d", n)); err != nil {
			return nil, err
		}
	}
	for name, b := range map[string]machine.Boot{
		"relay": {Address: relay.Addr()}, "copying": {Address: copying.Addr(), Copies: true},
	} {
		b.Port, b.Filter, b.To = site.BackendPort, set.Filter, l.direct.doors
		if _, err := machine.Start(ctx, netns.RoleRelay, b, name); err != nil {
			return nil, err
		}
	}
	if l.instance, err = machine.Start(ctx, netns.RoleInstance, machine.Boot{Address: door.Addr(), Port: door.Port(),
		Filter: set.Filter, CustomData: site.CustomData}, "instance0"); err != nil {
		return nil, err
	}
	if l.instance2022, err = machine.Start(ctx, netns.RoleInstance, machine.Boot{Address: door2022.Addr(),
		Port: port2022, Filter: set.Filter, CustomData: CustomData2022(Conf2022)}, "instance1"); err != nil {
		return nil, err
	}
	around.Metadata.Add(door.Addr(), "instance0", nil)
	limit := time.After(set.BootLimit())
	for _, m := range []*machine.Machine{l.instance, l.instance2022} {
		if err := set.Ready(m, limit); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// requests are what a sensor asks a proxy of this plan: a tunnel to each host.
func requests(p model.Plan) []string {
	var all []string
	for _, host := range p.Hosts {
		all = append(all, p.Attempt(netip.Addr{}, "CONNECT", host+":443", model.Open).Request())
	}
	return all
}

// servedBy are the addresses of hosts, each once, at the port of TLS.
func servedBy(known model.Names, hosts ...[]string) []netip.AddrPort {
	var addrs []netip.Addr
	for _, host := range slices.Concat(hosts...) {
		addrs = append(addrs, known[host].Addresses...)
	}
	var all []netip.AddrPort
	for _, addr := range model.Without(addrs, nil) {
		all = append(all, netip.AddrPortFrom(addr, model.HTTPSPort))
	}
	return all
}

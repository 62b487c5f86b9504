package dataplane

import (
	"context"
	"io"
	"maps"
	"net/netip"
	"slices"
	"time"
)

// region is the site's Azure region and the site itself, in the namespaces that Run made for them.
type region struct {
	Site
	log       io.Writer
	stranger  netip.Addr
	sources   []netip.Addr // everybody who asks something
	names     resolver
	network   network
	endpoints *endpoints
}

// bootLimit bounds how long the instances may take until all serve, side by side.
const bootLimit = time.Minute

func newRegion(site Site, log io.Writer) (*region, error) {
	if err := site.check(); err != nil {
		return nil, err
	}
	stranger, err := outsider(site, strangers)
	if err != nil {
		return nil, err
	}
	return &region{Site: site, log: log, stranger: stranger, sources: []netip.Addr{stranger}, names: resolver{}, network: network{}}, nil
}

// run brings everything up and makes the checks, those of a chain last: they take down what they no longer need.
func (r *region) run(ctx context.Context) ([]Check, error) {
	set, err := r.scaleSet()
	if err != nil {
		return nil, err
	}
	chain := r.chain()
	if err := r.services(); err != nil {
		return nil, err
	}
	if err := set.boot(ctx); err != nil {
		return nil, err
	}
	if err := chain.boot(ctx); err != nil {
		return nil, err
	}
	if err := set.serve(); err != nil {
		return nil, err
	}
	if err := chain.install(); err != nil {
		return nil, err
	}
	checks := set.checks()
	more, err := chain.checks(set)
	return append(checks, more...), err
}

// services brings up the region's addresses and what answers there.
func (r *region) services() error {
	endpoints := r.endpointAddresses()
	own := slices.Clone(endpoints)
	if r.inAzure() {
		own = append(own, r.Frontend)
	}
	if err := r.found(own); err != nil {
		return err
	}
	var err error
	r.endpoints, err = serveEndpoints(endpoints, slices.Sorted(maps.Keys(r.names)))
	return err
}

// found makes the region: its processes, the addresses of those who ask and these besides, and the resolver.
func (r *region) found(besides []netip.Addr) error {
	if err := ownProcesses(); err != nil {
		return err
	}
	if err := forwarding(); err != nil {
		return err
	}
	own := slices.Concat(r.sources, besides, []netip.Addr{platform})
	if err := ip(regionAddresses(without(own, r.machines()))); err != nil {
		return err
	}
	return r.names.serve(platform)
}

// endpointAddresses are those on which something answers TLS: Defender's and, of those inside, the ones that a network
// interface can have. There a proxy would find something if it went.
func (r *region) endpointAddresses() []netip.Addr {
	var addrs []netip.Addr
	for _, answer := range r.names {
		for _, addr := range answer.addrs {
			if addr.Is4() && addr.As4()[0] != 0 && addr.As4()[0] < 240 && !addr.IsLoopback() && !addr.IsMulticast() && addr != r.Frontend {
				addrs = append(addrs, addr)
			}
		}
	}
	return without(addrs, r.machines())
}

// sensor is one that is told to use the proxy at the door.
func (r *region) sensor(door netip.AddrPort) sensor {
	return sensor{network: r.network, door: door, trust: r.endpoints.trust}
}

// asks notes who will ask, for each needs an address.
func (r *region) asks(sources ...netip.Addr) {
	r.sources = append(r.sources, sources...)
}

package lab

import (
	"context"
	"io"
	"maps"
	"net/netip"
	"slices"
	"time"
)

// region is the site's Azure region and the site itself, in the namespaces that were made for them.
type region struct {
	Site
	log       io.Writer
	stranger  netip.Addr
	sources   []netip.Addr // everybody who asks something
	names     resolver
	network   network
	endpoints *endpoints
	metadata  *metadata
	set       *scaleSet
	chain     *chain
	traffic   *traffic // nil: sensors are quiet
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
	return &region{Site: site, log: log, stranger: stranger, sources: []netip.Addr{stranger}, names: resolver{}, network: network{},
		metadata: newMetadata()}, nil
}

// open plans everything, and brings up what is around the machines, with the hosts on site.
func (r *region) open(ctx context.Context) (err error) {
	if r.set, err = r.scaleSet(); err != nil {
		return err
	}
	r.chain = r.newChain()
	for _, host := range r.Later {
		r.names.add(host, endpointAddress(len(r.names)))
	}
	if err := r.services(); err != nil {
		return err
	}
	if err := r.egress(); err != nil {
		return err
	}
	if err := r.chain.boot(ctx); err != nil {
		return err
	}
	return r.set.serve()
}

// checks makes the checks, those of the chain last: they take down what they no longer need.
func (r *region) checks() ([]Check, error) {
	if err := r.chain.install(); err != nil {
		return nil, err
	}
	checks := r.set.checks()
	more, err := r.chain.checks(r.set)
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

// found makes the region: its processes, the addresses of those who ask and these besides, and Azure's own services.
func (r *region) found(besides []netip.Addr) error {
	if err := ownProcesses(); err != nil {
		return err
	}
	if err := forwarding(); err != nil {
		return err
	}
	own := slices.Concat(r.sources, besides, []netip.Addr{platform})
	if r.inAzure() {
		own = append(own, metadataAddr.Addr())
	}
	if err := ip(regionAddresses(without(own, r.machines()))); err != nil {
		return err
	}
	if err := r.names.serve(platform); err != nil || !r.inAzure() {
		return err
	}
	return r.metadata.serve()
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

// sensorAt is one that is told to use the proxy at the door.
func (r *region) sensorAt(door netip.AddrPort) sensor {
	return sensor{network: r.network, door: door, trust: r.endpoints.trust}
}

// asks notes who will ask, for each needs an address.
func (r *region) asks(sources ...netip.Addr) {
	r.sources = append(r.sources, sources...)
}

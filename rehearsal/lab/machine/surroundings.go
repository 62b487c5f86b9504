package machine

import (
	"context"
	"io"
	"maps"
	"net/netip"
	"slices"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/netns"
)

// Surroundings is everything around a site's machines: who asks, the names that they ask for, the endpoints, and
// Azure's own services. They are in the lab's own network namespace.
type Surroundings struct {
	model.Site
	Log       io.Writer
	Stranger  netip.Addr
	sources   []netip.Addr // everybody who asks something
	Names     model.Names
	Links     netns.Network
	Endpoints *netns.Endpoints
	Resolver  *netns.Resolver
	Metadata  *metadata
	mirror    *repository // where instances get packages from; nil: the image has them
}

func NewSurroundings(site model.Site, log io.Writer) (*Surroundings, error) {
	if err := site.Validate(); err != nil {
		return nil, err
	}
	stranger, err := model.Outsider(site, model.Strangers)
	if err != nil {
		return nil, err
	}
	mirror, err := mirrorOf(site.CustomData)
	if err != nil {
		return nil, err
	}
	return &Surroundings{Site: site, Log: log, mirror: mirror, Stranger: stranger, sources: []netip.Addr{stranger},
		Names: model.Names{},
		Links: netns.Network{}, Metadata: newMetadata()}, nil
}

// Serve brings up the lab's addresses and everything that answers there.
func (s *Surroundings) Serve(ctx context.Context) error {
	endpoints := s.endpointAddresses()
	own := slices.Clone(endpoints)
	if s.InAzure() {
		own = append(own, s.Frontend)
	}
	if s.mirror != nil {
		s.Names.Add(s.mirror.host, s.mirror.at.Addr())
		own = append(own, s.mirror.at.Addr())
	}
	if err := s.Found(own); err != nil {
		return err
	}
	var err error
	if s.mirror != nil {
		if err := s.mirror.serve(); err != nil {
			return err
		}
	}
	if s.Endpoints, err = netns.ServeEndpoints(endpoints, slices.Sorted(maps.Keys(s.Names))); err != nil ||
		!s.InAzure() {
		return err
	}
	if s.Firewall != nil {
		return s.startFirewall(ctx)
	}
	return netns.NATGateway(s.Egress)
}

// Found makes this process the lab: with processes, the addresses of everybody who asks and these besides, and Azure's
// own services.
func (s *Surroundings) Found(besides []netip.Addr) error {
	servers := append([]netip.Addr{model.Platform}, s.NameServers...)
	own := slices.Concat(s.sources, besides, servers)
	if s.InAzure() {
		own = append(own, model.MetadataAddr.Addr())
	}
	if err := netns.NewNetwork(model.Without(own, s.MachineAddresses())); err != nil {
		return err
	}
	var err error
	if s.Resolver, err = netns.ServeNames(s.Names, servers); err != nil || !s.InAzure() {
		return err
	}
	return s.Metadata.serve()
}

// endpointAddresses are those on which something answers TLS: Defender's and, of the special-purpose ones, those that a
// network interface can have. A proxy that connected to one of them would find something.
func (s *Surroundings) endpointAddresses() []netip.Addr {
	var addrs []netip.Addr
	for _, answer := range s.Names {
		for _, addr := range answer.Addresses {
			if addr.Is4() && addr.As4()[0] != 0 && addr.As4()[0] < 240 && !addr.IsLoopback() && !addr.IsMulticast() &&
				addr != s.Frontend {
				addrs = append(addrs, addr)
			}
		}
	}
	return model.Without(addrs, s.MachineAddresses())
}

// Asks notes who will ask: each of them needs an address.
func (s *Surroundings) Asks(sources ...netip.Addr) {
	s.sources = append(s.sources, sources...)
}

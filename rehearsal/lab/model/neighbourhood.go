package model

import (
	"net/netip"
	"slices"
)

// Who else knocks at an instance, from addresses that the site leaves free: one at the site, one in a virtual network
// that is peered with the site's, one on the internet.
var (
	siteStrangers = []string{"10.254.254.77", "172.31.254.77", "192.168.254.77"}
	peers         = []string{"10.253.253.10", "172.30.253.10", "192.168.253.10"}
	internet      = []string{"203.0.113.77", "192.0.2.77"}
)

const SensorCaller = "sensor"

// bastionSubnet is Azure's name for the subnet of its Bastion hosts.
const bastionSubnet = "AzureBastionSubnet"

const (
	SSHPort   = 22
	HTTPSPort = 443
)

// Caller is somebody who sends packets to the instances' own addresses.
type Caller struct {
	Who     string
	Address netip.Addr
	Opens   uint16   // the one port that must open to this caller; 0: none
	Only    []uint16 // what this caller tries; empty: everything
}

// Neighbourhood is everybody around the instances.
type Neighbourhood struct {
	Callers []Caller
	Tags    ServiceTags
}

// NewNeighbourhood places a caller everywhere that a packet may come from. A site without subnets has no callers.
func NewNeighbourhood(s Site, sensors []netip.Addr) (Neighbourhood, error) {
	var n Neighbourhood
	if len(s.Subnets) == 0 {
		return n, nil
	}
	// Of what is connected to the network, the tag has the whole: the site behind the gateway and peers.
	connected := slices.Concat(s.Network, s.Sensors, []netip.Prefix{Host32(Platform)})
	for _, place := range []struct {
		who        string
		candidates []string
		connected  bool
	}{{"stranger", siteStrangers, true}, {"peer of the virtual network", peers, true}, {"internet", internet, false}} {
		addr, err := Outsider(s, place.candidates)
		if err != nil {
			return n, err
		}
		n.Callers = append(n.Callers, Caller{Who: place.who, Address: addr})
		if place.connected {
			connected = append(connected, Host32(addr))
		}
	}
	for _, subnet := range s.Subnets {
		c := Caller{Who: subnet.Name, Address: s.spare(subnet.Prefix)}
		if subnet.Name == bastionSubnet {
			c.Opens = SSHPort
		}
		n.Callers = append(n.Callers, c)
	}
	for _, addr := range sensors {
		n.Callers = append(n.Callers, Caller{Who: SensorCaller, Address: addr, Opens: s.BackendPort})
	}
	n.Callers = append(n.Callers, Caller{Who: "health probe", Address: Platform, Opens: s.Probe.Port,
		Only: []uint16{s.Probe.Port}})
	n.Tags = ServiceTags{TagVirtualNetwork: connected, TagLoadBalancer: {Host32(Platform)}}
	return n, nil
}

// spare is an address of the range that nobody has or gets: Azure hands out the first that are free.
func (s Site) spare(prefix netip.Prefix) netip.Addr {
	taken := append(s.MachineAddresses(), s.Frontend)
	addr := last(prefix).Prev() // past the broadcast address
	for slices.Contains(taken, addr) && prefix.Contains(addr.Prev()) {
		addr = addr.Prev()
	}
	return addr
}

// Addresses are the callers'.
func (n Neighbourhood) Addresses() []netip.Addr {
	var all []netip.Addr
	for _, c := range n.Callers {
		all = append(all, c.Address)
	}
	return all
}

// Neighbour is an address beside the sensor's that nobody has.
func (s Site) Neighbour(sensor netip.Addr) netip.Addr {
	taken := append(slices.Clone(s.Chain[0].Sensors), append(s.MachineAddresses(), s.Frontend)...)
	addr := sensor.Next()
	for slices.Contains(taken, addr) {
		addr = addr.Next()
	}
	return addr
}

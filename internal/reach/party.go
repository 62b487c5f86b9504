package reach

import (
	"net/netip"
	"slices"
)

// Party is whom an address belongs to. Every address belongs to exactly one.
type Party int

// Parties, in the order in which they are told about.
const (
	_           Party = iota
	Sensors           // in sensorCidrs
	Bastion           // AzureBastionSubnet
	Probes            // Azure's health probes
	Gateway           // GatewaySubnet
	Proxies           // ProxyserverSubnet: instances among each other
	OtherSubnet       // the rest of the virtual network
	Peered            // virtual networks known to be peered
	Private           // everybody else with a private or announced address
	Internet          // all other addresses
)

var partyNames = map[Party]string{
	Sensors:     "sensors",
	Bastion:     "Bastion",
	Probes:      "Azure's health probes",
	Gateway:     "GatewaySubnet",
	Proxies:     "ProxyserverSubnet itself",
	OtherSubnet: "the rest of the virtual network",
	Peered:      "a peered virtual network",
	Private:     "anyone else on site or in a private network",
	Internet:    "the internet",
}

func (p Party) String() string {
	return partyNames[p]
}

// probeAddress is where health probes come from: the service tag AzureLoadBalancer, as far as network security groups
// go.
// Source: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
var probeAddress = netip.MustParsePrefix("168.63.129.16/32")

// privateRanges never come from the internet. Whatever of them gets here is the site's or a connected network's,
// whether or not this stack knows of it: networks learned over BGP and peerings made by others are not in its
// configuration.
// Sources: https://www.rfc-editor.org/rfc/rfc1918 and https://www.rfc-editor.org/rfc/rfc6598
var privateRanges = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.168.0.0/16"),
}

// territory is the addresses that a party has, if no party before it in the list has them.
type territory struct {
	party Party
	set   spans
}

func (t Topology) territories() []territory {
	return []territory{
		{Probes, prefixSpans(probeAddress)},
		{Sensors, prefixSpans(t.Sensors...)},
		{Bastion, prefixSpans(t.Bastion)},
		{Gateway, prefixSpans(t.Gateway)},
		{Proxies, prefixSpans(t.Proxies)},
		{OtherSubnet, prefixSpans(append([]netip.Prefix{t.Space}, t.OtherSpaces...)...)},
		{Peered, prefixSpans(t.Peered...)},
		{Private, prefixSpans(slices.Concat(t.OnPremises, privateRanges)...)},
		{Internet, anyAddress},
	}
}

// virtualNetwork is what the service tag VirtualNetwork covers: the virtual network, networks peered with it or
// connected through its gateway, which the sensors' are, and Azure's own address on every host.
// Source: https://learn.microsoft.com/azure/virtual-network/service-tags-overview
func (t Topology) virtualNetwork() spans {
	return prefixSpans(slices.Concat([]netip.Prefix{t.Space, t.Gateway, t.Proxies, t.Bastion, probeAddress},
		t.OtherSpaces, t.Peered, t.OnPremises, t.Sensors, privateRanges)...)
}

// unroutable addresses send nothing that a network lets through, so they make poor examples.
// Source: https://www.rfc-editor.org/rfc/rfc6890
var unroutable = prefixSpans(
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("224.0.0.0/3"),
)

package site

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// NetworkPeering connects the site's virtual network with another one.
type NetworkPeering struct {
	Name                   string
	RemoteVirtualNetworkID string
	Prefixes               []netip.Prefix // all of the other network's
	UseRemoteGateways      bool
	AllowForwardedTraffic  bool
	CreateRemotePeering    bool // the stack makes the other network's half too
}

// Route is a route of ProxyserverSubnet that Azure does not make by itself.
type Route struct {
	Name        string
	Prefix      netip.Prefix
	NextHopType string     // one of the Hop constants
	NextHop     netip.Addr // of VirtualAppliance
}

// What a route leads to, in Azure's words.
const (
	HopVirtualAppliance = "VirtualAppliance"
	HopGateway          = "VirtualNetworkGateway"
	HopNone             = "None"
)

// Ways out, at egress.kind.
const (
	EgressNATGateway = "natGateway"
	EgressFirewall   = "firewall"
)

// DefaultRoute is where everything goes that no other route is for.
const DefaultRoute = "0.0.0.0/0"

// AllRoutes are the routes that the stack makes for ProxyserverSubnet: the one to the firewall first, if the site gets
// out by one. An existing subnet has its owner's.
func (t Topology) AllRoutes() []Route {
	if !t.Egress.Firewall.IsValid() || t.Existing.ProxyserverSubnetID != "" {
		return t.Routes
	}
	out := Route{Name: "ToFirewall", Prefix: netip.MustParsePrefix(DefaultRoute), NextHopType: HopVirtualAppliance,
		NextHop: t.Egress.Firewall}
	return append([]Route{out}, t.Routes...)
}

// RemoteGateway is the peering whose network's gateway the site uses; false: there is none.
func (t Topology) RemoteGateway() (NetworkPeering, bool) {
	at := slices.IndexFunc(t.Peerings, func(p NetworkPeering) bool { return p.UseRemoteGateways })
	if at < 0 {
		return NetworkPeering{}, false
	}
	return t.Peerings[at], true
}

// usesForeignGateway tells of a configuration that is still being read whether the site is reached through the gateway
// of another network.
func usesForeignGateway(s *section) bool {
	network := s.section("network")
	return network.has("virtualHubId") || slices.ContainsFunc(network.sections("peerings"), func(p *section) bool {
		return p.boolean("useRemoteGateways")
	})
}

// mostDNSServers is Azure's limit.
// Source: https://learn.microsoft.com/azure/azure-resource-manager/management/azure-subscription-service-limits
const mostDNSServers = 25

func loadDNSServers(s *section) []netip.Addr {
	network := s.section("network")
	var all []netip.Addr
	for _, e := range network.list("dnsServers") {
		server, err := netip.ParseAddr(e.text)
		switch {
		case err != nil || !server.Is4():
			network.fail(e.name, e.text, "is not an IPv4 address", "an IPv4 address, such as 10.0.0.132",
				"Write the server's address; a name has no meaning here")
			continue
		case slices.Contains(all, server):
			network.fail(e.name, e.text, "is given twice", "servers of which each is given once",
				"Remove one of the two")
			continue
		}
		all = append(all, server)
	}
	if len(all) > mostDNSServers {
		network.fail("dnsServers", nil, fmt.Sprintf("has %d servers", len(all)),
			fmt.Sprintf("up to %d", mostDNSServers), "Leave the first ones")
	}
	refuseOfExisting(s, "dnsServers", "has DNS servers of its owner's choice")
	return all
}

// refuseOfExisting refuses a key of network that changes the virtual network, where that is somebody else's.
func refuseOfExisting(s *section, name, because string) {
	network := s.section("network")
	if id := network.section("existing").text("virtualNetworkId"); id != "" && network.has(name) {
		network.fail(name, nil, "does not go with network.existing.virtualNetworkId: that network "+because,
			"no such key beside an existing virtual network", "Remove it, and have the network's owner set it")
	}
}

func loadPeerings(s *section, plan AddressPlan, sensors []netip.Prefix) []NetworkPeering {
	var all []NetworkPeering
	var taken []netip.Prefix
	for _, p := range s.section("network").sections("peerings") {
		peering := NetworkPeering{
			Name: p.text("name"), RemoteVirtualNetworkID: p.text("remoteVirtualNetworkId"),
			UseRemoteGateways:     p.boolean("useRemoteGateways"),
			AllowForwardedTraffic: p.boolean("allowForwardedTraffic"),
			CreateRemotePeering:   p.boolean("createRemotePeering"),
		}
		for _, other := range all {
			if strings.EqualFold(other.Name, peering.Name) {
				p.fail("name", peering.Name, "is used twice", "names of which each is used once",
					"Rename one of the peerings")
			}
			if sameID := strings.EqualFold(other.RemoteVirtualNetworkID, peering.RemoteVirtualNetworkID); sameID &&
				!isPlaceholder(peering.RemoteVirtualNetworkID) {
				p.fail("remoteVirtualNetworkId", peering.RemoteVirtualNetworkID,
					"is that of peering "+other.Name+" too", "one peering to each network", "Remove one of the two")
			}
			if other.UseRemoteGateways && peering.UseRemoteGateways {
				p.fail("useRemoteGateways", true, "is set at peering "+other.Name+" too",
					"the gateway of one network: Azure allows no second",
					"Leave it at the network that leads to the site")
			}
		}
		peering.Prefixes = loadRemotePrefixes(p, plan, sensors, taken)
		taken = append(taken, peering.Prefixes...)
		all = append(all, peering)
	}
	if len(all) > 0 {
		refuseOfExisting(s, "peerings", "is peered by its owner")
	}
	return all
}

// loadRemotePrefixes refuses ranges that Azure would refuse to peer, and those where the site's sensors are: packets to
// them would go to the other network.
// Source: https://learn.microsoft.com/azure/virtual-network/virtual-network-manage-peering#requirements-and-constraints
func loadRemotePrefixes(s *section, plan AddressPlan, sensors, taken []netip.Prefix) []netip.Prefix {
	var all []netip.Prefix
	for _, e := range s.list("addressPrefixes") {
		if checkRemoteRange(s, e, plan, sensors, taken) {
			all = append(all, e.prefix)
		}
	}
	return all
}

func checkRemoteRange(s *section, e entry, plan AddressPlan, sensors, taken []netip.Prefix) bool {
	if plan.Space.IsValid() && plan.Space.Overlaps(e.prefix) {
		s.fail(e.name, e.text, "overlaps addressSpace "+plan.Space.String()+", and Azure peers no such networks",
			"ranges outside the site's virtual network", "Choose another addressSpace")
		return false
	}
	if other, clash := overlapping(taken, e.prefix); clash {
		s.fail(e.name, e.text, "overlaps "+other.String()+" of another peering, and Azure peers no such networks",
			"ranges that no other peered network has", "Peer with one of the two")
		return false
	}
	if other, clash := overlapping(sensors, e.prefix); clash {
		s.fail(e.name, e.text, "overlaps "+other.String()+" of sensorCidrs: the proxies' answers would go to the "+
			"peered network",
			"ranges without the site's sensors", "Correct one of the two")
		return false
	}
	return true
}

// privateRanges are the addresses that no two networks have to agree on.
// Sources: https://www.rfc-editor.org/rfc/rfc1918 and https://www.rfc-editor.org/rfc/rfc6598
var privateRanges = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("100.64.0.0/10"),
}

func loadRoutes(s *section, plan AddressPlan, sensors []netip.Prefix) []Route {
	var all []Route
	for _, r := range s.section("network").sections("routes") {
		route := Route{Name: r.text("name"), Prefix: r.prefix("addressPrefix"), NextHopType: r.text("nextHopType"),
			NextHop: r.address("nextHopAddress")}
		for _, other := range all {
			if strings.EqualFold(other.Name, route.Name) {
				r.fail("name", route.Name, "is used twice", "names of which each is used once",
					"Rename one of the routes")
			}
			if other.Prefix == route.Prefix && route.Prefix.IsValid() {
				r.fail("addressPrefix", route.Prefix.String(), "is that of route "+other.Name+" too",
					"one route to each range", "Remove one of the two")
			}
		}
		checkRoute(r, route, plan, sensors)
		all = append(all, route)
	}
	network := s.section("network")
	if len(all) > 0 && network.section("existing").text("proxyserverSubnetId") != "" {
		network.fail("routes", nil, "does not go with network.existing.proxyserverSubnetId: the stack changes nothing "+
			"of that subnet",
			"no such key beside an existing subnet of the proxies", "Remove it, and have the network's owner set it")
	}
	return all
}

// LeadsAround tells whether a route of an existing route table, as Azure writes it, takes public addresses elsewhere
// than to the firewall. Service tags are public; of IPv6 the instances have nothing.
func (s Site) LeadsAround(prefix, nextHopType, nextHop string) bool {
	if strings.EqualFold(nextHopType, HopVirtualAppliance) && nextHop == s.Azure.Egress.Firewall.String() {
		return false
	}
	p, err := netip.ParsePrefix(prefix)
	return err != nil || p.Addr().Is4() && leadsOut(p, s.Azure.Sensors)
}

// leadsOut tells whether a route's range has public addresses, other than of sensors.
func leadsOut(route netip.Prefix, sensors []netip.Prefix) bool {
	isInside := func(of netip.Prefix) bool { return within(of, route) }
	return !slices.ContainsFunc(privateRanges, isInside) && !slices.ContainsFunc(sensors, isInside)
}

func checkRoute(s *section, route Route, plan AddressPlan, sensors []netip.Prefix) {
	p := route.Prefix
	if !p.IsValid() {
		return
	}
	if leadsOut(p, sensors) {
		s.fail("addressPrefix", p.String(), "leads to public addresses, and the proxies' way to those is egress",
			"private ranges, or parts of sensorCidrs",
			"Name the network that is meant; to send everything to a firewall, set egress.kind to "+EgressFirewall)
	}
	if plan.Space.IsValid() && plan.Space.Overlaps(p) {
		s.fail("addressPrefix", p.String(), "overlaps addressSpace "+plan.Space.String()+", whose packets Azure "+
			"brings to their place",
			"ranges outside the site's virtual network", "Narrow the route")
	}
	if other, hit := overlapping(sensors, p); hit && route.NextHopType == HopNone {
		s.fail("nextHopType", route.NextHopType, "drops the proxies' answers to sensors in "+other.String(),
			HopVirtualAppliance+" or "+HopGateway, "Narrow the route, or lead it to where the sensors are")
	}
}

// checkHub holds against each other what is in several groups: gateways, the firewall and the routes.
func checkHub(s *section, t Topology) {
	network := s.section("network")
	foreign := t.foreignGateway()
	_, remote := t.RemoteGateway()
	if foreign != "" && ownGateway(s) {
		s.section("gateway").fail("kind", s.section("gateway").text("kind"),
			"does not go with "+foreign+": Azure lets a network use its own gateway or another's",
			gatewayNone+", or "+GatewayExisting+" for connections of the other network's gateway",
			"Remove one of the two")
	}
	if foreign != "" && s.section("subnets").has("gateway") {
		s.section("subnets").fail("gateway", s.section("subnets").prefix("gateway").String(),
			"has no use: the site uses the gateway of another network", "no such key beside "+foreign, "Remove it")
	}
	checkVirtualHub(s, t)
	for i, r := range t.Routes {
		if r.NextHopType == HopGateway && !remote && !ownGateway(s) && t.Existing.VirtualNetworkID == "" {
			network.sections("routes")[i].fail("nextHopType", r.NextHopType,
				"leads nowhere: the virtual network has no gateway",
				HopVirtualAppliance+" or "+HopNone, "Set useRemoteGateways at the peering whose network has one")
		}
		checkHop(network.sections("routes")[i], "nextHopAddress", r.NextHop, t)
	}
	checkFirewall(s, t, foreign != "")
}

// checkHop refuses a next hop that Azure would not find: it is in the virtual network or in one that is peered with it,
// and what it sends on is let in.
// Source: https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview#user-defined
func checkHop(s *section, name string, hop netip.Addr, t Topology) {
	if !hop.IsValid() || t.Existing.VirtualNetworkID != "" {
		return
	}
	if t.Addresses.Space.IsValid() && t.Addresses.Space.Contains(hop) {
		s.fail(name, hop.String(), "is in the site's own virtual network, where no such machine is",
			"an address in a network of network.peerings", "Name the machine in the peered network")
		return
	}
	for i, p := range t.Peerings {
		if !slices.ContainsFunc(p.Prefixes, func(r netip.Prefix) bool { return r.Contains(hop) }) {
			continue
		}
		if !p.AllowForwardedTraffic {
			s.fail(name, hop.String(), fmt.Sprintf("is in the network of peering %s, from which nothing comes in that "+
				"is only forwarded: answers would be dropped", p.Name),
				"a machine behind a peering with allowForwardedTraffic",
				fmt.Sprintf("Set network.peerings[%d].allowForwardedTraffic to true", i))
		}
		return
	}
	s.fail(name, hop.String(), "is in no network that the site's is peered with, so Azure has no way to it",
		"an address in one of network.peerings[].addressPrefixes", "Peer with the network that it is in")
}

func checkFirewall(s *section, t Topology, remote bool) {
	egress := s.section("egress")
	if egress.text("kind") != EgressFirewall {
		return
	}
	switch {
	case !egress.has("firewallAddress") && t.VirtualHub == nil:
		egress.fail("firewallAddress", nil, "is missing, and egress.kind is "+EgressFirewall,
			"the firewall's private address, such as 10.0.0.68",
			"Copy it from the firewall's IP configuration; it is not needed with network.virtualHubId, where the "+
				"hub leads to its own firewall")
	case t.VirtualHub != nil && t.VirtualHub.Prefix.IsValid() && t.VirtualHub.Prefix.Contains(t.Egress.Firewall):
		egress.fail("firewallAddress", t.Egress.Firewall.String(), "is in the virtual hub, whose routes lead there "+
			"without it", "no such key where the firewall is in the hub", "Remove it")
	default:
		checkHop(egress, "firewallAddress", t.Egress.Firewall, t)
	}
	if nat := s.section("nat"); nat.has("idleTimeoutMinutes") {
		nat.fail("idleTimeoutMinutes", nat.integer("idleTimeoutMinutes"), "has no use: the site has no NAT gateway",
			"no such key where egress.kind is "+EgressFirewall, "Remove it")
	}
	covered := func(sensors netip.Prefix) bool {
		return slices.ContainsFunc(t.Routes, func(r Route) bool { return within(r.Prefix, sensors) })
	}
	if !remote && !ownGateway(s) && t.Existing.VirtualNetworkID == "" &&
		!slices.ContainsFunc(t.Sensors, covered) && t.Egress.Firewall.IsValid() {
		egress.warn("firewallAddress", t.Egress.Firewall.String(),
			"gets the proxies' answers to sensors too, since the site's network has no gateway",
			"Have the firewall carry the sensors' packets as well, or set useRemoteGateways at the peering")
	}
}

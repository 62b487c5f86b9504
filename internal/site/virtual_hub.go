package site

import "net/netip"

// VirtualHub is a hub of a virtual WAN that the site's virtual network is connected to.
type VirtualHub struct {
	ID               string
	Prefix           netip.Prefix // the hub's own addresses
	CreateConnection bool         // the stack makes the connection, which is a part of the hub
}

// loadVirtualHub reads the hub. To Azure, a connection is a peering with a network of the hub's own.
// Source: https://learn.microsoft.com/azure/virtual-wan/howto-connect-vnet-hub
func loadVirtualHub(s *section, plan AddressPlan, sensors []netip.Prefix, peerings []NetworkPeering) *VirtualHub {
	network := s.section("network")
	group := network.section("virtualHub")
	switch {
	case !network.has("virtualHubId") && !group.given:
		return nil
	case !network.has("virtualHubId"):
		network.fail("virtualHubId", nil, "is missing, and network.virtualHub is about a hub",
			"the ID of the virtual hub", "Set it, or remove network.virtualHub")
		return nil
	case !group.given:
		group.fail("addressPrefix", nil, "is missing, and network.virtualHubId names a hub", "the hub's range",
			"Copy it from `az network vhub show --query addressPrefix`")
	}
	hub := &VirtualHub{ID: network.text("virtualHubId"), Prefix: group.prefix("addressPrefix"),
		CreateConnection: group.boolean("createConnection")}
	var taken []netip.Prefix
	for _, p := range peerings {
		taken = append(taken, p.Prefixes...)
	}
	if hub.Prefix.IsValid() {
		checkRemoteRange(group, entry{"addressPrefix", hub.Prefix.String(), hub.Prefix}, plan, sensors, taken)
	}
	refuseOfExisting(s, "virtualHubId", "is connected by its owner")
	return hub
}

// foreignGateway is the key by which the site is reached through a gateway of another network; empty: it is not.
func (t Topology) foreignGateway() string {
	switch _, peered := t.RemoteGateway(); {
	case t.VirtualHub != nil && peered:
		return "network.virtualHubId and network.peerings[].useRemoteGateways"
	case t.VirtualHub != nil:
		return "network.virtualHubId"
	case peered:
		return "network.peerings[].useRemoteGateways"
	}
	return ""
}

// checkVirtualHub refuses what Azure does not connect with a hub: a network that uses the gateway of another one.
func checkVirtualHub(s *section, t Topology) {
	if _, peered := t.RemoteGateway(); t.VirtualHub != nil && peered {
		s.section("network").fail("virtualHubId", t.VirtualHub.ID, "does not go with "+
			"network.peerings[].useRemoteGateways: a network in a hub uses the hub's gateways",
			"one way to the site", "Remove useRemoteGateways, or virtualHubId")
	}
}

package fleet

import (
	"net/netip"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// existing are the rules about resources that exist already and that several sites use.
var existing = []exclusive{
	{
		// The stack that makes a network writes it with its own subnets: all others would go.
		kind: "network-of-another-site", severity: Error, bySubscription: true,
		problem: "name one virtual network, which one of the sites makes, and writes without the other's subnets",
		allowed: "an existing virtual network that no stack makes",
		do: "Have a network made that belongs to no site, and name it in network.existing.virtualNetworkId of both " +
			"sites",
		claims: func(m *member) []claim {
			switch {
			case m.site.Azure == nil:
				return nil
			case m.site.Azure.Existing.VirtualNetworkID == "":
				return []claim{{groupPath(m.site.ResourceGroupName()) + ownNetwork, "addressSpace",
					m.site.Azure.Addresses.Space.String(), "makes"}}
			}
			_, path, _ := strings.Cut(strings.TrimPrefix(m.network, "/subscriptions/"), "/")
			return []claim{{"/" + path, "network.existing.virtualNetworkId", m.site.Azure.Existing.VirtualNetworkID,
				"uses"}}
		},
	},
	{
		kind: "proxy-subnet", severity: Error,
		problem: "name one subnet, of which each site takes the network security group, the addresses and the flow " +
			"log for its own",
		allowed: "a subnet of the proxies for each site",
		do:      "Have the network's owner make another subnet",
		claims: func(m *member) []claim {
			return ofID(m, "network.existing.proxyserverSubnetId", func(t site.Topology) string {
				return t.Existing.ProxyserverSubnetID
			})
		},
	},
	{
		// Source: https://learn.microsoft.com/azure/azure-resource-manager/management/azure-subscription-service-limits
		kind: "network-gateway", severity: Error,
		problem: "name one virtual network, in which each of the sites makes a gateway of one kind",
		allowed: "one VPN gateway and one ExpressRoute gateway in a virtual network",
		do:      "Connect the sites to one gateway: gateway.kind existing",
		claims: func(m *member) []claim {
			if !makesGateway(m) {
				return nil
			}
			return ofNetwork(m, m.site.Azure.Gateway.Kind)
		},
	},
	{
		// A host is in AzureBastionSubnet, of which a network has one, and which takes nothing besides it.
		// Source: https://learn.microsoft.com/azure/bastion/bastion-faq#subnet
		kind: "network-bastion", severity: Error,
		problem: "name one virtual network, in which each of the sites makes a Bastion host",
		allowed: "one Bastion host in a virtual network",
		do:      "Set bastion.enabled to false at all sites but one: its host reaches the others' instances too",
		claims: func(m *member) []claim {
			if m.site.Azure == nil || m.site.Azure.Bastion == nil {
				return nil
			}
			return ofNetwork(m, "bastion")
		},
	},
	{
		// The names are documented, and Azure fixes two of them.
		kind: "subnet-name", severity: Error,
		problem: "are subnets of one name that each of the sites makes in one virtual network",
		allowed: "each subnet made by one site",
		do: "Have the network's owner make a subnet for one of the sites, and name it in " +
			"network.existing.proxyserverSubnetId, gatewaySubnetId or bastionSubnetId",
		claims: func(m *member) []claim {
			var all []claim
			for _, subnet := range subnetsOf(m) {
				if m.site.Azure.Existing.VirtualNetworkID != "" && subnet.id == "" {
					all = append(all, claim{m.network + "/" + subnet.name, subnet.key, subnet.prefix.String(),
						madeFor(m, subnet.name)})
				}
			}
			return all
		},
	},
	{
		// Source: https://learn.microsoft.com/azure/nat-gateway/nat-overview#limitations
		kind: "nat-gateway", severity: Error,
		problem: "name one NAT gateway for subnets of different virtual networks",
		allowed: "subnets of one virtual network",
		do:      "Use a NAT gateway for each virtual network, or leave the key out to have one made",
		claims: func(m *member) []claim {
			claims := ofID(m, "egress.natGatewayId", func(t site.Topology) string { return t.Egress.NATGatewayID })
			for i := range claims {
				claims[i].as = m.network
			}
			return claims
		},
	},
	{
		// Source: https://learn.microsoft.com/azure/nat-gateway/nat-gateway-resource
		kind: "public-ip", severity: Error,
		problem: "name one public IP address for several NAT gateways",
		allowed: "a public IP address that nothing else uses",
		do:      "Use another address, or leave the key out to have one made",
		claims: func(m *member) []claim {
			return ofID(m, "egress.publicIpId", func(t site.Topology) string { return t.Egress.PublicIPID })
		},
	},
	{
		// Source: https://learn.microsoft.com/azure/nat-gateway/nat-gateway-resource
		kind: "public-ip-prefix", severity: Error,
		problem: "name one public IP prefix for several NAT gateways, of which each uses all its addresses",
		allowed: "a public IP prefix for each NAT gateway",
		do:      "Use another prefix, or share one NAT gateway in one virtual network with egress.natGatewayId",
		claims: func(m *member) []claim {
			return ofID(m, "egress.publicIpPrefixId", func(t site.Topology) string { return t.Egress.PublicIPPrefixID })
		},
	},
	{
		// Azure answers Conflict: the data sink is already used in another diagnostic setting for the same category.
		// Source: https://learn.microsoft.com/azure/azure-monitor/platform/diagnostic-settings
		kind: "diagnostic-setting", severity: Error,
		problem: "name one network security group, whose logs each of the sites sends to one workspace",
		allowed: "one diagnostic setting of a category for each workspace",
		do:      "Give one of the sites another network security group or another logs.workspaceId",
		claims: func(m *member) []claim {
			t := m.site.Azure
			if t == nil || t.Existing.NetworkSecurityGroupID == "" || t.Logs.WorkspaceID == "" {
				return nil
			}
			return []claim{{what: t.Existing.NetworkSecurityGroupID + " " + t.Logs.WorkspaceID,
				key: "network.existing.networkSecurityGroupId", value: t.Existing.NetworkSecurityGroupID}}
		},
	},
	{
		// Source: https://learn.microsoft.com/azure/expressroute/expressroute-circuit-peerings
		kind: "microsoft-peering", severity: Error,
		problem: "name one circuit, for which each of the sites makes the Microsoft peering",
		allowed: "one Microsoft peering of a circuit",
		do:      "Leave microsoftPeering.circuit out at all sites but one: the route filter is the same",
		claims: func(m *member) []claim {
			if p := m.site.MicrosoftPeering; p != nil && p.Peering != nil {
				id := p.Peering.CircuitID
				return []claim{{what: id, key: "microsoftPeering.circuit.id", value: id}}
			}
			return nil
		},
	},
	{
		// Source: https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq
		kind: "region", severity: Error,
		problem: "name one resource for sites in different regions, and it is in one region",
		allowed: "resources in the site's own region: Azure attaches none across regions",
		do:      "Correct azure-native:location, or name a resource of the site's region",
		claims:  regionClaims,
	},
}

// ownNetwork is the network that the program makes, in its resource group.
const ownNetwork = "/providers/Microsoft.Network/virtualNetworks/MD4IoT-VNET"

func groupPath(name string) string { return "/resourceGroups/" + name }

// madeFor is what a subnet is made for, where two of that in one network are told already.
func madeFor(m *member, name string) string {
	switch {
	case name == "GatewaySubnet" && makesGateway(m):
		return m.site.Azure.Gateway.Kind
	case name == "AzureBastionSubnet" && m.site.Azure.Bastion != nil:
		return "bastion"
	}
	return ""
}

// regionClaims are the existing resources that have to be in the site's region.
func regionClaims(m *member) []claim {
	t := m.site.Azure
	if t == nil {
		return nil
	}
	var all []claim
	for _, one := range []struct{ key, id string }{
		{"network.existing.virtualNetworkId", t.Existing.VirtualNetworkID},
		{"network.existing.networkSecurityGroupId", t.Existing.NetworkSecurityGroupID},
		{"egress.natGatewayId", t.Egress.NATGatewayID},
	} {
		if one.id != "" {
			all = append(all, claim{what: one.id, key: one.key, value: one.id + " in " + m.site.Location,
				as: m.site.Location})
		}
	}
	return all
}

// ofID is a claim on a resource by its ID, where the site names one.
func ofID(m *member, key string, id func(site.Topology) string) []claim {
	if m.site.Azure == nil || id(*m.site.Azure) == "" {
		return nil
	}
	return []claim{{what: id(*m.site.Azure), key: key, value: id(*m.site.Azure)}}
}

// ofNetwork is a claim on the one thing of a kind that an existing virtual network can have.
func ofNetwork(m *member, thing string) []claim {
	id := m.site.Azure.Existing.VirtualNetworkID
	if id == "" {
		return nil
	}
	return []claim{{what: id + "/" + thing, key: "network.existing.virtualNetworkId", value: id}}
}

// subnet is one of the site's subnets: its name where the site makes it, its range, the key of that range, and its ID
// where it exists.
type subnet struct {
	name, key, id string
	prefix        netip.Prefix
}

func subnetsOf(m *member) []subnet {
	t := m.site.Azure
	if t == nil {
		return nil
	}
	var all []subnet
	for _, s := range []subnet{
		{"ProxyserverSubnet", "subnets.proxyserver", t.Existing.ProxyserverSubnetID, t.Addresses.Proxyserver},
		{"GatewaySubnet", "subnets.gateway", t.Existing.GatewaySubnetID, t.Addresses.Gateway},
		{"AzureBastionSubnet", "subnets.bastion", t.Existing.BastionSubnetID, t.Addresses.Bastion},
	} {
		if s.prefix.IsValid() {
			s.id = strings.ToLower(s.id)
			all = append(all, s)
		}
	}
	return all
}

package arm

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
)

const (
	typeVNet   = "Microsoft.Network/virtualNetworks"
	typeSubnet = typeVNet + "/subnets"
)

// Subnets whose names mean something to Azure.
const (
	gatewaySubnet = "GatewaySubnet"
	bastionSubnet = "AzureBastionSubnet"
)

// The smallest subnets: any (three usable addresses), and Bastion's.
// https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq#how-small-and-how-large-can-virtual-networks-and-subnets-be
// https://learn.microsoft.com/azure/bastion/configuration-settings#subnet
const (
	smallestSubnet        = 29
	smallestBastionSubnet = 26
)

const (
	vnetFAQ = "https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq"
	// codeAssumed marks a rule that is documented while the code of its refusal is not: the code here follows the
	// pattern of its neighbours.
	codeAssumed = " (rule; the code is assumed)"
)

var virtualNetworks = Type{
	Name:           typeVNet,
	Model:          model[armnetwork.VirtualNetwork](),
	ReadModel:      model[armnetwork.VirtualNetwork](),
	APIVersions:    networkVersions,
	Create:         5 * time.Second,
	Update:         5 * time.Second,
	Delete:         10 * time.Second,
	DurationSource: "a control-plane record, done within a poll or two (estimate)",
	children:       []string{"subnets"},
	readOnly: append([]string{"properties.flowLogs"}, under("properties.subnets.properties.",
		"ipConfigurations", "ipConfigurationProfiles", "privateEndpoints", "purpose", "resourceNavigationLinks",
		"serviceAssociationLinks")...),
	refs: []reference{
		{path: "properties.subnets.properties.networkSecurityGroup.id", to: typeNSG},
		{path: "properties.subnets.properties.natGateway.id", to: typeNATGateway},
		{path: "properties.subnets.properties.routeTable.id", to: typeRouteTable},
	},
	// A NAT gateway that is attached must stay as it is while its subnets are written.
	locks: func(c *change) []string {
		var out []string
		if network := modelBefore[armnetwork.VirtualNetwork](c); network != nil {
			for _, subnet := range network.Properties.Subnets {
				if nat := subnet.Properties.NatGateway; nat != nil {
					out = append(out, val(nat.ID))
				}
			}
		}
		return out
	},
	born: func(s *Server, r *resource) { s.addWatcher(r.id.Subscription, r.location) },
	stored: func(s *Server, r *resource) {
		loseSubnets(s, r)
		s.writePeerings(r)
	},
	complete: leaveHubPeerings,
	populate: populateNetwork,
	rules: []Rule{
		{
			Name: "a network has address space", Code: "InvalidRequestFormat", Source: missingMember + " " + vnetFAQ,
			check: about(func(c *change, m *armnetwork.VirtualNetwork) string {
				if m.Properties.AddressSpace != nil && len(m.Properties.AddressSpace.AddressPrefixes) > 0 {
					return ""
				}
				return fmt.Sprintf("Cannot parse the request. MissingJsonField: %s has no "+
					"addressSpace.addressPrefixes.", c.id)
			}),
		},
		{
			Name: "every subnet has a prefix", Code: "NoAddressPrefixOrPoolProvided",
			Source: "https://github.com/Digitalminion/atakora/blob/0bf55f9b95d73d309874e5520958a699571e8c2f/docs/adr/DEPLOYMENT-POST-MORTEM-001.md",
			check: eachSubnet(func(c *change, s *armnetwork.Subnet, _ netip.Prefix) string {
				if len(prefixTexts(s)) > 0 {
					return ""
				}
				return fmt.Sprintf("Subnet %s of %s does not have address prefix or pool provided.", val(s.Name), c.id)
			}),
		},
		{
			Name: "a prefix is a CIDR range", Code: "InvalidAddressPrefixFormat",
			Source: recordedPartner + "invalid_prefixes.nock.js",
			check:  eachNetworkPrefix(notCIDR),
		},
		{
			Name: "a prefix is written from its first address", Code: "InvalidCIDRNotation", Source: vnetFAQ,
			check: eachNetworkPrefix(notFirstAddress),
		},
		{
			Name: "a subnet is at least a /29", Code: "NetcfgInvalidSubnet", Source: vnetFAQ,
			check: eachSubnet(func(c *change, s *armnetwork.Subnet, p netip.Prefix) string {
				if p.Bits() <= smallestSubnet {
					return ""
				}
				return fmt.Sprintf("Subnet '%s' is not valid in virtual network '%s': %s is smaller than /%d.",
					val(s.Name), c.id.Name(), p, smallestSubnet)
			}),
		},
		{
			Name: "a subnet is inside its network", Code: "NetcfgSubnetRangeOutsideVnet",
			Source: "https://github.com/MicrosoftDocs/azure-docs/pull/123869",
			check: about(func(c *change, m *armnetwork.VirtualNetwork) string {
				return first(m.Properties.Subnets, func(s *armnetwork.Subnet) string { return outside(c, m, s) })
			}),
		},
		{
			Name: "subnets do not overlap", Code: "NetcfgSubnetRangesOverlap",
			Source: "https://github.com/MicrosoftDocs/azure-docs/pull/123869",
			check:  about(overlapping),
		},
		{
			Name: "AzureBastionSubnet is at least a /26", Code: "BastionSubnetTooSmall",
			Source: "https://learn.microsoft.com/azure/bastion/configuration-settings#subnet" + codeAssumed,
			check: eachSubnet(func(c *change, s *armnetwork.Subnet, p netip.Prefix) string {
				if !strings.EqualFold(val(s.Name), bastionSubnet) || p.Bits() <= smallestBastionSubnet {
					return ""
				}
				return fmt.Sprintf("Subnet %s of %s must be at least a /%d, and is %s.", bastionSubnet, c.id,
					smallestBastionSubnet, p)
			}),
		},
		{
			Name:   "GatewaySubnet has no network security group",
			Code:   "NetworkSecurityGroupCannotBeAttachedToGatewaySubnet",
			Source: "https://github.com/Azure-Terraform/terraform-azurerm-virtual-network/issues/18",
			check: eachSubnet(func(_ *change, s *armnetwork.Subnet, _ netip.Prefix) string {
				if !strings.EqualFold(val(s.Name), gatewaySubnet) || s.Properties.NetworkSecurityGroup == nil {
					return ""
				}
				return fmt.Sprintf("The operation failed because the network security group %s can not be "+
					"associated to the GatewaySubnet. Please remove the network security group.",
					val(s.Properties.NetworkSecurityGroup.ID))
			}),
		},
		{
			Name: "GatewaySubnet has no NAT gateway", Code: "NatGatewayCannotBeAttachedToGatewaySubnet",
			Source: "https://learn.microsoft.com/azure/nat-gateway/nat-overview#limitations" + codeAssumed,
			check: eachSubnet(func(_ *change, s *armnetwork.Subnet, _ netip.Prefix) string {
				if !strings.EqualFold(val(s.Name), gatewaySubnet) || s.Properties.NatGateway == nil {
					return ""
				}
				return fmt.Sprintf("NAT gateway %s can not be associated to the GatewaySubnet.",
					val(s.Properties.NatGateway.ID))
			}),
		},
		{
			Name:   "a NAT gateway serves subnets of one network",
			Code:   "NatGatewayCannotBeUsedBySubnetsBelongingToDifferentVirtualNetworks",
			Source: "https://learn.microsoft.com/azure/nat-gateway/nat-overview#limitations",
			check: eachSubnet(func(c *change, s *armnetwork.Subnet, _ netip.Prefix) string {
				if s.Properties.NatGateway == nil {
					return ""
				}
				return first(c.server.subnetsUsing(val(s.Properties.NatGateway.ID), "natGateway"),
					func(other string) string {
						if within(other, c.id.String()) {
							return ""
						}
						return fmt.Sprintf("NAT gateway %s cannot be used by subnet %s: it is used by %s of another "+
							"virtual network.",
							val(s.Properties.NatGateway.ID), val(s.Name), other)
					})
			}),
		},
		{
			Name: "a subnet in use is not left out", Code: "InUseSubnetCannotBeDeleted", Source: vnetFAQ,
			check: eachSubnetBefore(func(c *change, id string, was, now *armnetwork.Subnet) string {
				users := c.server.users(id)
				if now != nil || len(users) == 0 {
					return ""
				}
				return inUseSubnet(val(was.Name), users)
			}),
		},
		{
			Name: "a subnet in use keeps its range", Code: "InUseSubnetCannotBeUpdated",
			Source: "https://github.com/Azure/azure-cli/issues/15893",
			check: eachSubnetBefore(func(c *change, id string, was, now *armnetwork.Subnet) string {
				if now == nil || slices.Equal(prefixTexts(was), prefixTexts(now)) || len(c.server.users(id)) == 0 {
					return ""
				}
				return fmt.Sprintf("Subnet %s is in use and cannot be updated.", val(was.Name))
			}),
		},
		{
			Name: "a network with a subnet in use cannot be deleted", Code: "InUseSubnetCannotBeDeleted",
			Source: vnetFAQ, on: onRemoval,
			check: func(c *change) string {
				if users := c.server.users(c.id.String()); len(users) > 0 {
					return inUseSubnet("of "+c.id.Name(), users)
				}
				return ""
			},
		},
	},
}

func inUseSubnet(name string, users []*resource) string {
	return fmt.Sprintf("Subnet %s is in use by %s and cannot be deleted. In order to delete the subnet, "+
		"delete all the resources within the subnet.", name, names(users))
}

// under puts a prefix before each name.
func under(prefix string, names ...string) []string {
	for i := range names {
		names[i] = prefix + names[i]
	}
	return names
}

// prefixTexts are a subnet's ranges as they were written, one way or the other.
func prefixTexts(s *armnetwork.Subnet) []string {
	if s.Properties.AddressPrefix != nil {
		return []string{*s.Properties.AddressPrefix}
	}
	return texts(s.Properties.AddressPrefixes)
}

func eachSubnet(check func(c *change, s *armnetwork.Subnet, p netip.Prefix) string) func(*change) string {
	return about(func(c *change, m *armnetwork.VirtualNetwork) string {
		return first(m.Properties.Subnets, func(s *armnetwork.Subnet) string { return check(c, s, subnetPrefix(s)) })
	})
}

// eachSubnetBefore compares every subnet there was with what the write makes of it, which is nil if it leaves it out.
func eachSubnetBefore(check func(c *change, id string, was, now *armnetwork.Subnet) string) func(*change) string {
	return about(func(c *change, m *armnetwork.VirtualNetwork) string {
		before := modelBefore[armnetwork.VirtualNetwork](c)
		if before == nil {
			return ""
		}
		return first(before.Properties.Subnets, func(was *armnetwork.Subnet) string {
			var now *armnetwork.Subnet
			for _, s := range m.Properties.Subnets {
				if strings.EqualFold(val(s.Name), val(was.Name)) {
					now = s
				}
			}
			return check(c, c.before.childID("subnets", val(was.Name)), was, now)
		})
	})
}

// eachNetworkPrefix checks the ranges of a network and of its subnets.
func eachNetworkPrefix(check func(c *change, prefix string) string) func(*change) string {
	return about(func(c *change, m *armnetwork.VirtualNetwork) string {
		all := texts(m.Properties.AddressSpace.AddressPrefixes)
		for _, s := range m.Properties.Subnets {
			all = append(all, prefixTexts(s)...)
		}
		return first(all, func(prefix string) string { return check(c, prefix) })
	})
}

func notCIDR(c *change, text string) string {
	if _, err := netip.ParsePrefix(text); err == nil {
		return ""
	}
	return fmt.Sprintf("Address prefix %s of resource %s is not formatted correctly. It should follow CIDR notation, "+
		"for example 10.0.0.0/24.",
		text, c.id)
}

func notFirstAddress(c *change, text string) string {
	prefix := netip.MustParsePrefix(text) // notCIDR was asked first
	if prefix == prefix.Masked() {
		return ""
	}
	return fmt.Sprintf("The address prefix %s in resource %s has an invalid CIDR notation. For the given prefix "+
		"length, the address prefix should be %s.", text, c.id, prefix.Masked())
}

func outside(c *change, m *armnetwork.VirtualNetwork, s *armnetwork.Subnet) string {
	inside := slices.ContainsFunc(m.Properties.AddressSpace.AddressPrefixes, func(space *string) bool {
		whole := netip.MustParsePrefix(*space) // notCIDR was asked first
		return whole.Bits() <= subnetPrefix(s).Bits() && whole.Contains(subnetPrefix(s).Addr())
	})
	if inside {
		return ""
	}
	return fmt.Sprintf("Subnet '%s' is not valid because its IP address range is outside the IP address range of "+
		"virtual network '%s'.",
		val(s.Name), c.id.Name())
}

func overlapping(_ *change, m *armnetwork.VirtualNetwork) string {
	for i, a := range m.Properties.Subnets {
		for _, b := range m.Properties.Subnets[:i] {
			if subnetPrefix(a).Overlaps(subnetPrefix(b)) {
				return fmt.Sprintf("Subnet '%s' is not valid because its IP address range overlaps with that of an "+
					"existing subnet '%s'.",
					val(a.Name), val(b.Name))
			}
		}
	}
	return ""
}

// subnetsUsing are the subnets of any network whose property of that name refers to id.
func (s *Server) subnetsUsing(id, property string) []string {
	var out []string
	for _, r := range s.order {
		if r.typ.Name != typeVNet {
			continue
		}
		properties, _ := r.body["properties"].(map[string]any)
		for _, subnet := range objects(properties, "subnets") {
			if key(text(object(clone(object(subnet, "properties")).(map[string]any), property), "id")) == key(id) {
				out = append(out, r.childID("subnets", text(subnet, "name")))
			}
		}
	}
	return out
}

// populateNetwork adds who is in each subnet, and the network's halves of peerings.
func populateNetwork(s *Server, r *resource, body map[string]any) {
	properties := object(body, "properties")
	properties["resourceGuid"] = r.guid("resource")
	unset(properties, map[string]any{"enableDdosProtection": false, "subnets": []any{}})
	peerings := []any{}
	for _, peering := range s.peeringsFrom(r.id.String()) {
		peerings = append(peerings, s.live(peering))
	}
	properties["virtualNetworkPeerings"] = append(peerings, s.hubPeerings(r)...)
	for _, subnet := range objects(properties, "subnets") {
		taken := s.addresses[key(text(subnet, "id"))]
		var inside []string
		for _, address := range slices.SortedFunc(maps.Keys(taken), netip.Addr.Compare) {
			inside = append(inside, taken[address])
		}
		if len(inside) > 0 {
			object(subnet, "properties")["ipConfigurations"] = idsOf(inside)
		}
	}
}

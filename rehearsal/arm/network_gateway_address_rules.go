package arm

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
)

// The smallest GatewaySubnet that a VPN gateway and an ExpressRoute gateway share, or that the largest of the latter is
// in.
// https://learn.microsoft.com/azure/expressroute/expressroute-howto-coexist-resource-manager#limits-and-limitations
const smallestSharedGatewaySubnet = 27

// gatewaySubnetOf is the ID of the subnet that a gateway is in.
func gatewaySubnetOf(m *armnetwork.VirtualNetworkGateway) string {
	for _, ip := range m.Properties.IPConfigurations {
		return val(val(ip.Properties.Subnet).ID)
	}
	return ""
}

type gatewayIP = armnetwork.VirtualNetworkGatewayIPConfiguration

// gatewayAddressRules are about the subnet a gateway is in and its public addresses.
var gatewayAddressRules = []Rule{
	{
		Name:   "a gateway's IP configurations are in one GatewaySubnet",
		Code:   "VirtualNetworkGatewaySubnetNotGatewaySubnet",
		Source: gatewayDoc + "#gwsub" + codeAssumed,
		check: eachGatewayIP(func(c *change, m *armnetwork.VirtualNetworkGateway, ip *gatewayIP) string {
			subnet := val(val(ip.Properties.Subnet).ID)
			if strings.HasSuffix(key(subnet), key("subnets/"+gatewaySubnet)) && key(subnet) == key(gatewaySubnetOf(m)) {
				return ""
			}
			return fmt.Sprintf("IP configuration %s of virtual network gateway %s must be in one subnet with name "+
				"'%s', and is in '%s'.",
				val(ip.Name), c.id, gatewaySubnet, subnet)
		}),
	},
	{
		Name: "a VPN gateway's IP configuration has a public address", Code: "PublicIpForGatewayIsRequired",
		Source: "https://github.com/hashicorp/terraform-provider-azurerm/pull/6548",
		check: eachGatewayIP(func(c *change, m *armnetwork.VirtualNetworkGateway, ip *gatewayIP) string {
			// Azure brings that of an ExpressRoute gateway itself.
			if !isVPN(m) || val(ip.Properties.PublicIPAddress).ID != nil {
				return ""
			}
			return fmt.Sprintf("Public IP address reference is required for gateway IP configuration %s of %s.",
				val(ip.Name), c.id)
		}),
	},
	{
		Name:   "an ExpressRoute gateway's public address is of the Standard SKU",
		Code:   "PublicIpWithBasicSkuNotAllowedOnExpressRouteGateways",
		Source: "https://github.com/Azure/azure-quickstart-templates/pull/13958",
		check: eachGatewayPublicIP(func(c *change, m *armnetwork.VirtualNetworkGateway, _ *resource,
			ip *armnetwork.PublicIPAddress) string {
			if !isExpressRoute(m) || !isBasicAddress(ip) {
				return ""
			}
			return fmt.Sprintf("Basic IP configuration for ExpressRoute Virtual Network Gateways is not supported. "+
				"Please create and associate a Standard IP. %s", c.id)
		}),
	},
	{
		// A new one loses it without a word: see completeGateway.
		Name: "an ExpressRoute gateway that exists is given no public address", Code: "InternalServerError",
		Status: http.StatusInternalServerError,
		Source: "https://github.com/Azure/Azure-Landing-Zones/issues/2376",
		check: eachGatewayIP(func(c *change, m *armnetwork.VirtualNetworkGateway, ip *gatewayIP) string {
			if !isExpressRoute(m) || val(ip.Properties.PublicIPAddress).ID == nil {
				return ""
			}
			return "An error occurred."
		}),
	},
	{
		Name:   "a VPN gateway's public address is of the Standard SKU",
		Code:   "PublicIpWithBasicSkuNotAllowedOnVPNGateways",
		Source: "https://github.com/Azure/azure-cli/issues/30220",
		check: eachGatewayPublicIP(func(c *change, m *armnetwork.VirtualNetworkGateway, address *resource,
			ip *armnetwork.PublicIPAddress) string {
			if !isVPN(m) || gatewaySKU(m) == basicSKU || !isBasicAddress(ip) {
				return ""
			}
			return fmt.Sprintf("Basic IP configuration for VPN Virtual Network Gateways is not supported. Follow the "+
				"link for more details: %s uses %s.",
				c.id, address.id)
		}),
	},
	{
		Name: "a public address is used by one IP configuration", Code: "PublicIPAddressInUse", Source: publicIPDoc,
		check: func(c *change) string {
			taken := map[string]bool{}
			return eachGatewayPublicIP(func(c *change, _ *armnetwork.VirtualNetworkGateway, address *resource,
				_ *armnetwork.PublicIPAddress) string {
				id := address.id.String()
				if taken[key(id)] {
					return fmt.Sprintf("Public IP address %s is used by two IP configurations of %s.", id, c.id)
				}
				taken[key(id)] = true
				return publicIPTaken(c, id)
			})(c)
		},
	},
	{
		Name:   "an AZ SKU's public address has zones where the region has",
		Code:   "VmssVpnGatewayPublicIpsMustHaveZonesConfigured",
		Source: "https://github.com/Azure/ResourceModules/issues/2609",
		check: eachGatewayPublicIP(func(c *change, m *armnetwork.VirtualNetworkGateway, address *resource,
			ip *armnetwork.PublicIPAddress) string {
			// AZ SKUs deploy in every region; where there are no zones, an address cannot have any.
			if !vpnZoneSKU.MatchString(gatewaySKU(m)) || !needsZones(c.location()) || len(ip.Zones) > 0 {
				return ""
			}
			return fmt.Sprintf("Standard Public IPs associated with VPN Gateways with AZ VPN skus must have zones "+
				"configured: %s.", address.id)
		}),
	},
	{
		Name:   "a Basic gateway's public address has no zones",
		Code:   "RegionalVmssVpnGatewayPublicIpsMustNotHaveZonesConfigured",
		Source: "https://github.com/Azure/Azure-Landing-Zones/issues/2660",
		check: eachGatewayPublicIP(func(_ *change, m *armnetwork.VirtualNetworkGateway, address *resource,
			ip *armnetwork.PublicIPAddress) string {
			if gatewaySKU(m) != basicSKU || len(ip.Zones) == 0 {
				return ""
			}
			return fmt.Sprintf("Standard Public IPs associated with VPN gateways with non-AZ VPN skus cannot have "+
				"zones configured: %s.", address.id)
		}),
	},
	{
		Name:   "the public addresses of two instances are in the same zones",
		Code:   "ActiveActiveGatewayPublicIPAddressesDiffersInSkuOrZones",
		Source: "https://github.com/Azure/terraform-azurerm-caf-enterprise-scale/issues/940",
		check: func(c *change) string {
			var one *armnetwork.PublicIPAddress
			return eachGatewayPublicIP(func(c *change, _ *armnetwork.VirtualNetworkGateway, _ *resource,
				ip *armnetwork.PublicIPAddress) string {
				if one == nil || sameZones(one.Zones, ip.Zones) {
					one = ip
					return ""
				}
				return fmt.Sprintf("Virtual network gateway %s in active active mode is using PublicIPAddresses "+
					"either with different Skus or with different PublicIPAllocationMethod or from a different "+
					"availability zones.", c.id)
			})(c)
		},
	},
	{
		Name: "a network has one gateway of a type", Code: "VirtualNetworkGatewayOfSameTypeAlreadyExists",
		Source: "https://github.com/MicrosoftDocs/azure-docs/issues/46399" + codeAssumed,
		check: eachGatewayBeside(func(c *change, m *armnetwork.VirtualNetworkGateway, other *resource,
			o *armnetwork.VirtualNetworkGateway) string {
			if isVPN(m) != isVPN(o) {
				return ""
			}
			return fmt.Sprintf("A virtual network can't be associated with more than one gateway of type %s: %s is "+
				"in %s already.",
				*m.Properties.GatewayType, other.id, gatewaySubnetOf(m))
		}),
	},
	{
		Name: "a VPN and an ExpressRoute gateway share at least a /27", Code: "GatewaySubnetTooSmallForCoexistence",
		Source: "https://learn.microsoft.com/azure/expressroute/expressroute-howto-coexist-resource-manager#limits-and-limitations" + codeAssumed,
		check: eachGatewayBeside(func(c *change, m *armnetwork.VirtualNetworkGateway, other *resource,
			_ *armnetwork.VirtualNetworkGateway) string {
			if _, prefix := c.server.subnetOf(gatewaySubnetOf(m)); prefix.Bits() > smallestSharedGatewaySubnet {
				return fmt.Sprintf("The gateway subnet %s must be /%d or larger for %s to coexist with %s, and is %s.",
					gatewaySubnetOf(m), smallestSharedGatewaySubnet, c.id, other.id, prefix)
			}
			return ""
		}),
	},
	{
		Name:   "an UltraPerformance gateway is in at least a /27",
		Code:   "GatewaySubnetTooSmallForExpressrouteUltraPerformanceGatewaySku",
		Source: "https://github.com/MicrosoftDocs/azure-docs/issues/34171",
		check: about(func(c *change, m *armnetwork.VirtualNetworkGateway) string {
			_, prefix := c.server.subnetOf(gatewaySubnetOf(m))
			if gatewaySKU(m) != ultraPerformanceSKU || prefix.Bits() <= smallestSharedGatewaySubnet {
				return ""
			}
			return fmt.Sprintf("To deploy an Expressroute UltraPerformance gateway SKU, the GatewaySubnet %s must be "+
				"/%d or larger.",
				gatewaySubnetOf(m), smallestSharedGatewaySubnet)
		}),
	},
	{
		Name: "a Basic gateway is not beside ExpressRoute", Code: "BasicGatewayCannotCoexistWithExpressRoute",
		Source: "https://learn.microsoft.com/azure/expressroute/expressroute-howto-coexist-resource-manager#limits-and-limitations" + codeAssumed,
		check: eachGatewayBeside(func(c *change, m *armnetwork.VirtualNetworkGateway, other *resource,
			o *armnetwork.VirtualNetworkGateway) string {
			if gatewaySKU(m) != basicSKU && gatewaySKU(o) != basicSKU {
				return ""
			}
			return fmt.Sprintf("Gateway SKU Basic does not support coexistence of %s with %s.", c.id, other.id)
		}),
	},
}

func eachGatewayIP(check func(c *change, m *armnetwork.VirtualNetworkGateway,
	ip *gatewayIP) string) func(*change) string {
	return about(func(c *change, m *armnetwork.VirtualNetworkGateway) string {
		return first(m.Properties.IPConfigurations, func(ip *gatewayIP) string { return check(c, m, ip) })
	})
}

func eachGatewayPublicIP(
	check func(c *change, m *armnetwork.VirtualNetworkGateway, address *resource,
		ip *armnetwork.PublicIPAddress) string,
) func(*change) string {
	return eachGatewayIP(func(c *change, m *armnetwork.VirtualNetworkGateway, ip *gatewayIP) string {
		id := val(val(ip.Properties.PublicIPAddress).ID)
		if address := modelOf[armnetwork.PublicIPAddress](c.server, id); address != nil {
			return check(c, m, c.server.find(id), address)
		}
		return ""
	})
}

// eachGatewayBeside checks every other gateway in the same subnet.
func eachGatewayBeside(
	check func(c *change, m *armnetwork.VirtualNetworkGateway, other *resource,
		o *armnetwork.VirtualNetworkGateway) string,
) func(*change) string {
	return about(func(c *change, m *armnetwork.VirtualNetworkGateway) string {
		return first(c.server.order, func(r *resource) string {
			o, ok := r.model.(*armnetwork.VirtualNetworkGateway)
			if !ok || r == c.before || key(gatewaySubnetOf(o)) != key(gatewaySubnetOf(m)) {
				return ""
			}
			return check(c, m, r, o)
		})
	})
}

// gatewayNetwork is the network that a gateway is in, or nil.
func (s *Server) gatewayNetwork(m *armnetwork.VirtualNetworkGateway) *armnetwork.VirtualNetwork {
	owner, ok := s.owner(gatewaySubnetOf(m))
	if !ok {
		return nil
	}
	network, _ := owner.model.(*armnetwork.VirtualNetwork)
	return network
}

// prefixesOf are the ranges of an address space; what is not one is refused elsewhere.
func prefixesOf(space *armnetwork.AddressSpace) []netip.Prefix {
	var out []netip.Prefix
	for _, text := range texts(val(space).AddressPrefixes) {
		if prefix, err := netip.ParsePrefix(text); err == nil {
			out = append(out, prefix)
		}
	}
	return out
}

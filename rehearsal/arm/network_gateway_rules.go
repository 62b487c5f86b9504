package arm

import (
	"fmt"
	"net/http"
	"net/netip"
	"regexp"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
)

// The smallest GatewaySubnet that a VPN gateway and an ExpressRoute gateway share, or that the largest of the latter is
// in.
// https://learn.microsoft.com/azure/expressroute/expressroute-howto-coexist-resource-manager#limits-and-limitations
const smallestSharedGatewaySubnet = 27

// Two instances are active with an IP configuration each; clients that connect to them need a third.
// https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-howto-point-to-site-resource-manager-portal
const (
	activeConfigurations       = 2
	activeClientConfigurations = 3
)

// SKUs by family, in lower case. Of those for VPN, only Basic and the ones with zones can be created since November
// 2025.
// https://learn.microsoft.com/azure/vpn-gateway/gateway-sku-consolidation
var (
	vpnSKU     = regexp.MustCompile(`^(basic|standard|highperformance|vpngw[1-5](az)?)$`)
	vpnZoneSKU = regexp.MustCompile(`^vpngw[1-5]az$`)
	expressSKU = regexp.MustCompile(`^(standard|highperformance|ultraperformance|ergw[1-3]az|ergwscale)$`)
	firstOnly  = regexp.MustCompile(`^(basic|standard|highperformance|vpngw1(az)?)$`)
	secondOnly = regexp.MustCompile(`^vpngw[45](az)?$`)
)

const (
	basicSKU            = "basic"
	ultraPerformanceSKU = "ultraperformance"
)

// generationOf is a gateway's generation: what it asks for, or what completeGateway gave it.
func generationOf(m *armnetwork.VirtualNetworkGateway) string {
	return string(val(m.Properties.VPNGatewayGeneration))
}

// gatewayRules are about what kind of gateway it is.
var gatewayRules = []Rule{
	{
		Name: "a gateway has a type, a SKU and an IP configuration", Code: "InvalidRequestFormat",
		Source: missingMember + " " + gatewayDoc,
		check: about(func(c *change, m *armnetwork.VirtualNetworkGateway) string {
			p := m.Properties
			if p.GatewayType != nil && val(p.SKU).Name != nil && p.SKU.Tier != nil && len(p.IPConfigurations) > 0 {
				return ""
			}
			return fmt.Sprintf("Cannot parse the request. MissingJsonField: virtual network gateway %s needs gatewayType, sku.name, sku.tier "+
				"and ipConfigurations.", c.id)
		}),
	},
	{
		Name: "a SKU is of the gateway's type", Code: "InvalidGatewaySize",
		Source: "https://github.com/hashicorp/terraform-provider-azurerm/issues/8132",
		check: about(func(c *change, m *armnetwork.VirtualNetworkGateway) string {
			// A gateway of type LocalGateway is in an extended location; no SKU makes one in a region.
			if isVPN(m) && vpnSKU.MatchString(gatewaySKU(m)) || isExpressRoute(m) && expressSKU.MatchString(gatewaySKU(m)) {
				return ""
			}
			return fmt.Sprintf("The specified gateway size %s is not valid for %s of type %s.", *m.Properties.SKU.Name, c.id, *m.Properties.GatewayType)
		}),
	},
	{
		Name: "a SKU's tier is its name", Code: "GatewaySkuTierMismatch", Source: gatewaySKUs + codeAssumed,
		check: about(func(c *change, m *armnetwork.VirtualNetworkGateway) string {
			if strings.EqualFold(string(*m.Properties.SKU.Tier), gatewaySKU(m)) {
				return ""
			}
			return fmt.Sprintf("Gateway SKU %s of %s does not belong to tier %s.", *m.Properties.SKU.Name, c.id, *m.Properties.SKU.Tier)
		}),
	},
	{
		Name: "a new VPN gateway's SKU has zones, or is Basic", Code: "NonAzSkusNotAllowedForVPNGateway",
		Source: "https://learn.microsoft.com/azure/vpn-gateway/gateway-sku-consolidation",
		check: about(func(c *change, m *armnetwork.VirtualNetworkGateway) string {
			if !isVPN(m) || c.before != nil || gatewaySKU(m) == basicSKU || vpnZoneSKU.MatchString(gatewaySKU(m)) {
				return ""
			}
			return fmt.Sprintf("VpnGw1-5 non-AZ SKUs are no longer supported for VPN gateways: %s asks for %s. Use an AZ SKU.", c.id, *m.Properties.SKU.Name)
		}),
	},
	{
		Name: "a SKU is of the generation", Code: "VirtualNetworkGatewaySkuCannotBeCreatedForSpecifiedVmGeneration",
		Source: "https://github.com/Azure/Azure-Landing-Zones/issues/1297",
		check: about(func(c *change, m *armnetwork.VirtualNetworkGateway) string {
			generation, sku := generationOf(m), gatewaySKU(m)
			if before := modelBefore[armnetwork.VirtualNetworkGateway](c); before != nil && generationOf(before) == generation && gatewaySKU(before) == sku {
				return "" // Azure moves gateways to Generation2 whose SKU nobody can create there
			}
			switch {
			case isVPN(m) && firstOnly.MatchString(sku) && generation == string(armnetwork.VPNGatewayGenerationGeneration1),
				isVPN(m) && secondOnly.MatchString(sku) && generation == string(armnetwork.VPNGatewayGenerationGeneration2),
				isVPN(m) && !firstOnly.MatchString(sku) && !secondOnly.MatchString(sku) && generation != string(armnetwork.VPNGatewayGenerationNone),
				!isVPN(m) && generation == string(armnetwork.VPNGatewayGenerationNone):
				return ""
			}
			return fmt.Sprintf("The Virtual Network Gateway Sku %s cannot be used when VirtualNetworkVpnGatewayGeneration is set to %s.",
				*m.Properties.SKU.Name, generation)
		}),
	},
	{
		Name: "a gateway of an AZ SKU is route-based", Code: "InvalidGatewaySkuProvidedForGatewayVpnType",
		Source: "https://github.com/Azure/azure-service-operator/blob/main/v2/internal/reconcilers/arm/errorclassification/error_classifier.go",
		check: about(func(c *change, m *armnetwork.VirtualNetworkGateway) string {
			if gatewaySKU(m) == basicSKU || or(m.Properties.VPNType, armnetwork.VPNTypeRouteBased) == armnetwork.VPNTypeRouteBased {
				return ""
			}
			return fmt.Sprintf("Gateway SKU %s of %s does not support VPN type %s.", *m.Properties.SKU.Name, c.id, *m.Properties.VPNType)
		}),
	},
	{
		Name: "active-active is of VPN and not Basic, and without it there is one IP configuration", Code: "InvalidActiveActiveGatewayConfiguration",
		Source: "https://learn.microsoft.com/azure/vpn-gateway/about-active-active-gateways" + codeAssumed,
		check: about(func(c *change, m *armnetwork.VirtualNetworkGateway) string {
			n, active := len(m.Properties.IPConfigurations), val(m.Properties.Active)
			if !active && n == 1 || active && isVPN(m) && gatewaySKU(m) != basicSKU {
				return ""
			}
			return fmt.Sprintf("Virtual network gateway %s of type %s and SKU %s with activeActive %t cannot have %d IP configurations.",
				c.id, *m.Properties.GatewayType, *m.Properties.SKU.Name, active, n)
		}),
	},
	{
		Name: "an active-active gateway has two IP configurations", Code: "ActiveActiveGatewayMustHaveExactlyTwoIpConfigurations",
		Source: "https://github.com/Azure/Azure-Landing-Zones/issues/2674",
		check: about(func(c *change, m *armnetwork.VirtualNetworkGateway) string {
			n := len(m.Properties.IPConfigurations)
			if !val(m.Properties.Active) || m.Properties.VPNClientConfiguration != nil || n == activeConfigurations {
				return ""
			}
			return fmt.Sprintf("Gateway has %d IP configurations specified for gateway %s. ActiveActive Gateway must be created with two IP configurations.", n, c.id)
		}),
	},
	{
		Name: "an active-active gateway that clients connect to has three IP configurations", Code: "ActiveActiveP2SGatewayMustHaveExactlyThreeIpConfigurations",
		Source: "https://github.com/hashicorp/terraform-provider-azurerm/issues/10425",
		check: about(func(c *change, m *armnetwork.VirtualNetworkGateway) string {
			n := len(m.Properties.IPConfigurations)
			if !val(m.Properties.Active) || m.Properties.VPNClientConfiguration == nil || n == activeClientConfigurations {
				return ""
			}
			return fmt.Sprintf("Gateway has %d IP configurations specified for gateway %s. ActiveActive Gateway with Vpn client configuration must be "+
				"created with three IP configurations.", n, c.id)
		}),
	},
	{
		Name: "a gateway does not change to another series of SKUs", Code: "CrossSeriesOrCrossGatewayGenenrationResizeNotSupported",
		Source: "https://github.com/hashicorp/terraform-provider-azurerm/issues/5535",
		check: about(func(c *change, m *armnetwork.VirtualNetworkGateway) string {
			before := modelBefore[armnetwork.VirtualNetworkGateway](c)
			if before == nil || generationOf(before) == generationOf(m) && (gatewaySKU(before) == basicSKU) == (gatewaySKU(m) == basicSKU) {
				return ""
			}
			return fmt.Sprintf("Cross series or cross gateway generation resize is not supported: %s from %s of %s to %s of %s.", c.id,
				*before.Properties.SKU.Name, generationOf(before), *m.Properties.SKU.Name, generationOf(m))
		}),
	},
	{
		Name: "what kind of gateway it is does not change", Code: "VirtualNetworkGatewayPropertyCannotBeModified", Source: gatewaySKUs + codeAssumed,
		check: about(func(c *change, m *armnetwork.VirtualNetworkGateway) string {
			before := modelBefore[armnetwork.VirtualNetworkGateway](c)
			if before == nil {
				return ""
			}
			for _, p := range []struct{ name, was, now string }{
				{"gatewayType", string(*before.Properties.GatewayType), string(*m.Properties.GatewayType)},
				{"vpnType", vpnTypeOf(before), vpnTypeOf(m)},
				{"ipConfigurations.subnet", gatewaySubnetOf(before), gatewaySubnetOf(m)},
			} {
				if !strings.EqualFold(p.was, p.now) {
					return fmt.Sprintf("Property %s of virtual network gateway %s cannot be changed from %s to %s.", p.name, c.id, p.was, p.now)
				}
			}
			return ""
		}),
	},
}

func vpnTypeOf(m *armnetwork.VirtualNetworkGateway) string {
	return string(or(m.Properties.VPNType, armnetwork.VPNTypeRouteBased))
}

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
		Name: "a gateway's IP configurations are in one GatewaySubnet", Code: "VirtualNetworkGatewaySubnetNotGatewaySubnet",
		Source: gatewayDoc + "#gwsub" + codeAssumed,
		check: eachGatewayIP(func(c *change, m *armnetwork.VirtualNetworkGateway, ip *gatewayIP) string {
			subnet := val(val(ip.Properties.Subnet).ID)
			if strings.HasSuffix(key(subnet), key("subnets/"+gatewaySubnet)) && key(subnet) == key(gatewaySubnetOf(m)) {
				return ""
			}
			return fmt.Sprintf("IP configuration %s of virtual network gateway %s must be in one subnet with name '%s', and is in '%s'.",
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
			return fmt.Sprintf("Public IP address reference is required for gateway IP configuration %s of %s.", val(ip.Name), c.id)
		}),
	},
	{
		Name: "an ExpressRoute gateway's public address is of the Standard SKU", Code: "PublicIpWithBasicSkuNotAllowedOnExpressRouteGateways",
		Source: "https://github.com/Azure/azure-quickstart-templates/pull/13958",
		check: eachGatewayPublicIP(func(c *change, m *armnetwork.VirtualNetworkGateway, _ *resource, ip *armnetwork.PublicIPAddress) string {
			if !isExpressRoute(m) || !isBasicAddress(ip) {
				return ""
			}
			return fmt.Sprintf("Basic IP configuration for ExpressRoute Virtual Network Gateways is not supported. Please create and associate a "+
				"Standard IP. %s", c.id)
		}),
	},
	{
		// A new one loses it without a word: see completeGateway.
		Name: "an ExpressRoute gateway that exists is given no public address", Code: "InternalServerError", Status: http.StatusInternalServerError,
		Source: "https://github.com/Azure/Azure-Landing-Zones/issues/2376",
		check: eachGatewayIP(func(c *change, m *armnetwork.VirtualNetworkGateway, ip *gatewayIP) string {
			if !isExpressRoute(m) || val(ip.Properties.PublicIPAddress).ID == nil {
				return ""
			}
			return "An error occurred."
		}),
	},
	{
		Name: "a VPN gateway's public address is of the Standard SKU", Code: "PublicIpWithBasicSkuNotAllowedOnVPNGateways",
		Source: "https://github.com/Azure/azure-cli/issues/30220",
		check: eachGatewayPublicIP(func(c *change, m *armnetwork.VirtualNetworkGateway, address *resource, ip *armnetwork.PublicIPAddress) string {
			if !isVPN(m) || gatewaySKU(m) == basicSKU || !isBasicAddress(ip) {
				return ""
			}
			return fmt.Sprintf("Basic IP configuration for VPN Virtual Network Gateways is not supported. Follow the link for more details: %s uses %s.",
				c.id, address.id)
		}),
	},
	{
		Name: "a public address is used by one IP configuration", Code: "PublicIPAddressInUse", Source: publicIPDoc,
		check: func(c *change) string {
			taken := map[string]bool{}
			return eachGatewayPublicIP(func(c *change, _ *armnetwork.VirtualNetworkGateway, address *resource, _ *armnetwork.PublicIPAddress) string {
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
		Name: "an AZ SKU's public address has zones where the region has", Code: "VmssVpnGatewayPublicIpsMustHaveZonesConfigured",
		Source: "https://github.com/Azure/ResourceModules/issues/2609",
		check: eachGatewayPublicIP(func(c *change, m *armnetwork.VirtualNetworkGateway, address *resource, ip *armnetwork.PublicIPAddress) string {
			// AZ SKUs deploy in every region; where there are no zones, an address cannot have any.
			if !vpnZoneSKU.MatchString(gatewaySKU(m)) || !needsZones(c.location()) || len(ip.Zones) > 0 {
				return ""
			}
			return fmt.Sprintf("Standard Public IPs associated with VPN Gateways with AZ VPN skus must have zones configured: %s.", address.id)
		}),
	},
	{
		Name: "a Basic gateway's public address has no zones", Code: "RegionalVmssVpnGatewayPublicIpsMustNotHaveZonesConfigured",
		Source: "https://github.com/Azure/Azure-Landing-Zones/issues/2660",
		check: eachGatewayPublicIP(func(_ *change, m *armnetwork.VirtualNetworkGateway, address *resource, ip *armnetwork.PublicIPAddress) string {
			if gatewaySKU(m) != basicSKU || len(ip.Zones) == 0 {
				return ""
			}
			return fmt.Sprintf("Standard Public IPs associated with VPN gateways with non-AZ VPN skus cannot have zones configured: %s.", address.id)
		}),
	},
	{
		Name: "the public addresses of two instances are in the same zones", Code: "ActiveActiveGatewayPublicIPAddressesDiffersInSkuOrZones",
		Source: "https://github.com/Azure/terraform-azurerm-caf-enterprise-scale/issues/940",
		check: func(c *change) string {
			var one *armnetwork.PublicIPAddress
			return eachGatewayPublicIP(func(c *change, _ *armnetwork.VirtualNetworkGateway, _ *resource, ip *armnetwork.PublicIPAddress) string {
				if one == nil || sameZones(one.Zones, ip.Zones) {
					one = ip
					return ""
				}
				return fmt.Sprintf("Virtual network gateway %s in active active mode is using PublicIPAddresses either with different Skus or "+
					"with different PublicIPAllocationMethod or from a different availability zones.", c.id)
			})(c)
		},
	},
	{
		Name: "a network has one gateway of a type", Code: "VirtualNetworkGatewayOfSameTypeAlreadyExists",
		Source: "https://github.com/MicrosoftDocs/azure-docs/issues/46399" + codeAssumed,
		check: eachGatewayBeside(func(c *change, m *armnetwork.VirtualNetworkGateway, other *resource, o *armnetwork.VirtualNetworkGateway) string {
			if isVPN(m) != isVPN(o) {
				return ""
			}
			return fmt.Sprintf("A virtual network can't be associated with more than one gateway of type %s: %s is in %s already.",
				*m.Properties.GatewayType, other.id, gatewaySubnetOf(m))
		}),
	},
	{
		Name: "a VPN and an ExpressRoute gateway share at least a /27", Code: "GatewaySubnetTooSmallForCoexistence",
		Source: "https://learn.microsoft.com/azure/expressroute/expressroute-howto-coexist-resource-manager#limits-and-limitations" + codeAssumed,
		check: eachGatewayBeside(func(c *change, m *armnetwork.VirtualNetworkGateway, other *resource, _ *armnetwork.VirtualNetworkGateway) string {
			if _, prefix := c.server.subnetOf(gatewaySubnetOf(m)); prefix.Bits() > smallestSharedGatewaySubnet {
				return fmt.Sprintf("The gateway subnet %s must be /%d or larger for %s to coexist with %s, and is %s.",
					gatewaySubnetOf(m), smallestSharedGatewaySubnet, c.id, other.id, prefix)
			}
			return ""
		}),
	},
	{
		Name: "an UltraPerformance gateway is in at least a /27", Code: "GatewaySubnetTooSmallForExpressrouteUltraPerformanceGatewaySku",
		Source: "https://github.com/MicrosoftDocs/azure-docs/issues/34171",
		check: about(func(c *change, m *armnetwork.VirtualNetworkGateway) string {
			_, prefix := c.server.subnetOf(gatewaySubnetOf(m))
			if gatewaySKU(m) != ultraPerformanceSKU || prefix.Bits() <= smallestSharedGatewaySubnet {
				return ""
			}
			return fmt.Sprintf("To deploy an Expressroute UltraPerformance gateway SKU, the GatewaySubnet %s must be /%d or larger.",
				gatewaySubnetOf(m), smallestSharedGatewaySubnet)
		}),
	},
	{
		Name: "a Basic gateway is not beside ExpressRoute", Code: "BasicGatewayCannotCoexistWithExpressRoute",
		Source: "https://learn.microsoft.com/azure/expressroute/expressroute-howto-coexist-resource-manager#limits-and-limitations" + codeAssumed,
		check: eachGatewayBeside(func(c *change, m *armnetwork.VirtualNetworkGateway, other *resource, o *armnetwork.VirtualNetworkGateway) string {
			if gatewaySKU(m) != basicSKU && gatewaySKU(o) != basicSKU {
				return ""
			}
			return fmt.Sprintf("Gateway SKU Basic does not support coexistence of %s with %s.", c.id, other.id)
		}),
	},
}

func eachGatewayIP(check func(c *change, m *armnetwork.VirtualNetworkGateway, ip *gatewayIP) string) func(*change) string {
	return about(func(c *change, m *armnetwork.VirtualNetworkGateway) string {
		return first(m.Properties.IPConfigurations, func(ip *gatewayIP) string { return check(c, m, ip) })
	})
}

func eachGatewayPublicIP(
	check func(c *change, m *armnetwork.VirtualNetworkGateway, address *resource, ip *armnetwork.PublicIPAddress) string,
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
	check func(c *change, m *armnetwork.VirtualNetworkGateway, other *resource, o *armnetwork.VirtualNetworkGateway) string,
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

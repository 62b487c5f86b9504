package arm

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
)

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
			return fmt.Sprintf("Cannot parse the request. MissingJsonField: virtual network gateway %s needs "+
				"gatewayType, sku.name, sku.tier and ipConfigurations.", c.id)
		}),
	},
	{
		Name: "a SKU is of the gateway's type", Code: "InvalidGatewaySize",
		Source: "https://github.com/hashicorp/terraform-provider-azurerm/issues/8132",
		check: about(func(c *change, m *armnetwork.VirtualNetworkGateway) string {
			// A gateway of type LocalGateway is in an extended location; no SKU makes one in a region.
			if isVPN(m) && vpnSKU.MatchString(gatewaySKU(m)) ||
				isExpressRoute(m) && expressSKU.MatchString(gatewaySKU(m)) {
				return ""
			}
			return fmt.Sprintf("The specified gateway size %s is not valid for %s of type %s.", *m.Properties.SKU.Name,
				c.id, *m.Properties.GatewayType)
		}),
	},
	{
		Name: "a SKU's tier is its name", Code: "GatewaySkuTierMismatch", Source: gatewaySKUs + codeAssumed,
		check: about(func(c *change, m *armnetwork.VirtualNetworkGateway) string {
			if strings.EqualFold(string(*m.Properties.SKU.Tier), gatewaySKU(m)) {
				return ""
			}
			return fmt.Sprintf("Gateway SKU %s of %s does not belong to tier %s.", *m.Properties.SKU.Name, c.id,
				*m.Properties.SKU.Tier)
		}),
	},
	{
		Name: "a new VPN gateway's SKU has zones, or is Basic", Code: "NonAzSkusNotAllowedForVPNGateway",
		Source: "https://learn.microsoft.com/azure/vpn-gateway/gateway-sku-consolidation",
		check: about(func(c *change, m *armnetwork.VirtualNetworkGateway) string {
			if !isVPN(m) || c.before != nil || gatewaySKU(m) == basicSKU || vpnZoneSKU.MatchString(gatewaySKU(m)) {
				return ""
			}
			return fmt.Sprintf("VpnGw1-5 non-AZ SKUs are no longer supported for VPN gateways: %s asks for %s. "+
				"Use an AZ SKU.", c.id, *m.Properties.SKU.Name)
		}),
	},
	{
		Name: "a SKU is of the generation", Code: "VirtualNetworkGatewaySkuCannotBeCreatedForSpecifiedVmGeneration",
		Source: "https://github.com/Azure/Azure-Landing-Zones/issues/1297",
		check: about(func(c *change, m *armnetwork.VirtualNetworkGateway) string {
			generation, sku := generationOf(m), gatewaySKU(m)
			if before := modelBefore[armnetwork.VirtualNetworkGateway](c); before != nil &&
				generationOf(before) == generation && gatewaySKU(before) == sku {
				return "" // Azure moves gateways to Generation2 whose SKU nobody can create there
			}
			switch {
			case isVPN(m) && firstOnly.MatchString(sku) &&
				generation == string(armnetwork.VPNGatewayGenerationGeneration1),
				isVPN(m) && secondOnly.MatchString(sku) &&
					generation == string(armnetwork.VPNGatewayGenerationGeneration2),
				isVPN(m) && !firstOnly.MatchString(sku) && !secondOnly.MatchString(sku) &&
					generation != string(armnetwork.VPNGatewayGenerationNone),
				!isVPN(m) && generation == string(armnetwork.VPNGatewayGenerationNone):
				return ""
			}
			return fmt.Sprintf("The Virtual Network Gateway Sku %s cannot be used when "+
				"VirtualNetworkVpnGatewayGeneration is set to %s.",
				*m.Properties.SKU.Name, generation)
		}),
	},
	{
		Name: "a gateway of an AZ SKU is route-based", Code: "InvalidGatewaySkuProvidedForGatewayVpnType",
		Source: "https://github.com/Azure/azure-service-operator/blob/main/v2/internal/reconcilers/arm/errorclassification/error_classifier.go",
		check: about(func(c *change, m *armnetwork.VirtualNetworkGateway) string {
			if gatewaySKU(m) == basicSKU ||
				or(m.Properties.VPNType, armnetwork.VPNTypeRouteBased) == armnetwork.VPNTypeRouteBased {
				return ""
			}
			return fmt.Sprintf("Gateway SKU %s of %s does not support VPN type %s.", *m.Properties.SKU.Name, c.id,
				*m.Properties.VPNType)
		}),
	},
	{
		Name:   "active-active is of VPN and not Basic, and without it there is one IP configuration",
		Code:   "InvalidActiveActiveGatewayConfiguration",
		Source: "https://learn.microsoft.com/azure/vpn-gateway/about-active-active-gateways" + codeAssumed,
		check: about(func(c *change, m *armnetwork.VirtualNetworkGateway) string {
			n, active := len(m.Properties.IPConfigurations), val(m.Properties.Active)
			if !active && n == 1 || active && isVPN(m) && gatewaySKU(m) != basicSKU {
				return ""
			}
			return fmt.Sprintf("Virtual network gateway %s of type %s and SKU %s with activeActive %t cannot have %d "+
				"IP configurations.",
				c.id, *m.Properties.GatewayType, *m.Properties.SKU.Name, active, n)
		}),
	},
	{
		Name:   "an active-active gateway has two IP configurations",
		Code:   "ActiveActiveGatewayMustHaveExactlyTwoIpConfigurations",
		Source: "https://github.com/Azure/Azure-Landing-Zones/issues/2674",
		check: about(func(c *change, m *armnetwork.VirtualNetworkGateway) string {
			n := len(m.Properties.IPConfigurations)
			if !val(m.Properties.Active) || m.Properties.VPNClientConfiguration != nil || n == activeConfigurations {
				return ""
			}
			return fmt.Sprintf("Gateway has %d IP configurations specified for gateway %s. ActiveActive Gateway must "+
				"be created with two IP configurations.", n, c.id)
		}),
	},
	{
		Name:   "an active-active gateway that clients connect to has three IP configurations",
		Code:   "ActiveActiveP2SGatewayMustHaveExactlyThreeIpConfigurations",
		Source: "https://github.com/hashicorp/terraform-provider-azurerm/issues/10425",
		check: about(func(c *change, m *armnetwork.VirtualNetworkGateway) string {
			n := len(m.Properties.IPConfigurations)
			if !val(m.Properties.Active) || m.Properties.VPNClientConfiguration == nil ||
				n == activeClientConfigurations {
				return ""
			}
			return fmt.Sprintf("Gateway has %d IP configurations specified for gateway %s. ActiveActive Gateway with "+
				"Vpn client configuration must be created with three IP configurations.", n, c.id)
		}),
	},
	{
		Name:   "a gateway does not change to another series of SKUs",
		Code:   "CrossSeriesOrCrossGatewayGenenrationResizeNotSupported",
		Source: "https://github.com/hashicorp/terraform-provider-azurerm/issues/5535",
		check: about(func(c *change, m *armnetwork.VirtualNetworkGateway) string {
			before := modelBefore[armnetwork.VirtualNetworkGateway](c)
			if before == nil || generationOf(before) == generationOf(m) &&
				(gatewaySKU(before) == basicSKU) == (gatewaySKU(m) == basicSKU) {
				return ""
			}
			return fmt.Sprintf("Cross series or cross gateway generation resize is not supported: %s from %s of %s "+
				"to %s of %s.", c.id,
				*before.Properties.SKU.Name, generationOf(before), *m.Properties.SKU.Name, generationOf(m))
		}),
	},
	{
		Name: "what kind of gateway it is does not change", Code: "VirtualNetworkGatewayPropertyCannotBeModified",
		Source: gatewaySKUs + codeAssumed,
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
					return fmt.Sprintf("Property %s of virtual network gateway %s cannot be changed from %s to %s.",
						p.name, c.id, p.was, p.now)
				}
			}
			return ""
		}),
	},
}

func vpnTypeOf(m *armnetwork.VirtualNetworkGateway) string {
	return string(or(m.Properties.VPNType, armnetwork.VPNTypeRouteBased))
}

package arm

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
)

// defaultASN is a gateway's own unless it says otherwise.
const defaultASN = 65515

// Autonomous systems that nobody can have: Azure's own, IANA's, and those at either end of the range.
// https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-bgp-overview#what-asns-autonomous-system-numbers-can-i-use
var reservedASNs = []struct{ from, to int64 }{
	{0, 0}, {8074, 8075}, {12076, 12076}, {23456, 23456}, {64496, 64511}, {65517, 65520}, {65535, 65551},
	{1<<32 - 1, 1<<63 - 1},
}

// tunnelAddresses are what a gateway can have inside tunnels: 169.254.21.0 to 169.254.22.255.
// https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-bgp-overview#can-i-use-apipa-addresses-for-the-azure-vpn-gateways
var tunnelAddresses = []netip.Prefix{netip.MustParsePrefix("169.254.21.0/24"), netip.MustParsePrefix("169.254.22.0/24")}

// badASN complains about a number that a BGP speaker cannot have.
func badASN(id ID, asn *int64) string {
	if asn == nil {
		return ""
	}
	for _, reserved := range reservedASNs {
		if *asn < 0 || *asn >= reserved.from && *asn <= reserved.to {
			return fmt.Sprintf("The ASN %d of %s is reserved and cannot be used.", *asn, id)
		}
	}
	return ""
}

// gatewayBGPRules are about a gateway's side of BGP.
var gatewayBGPRules = []Rule{
	{
		Name: "an ASN is not reserved", Code: "InvalidAsnValueForVirtualNetworkGateway", Source: bgpDoc + codeAssumed,
		check: about(func(c *change, m *armnetwork.VirtualNetworkGateway) string {
			return badASN(c.id, val(m.Properties.BgpSettings).Asn)
		}),
	},
	{
		Name: "BGP is not of the Basic SKU", Code: "BasicSkuVirtualNetworkGatewayDoesNotSupportBgp",
		Source: "https://github.com/Azure/terraform-azurerm-caf-enterprise-scale/issues/369",
		check: about(func(c *change, m *armnetwork.VirtualNetworkGateway) string {
			if !val(m.Properties.EnableBgp) || gatewaySKU(m) != basicSKU {
				return ""
			}
			return fmt.Sprintf("Virtual network gateway %s with SKU Basic does not support BGP.", c.id)
		}),
	},
	{
		Name:   "custom BGP addresses are of the gateway's IP configurations, once each",
		Code:   "InvalidBgpPeeringAddressIpConfiguration",
		Source: bgpDoc + codeAssumed,
		check: func(c *change) string {
			seen := map[string]bool{}
			return eachPeering(func(c *change, m *armnetwork.VirtualNetworkGateway,
				p *armnetwork.IPConfigurationBgpPeeringAddress) string {
				id := key(val(p.IPConfigurationID))
				if slices.Contains(gatewayIPIDs(c.id.String(), m), id) && !seen[id] {
					seen[id] = true
					return ""
				}
				return fmt.Sprintf("The ipconfigurationId '%s' in bgpPeeringAddresses is not of an IP configuration "+
					"of %s, or is there twice.",
					val(p.IPConfigurationID), c.id)
			})(c)
		},
	},
	{
		Name: "a custom BGP address is in 169.254.21.0 to 169.254.22.255", Code: "InvalidCustomBgpIpAddressRange",
		Source: bgpDoc + codeAssumed,
		check: eachCustomBGP(func(c *change, text string) string {
			address, err := netip.ParseAddr(text)
			if err == nil && slices.ContainsFunc(tunnelAddresses, func(p netip.Prefix) bool {
				return p.Contains(address)
			}) {
				return ""
			}
			return fmt.Sprintf("The custom BGP address %s of %s is outside the allowed ranges %v.", text,
				c.id, tunnelAddresses)
		}),
	},
	{
		Name: "a custom BGP address is there once", Code: "DuplicateCustomBgpIpAddress", Source: bgpDoc + codeAssumed,
		check: func(c *change) string {
			seen := map[string]bool{}
			return eachCustomBGP(func(c *change, text string) string {
				if seen[text] {
					return fmt.Sprintf("The custom BGP address %s of %s is there more than once.", text, c.id)
				}
				seen[text] = true
				return ""
			})(c)
		},
	},
}

func eachPeering(
	check func(c *change, m *armnetwork.VirtualNetworkGateway, p *armnetwork.IPConfigurationBgpPeeringAddress) string,
) func(*change) string {
	return about(func(c *change, m *armnetwork.VirtualNetworkGateway) string {
		return first(val(m.Properties.BgpSettings).BgpPeeringAddresses,
			func(p *armnetwork.IPConfigurationBgpPeeringAddress) string {
				return check(c, m, p)
			})
	})
}

func eachCustomBGP(check func(c *change, address string) string) func(*change) string {
	return eachPeering(func(c *change, _ *armnetwork.VirtualNetworkGateway,
		p *armnetwork.IPConfigurationBgpPeeringAddress) string {
		return first(texts(p.CustomBgpIPAddresses), func(address string) string { return check(c, address) })
	})
}

// gatewayIPIDs are the keys of the IDs of a gateway's IP configurations.
func gatewayIPIDs(gateway string, m *armnetwork.VirtualNetworkGateway) []string {
	var out []string
	for _, ip := range m.Properties.IPConfigurations {
		out = append(out, key(gateway+"/ipConfigurations/"+val(ip.Name)))
	}
	return out
}

// customBGPOf are the custom BGP addresses of one of a gateway's IP configurations.
func customBGPOf(m *armnetwork.VirtualNetworkGateway, ipConfiguration string) []string {
	for _, p := range val(m.Properties.BgpSettings).BgpPeeringAddresses {
		if strings.EqualFold(val(p.IPConfigurationID), ipConfiguration) {
			return texts(p.CustomBgpIPAddresses)
		}
	}
	return nil
}

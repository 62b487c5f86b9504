package arm

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
)

const typeLocalGateway = "Microsoft.Network/localNetworkGateways"

const localGatewayDoc = "https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-about-vpn-gateway-settings#lng"

// localNetworkGateways are the partners of a VPN gateway, as Azure sees them.
var localNetworkGateways = Type{
	Name:           typeLocalGateway,
	Model:          model[armnetwork.LocalNetworkGateway](),
	ReadModel:      model[armnetwork.LocalNetworkGateway](),
	APIVersions:    networkVersions,
	Create:         10 * time.Second,
	Update:         10 * time.Second,
	Delete:         10 * time.Second,
	DurationSource: "a control-plane record, done within a poll or two (estimate)",
	populate: func(_ *Server, r *resource, body map[string]any) {
		object(body, "properties")["resourceGuid"] = r.guid("resource")
	},
	rules: []Rule{
		{
			Name:   "a local network gateway has an address or a name",
			Code:   "LocalNetworkGatewayIpAddressOrFqdnRequired",
			Source: localGatewayDoc + codeAssumed,
			check: about(func(c *change, m *armnetwork.LocalNetworkGateway) string {
				if (val(m.Properties.GatewayIPAddress) == "") != (val(m.Properties.Fqdn) == "") {
					return ""
				}
				return fmt.Sprintf("Local network gateway %s must have either gatewayIpAddress or fqdn.", c.id)
			}),
		},
		{
			Name: "a local network gateway's address is an IPv4 address", Code: "InvalidIpAddress",
			Source: recordedPartner + "invalid_ip_address.nock.js",
			check: about(func(_ *change, m *armnetwork.LocalNetworkGateway) string {
				text := val(m.Properties.GatewayIPAddress)
				// Azure takes a private one too, which a partner has behind ExpressRoute.
				if address, err := netip.ParseAddr(text); text == "" || err == nil && address.Is4() {
					return ""
				}
				return fmt.Sprintf("The IP Address %s is invalid.", text)
			}),
		},
		{
			Name: "a prefix is a CIDR range", Code: "InvalidAddressPrefixFormat",
			Source: recordedPartner + "invalid_prefixes.nock.js",
			check:  eachLocalPrefix(notCIDR),
		},
		{
			Name: "a prefix is written from its first address", Code: "InvalidCIDRNotation", Source: vnetFAQ,
			check: eachLocalPrefix(notFirstAddress),
		},
		{
			Name:   "a local network gateway has address space or BGP",
			Code:   "LocalNetworkGatewayCannotHaveEmptyAddressPrefixAndBgpSettings",
			Source: "https://github.com/hashicorp/terraform-provider-azurerm/issues/15163",
			check: about(func(c *change, m *armnetwork.LocalNetworkGateway) string {
				if m.Properties.BgpSettings != nil ||
					len(val(m.Properties.LocalNetworkAddressSpace).AddressPrefixes) > 0 {
					return ""
				}
				return fmt.Sprintf("Local network gateway %s needs localNetworkAddressSpace.addressPrefixes or "+
					"bgpSettings.", c.id)
			}),
		},
		{
			Name: "BGP has an ASN", Code: "LocalNetworkGatewayCannotHaveZeroAsn",
			Source: recordedPartner + "zero_asn.nock.js",
			check: eachLocalBGP(func(c *change, _ *armnetwork.LocalNetworkGateway, bgp *armnetwork.BgpSettings) string {
				if val(bgp.Asn) != 0 {
					return ""
				}
				return fmt.Sprintf("The local network gateway %s cannot have an ASN of zero.", c.id)
			}),
		},
		{
			// Azure says so once the write is under way.
			Name: "BGP has a peering address", Code: "InternalError",
			Source: recordedPartner + "invalid_bgp_peering_address.nock.js",
			check: eachLocalBGP(func(_ *change, _ *armnetwork.LocalNetworkGateway, bgp *armnetwork.BgpSettings) string {
				if address, err := netip.ParseAddr(val(bgp.BgpPeeringAddress)); err == nil && address.Is4() {
					return ""
				}
				return fmt.Sprintf("BadRequest: InvalidIPAddress - The specified BGP peer IP address '%s' "+
					"is not valid.", val(bgp.BgpPeeringAddress))
			}),
		},
		{
			Name: "an ASN is not reserved", Code: "InvalidAsnValueForLocalNetworkGateway", Source: bgpDoc + codeAssumed,
			check: eachLocalBGP(func(c *change, _ *armnetwork.LocalNetworkGateway, bgp *armnetwork.BgpSettings) string {
				if *bgp.Asn == defaultASN {
					return fmt.Sprintf("The ASN %d is reserved for gateways of Azure and cannot be that of local "+
						"network gateway %s.", defaultASN, c.id)
				}
				return badASN(c.id, bgp.Asn)
			}),
		},
		{
			Name:   "a BGP peering address is not the partner's public address",
			Code:   "LocalNetworkGatewayBgpPeeringAddressIsGatewayAddress",
			Source: bgpDoc + codeAssumed,
			check: eachLocalBGP(func(c *change, m *armnetwork.LocalNetworkGateway, bgp *armnetwork.BgpSettings) string {
				if val(bgp.BgpPeeringAddress) != val(m.Properties.GatewayIPAddress) {
					return ""
				}
				return fmt.Sprintf("The BGP peering address %s of local network gateway %s must not be its "+
					"public address.", val(bgp.BgpPeeringAddress), c.id)
			}),
		},
		{
			Name:   "a connected partner's address space does not overlap the gateway's network",
			Code:   "ConnectionOverlappingAddressSpaces",
			Source: "https://github.com/MicrosoftDocs/azure-docs/issues/110829",
			check: about(func(c *change, m *armnetwork.LocalNetworkGateway) string {
				return first(c.server.users(c.id.String()), func(r *resource) string {
					joined, ok := r.model.(*connection)
					if !ok {
						return ""
					}
					g := modelOf[armnetwork.VirtualNetworkGateway](c.server,
						val(val(joined.Properties.VirtualNetworkGateway1).ID))
					return spacesOverlap(r.id, c.server.gatewayNetwork(g), m)
				})
			}),
		},
		unused("local network gateway", "InUseLocalNetworkGatewayCannotBeDeleted", localGatewayDoc+codeAssumed),
	},
}

// eachLocalPrefix checks the ranges of a partner's networks.
func eachLocalPrefix(check func(c *change, prefix string) string) func(*change) string {
	return about(func(c *change, m *armnetwork.LocalNetworkGateway) string {
		return first(texts(val(m.Properties.LocalNetworkAddressSpace).AddressPrefixes), func(prefix string) string {
			return check(c, prefix)
		})
	})
}

func eachLocalBGP(check func(c *change, m *armnetwork.LocalNetworkGateway,
	bgp *armnetwork.BgpSettings) string) func(*change) string {
	return about(func(c *change, m *armnetwork.LocalNetworkGateway) string {
		if m.Properties.BgpSettings == nil {
			return ""
		}
		return check(c, m, m.Properties.BgpSettings)
	})
}

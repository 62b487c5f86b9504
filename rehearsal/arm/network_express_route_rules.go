package arm

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
)

// VLANs of a peering, and the prefix of one of its two links.
// https://learn.microsoft.com/azure/expressroute/expressroute-routing#ip-addresses-used-for-microsoft-peering
const (
	firstVLAN = 1
	lastVLAN  = 4094
	linkBits  = 30
)

var circuitRules = []Rule{
	{
		Name: "a circuit has a SKU, a provider, a location and a bandwidth", Code: "InvalidRequestFormat",
		Source: missingMember + " " + circuitDoc,
		check: about(func(c *change, m *armnetwork.ExpressRouteCircuit) string {
			sku, p := val(m.SKU), val(m.Properties.ServiceProviderProperties)
			provided := val(p.ServiceProviderName) != "" && val(p.PeeringLocation) != "" && val(p.BandwidthInMbps) > 0
			onPort := val(m.Properties.ExpressRoutePort).ID != nil && val(m.Properties.BandwidthInGbps) > 0
			if val(sku.Name) != "" && sku.Tier != nil && sku.Family != nil && (provided || onPort) {
				return ""
			}
			return fmt.Sprintf("Cannot parse the request. MissingJsonField: ExpressRoute circuit %s needs sku.name, "+
				"sku.tier, sku.family and serviceProviderProperties.", c.id)
		}),
	},
	{
		// Azure says so once the deletion is under way. Every circuit with connections is one of these.
		Name: "a circuit that its provider has provisioned cannot be deleted", Code: "ConflictError",
		Status: http.StatusConflict,
		Source: "https://github.com/oracle-quickstart/oci-azure-interconnect/issues/8 " +
			"https://learn.microsoft.com/azure/expressroute/expressroute-howto-circuit-portal-resource-manager#delete",
		on: onRemoval,
		check: func(c *change) string {
			if circuit, ok := c.before.model.(*armnetwork.ExpressRouteCircuit); !ok || !isProvisioned(circuit) {
				return ""
			}
			return "The specified dedicated circuit is not in Deprovisioned state. Please initiate the " +
				"deprovisioning process with your service provider."
		},
	},
}

// peeringRules hold for every peering of a circuit.
var peeringRules = []Rule{
	{
		Name: "a peering's name is its type", Code: "InvalidPeeringName", Source: peeringDoc + codeAssumed,
		check: about(func(c *change, m *armnetwork.ExpressRouteCircuitPeering) string {
			if strings.EqualFold(c.id.Name(), string(val(m.Properties.PeeringType))) {
				return ""
			}
			return fmt.Sprintf("Peering %s of type %s must be called by its type.", c.id, val(m.Properties.PeeringType))
		}),
	},
	{
		Name: "a peering has an ASN, two prefixes and a VLAN", Code: "InvalidRequestFormat",
		Source: missingMember + " " + peeringDoc,
		check: about(func(c *change, m *armnetwork.ExpressRouteCircuitPeering) string {
			p := m.Properties
			if val(p.PeerASN) > 0 && p.PrimaryPeerAddressPrefix != nil &&
				p.SecondaryPeerAddressPrefix != nil && p.VlanID != nil {
				return ""
			}
			return fmt.Sprintf("Cannot parse the request. MissingJsonField: peering %s needs peerASN, "+
				"primaryPeerAddressPrefix, secondaryPeerAddressPrefix and vlanId.", c.id)
		}),
	},
	{
		Name: "a VLAN is 1 to 4094", Code: "InvalidPeeringVlanId", Source: peeringDoc + codeAssumed,
		check: about(func(c *change, m *armnetwork.ExpressRouteCircuitPeering) string {
			return outOfRange(c, "vlanId", m.Properties.VlanID, firstVLAN, lastVLAN)
		}),
	},
	{
		Name: "a peering's prefixes are CIDR ranges", Code: "InvalidAddressPrefixFormat",
		Source: recordedPeering + "invalid_primary_prefix.nock.js",
		check: about(func(c *change, m *armnetwork.ExpressRouteCircuitPeering) string {
			return first(peeringPrefixes(m), func(text string) string { return notCIDR(c, text) })
		}),
	},
	{
		Name: "a peering's prefixes are two different /30s, a Microsoft peering's public ones",
		Code: "InvalidPeerAddressPrefix", Source: routingDoc + codeAssumed,
		check: about(func(c *change, m *armnetwork.ExpressRouteCircuitPeering) string {
			links := peeringPrefixes(m)
			if links[0] == links[1] {
				return fmt.Sprintf("Both links of peering %s have the prefix %s.", c.id, links[0])
			}
			return first(links, func(text string) string {
				p := netip.MustParsePrefix(text) // the rule before was asked first
				if p != p.Masked() || !p.Addr().Is4() || p.Bits() != linkBits {
					return fmt.Sprintf("The peer address prefix %s of %s is not a /%d.", text, c.id, linkBits)
				}
				if isMicrosoft(m) && !isPublic(p.Addr().String()) {
					return fmt.Sprintf("The peer address prefix %s of Microsoft peering %s is not public.", text, c.id)
				}
				return ""
			})
		}),
	},
}

// peeringPrefixes are the ranges of a peering's two links.
func peeringPrefixes(m *armnetwork.ExpressRouteCircuitPeering) []string {
	return []string{*m.Properties.PrimaryPeerAddressPrefix, *m.Properties.SecondaryPeerAddressPrefix}
}

// microsoftPeeringRules are about peering with Microsoft's public services.
var microsoftPeeringRules = []Rule{
	{
		Name: "a Microsoft peering advertises public prefixes", Code: "InvalidAdvertisedPublicPrefixes",
		Source: routingDoc + codeAssumed,
		check: about(func(c *change, m *armnetwork.ExpressRouteCircuitPeering) string {
			if !isMicrosoft(m) {
				return ""
			}
			advertised := texts(val(m.Properties.MicrosoftPeeringConfig).AdvertisedPublicPrefixes)
			if len(advertised) == 0 {
				return fmt.Sprintf("Microsoft peering %s needs microsoftPeeringConfig.advertisedPublicPrefixes.", c.id)
			}
			return first(advertised, func(text string) string {
				if wrong := notCIDR(c, text); wrong != "" {
					return wrong
				}
				if wrong := notFirstAddress(c, text); wrong != "" {
					return wrong
				}
				if isPublic(netip.MustParsePrefix(text).Addr().String()) {
					return ""
				}
				return fmt.Sprintf("The advertised prefix %s of Microsoft peering %s is not a public IPv4 one.", text,
					c.id)
			})
		}),
	},
	{
		Name: "a routing registry is one that Microsoft asks", Code: "InvalidRoutingRegistryName",
		Source: routingDoc + codeAssumed,
		check: about(func(c *change, m *armnetwork.ExpressRouteCircuitPeering) string {
			registry := val(val(m.Properties.MicrosoftPeeringConfig).RoutingRegistryName)
			if registry == "" || slices.Contains(routingRegistries, strings.ToUpper(registry)) {
				return ""
			}
			return fmt.Sprintf("The routing registry %s of peering %s is not one of %v.", registry,
				c.id, routingRegistries)
		}),
	},
	{
		Name: "a route filter is of a Microsoft peering", Code: "RouteFilterNotAllowedOnPeering",
		Source: routeFilterDoc + codeAssumed,
		check: about(func(c *change, m *armnetwork.ExpressRouteCircuitPeering) string {
			if isMicrosoft(m) || m.Properties.RouteFilter == nil {
				return ""
			}
			return fmt.Sprintf("Peering %s of type %s cannot have a route filter.", c.id, val(m.Properties.PeeringType))
		}),
	},
}

// routingRegistries are where Microsoft looks up who a prefix belongs to; with NONE it asks.
// https://learn.microsoft.com/azure/expressroute/expressroute-routing#ip-addresses-used-for-microsoft-peering
var routingRegistries = strings.Fields("AFRINIC ALTDB APNIC ARIN LACNIC LEVEL3 NONE RADB RIPENCC")

// notPublic are the ranges, besides the private ones, from which nobody on the internet has an address; documentation's
// ranges, which examples use, count as public here.
// https://www.iana.org/assignments/iana-ipv4-special-registry
var notPublic = func() []netip.Prefix {
	var out []netip.Prefix
	for text := range strings.FieldsSeq("0.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 224.0.0.0/3") {
		out = append(out, netip.MustParsePrefix(text))
	}
	return out
}()

// isPublic tells whether text is an IPv4 address at which the internet can reach something.
func isPublic(text string) bool {
	address, err := netip.ParseAddr(text)
	return err == nil && address.Is4() && !address.IsPrivate() &&
		!slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(address) })
}

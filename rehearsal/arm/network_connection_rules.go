package arm

import (
	"fmt"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
)

// sharedKeyShape is 1 to 128 printable ASCII characters.
// https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-vpn-faq
var sharedKeyShape = regexp.MustCompile(`^[\x20-\x7e]{1,128}$`)

// Limits of a security association in a custom IPsec policy.
// https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-about-compliance-crypto
const (
	shortestSA = 300    // seconds
	longestSA  = 172799 // seconds
	smallestSA = 1024   // kilobytes
	largestSA  = 2147483647
)

const ipsecDoc = "https://learn.microsoft.com/azure/vpn-gateway/ipsec-ike-policy-howto"

type connection = armnetwork.VirtualNetworkGatewayConnection

// connectionRules are about what a connection joins, and its secrets.
var connectionRules = []Rule{
	{
		Name: "a connection has exactly two endpoints", Code: "GatewayConnectionMustHaveExactlyTwoEndpoints",
		Source: "https://github.com/Azure/ResourceModules/issues/1402",
		check: about(func(c *change, m *connection) string {
			p := m.Properties
			ends := map[armnetwork.VirtualNetworkGatewayConnectionType]bool{
				armnetwork.VirtualNetworkGatewayConnectionTypeIPsec:        val(p.LocalNetworkGateway2).ID != nil,
				armnetwork.VirtualNetworkGatewayConnectionTypeVnet2Vnet:    val(p.VirtualNetworkGateway2).ID != nil,
				armnetwork.VirtualNetworkGatewayConnectionTypeExpressRoute: val(p.Peer).ID != nil,
			}
			given := 0
			for _, end := range ends {
				if end {
					given++
				}
			}
			if val(p.VirtualNetworkGateway1).ID != nil && given == 1 && ends[connectionType(m)] {
				return ""
			}
			return fmt.Sprintf("Virtual Network Gateway connection %s must have exactly two endpoints. The first "+
				"endpoint must be a VirtualNetworkGateway, the second endpoint can be a VirtualNetworkGateway or a "+
				"LocalNetworkGateway or a ExpressRouteCircuit.", c.id)
		}),
	},
	{
		Name: "a gateway is of the connection's type", Code: "GatewayConnectionTypeDoesNotMatchGatewayType",
		Source: connectionDoc + codeAssumed,
		check: withGateway(func(c *change, m *connection, g *armnetwork.VirtualNetworkGateway) string {
			if isVPN(g) != (connectionType(m) == armnetwork.VirtualNetworkGatewayConnectionTypeExpressRoute) {
				return ""
			}
			return fmt.Sprintf("Connection %s of type %s cannot use gateway %s of type %s.", c.id, connectionType(m),
				*m.Properties.VirtualNetworkGateway1.ID, *g.Properties.GatewayType)
		}),
	},
	{
		Name: "a pre-shared key is 1 to 128 printable characters", Code: "InvalidConnectionSharedKey",
		Source: "https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-vpn-faq" + codeAssumed,
		check: about(func(c *change, m *connection) string {
			if m.Properties.SharedKey == nil || sharedKeyShape.MatchString(*m.Properties.SharedKey) {
				return ""
			}
			return fmt.Sprintf("The sharedKey of connection %s must have 1 to 128 printable ASCII characters.", c.id)
		}),
	},
	{
		Name: "a circuit of another subscription needs an authorization key", Code: "LinkedAuthorizationFailed",
		Status: http.StatusForbidden,
		Source: "https://github.com/Azure/terraform-azurerm-avm-ptn-hubnetworking/issues/81 " +
			"https://learn.microsoft.com/azure/expressroute/expressroute-howto-linkvnet-portal-resource-manager#circuit-user-operations",
		check: withCircuit(func(c *change, m *connection, circuit *resource, _ *armnetwork.ExpressRouteCircuit) string {
			if c.before != nil || val(m.Properties.AuthorizationKey) != "" || strings.EqualFold(circuit.id.Subscription,
				c.id.Subscription) {
				return ""
			}
			return fmt.Sprintf("The client does not have permission to perform action "+
				"'Microsoft.Network/expressRouteCircuits/join/action' on the linked scope '%s' for connection %s, "+
				"and gave no authorizationKey.", circuit.id, c.id)
		}),
	},
	{
		// A circuit that was added without authorizations takes any key.
		Name: "an authorization key is one of the circuit's", Code: "InvalidExpressRouteCircuitAuthorizationKey",
		Source: "https://learn.microsoft.com/azure/expressroute/expressroute-howto-linkvnet-portal-resource-manager#circuit-user-operations" + codeAssumed,
		check: withCircuit(func(c *change, m *connection, circuit *resource, x *armnetwork.ExpressRouteCircuit) string {
			known := slices.ContainsFunc(x.Properties.Authorizations,
				func(a *armnetwork.ExpressRouteCircuitAuthorization) bool {
					return val(a.Properties.AuthorizationKey) == val(m.Properties.AuthorizationKey)
				})
			if val(m.Properties.AuthorizationKey) == "" || known || len(x.Properties.Authorizations) == 0 {
				return ""
			}
			return fmt.Sprintf("The authorizationKey of connection %s is not one of ExpressRoute circuit %s.", c.id,
				circuit.id)
		}),
	},
	{
		Name: "a circuit that is connected is provisioned by its provider", Code: "ServiceProviderNotProvisioned",
		Source: interconnect,
		check: withCircuit(func(_ *change, _ *connection, circuit *resource, x *armnetwork.ExpressRouteCircuit) string {
			if isProvisioned(x) {
				return ""
			}
			return fmt.Sprintf("The current cross connection provisioning state '%s' of this service key '%s' "+
				"prevents this operation.",
				or(x.Properties.ServiceProviderProvisioningState,
					armnetwork.ServiceProviderProvisioningStateNotProvisioned), circuit.guid("service"))
		}),
	},
	{
		Name: "what a connection joins does not change", Code: "GatewayConnectionEndpointsCannotBeModified",
		Source: connectionDoc + codeAssumed,
		check: about(func(c *change, m *connection) string {
			before := modelBefore[connection](c)
			if before == nil || slices.Equal(endsOf(before), endsOf(m)) {
				return ""
			}
			return fmt.Sprintf("The type and endpoints of connection %s cannot be changed from %v to %v.", c.id,
				endsOf(before), endsOf(m))
		}),
	},
	{
		Name: "an IPsec policy is complete and within its limits", Code: "InvalidIpsecPolicy",
		Source: ipsecDoc + codeAssumed,
		check: about(func(c *change, m *connection) string {
			if len(m.Properties.IPSecPolicies) > 1 {
				return fmt.Sprintf("Connection %s can have one IPsec policy, and has %d.", c.id,
					len(m.Properties.IPSecPolicies))
			}
			return first(m.Properties.IPSecPolicies, func(p *armnetwork.IPSecPolicy) string { return badPolicy(c, p) })
		}),
	},
}

// connectionType is a connection's type as the SDK writes it, whatever the letter case.
func connectionType(m *connection) armnetwork.VirtualNetworkGatewayConnectionType {
	for _, listed := range armnetwork.PossibleVirtualNetworkGatewayConnectionTypeValues() {
		if strings.EqualFold(string(listed), string(val(m.Properties.ConnectionType))) {
			return listed
		}
	}
	return ""
}

// endsOf is what a connection joins, and how.
func endsOf(m *connection) []string {
	p := m.Properties
	return []string{
		string(connectionType(m)), key(val(val(p.VirtualNetworkGateway1).ID)),
		key(val(val(p.VirtualNetworkGateway2).ID)),
		key(val(val(p.LocalNetworkGateway2).ID)), key(val(val(p.Peer).ID)),
	}
}

func badPolicy(c *change, p *armnetwork.IPSecPolicy) string {
	if p.IkeEncryption == nil || p.IkeIntegrity == nil || p.DhGroup == nil || p.IPSecEncryption == nil ||
		p.IPSecIntegrity == nil ||
		p.PfsGroup == nil || p.SaLifeTimeSeconds == nil || p.SaDataSizeKilobytes == nil {
		return fmt.Sprintf("The IPsec policy of connection %s must specify every algorithm and both limits of a "+
			"security association.", c.id)
	}
	encryption, integrity := string(*p.IPSecEncryption), string(*p.IPSecIntegrity)
	if (isGCM(encryption) || isGCM(integrity)) && !strings.EqualFold(encryption, integrity) {
		return fmt.Sprintf("The IPsec policy of connection %s must use one GCM algorithm for both encryption and "+
			"integrity, and has %s and %s.",
			c.id, encryption, integrity)
	}
	if wrong := outOfRange(c, "saLifeTimeSeconds", p.SaLifeTimeSeconds, shortestSA, longestSA); wrong != "" {
		return wrong
	}
	return outOfRange(c, "saDataSizeKilobytes", p.SaDataSizeKilobytes, smallestSA, largestSA)
}

// isGCM: such an algorithm encrypts and authenticates in one.
func isGCM(algorithm string) bool { return strings.HasPrefix(strings.ToUpper(algorithm), "GCM") }

// connectionBGPRules are about BGP over a connection.
var connectionBGPRules = []Rule{
	{
		Name: "a partner without address space is reached over BGP", Code: "LocalNetworkGatewayAddressSpaceRequired",
		Source: bgpDoc + codeAssumed,
		check: withPartner(func(c *change, m *connection, _ *armnetwork.VirtualNetworkGateway,
			partner *armnetwork.LocalNetworkGateway) string {
			if val(m.Properties.EnableBgp) || len(prefixesOf(partner.Properties.LocalNetworkAddressSpace)) > 0 {
				return ""
			}
			return fmt.Sprintf("Connection %s has no BGP, and local network gateway %s no address space.", c.id,
				*m.Properties.LocalNetworkGateway2.ID)
		}),
	},
	{
		// Whether the gateway itself has enableBgp is nothing to Azure.
		Name: "the ends of BGP have ASNs, and different ones", Code: "BgpAsnOfConnectionEndpointsMustDiffer",
		Source: bgpDoc + codeAssumed,
		check: withPartner(func(c *change, m *connection, g *armnetwork.VirtualNetworkGateway,
			partner *armnetwork.LocalNetworkGateway) string {
			mine, theirs := or(val(g.Properties.BgpSettings).Asn, defaultASN),
				val(val(partner.Properties.BgpSettings).Asn)
			switch {
			case !val(m.Properties.EnableBgp):
				return ""
			case theirs == 0:
				return fmt.Sprintf("Connection %s cannot enable BGP: local network gateway %s has no ASN.", c.id,
					*m.Properties.LocalNetworkGateway2.ID)
			case mine == theirs:
				return fmt.Sprintf("Both ends of connection %s have the ASN %d.", c.id, mine)
			}
			return ""
		}),
	},
	{
		Name: "custom BGP addresses are of a connection with BGP", Code: "GatewayCustomBgpIpAddressesRequireBgp",
		Source: bgpDoc + codeAssumed,
		check: about(func(c *change, m *connection) string {
			if val(m.Properties.EnableBgp) || len(m.Properties.GatewayCustomBgpIPAddresses) == 0 {
				return ""
			}
			return fmt.Sprintf("Connection %s has gatewayCustomBgpIpAddresses and enableBgp false.", c.id)
		}),
	},
	{
		Name: "a connection's custom BGP addresses are the gateway's", Code: "InvalidGatewayCustomBgpIpAddress",
		Source: "https://github.com/hashicorp/terraform-provider-azurerm/issues/15854" + codeAssumed,
		check: withGateway(func(c *change, m *connection, g *armnetwork.VirtualNetworkGateway) string {
			var named []string
			for _, custom := range m.Properties.GatewayCustomBgpIPAddresses {
				id, address := val(custom.IPConfigurationID), val(custom.CustomBgpIPAddress)
				if has := customBGPOf(g, id); !slices.Contains(has, address) {
					return fmt.Sprintf("The custom BGP address '%s' of connection %s is not one of %s, which has %v.",
						address, c.id, id, has)
				}
				named = append(named, key(id))
			}
			all := gatewayIPIDs(*m.Properties.VirtualNetworkGateway1.ID, g)
			slices.Sort(named)
			slices.Sort(all)
			if len(named) == 0 || slices.Equal(named, all) {
				return ""
			}
			return fmt.Sprintf("The gatewayCustomBgpIpAddresses of connection %s must name each of %v once, "+
				"and name %v.", c.id, all, named)
		}),
	},
}

// connectionSpaceRules are about the networks at both ends.
var connectionSpaceRules = []Rule{
	{
		Name:   "a partner's address space does not overlap the gateway's network",
		Code:   "ConnectionOverlappingAddressSpaces",
		Source: "https://github.com/MicrosoftDocs/azure-docs/issues/110829",
		check: withPartner(func(c *change, _ *connection, g *armnetwork.VirtualNetworkGateway,
			partner *armnetwork.LocalNetworkGateway) string {
			return spacesOverlap(c.id, c.server.gatewayNetwork(g), partner)
		}),
	},
	{
		Name:   "a gateway is connected once to one partner",
		Code:   "VirtualNetworkGatewayConnectionAlreadyExistsForEndpoints",
		Source: "https://github.com/simple-tech-with-tarun/azure-networking-lab/blob/5e29683e3c3c89d4b7e9bc4c6b2e6e21d846f73d/15-vpn-gateway/README.md",
		check: withPartner(func(c *change, m *connection, _ *armnetwork.VirtualNetworkGateway,
			partner *armnetwork.LocalNetworkGateway) string {
			return first(c.server.users(*m.Properties.VirtualNetworkGateway1.ID), func(r *resource) string {
				other, ok := r.model.(*connection)
				if !ok || r == c.before {
					return ""
				}
				theirs := modelOf[armnetwork.LocalNetworkGateway](c.server,
					val(val(other.Properties.LocalNetworkGateway2).ID))
				if theirs == nil || !samePartner(partner, theirs) {
					return ""
				}
				return fmt.Sprintf("Connections %s and %s of one gateway lead to the same partner: local network "+
					"gateways %s and %s.",
					c.id, r.id, *m.Properties.LocalNetworkGateway2.ID, *other.Properties.LocalNetworkGateway2.ID)
			})
		}),
	},
}

// spacesOverlap complains about a partner some of whose addresses are a virtual network's own.
func spacesOverlap(at ID, network *armnetwork.VirtualNetwork, partner *armnetwork.LocalNetworkGateway) string {
	if network == nil {
		return ""
	}
	for _, mine := range prefixesOf(network.Properties.AddressSpace) {
		for _, theirs := range prefixesOf(partner.Properties.LocalNetworkAddressSpace) {
			if mine.Overlaps(theirs) {
				return fmt.Sprintf("The address space %s of the virtual network and %s of the local network gateway "+
					"overlap: %s.", mine, theirs, at)
			}
		}
	}
	return ""
}

// samePartner: two local network gateways describe the same device if they have its public address, and either its BGP
// address or some of its networks.
func samePartner(a, b *armnetwork.LocalNetworkGateway) bool {
	if val(a.Properties.GatewayIPAddress) != val(b.Properties.GatewayIPAddress) ||
		val(a.Properties.Fqdn) != val(b.Properties.Fqdn) {
		return false
	}
	if a.Properties.BgpSettings != nil &&
		val(a.Properties.BgpSettings.BgpPeeringAddress) == val(val(b.Properties.BgpSettings).BgpPeeringAddress) {
		return true
	}
	return slices.ContainsFunc(prefixesOf(a.Properties.LocalNetworkAddressSpace), func(p netip.Prefix) bool {
		return slices.ContainsFunc(prefixesOf(b.Properties.LocalNetworkAddressSpace), p.Overlaps)
	})
}

// withGateway checks a connection with its gateway.
func withGateway(check func(c *change, m *connection,
	g *armnetwork.VirtualNetworkGateway) string) func(*change) string {
	return about(func(c *change, m *connection) string {
		g := modelOf[armnetwork.VirtualNetworkGateway](c.server, val(val(m.Properties.VirtualNetworkGateway1).ID))
		if g == nil {
			return ""
		}
		return check(c, m, g)
	})
}

// withPartner checks a connection to a local network gateway with both.
func withPartner(
	check func(c *change, m *connection, g *armnetwork.VirtualNetworkGateway,
		partner *armnetwork.LocalNetworkGateway) string,
) func(*change) string {
	return withGateway(func(c *change, m *connection, g *armnetwork.VirtualNetworkGateway) string {
		partner := modelOf[armnetwork.LocalNetworkGateway](c.server, val(val(m.Properties.LocalNetworkGateway2).ID))
		if partner == nil {
			return ""
		}
		return check(c, m, g, partner)
	})
}

// withCircuit checks a connection to an ExpressRoute circuit with that.
func withCircuit(check func(c *change, m *connection, circuit *resource,
	x *armnetwork.ExpressRouteCircuit) string) func(*change) string {
	return about(func(c *change, m *connection) string {
		id := val(val(m.Properties.Peer).ID)
		x := modelOf[armnetwork.ExpressRouteCircuit](c.server, id)
		if x == nil {
			return ""
		}
		return check(c, m, c.server.find(id), x)
	})
}

package site

import (
	"net/netip"
	"regexp"
)

// Kinds of gateway.
const (
	GatewayVPN          = "vpn"
	GatewayExpressRoute = "expressRoute"
	GatewayExisting     = "existing"
	gatewayNone         = "none"
)

// Kinds of connection.
const (
	ConnectionSite = "site"
	ConnectionAWS  = "aws"
	ConnectionGCP  = "gcp"
)

// Gateway is how the site's network reaches the virtual network (documented step 3).
type Gateway struct {
	Kind             string // vpn, expressRoute or existing
	SKU              string
	ActiveActive     bool // two instances with a public IP address each
	BGP              bool
	ASN              uint32 // of Azure's side
	ID               string // existing: the gateway's resource ID
	CircuitID        string // expressRoute: the circuit's resource ID
	AuthorizationKey string // expressRoute: secret; needed across subscriptions
	Connections      []Connection
}

// Connection is one partner of a VPN gateway.
type Connection struct {
	Name            string
	Kind            string         // site, aws or gcp
	AddressPrefixes []netip.Prefix // site without BGP: networks behind the partner
	ASN             uint32         // of the partner; 0: no BGP
	Tunnels         []Tunnel       // one to a site, four to AWS, two to Google Cloud
	IPsec           *IPsec         // nil: Azure's default policy
}

// Tunnel is one IPsec tunnel: in Azure, a local network gateway and a connection.
type Tunnel struct {
	Name      string
	Address   netip.Addr // outside address of the partner
	SharedKey string     // secret; empty: one is generated
	PeerBGP   netip.Addr // the partner's BGP address; not valid without BGP
	// Inside is the tunnel's own /30 in APIPA: the partner takes its first usable address and Azure the second. Not
	// valid where BGP needs none.
	Inside   netip.Prefix
	Instance int // instance of the gateway that the partner connects to, 0 or 1
}

// AzureBGP is Azure's address inside the tunnel.
func (t Tunnel) AzureBGP() netip.Addr {
	return t.Inside.Addr().Next().Next()
}

// IPsec is a custom IPsec policy, in Azure's terms.
type IPsec struct {
	IKEEncryption, IKEIntegrity, DHGroup      string
	IPsecEncryption, IPsecIntegrity, PFSGroup string
	SALifetimeSeconds, SADataSizeKilobytes    int
}

const (
	defaultASN        = 65515 // Azure's own
	lastASN           = 1<<32 - 2
	defaultAWSASN     = 64512 // of a virtual private gateway in AWS
	defaultVPNSKU     = "VpnGw1AZ"
	defaultBGPVPNSKU  = "VpnGw2AZ"
	defaultExpressSKU = "ErGw1AZ"
)

// Azure refuses the SKUs without zones since 2025-11.
// Source: https://learn.microsoft.com/azure/vpn-gateway/about-gateway-skus
var (
	vpnSKUs     = []string{"VpnGw1AZ", "VpnGw2AZ", "VpnGw3AZ", "VpnGw4AZ", "VpnGw5AZ"}
	expressSKUs = []string{"ErGw1AZ", "ErGw2AZ", "ErGw3AZ"}
)

// reservedASNs cannot be used on either side, by Azure's or IANA's word.
// Source: https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-bgp-overview
var reservedASNs = []struct{ first, last uint32 }{
	{8074, 8075}, {12076, 12076}, {23456, 23456}, {64496, 64511}, {65517, 65520}, {65535, 65551},
}

// SecondGeneration tells whether the SKU exists in Generation2 only, to which a gateway of Generation1 cannot be
// resized.
func (g Gateway) SecondGeneration() bool {
	return g.SKU == "VpnGw4AZ" || g.SKU == "VpnGw5AZ"
}

func resourceID(provider string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)^/subscriptions/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}` +
		`/resourceGroups/[-\w._()]{1,90}/providers/` + regexp.QuoteMeta(provider) + `/[A-Za-z0-9]([-\w.]{0,78}\w)?$`)
}

func loadGateway(s *section, plan AddressPlan, sensors []netip.Prefix) *Gateway {
	g := s.section("gateway")
	var gateway *Gateway
	switch g.text("kind") {
	case GatewayVPN:
		gateway = loadVPN(g)
		loadConnections(g, gateway, plan, sensors)
	case GatewayExpressRoute:
		gateway = &Gateway{Kind: GatewayExpressRoute, SKU: g.text("sku"), CircuitID: g.text("circuitId"),
			AuthorizationKey: g.text("authorizationKey")}
	case GatewayExisting:
		gateway = &Gateway{Kind: GatewayExisting, ID: g.text("id")}
		loadConnections(g, gateway, plan, sensors)
	}
	return gateway
}

func loadVPN(s *section) *Gateway {
	gateway := &Gateway{
		Kind: GatewayVPN, SKU: s.text("sku"),
		ActiveActive: s.boolean("activeActive"), BGP: s.boolean("bgp"), ASN: s.asn("asn"),
	}
	if gateway.SKU == "" {
		gateway.SKU = defaultVPNSKU
		if gateway.BGP {
			gateway.SKU = defaultBGPVPNSKU
		}
	}
	return gateway
}

// asn reads an autonomous system number, and refuses those that nobody may use.
func (s *section) asn(name string) uint32 {
	asn := uint32(s.integer(name))
	for _, r := range reservedASNs {
		if r.first <= asn && asn <= r.last {
			s.fail(name, asn, "is reserved by Azure or IANA", "an ASN that neither reserves", privateASN)
		}
	}
	return asn
}

package site

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// What a partner's cloud connects with: a number of tunnels, from the first of the gateway's two instances on.
var (
	awsInstances = []int{0, 0, 1, 1} // two VPN connections of AWS, of two tunnels each
	gcpInstances = []int{0, 1}       // one HA VPN gateway
)

// A pre-shared key can be guessed offline by whoever records a handshake, so one of a few letters is none. Azure's
// limit is the other.
// Source: https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-vpn-faq
const shortestSharedKey, longestSharedKey = 16, 128

var connectionName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}[a-z0-9]$`)

func loadConnections(s *section, gateway *Gateway, plan AddressPlan, sensors []netip.Prefix) {
	sections := s.sections("connections")
	if gateway.Kind == GatewayExisting && !s.has("connections") {
		s.fail("connections", nil, "are missing", "at least one connection to attach to the existing gateway",
			"Describe the site's VPN device under gateway.connections")
	}
	inside := newInsidePlan()
	for _, c := range sections {
		connection := loadConnection(c, gateway, plan)
		if slices.ContainsFunc(gateway.Connections, func(other Connection) bool {
			return other.Name == connection.Name
		}) {
			c.fail("name", connection.Name, "is used twice", "names of which each is used once",
				"Rename one of the connections")
		}
		if at := slices.IndexFunc(gateway.Connections, func(other Connection) bool {
			return SamePartner(other, connection)
		}); at >= 0 {
			c.fail("address", connection.Tunnels[0].Address.String(),
				"leads to the same partner as connection "+gateway.Connections[at].Name,
				"one connection to each partner", "Put everything behind this partner into one connection")
		}
		gateway.Connections = append(gateway.Connections, connection)
		inside.reserve(c, &gateway.Connections[len(gateway.Connections)-1])
	}
	for i := range gateway.Connections {
		inside.assign(sections[i], &gateway.Connections[i])
	}
	checkWayBack(s, gateway, sensors)
}

func loadConnection(s *section, gateway *Gateway, plan AddressPlan) Connection {
	c := Connection{Name: s.text("name"), Kind: s.text("kind"), IPsec: loadIPsec(s)}
	if c.Kind == ConnectionSite {
		loadSiteConnection(s, gateway, plan, &c)
	} else {
		loadCloudConnection(s, gateway, &c)
	}
	return c
}

// loadSiteConnection reads a connection to a VPN device at a site: one tunnel, with static routes or BGP.
func loadSiteConnection(s *section, gateway *Gateway, plan AddressPlan, c *Connection) {
	tunnel := Tunnel{Name: c.Name, Address: s.outsideAddress("address"), SharedKey: s.text("sharedKey")}
	for _, e := range s.list("addressPrefixes") {
		if use, bad := unusable(e.prefix); bad && e.prefix.Bits() != 0 {
			s.fail(e.name, e.text, "overlaps "+use, "networks of the site", "List the networks behind the VPN device")
			continue
		}
		if plan.Space.IsValid() && e.prefix.Overlaps(plan.Space) {
			s.fail(e.name, e.text, "overlaps addressSpace "+plan.Space.String(), "networks of the site",
				"Choose another addressSpace")
			continue
		}
		c.AddressPrefixes = append(c.AddressPrefixes, e.prefix)
	}
	if bgp := s.section("bgp"); bgp.given {
		if !gateway.BGP && gateway.Kind == GatewayVPN {
			bgp.fail("asn", nil, "is given, but the gateway has no BGP", "BGP on both sides", "Set gateway.bgp to true")
		}
		c.ASN = bgp.asn("asn")
		refuseAzuresASN(bgp, c.ASN, gateway)
		tunnel.PeerBGP = bgp.address("peerAddress")
		checkPeer(bgp, tunnel.PeerBGP, tunnel.Address, c.AddressPrefixes)
	} else if !s.has("addressPrefixes") {
		s.fail("addressPrefixes", nil, "is missing, and so is bgp", "the networks behind the site's VPN device, or BGP",
			"List the networks, those of the sensors among them")
	}
	c.Tunnels = []Tunnel{tunnel}
}

// refuseAzuresASN keeps a partner from Azure's ASN: this gateway's, and the default of every gateway.
func refuseAzuresASN(s *section, asn uint32, gateway *Gateway) {
	if asn != 0 && (asn == gateway.ASN || asn == defaultASN) {
		s.fail("asn", asn, "is Azure's own", "an ASN other than gateway.asn and 65515",
			"Use the ASN of the partner's VPN device")
	}
}

// loadCloudConnection reads a connection to another cloud. What the caller copies from there are outside addresses, the
// ASN and, if the other side chose them, keys and inside ranges.
func loadCloudConnection(s *section, gateway *Gateway, c *Connection) {
	instances := awsInstances
	if c.Kind == ConnectionGCP {
		instances = gcpInstances
	}
	if gateway.Kind != GatewayVPN || !gateway.ActiveActive || !gateway.BGP {
		s.fail("kind", c.Kind, "needs two active instances and BGP", "a gateway of kind vpn with activeActive and bgp",
			"Set gateway.kind to vpn, gateway.activeActive and gateway.bgp to true")
	}
	c.ASN = s.asn("asn")
	refuseAzuresASN(s, c.ASN, gateway)
	tunnels := s.sections("tunnels")
	if s.has("tunnels") && len(tunnels) != len(instances) {
		s.fail("tunnels", len(tunnels), "is the wrong number of tunnels",
			fmt.Sprintf("%d to %s", len(instances), c.Kind),
			"List every tunnel that the other cloud shows, those of its first connection first")
	}
	for i, t := range tunnels {
		tunnel := Tunnel{
			Name:      fmt.Sprintf("%s-%d", c.Name, i+1),
			Address:   t.outsideAddress("address"),
			SharedKey: t.text("sharedKey"),
			Inside:    t.inside("insideCidr"),
		}
		if i < len(instances) {
			tunnel.Instance = instances[i]
		}
		if slices.ContainsFunc(c.Tunnels, func(other Tunnel) bool {
			return other.Address == tunnel.Address && tunnel.Address.IsValid()
		}) {
			t.fail("address", tunnel.Address.String(), "is used by another tunnel", "an address for each tunnel",
				"Copy the outside address of each tunnel")
		}
		c.Tunnels = append(c.Tunnels, tunnel)
	}
}

// outsideAddress reads the public IPv4 address of a partner.
func (s *section) outsideAddress(name string) netip.Addr {
	a := s.address(name)
	if a.IsValid() && !isPublic(a) {
		s.fail(name, a.String(), "is not a public address", "the IPv4 address at which the internet sees the partner",
			"Take it from the VPN device's outside interface")
	}
	return a
}

// ipsecChoices are the algorithms that Azure accepts, those that its guidance calls weak left out.
// Source: https://learn.microsoft.com/azure/vpn-gateway/ipsec-ike-policy-howto
var ipsecChoices = struct{ ikeEncryption, ikeIntegrity, dhGroup, ipsecEncryption, ipsecIntegrity, pfsGroup []string }{
	ikeEncryption:   []string{"AES256", "AES128", "GCMAES256", "GCMAES128"},
	ikeIntegrity:    []string{"SHA384", "SHA256", "GCMAES256", "GCMAES128"},
	dhGroup:         []string{"DHGroup14", "DHGroup24", "ECP256", "ECP384"},
	ipsecEncryption: []string{"GCMAES256", "GCMAES128", "AES256", "AES128"},
	ipsecIntegrity:  []string{"GCMAES256", "GCMAES128", "SHA256"},
	pfsGroup:        []string{"PFS14", "PFS24", "PFS2048", "ECP256", "ECP384", "None"},
}

func loadIPsec(s *section) *IPsec {
	p := s.section("ipsec")
	if !p.given {
		return nil
	}
	policy := &IPsec{
		IKEEncryption:       p.text("ikeEncryption"),
		IKEIntegrity:        p.text("ikeIntegrity"),
		DHGroup:             p.text("dhGroup"),
		IPsecEncryption:     p.text("ipsecEncryption"),
		IPsecIntegrity:      p.text("ipsecIntegrity"),
		PFSGroup:            p.text("pfsGroup"),
		SALifetimeSeconds:   p.integer("saLifetimeSeconds"),
		SADataSizeKilobytes: p.integer("saDataSizeKilobytes"),
	}
	if encryption, integrity := policy.IPsecEncryption, policy.IPsecIntegrity; (isGCM(encryption) ||
		isGCM(integrity)) && encryption != integrity {
		p.fail("ipsecIntegrity", integrity, "does not go with ipsecEncryption "+encryption,
			"one GCM algorithm for both, or none",
			"Set ipsecEncryption and ipsecIntegrity to the same, or to AES256 and SHA256")
	}
	return policy
}

// isGCM: such an algorithm encrypts and authenticates in one.
func isGCM(algorithm string) bool {
	return strings.HasPrefix(algorithm, "GCM")
}

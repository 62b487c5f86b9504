package site

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// MicrosoftPeering is the direct method over ExpressRoute: a route filter that lets in the routes of Defender's services, and the
// circuit's Microsoft peering that it is attached to.
type MicrosoftPeering struct {
	Region      string   // of the tenant's Defender for IoT: westeurope or eastus
	Communities []string // BGP communities that the route filter allows
	Peering     *Peering // nil: the route filter alone, to be attached by whoever owns the circuit
}

// Peering is the Microsoft peering of an ExpressRoute circuit.
type Peering struct {
	CircuitID          string // in the stack's subscription
	PeerASN            uint32
	Primary, Secondary netip.Prefix // /30, public
	VLAN               int
	AdvertisedPrefixes []netip.Prefix // public prefixes of the site, over which Azure answers
	RoutingRegistry    string         // where they are registered, such as RIPE
}

// communities are the BGP communities of the two regions in which Defender for IoT serves tenants: all of the region's public
// services, and its storage. IoT Hub and Event Hubs have none of their own and are taken to be covered by the region's.
// Source: https://learn.microsoft.com/azure/expressroute/expressroute-routing
var communities = map[string][]string{
	"westeurope": {"12076:51002", "12076:52002"},
	"eastus":     {"12076:51004", "12076:52004"},
}

// europe lists the countries whose tenants are served from West Europe, as ISO 3166-1 codes; all others from East US.
var europe = strings.Fields(`AD AL AM AT AX AZ BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GE GG GI GR HR HU IE IM IS IT JE LI LT LU
	LV MC MD ME MK MT NL NO PL PT RO RS SE SI SJ SK SM UA VA XK`)

// TenantRegion is the region that serves a tenant of a country, by its ISO 3166-1 code.
func TenantRegion(country string) string {
	if slices.Contains(europe, country) {
		return "westeurope"
	}
	return "eastus"
}

var countryForm = regexp.MustCompile(`^[A-Za-z]{2}$`)

func loadMicrosoftPeering(s *section) *MicrosoftPeering {
	m := s.section("microsoftPeering")
	if !m.given {
		return nil
	}
	region := TenantRegion(strings.ToUpper(m.text("tenantCountry")))
	return &MicrosoftPeering{Region: region, Communities: communities[region], Peering: loadPeering(m)}
}

func loadPeering(s *section) *Peering {
	c := s.section("circuit")
	if !c.given {
		return nil
	}
	peering := &Peering{
		CircuitID:       c.text("id"),
		PeerASN:         uint32(c.integer("peerAsn")),
		Primary:         c.linkPrefix("primaryPeerAddressPrefix"),
		Secondary:       c.linkPrefix("secondaryPeerAddressPrefix"),
		VLAN:            c.integer("vlanId"),
		RoutingRegistry: c.text("routingRegistry"),
	}
	if peering.Primary.IsValid() && peering.Primary == peering.Secondary {
		c.fail("secondaryPeerAddressPrefix", peering.Secondary.String(), "is the primary link's too", "a /30 for each link", "Use the one agreed with the connectivity provider")
	}
	for _, e := range c.list("advertisedPublicPrefixes") {
		if c.checkPublic(e.name, e.prefix) {
			peering.AdvertisedPrefixes = append(peering.AdvertisedPrefixes, e.prefix)
		}
	}
	return peering
}

// linkPrefix reads the network of one of a circuit's two links.
func (s *section) linkPrefix(name string) netip.Prefix {
	p := s.prefix(name)
	if p.IsValid() && s.checkPublic(name, p) && p.Bits() != 30 {
		s.fail(name, p.String(), "is not a /30", "a public /30 for each link", "Use the one agreed with the connectivity provider")
	}
	return p
}

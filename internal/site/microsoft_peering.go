package site

import (
	"net/netip"
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

func loadMicrosoftPeering(s *section) *MicrosoftPeering {
	m := s.section("microsoftPeering")
	defer m.done()
	country := strings.ToUpper(m.text("tenantCountry", ""))
	peering := loadPeering(m)
	if len(m.values) == 0 {
		return nil
	}
	if len(country) != 2 || strings.Trim(country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		m.fail("tenantCountry", optional(country), "is not a country", "an ISO 3166-1 code of two letters, such as DE or US", "Use the country of the Microsoft Entra tenant")
	}
	region := TenantRegion(country)
	return &MicrosoftPeering{Region: region, Communities: communities[region], Peering: peering}
}

func loadPeering(s *section) *Peering {
	c := s.section("circuit")
	defer c.done()
	if len(c.values) == 0 {
		return nil
	}
	peering := &Peering{
		CircuitID:       c.id("id", circuitID, "Microsoft.Network/expressRouteCircuits"),
		PeerASN:         uint32(c.integer("peerAsn", 0, 1, 1<<32-2)),
		Primary:         c.linkPrefix("primaryPeerAddressPrefix"),
		Secondary:       c.linkPrefix("secondaryPeerAddressPrefix"),
		VLAN:            c.integer("vlanId", 0, 1, 4094),
		RoutingRegistry: c.oneOf("routingRegistry", "NONE", "NONE", "AFRINIC", "ALTDB", "APNIC", "ARIN", "LACNIC", "LEVEL3", "RADB", "RIPENCC"),
	}
	for _, required := range []string{"peerAsn", "vlanId"} {
		if _, given := c.get(required); !given {
			c.fail(required, nil, "is missing", "the value agreed with the connectivity provider", "Copy it from the provider's order")
		}
	}
	if peering.Primary.IsValid() && peering.Primary == peering.Secondary {
		c.fail("secondaryPeerAddressPrefix", peering.Secondary.String(), "is the primary link's too", "a /30 for each link", "Use the one agreed with the connectivity provider")
	}
	texts, names := c.list("advertisedPublicPrefixes")
	for i, text := range texts {
		if p, ok := c.publicRange(names[i], text); ok {
			peering.AdvertisedPrefixes = append(peering.AdvertisedPrefixes, p)
		}
	}
	if len(texts) == 0 {
		c.fail("advertisedPublicPrefixes", nil, "is empty", "the site's public prefixes", "List those that Microsoft is to answer over the circuit")
	}
	return peering
}

// linkPrefix reads the network of one of a circuit's two links.
func (s *section) linkPrefix(name string) netip.Prefix {
	p, ok := s.publicRange(name, s.text(name, ""))
	if ok && p.Bits() != 30 {
		s.fail(name, p.String(), "is not a /30", "a public /30 for each link", "Use the one agreed with the connectivity provider")
	}
	return p
}

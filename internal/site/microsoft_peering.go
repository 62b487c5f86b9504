package site

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// MicrosoftPeering is the direct method over ExpressRoute: a route filter that lets in the routes of Defender's
// services, and the circuit's Microsoft peering that it is attached to.
type MicrosoftPeering struct {
	Country     string   // of the tenant, ISO 3166-1
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

// communities are the BGP communities of the two regions in which Defender for IoT serves tenants: all of the region's
// public services, and its storage. IoT Hub and Event Hubs have none of their own and are taken to be covered by the
// region's.
// Source: https://learn.microsoft.com/azure/expressroute/expressroute-routing
var communities = map[string][]string{
	"westeurope": {"12076:51002", "12076:52002"},
	"eastus":     {"12076:51004", "12076:52004"},
}

// europe lists the countries whose tenants are served from West Europe, as ISO 3166-1 codes; all others from East US.
var europe = strings.Fields(`AD AL AM AT AX AZ BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GE GG GI GR HR HU IE IM ` +
	`IS IT JE LI LT LU
	LV MC MD ME MK MT NL NO PL PT RO RS SE SI SJ SK SM UA VA XK`)

// countries are the codes of ISO 3166-1, and Kosovo's.
var countries = strings.Fields(`
	AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC
	CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD
	GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH
	KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW
	MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC
	SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY
	UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW XK`)

// otherCodes are codes that other lists have for a country.
var otherCodes = map[string]string{"UK": "GB", "EL": "GR"}

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
	country := strings.ToUpper(m.text("tenantCountry"))
	if countryForm.MatchString(country) && !slices.Contains(countries, country) {
		do := "Use the country of the Microsoft Entra tenant"
		if meant, known := otherCodes[country]; known {
			do = "Write " + meant
		}
		m.fail("tenantCountry", country, "is the code of no country",
			"an ISO 3166-1 code of two letters, such as DE or US", do)
	}
	region := TenantRegion(country)
	return &MicrosoftPeering{Country: country, Region: region, Communities: communities[region],
		Peering: loadPeering(m)}
}

func loadPeering(s *section) *Peering {
	c := s.section("circuit")
	if !c.given {
		return nil
	}
	peering := &Peering{
		CircuitID:       c.text("id"),
		PeerASN:         c.asn("peerAsn"),
		Primary:         c.linkPrefix("primaryPeerAddressPrefix"),
		Secondary:       c.linkPrefix("secondaryPeerAddressPrefix"),
		VLAN:            c.integer("vlanId"),
		RoutingRegistry: c.text("routingRegistry"),
	}
	if peering.Primary.IsValid() && peering.Primary == peering.Secondary {
		c.fail("secondaryPeerAddressPrefix", peering.Secondary.String(), "is the primary link's too",
			"a /30 for each link", "Use the one agreed with the connectivity provider")
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
		s.fail(name, p.String(), "is not a /30", "a public /30 for each link",
			"Use the one agreed with the connectivity provider")
	}
	return p
}

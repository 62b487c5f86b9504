package reach

import (
	"net/netip"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// lab is a site as documented, without Bastion.
func lab() Topology {
	return planned(site.Topology{
		Addresses: site.AddressPlan{
			Space:       netip.MustParsePrefix("10.41.0.0/26"),
			Gateway:     netip.MustParsePrefix("10.41.0.0/27"),
			Proxyserver: netip.MustParsePrefix("10.41.0.32/27"),
		},
		Sensors: []netip.Prefix{netip.MustParsePrefix("10.20.0.0/24")},
	})
}

// plant is a site as documented, with Bastion, in a space that has room left.
func plant() Topology {
	t := planned(site.Topology{
		Addresses: site.AddressPlan{
			Space:       netip.MustParsePrefix("10.42.0.0/24"),
			Gateway:     netip.MustParsePrefix("10.42.0.0/27"),
			Proxyserver: netip.MustParsePrefix("10.42.0.32/27"),
			Bastion:     netip.MustParsePrefix("10.42.0.64/26"),
		},
		Sensors: []netip.Prefix{netip.MustParsePrefix("10.30.0.0/22"), netip.MustParsePrefix("10.31.8.0/24")},
		Bastion: &site.Bastion{SKU: "Basic"},
		Gateway: &site.Gateway{Connections: []site.Connection{{AddressPrefixes: []netip.Prefix{netip.MustParsePrefix(
			"198.51.100.0/24")}}}},
	})
	t.Peered = []netip.Prefix{netip.MustParsePrefix("10.60.0.0/16")}
	return t
}

func planned(topology site.Topology) Topology {
	return Plan(site.Site{ProxyPort: 3128, Azure: &topology}, Egress{NATGateway: true})
}

// added is a rule that opens a port to one range of the site, for what it says.
func added() Extra {
	return Extra{
		Rule: site.Rule{
			Name: "AllowMonitoring", Priority: 200, Allow: true, Protocol: "Tcp",
			Sources: []string{"10.50.0.0/28"}, Destination: "*", Port: "9100",
		},
		Purpose: Purpose{Private, "Tcp", "9100"},
	}
}

// named finds a documented rule, to be spoilt.
func named(t *testing.T, topology *Topology, name string) *site.Rule {
	t.Helper()
	for i := range topology.Rules {
		if topology.Rules[i].Name == name {
			return &topology.Rules[i]
		}
	}
	t.Fatalf("no rule %s", name)
	return nil
}

func TestThePartiesOfTheConfigurationAreThoseOfTheProof(t *testing.T) {
	s := site.Site{Azure: &site.Topology{}}
	for _, name := range site.Parties {
		s.Azure.ExtraRules = append(s.Azure.ExtraRules, site.ExtraRule{Purpose: site.Purpose{Party: name}})
	}
	want := []Party{Sensors, Bastion, Probes, Gateway, Proxies, OtherSubnet, Peered, Private, Internet}
	extra := Plan(s, Egress{}).Extra
	if len(extra) != len(want) {
		t.Fatalf("%d parties, want %d", len(extra), len(want))
	}
	for i, rule := range extra {
		if rule.Purpose.Party != want[i] {
			t.Errorf("%s is %s", site.Parties[i], rule.Purpose.Party)
		}
	}
}

package site

import (
	"net/netip"
	"testing"
)

func TestARouteLeadsAroundTheFirewallOrNot(t *testing.T) {
	s := Site{Azure: &Topology{Egress: Egress{Firewall: netip.MustParseAddr("10.0.4.68")},
		Sensors: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}}}
	for _, c := range []struct {
		prefix, nextHopType, nextHop string
		around                       bool
	}{
		{"10.96.0.0/16", HopNone, "", false},
		{"10.96.0.0/16", HopVirtualAppliance, "10.0.4.70", false},
		{"198.51.100.0/25", HopGateway, "", false},
		{"2001:db8::/32", "Internet", "", false},
		{"AzureCloud", HopVirtualAppliance, "10.0.4.68", false},
		{"AzureCloud", "Internet", "", true},
		{"20.0.0.0/8", HopVirtualAppliance, "10.0.4.70", true},
		{"0.0.0.0/1", HopGateway, "", true},
		{"198.51.0.0/16", "Internet", "", true},
	} {
		if got := s.LeadsAround(c.prefix, c.nextHopType, c.nextHop); got != c.around {
			t.Errorf("%+v: %t", c, got)
		}
	}
}

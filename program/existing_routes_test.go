package program

import (
	"net/netip"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/components"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

func TestARouteLeadsAroundTheFirewallOrNot(t *testing.T) {
	s := site.Site{Azure: &site.Topology{Egress: site.Egress{Firewall: netip.MustParseAddr("10.0.4.68")},
		Sensors: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}}}
	for _, c := range []struct {
		route  components.FoundRoute
		around bool
	}{
		{components.FoundRoute{Prefix: "10.96.0.0/16", NextHopType: "None"}, false},
		{components.FoundRoute{Prefix: "10.96.0.0/16", NextHopType: "VirtualAppliance", NextHop: "10.0.4.70"}, false},
		{components.FoundRoute{Prefix: "198.51.100.0/25", NextHopType: "VirtualNetworkGateway"}, false},
		{components.FoundRoute{Prefix: "2001:db8::/32", NextHopType: "Internet"}, false},
		{components.FoundRoute{Prefix: "AzureCloud", NextHopType: "VirtualAppliance", NextHop: "10.0.4.68"}, false},
		{components.FoundRoute{Prefix: "AzureCloud", NextHopType: "Internet"}, true},
		{components.FoundRoute{Prefix: "20.0.0.0/8", NextHopType: "VirtualAppliance", NextHop: "10.0.4.70"}, true},
		{components.FoundRoute{Prefix: "0.0.0.0/1", NextHopType: "VirtualNetworkGateway"}, true},
		{components.FoundRoute{Prefix: "198.51.0.0/16", NextHopType: "Internet"}, true},
	} {
		if got := leadsAround(c.route, s); got != c.around {
			t.Errorf("%+v: %t", c.route, got)
		}
	}
}

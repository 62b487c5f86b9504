package site

import (
	"net/netip"
	"strings"

	"go4.org/netipx"
)

// checkWayBack looks for sensors to which the virtual network has no route. Their packets arrive, and the answers are
// lost: Azure sends them where the connections' address prefixes lead. BGP brings routes of its own, and so may the
// connections that an existing gateway has already.
func checkWayBack(s *section, gateway *Gateway, sensors []netip.Prefix) {
	if len(gateway.Connections) == 0 {
		if gateway.Kind == GatewayVPN {
			s.warn("connections", nil, "is empty, so no sensor reaches the proxies through the gateway",
				"Describe the site's VPN device under gateway.connections")
		}
		return
	}
	var lost netipx.IPSetBuilder
	for _, p := range sensors {
		lost.AddPrefix(p)
	}
	for _, c := range gateway.Connections {
		if c.ASN != 0 {
			return
		}
		for _, p := range c.AddressPrefixes {
			lost.RemovePrefix(p)
		}
	}
	left, err := lost.IPSet()
	if err != nil || len(left.Prefixes()) == 0 {
		return // the error is of prefixes that were refused
	}
	const problem, do = "have no way back to sensors in ",
		"Add these ranges to addressPrefixes of the connection behind which the sensors are"
	ranges := strings.Join(texts(left.Prefixes()), ", ")
	if gateway.Kind == GatewayExisting {
		s.warn("connections", nil, problem+cut(ranges), do+", unless the gateway has routes to them already")
		return
	}
	s.fail("connections", nil, problem+cut(ranges), "addressPrefixes that hold every range of sensorCidrs, or BGP", do)
}

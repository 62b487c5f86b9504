package configgen

import (
	"fmt"
	"net/netip"

	"pgregory.net/rapid"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

func (d draw) siteProxies(p plan, azure bool) any {
	return d.several("siteProxies", 1, 3, func(int) any {
		proxy := group{"name": d.connectionName()}
		if d.oneIn(4) {
			d.always(proxy, "address", func() any {
				return d.pick("address", []any{d.address(p.sensors)}, "10.9.9.9", "dmz")
			})
		}
		d.sometimes(proxy, "port", d.port)
		d.sometimes(proxy, "upstream", func() any {
			good := []any{"none", "10.1.2.3:3128", "proxy.example.com:8080"}
			if azure {
				good = append(good, "azure")
			}
			return d.pick("upstream", good, "azure", "next one", "a:b", "a:0")
		})
		d.always(proxy, "sensors", func() any {
			return d.several("sensors", 1, 3, func(int) any { return d.namedSensor(p) })
		})
		return proxy
	})
}

func (d draw) namedSensor(p plan) group {
	return group{
		"name": d.text("sensor", `[A-Za-z][A-Za-z0-9_-]{0,30}`, "", "1st"),
		"ip":   d.pick("ip", []any{d.address(p.sensors)}, "", "::1"),
	}
}

func (d draw) microsoftPeering() any {
	peering := group{"tenantCountry": d.pick("tenantCountry", []any{"DE", "US", "jp", "GB"}, "", "Germany")}
	d.sometimes(peering, "circuit", func() any {
		link := func(label string) any {
			return d.pick(label, []any{d.within(netip.MustParsePrefix("198.51.100.0/24"), 30).String(),
				d.within(netip.MustParsePrefix("20.0.0.0/8"), 30).String()},
				"198.51.100.0/29", "198.51.100.1/30", "10.0.0.0/30", "")
		}
		circuit := group{
			"id":      d.pick("id", []any{d.circuit(arm.Subscription)}, d.circuit(otherSubscription)),
			"peerAsn": d.asn("peerAsn"), "vlanId": d.number("vlanId", 1, 4094),
			"primaryPeerAddressPrefix": link("primary"), "secondaryPeerAddressPrefix": link("secondary"),
			"advertisedPublicPrefixes": d.several("advertised", 1, 2, func(int) any {
				return d.pick("advertised",
					[]any{fmt.Sprintf("198.51.%d.0/24", rapid.IntRange(100, 110).Draw(d.t, "third"))}, "10.0.0.0/8",
					"x")
			}),
		}
		d.sometimes(circuit, "routingRegistry", func() any {
			return d.pick("routingRegistry", []any{"NONE", "ARIN", "RIPENCC"}, "RIPE")
		})
		return circuit
	})
	return peering
}

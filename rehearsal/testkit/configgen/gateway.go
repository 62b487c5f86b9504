package configgen

import (
	"fmt"

	"pgregory.net/rapid"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

func (d draw) gateway(p plan) any {
	kind := d.pick("kind", []any{"vpn", "vpn", "vpn", "expressRoute", "existing", "none"}, "wan")
	gateway := group{"kind": kind}
	switch kind {
	case "vpn":
		d.vpn(gateway, p)
	case "expressRoute":
		d.expressRoute(gateway)
	case "existing":
		d.always(gateway, "id", func() any {
			return d.pick("id", []any{d.hub()}, "gateway", d.circuit(otherSubscription))
		})
		d.always(gateway, "connections", func() any {
			return d.several("connections", 1, 2, func(i int) any { return d.siteConnection(true, i == 0, p) })
		})
	}
	return gateway
}

func (d draw) expressRoute(gateway group) {
	owner := d.pick("owner", []any{arm.Subscription, otherSubscription}).(string)
	d.always(gateway, "circuitId", func() any {
		return d.pick("circuitId", []any{d.circuit(owner)}, "circuit", d.hub())
	})
	if owner == otherSubscription || d.oneIn(4) {
		d.always(gateway, "authorizationKey", func() any { return d.text("authorizationKey", `[a-f0-9-]{36}`) })
	}
	d.sometimes(gateway, "sku", func() any {
		return d.pick("sku", []any{"ErGw1AZ", "ErGw2AZ", "ErGw3AZ"}, "Standard", "VpnGw1AZ")
	})
}

func (d draw) circuit(subscription string) string {
	return d.id(subscription, "Microsoft.Network/expressRouteCircuits",
		rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9_.-]{0,10}[A-Za-z0-9_]`).Draw(d.t, "circuit"))
}

func (d draw) hub() string {
	return d.id(d.subscription(), "Microsoft.Network/virtualNetworkGateways",
		rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9_.-]{0,10}[A-Za-z0-9_]`).Draw(d.t, "gateway"))
}

func (d draw) vpn(gateway group, p plan) {
	clouds := d.oneIn(3)
	bgp := clouds || d.oneIn(3)
	if bgp {
		gateway["bgp"] = d.pick("bgp", []any{true, "true"}, false)
	}
	if clouds || d.oneIn(4) {
		gateway["activeActive"] = d.pick("activeActive", []any{true}, false)
	}
	d.sometimes(gateway, "sku", func() any {
		return d.pick("sku", []any{"VpnGw1AZ", "VpnGw2AZ", "VpnGw3AZ", "VpnGw4AZ", "VpnGw5AZ"}, "VpnGw1",
			"Basic", "ErGw1AZ")
	})
	d.sometimes(gateway, "asn", func() any { return d.asn("asn") })
	d.sometimes(gateway, "connections", func() any {
		return d.several("connections", 0, 3, func(i int) any {
			if clouds && d.oneIn(2) {
				return d.cloudConnection()
			}
			return d.siteConnection(bgp, i == 0, p)
		})
	})
}

// asn is the number of an autonomous system, private or public, of two bytes or four.
func (d draw) asn(label string) any {
	return d.pick(label, []any{64512, 65010, 65514, 65521, 4200000000, 394001, d.number(label, 1, 64495),
		d.number(label, 1, 1<<32-2)},
		0, 12076, 65515, 65535, 1<<32-1)
}

func (d draw) connectionName() any {
	return d.text("connection", `[a-z][a-z0-9-]{0,10}[a-z0-9]`, "", "HQ", "a")
}

// siteConnection is a VPN device at a site. Behind the first one are the sensors: without BGP, the others would have no
// way back to them.
func (d draw) siteConnection(bgp, first bool, p plan) any {
	connection := group{"name": d.connectionName()}
	d.sometimes(connection, "kind", func() any { return d.pick("kind", []any{"site"}, "azure") })
	d.always(connection, "address", func() any { return d.outside("address") })
	d.sometimes(connection, "sharedKey", d.sharedKey)
	d.sometimes(connection, "ipsec", d.ipsec)
	if bgp && d.oneIn(2) {
		connection["bgp"] = group{"asn": d.asn("asn"), "peerAddress": d.pick("peerAddress",
			[]any{"10.200.0.1", "192.168.200.1", "169.254.21.5", "169.254.22.2"}, "", "::1", "0.0.0.0")}
		if d.oneIn(2) {
			return connection
		}
	}
	d.always(connection, "addressPrefixes", func() any {
		if first && !d.oneIn(rarity) {
			return append(d.prefixes("addressPrefixes"), p.sensors.String())
		}
		return d.prefixes("addressPrefixes")
	})
	return connection
}

func (d draw) cloudConnection() any {
	kind, tunnels := d.pick("kind", []any{"aws", "gcp"}), 4
	connection := group{"name": d.connectionName(), "kind": kind}
	if kind == "gcp" {
		tunnels = 2
		connection["asn"] = d.asn("asn")
	} else {
		d.sometimes(connection, "asn", func() any { return d.asn("asn") })
	}
	if d.oneIn(rarity) {
		tunnels--
	}
	d.sometimes(connection, "ipsec", d.ipsec)
	connection["tunnels"] = d.several("tunnels", tunnels, tunnels, func(int) any {
		tunnel := group{"address": d.outside("address")}
		d.sometimes(tunnel, "sharedKey", d.sharedKey)
		d.sometimes(tunnel, "insideCidr", func() any { return d.inside() })
		return tunnel
	})
	return connection
}

func (d draw) sharedKey() any {
	return d.text("sharedKey", `Key0!-[!-~]{10,100}`, "tab\tbed", []any{"a"}, "schlüssel", "short",
		"xxxxxxxxxxxxxxxxxxxx")
}

func (d draw) inside() any {
	third := rapid.IntRange(21, 22).Draw(d.t, "third")
	fourth := rapid.IntRange(0, 63).Draw(d.t, "fourth") * 4
	return d.pick("insideCidr", []any{fmt.Sprintf("169.254.%d.%d/30", third, fourth)},
		fmt.Sprintf("169.254.20.%d/30", fourth), fmt.Sprintf("169.254.%d.%d/30", third, fourth|1), "169.254.21.0/24")
}

func (d draw) ipsec() any {
	ipsec := group{}
	for _, choice := range []struct {
		key  string
		good []any
	}{
		{"ikeEncryption", []any{"AES256", "AES128", "GCMAES256", "GCMAES128"}},
		{"ikeIntegrity", []any{"SHA384", "SHA256", "GCMAES256", "GCMAES128"}},
		{"dhGroup", []any{"DHGroup14", "DHGroup24", "ECP256", "ECP384"}},
		{"pfsGroup", []any{"PFS14", "PFS24", "PFS2048", "ECP256", "ECP384", "None"}},
	} {
		d.sometimes(ipsec, choice.key, func() any { return d.pick(choice.key, choice.good, "DES", "") })
	}
	if d.oneIn(2) {
		pair := d.pick("ipsecEncryption", []any{[2]string{"GCMAES256", "GCMAES256"},
			[2]string{"GCMAES128", "GCMAES128"}, [2]string{"AES256", "SHA256"}, [2]string{"AES128", "SHA256"}},
			[2]string{"GCMAES256", "GCMAES128"}, [2]string{"GCMAES128", "SHA256"},
			[2]string{"AES256", "GCMAES256"}).([2]string)
		ipsec["ipsecEncryption"], ipsec["ipsecIntegrity"] = pair[0], pair[1]
	}
	d.sometimes(ipsec, "saLifetimeSeconds", func() any { return d.number("saLifetimeSeconds", 300, 172799) })
	d.sometimes(ipsec, "saDataSizeKilobytes", func() any { return d.number("saDataSizeKilobytes", 1024, 1<<31-1) })
	return ipsec
}

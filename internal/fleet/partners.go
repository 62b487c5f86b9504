package fleet

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// partners are the rules about the far ends of tunnels.
var partners = []exclusive{
	{
		// AWS makes the outside addresses with a VPN connection, which has one customer gateway.
		// Source: https://docs.aws.amazon.com/vpn/latest/s2svpn/VPNTunnels.html
		kind: "aws-tunnel", severity: Error,
		problem: "are one tunnel of AWS, which ends at one gateway",
		allowed: "tunnels of a VPN connection of its own for each gateway",
		do:      "Make another VPN connection in AWS, and copy its outside addresses",
		claims: func(m *member) []claim {
			var all []claim
			for _, t := range tunnelsOf(m) {
				if t.connection.Kind == site.ConnectionAWS {
					all = append(all, claim{what: t.tunnel.Address.String(), key: t.key + ".address",
						value: t.tunnel.Address.String()})
				}
			}
			return all
		},
	},
	{
		// The gateway has a route to each BGP peer through its tunnel: the peer's address with /32 is among the ranges
		// behind the device, and one range is behind one device. That Azure refuses it, no page says.
		// Source: https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-vpn-faq#bgp
		kind: "bgp-peer", severity: Error,
		problem: "are one BGP address of different VPN devices, at one gateway",
		allowed: "a BGP address of its own for each VPN device of a gateway",
		do:      "Give the BGP interface of one of the devices another address, there and here",
		claims: func(m *member) []claim {
			var all []claim
			for _, t := range tunnelsOf(m) {
				if m.site.Azure.Gateway.Kind == site.GatewayExisting && t.tunnel.PeerBGP.IsValid() {
					all = append(all, claim{m.site.Azure.Gateway.ID + " " + t.tunnel.PeerBGP.String(),
						t.key + ".bgp.peerAddress", t.tunnel.PeerBGP.String(), t.tunnel.Address.String()})
				}
			}
			return all
		},
	},
}

// tunnelOf is one tunnel of a site, and its key.
type tunnelOf struct {
	connection site.Connection
	tunnel     site.Tunnel
	key        string
}

func tunnelsOf(m *member) []tunnelOf {
	if m.site.Azure == nil || m.site.Azure.Gateway == nil {
		return nil
	}
	var all []tunnelOf
	for i, c := range m.site.Azure.Gateway.Connections {
		for j, t := range c.Tunnels {
			all = append(all, tunnelOf{c, t, tunnelKey(c, i, j)})
		}
	}
	return all
}

// attached is a connection of a site to an existing gateway.
type attached struct {
	*member
	site.Connection
	key string
}

// connections compares what sites attach to one existing gateway: to each VPN device one connection, and each range
// behind one of them.
// Source: https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-vpn-faq
func connections(members []*member) []Finding {
	byGateway := map[string][]attached{}
	var gateways []string
	for _, m := range members {
		if t := m.site.Azure; t == nil || t.Gateway == nil || t.Gateway.Kind != site.GatewayExisting {
			continue
		}
		id := strings.ToLower(m.site.Azure.Gateway.ID)
		if byGateway[id] == nil {
			gateways = append(gateways, id)
		}
		for i, c := range m.site.Azure.Gateway.Connections {
			byGateway[id] = append(byGateway[id], attached{m, c, fmt.Sprintf("gateway.connections[%d]", i)})
		}
	}
	var all []Finding
	for _, id := range gateways {
		all = append(all, compared(byGateway[id])...)
	}
	return all
}

// compared compares the connections of one gateway. Those that collide are told together.
func compared(all []attached) []Finding {
	partner := newTogether(len(all), Finding{Severity: Error, Kind: "connection-partner",
		Problem: "lead from one gateway to one VPN device more than once",
		Allowed: "one connection from a gateway to each VPN device",
		Do:      "Put everything behind this VPN device into the connection of one site"})
	prefix := newTogether(len(all), Finding{Severity: Error, Kind: "connection-prefix",
		Problem: "overlap, behind different VPN devices of one gateway, which sends each packet to one of them",
		Allowed: "ranges of which each is behind one VPN device",
		Do:      "List at each connection only the networks behind its own VPN device"})
	for i, a := range all {
		for j, b := range all[:i] {
			switch address := a.Tunnels[0].Address; {
			case a.File == b.File:
			case address != b.Tunnels[0].Address:
				for _, p := range a.overlapping(b) {
					prefix.add(i, j, p)
				}
			case site.SamePartner(a.Connection, b.Connection):
				partner.add(i, j, Place{a.File, a.key + ".address", address.String()})
				partner.add(i, j, Place{b.File, b.key + ".address", address.String()})
			}
		}
	}
	return append(partner.findings(), prefix.findings()...)
}

// overlapping are the ranges of two connections that share addresses.
func (a attached) overlapping(b attached) []Place {
	var places []Place
	for i, p := range a.AddressPrefixes {
		for j, q := range b.AddressPrefixes {
			if p.Overlaps(q) {
				places = append(places, a.place(i, p), b.place(j, q))
			}
		}
	}
	return places
}

func (a attached) place(i int, p netip.Prefix) Place {
	return Place{a.File, fmt.Sprintf("%s.addressPrefixes[%d]", a.key, i), p.String()}
}

// together collects what collides with each other into one finding.
type together struct {
	like   Finding // without places
	sets   *sets
	places map[Place]int // each with one of the set that it belongs to
}

func newTogether(n int, like Finding) *together {
	t := &together{like: like, sets: newSets(n), places: map[Place]int{}}
	return t
}

// add says that two collide, at a place of one of them.
func (t *together) add(a, b int, p Place) {
	t.sets.join(a, b)
	t.places[p] = a
}

func (t *together) findings() []Finding {
	bySet := map[int][]Place{}
	for p, member := range t.places {
		bySet[t.sets.find(member)] = append(bySet[t.sets.find(member)], p)
	}
	var all []Finding
	for _, set := range slices.Sorted(maps.Keys(bySet)) {
		f := t.like
		f.Places = bySet[set]
		all = append(all, f)
	}
	return all
}

package site

import (
	"net/netip"
	"slices"
)

// checkPeer refuses a BGP peer that Azure does not accept in a local network gateway.
// Source: https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-bgp-overview
func checkPeer(s *section, peer, outside netip.Addr, prefixes []netip.Prefix) {
	if !peer.IsValid() {
		return
	}
	if peer == outside {
		s.fail("peerAddress", peer.String(), "is the partner's public address",
			"the address of the VPN device's BGP interface", "Copy it from the device's BGP configuration")
	}
	for _, p := range prefixes {
		if !p.IsSingleIP() && p.Contains(peer) {
			s.fail("peerAddress", peer.String(), "is inside addressPrefixes, at "+p.String(),
				"an address outside of them, or there as a /32",
				"Leave addressPrefixes to BGP, or narrow them")
		}
	}
}

// SamePartner tells whether two connections lead to one device: Azure connects a gateway to each once.
func SamePartner(a, b Connection) bool {
	for _, t := range a.Tunnels {
		for _, other := range b.Tunnels {
			if t.Address.IsValid() && t.Address == other.Address &&
				(t.PeerBGP.IsValid() && t.PeerBGP == other.PeerBGP || meet(a.AddressPrefixes, b.AddressPrefixes)) {
				return true
			}
		}
	}
	return false
}

func meet(a, b []netip.Prefix) bool {
	return slices.ContainsFunc(a, func(p netip.Prefix) bool {
		return slices.ContainsFunc(b, p.Overlaps)
	})
}

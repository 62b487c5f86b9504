package site

import (
	"fmt"
	"net/netip"
	"slices"
)

// insideRanges are the APIPA addresses that Azure takes for BGP inside a tunnel.
// Source: https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-bgp-overview
var insideRanges = []netip.Prefix{netip.MustParsePrefix("169.254.21.0/24"), netip.MustParsePrefix("169.254.22.0/24")}

// insideBits is the size of a tunnel's own network: two addresses, one for each end.
const insideBits = 30

// insidePlan hands out the tunnels' inside networks, so that no two tunnels share one.
type insidePlan struct {
	taken []netip.Prefix
}

func newInsidePlan() *insidePlan {
	return &insidePlan{}
}

// inside reads a tunnel's inside network where the other side has chosen one.
func (s *section) inside(name string) netip.Prefix {
	p := s.prefix(name)
	if !p.IsValid() {
		return p
	}
	if p.Bits() != insideBits || !slices.ContainsFunc(insideRanges, func(r netip.Prefix) bool { return within(r, p) }) {
		s.fail(name, p.String(), "cannot be the inside of a tunnel to Azure",
			"a /30 inside 169.254.21.0/24 or 169.254.22.0/24",
			"Choose one there on the other side too, or leave it out to have one planned")
		return netip.Prefix{}
	}
	return p
}

// reserve takes the networks that the configuration names.
func (plan *insidePlan) reserve(s *section, c *Connection) {
	for i, t := range c.Tunnels {
		if !t.Inside.IsValid() {
			continue
		}
		if other, clash := overlapping(plan.taken, t.Inside); clash {
			s.fail(fmt.Sprintf("tunnels[%d].insideCidr", i), t.Inside.String(),
				"clashes with another tunnel's, "+other.String(), "a /30 of its own for each tunnel",
				"Change one of the two")
			continue
		}
		plan.taken = append(plan.taken, t.Inside)
	}
}

// assign plans the rest as Microsoft's guide for AWS does: the first tunnel to an instance in the first range, the
// second in the second, and the same place in both. The partner's address is the first of the two.
func (plan *insidePlan) assign(s *section, c *Connection) {
	if c.Kind == ConnectionSite {
		return
	}
	nth := map[int]int{} // tunnels seen of each instance
	for i := range c.Tunnels {
		t := &c.Tunnels[i]
		if !t.Inside.IsValid() {
			free, ok := firstFree(insideRanges[nth[t.Instance]%len(insideRanges)], insideBits, plan.taken)
			if !ok {
				s.fail("tunnels", len(c.Tunnels), "find no free inside network", "64 tunnels in each range",
					"Remove connections")
				return
			}
			t.Inside = free
			plan.taken = append(plan.taken, free)
		}
		nth[t.Instance]++
		t.PeerBGP = t.Inside.Addr().Next()
	}
}

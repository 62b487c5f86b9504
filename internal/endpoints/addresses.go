package endpoints

import (
	"net/netip"
	"slices"
)

// Aggregate returns the fewest prefixes that hold exactly the addresses of the given ones, IPv4 first, in order.
func Aggregate(prefixes []netip.Prefix) []netip.Prefix {
	return cover(spans(prefixes))
}

// Subtract returns the fewest prefixes that hold exactly the addresses of a that are not in b.
func Subtract(a, b []netip.Prefix) []netip.Prefix {
	return cover(without(spans(a), spans(b)))
}

// intersect returns the fewest prefixes that hold exactly the addresses that are in both.
func intersect(a, b []netip.Prefix) []netip.Prefix {
	return Subtract(a, Subtract(a, b))
}

// span is a run of addresses, both ends included. Sets of addresses are compared as spans, because the same set can be
// written in many ways as prefixes.
type span struct{ first, last netip.Addr }

// spans returns the addresses of the prefixes as runs that neither overlap nor touch, in order.
func spans(prefixes []netip.Prefix) []span {
	all := make([]span, 0, len(prefixes))
	for _, p := range prefixes {
		all = append(all, span{first: p.Masked().Addr(), last: last(p)})
	}
	slices.SortFunc(all, func(a, b span) int { return a.first.Compare(b.first) })
	merged := all[:0]
	for _, s := range all {
		if n := len(merged); n > 0 && s.continues(merged[n-1]) {
			if merged[n-1].last.Less(s.last) {
				merged[n-1].last = s.last
			}
			continue
		}
		merged = append(merged, s)
	}
	return merged
}

// continues tells whether s starts in or right behind prev, which starts no later. IPv4 never runs into IPv6: behind
// its last address there is none.
func (s span) continues(prev span) bool {
	return !prev.last.Less(s.first) || prev.last.Next() == s.first
}

// without returns what of a is not in b; both are in order and free of overlaps.
func without(a, b []span) []span {
	var left []span
	for _, s := range a {
		for len(b) > 0 && b[0].last.Less(s.first) {
			b = b[1:]
		}
		used := false
		for cut := b; len(cut) > 0 && !s.last.Less(cut[0].first); cut = cut[1:] {
			if s.first.Less(cut[0].first) {
				left = append(left, span{first: s.first, last: cut[0].first.Prev()})
			}
			if !cut[0].last.Less(s.last) {
				used = true
				break
			}
			s.first = cut[0].last.Next()
		}
		if !used {
			left = append(left, s)
		}
	}
	return left
}

// cover writes every span as the fewest prefixes: from its start, always the widest that fits.
func cover(spans []span) []netip.Prefix {
	prefixes := make([]netip.Prefix, 0, len(spans)) // at least one for each
	for _, s := range spans {
		for {
			p := widest(s)
			prefixes = append(prefixes, p)
			end := last(p)
			if end == s.last {
				break
			}
			s.first = end.Next()
		}
	}
	return prefixes
}

// widest returns the widest prefix that starts where the span does and stays inside it.
func widest(s span) netip.Prefix {
	p := netip.PrefixFrom(s.first, s.first.BitLen())
	for p.Bits() > 0 {
		wider := netip.PrefixFrom(s.first, p.Bits()-1)
		if wider.Masked().Addr() != s.first || s.last.Less(last(wider)) {
			break
		}
		p = wider
	}
	return p
}

// last returns the last address of a prefix.
func last(p netip.Prefix) netip.Addr {
	bits := p.Bits()
	if p.Addr().Is4() {
		bits += 96 // As16 puts IPv4 into the last 32 of 128 bits
	}
	b := p.Addr().As16()
	for i := bits / 8; i < len(b); i++ {
		b[i] |= 0xff >> max(0, bits-8*i)
	}
	end := netip.AddrFrom16(b)
	if p.Addr().Is4() {
		end = end.Unmap()
	}
	return end
}

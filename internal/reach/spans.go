package reach

import (
	"cmp"
	"encoding/binary"
	"math"
	"math/bits"
	"net/netip"
	"slices"
)

// span is a run of IPv4 addresses or of ports, both ends included.
type span struct {
	first, last uint32
}

// spans is a set of addresses or ports: sorted, and no two of its runs touch.
type spans []span

var (
	anyAddress = spans{{0, math.MaxUint32}}
	anyPort    = spans{{0, math.MaxUint16}}
)

// join makes one set of several.
func join(sets ...spans) spans {
	all := slices.Concat(sets...)
	slices.SortFunc(all, func(a, b span) int { return cmp.Compare(a.first, b.first) })
	var out spans
	for _, s := range all {
		if n := len(out); n > 0 && (out[n-1].last == math.MaxUint32 || s.first <= out[n-1].last+1) {
			out[n-1].last = max(out[n-1].last, s.last)
			continue
		}
		out = append(out, s)
	}
	return out
}

// outside returns every address that is not in the set.
func (set spans) outside() spans {
	var out spans
	next := uint64(0)
	for _, s := range set {
		if uint64(s.first) > next {
			out = append(out, span{uint32(next), s.first - 1})
		}
		next = uint64(s.last) + 1
	}
	if next <= math.MaxUint32 {
		out = append(out, span{uint32(next), math.MaxUint32})
	}
	return out
}

func (set spans) contains(value uint32) bool {
	i, _ := slices.BinarySearchFunc(set, value, func(s span, v uint32) int { return cmp.Compare(s.last, v) })
	return i < len(set) && set[i].first <= value
}

// covers tells whether all of the run is in the set.
func (set spans) covers(run span) bool {
	i, _ := slices.BinarySearchFunc(set, run.first, func(s span, v uint32) int { return cmp.Compare(s.last, v) })
	return i < len(set) && set[i].first <= run.first && run.last <= set[i].last
}

func prefixSpan(p netip.Prefix) span {
	first := number(p.Masked().Addr())
	return span{first, first | uint32(uint64(1)<<(32-p.Bits())-1)}
}

func prefixSpans(prefixes ...netip.Prefix) spans {
	var out spans
	for _, p := range prefixes {
		if p.IsValid() && p.Addr().Is4() {
			out = append(out, prefixSpan(p))
		}
	}
	return join(out)
}

// prefixes writes a set of addresses as the fewest ranges in CIDR form.
func (set spans) prefixes() []netip.Prefix {
	var out []netip.Prefix
	for _, s := range set {
		for next := uint64(s.first); next <= uint64(s.last); {
			free := bits.Len64(uint64(s.last)-next+1) - 1 // the largest block that still fits, and is aligned
			size := min(free, bits.TrailingZeros64(next|1<<32))
			out = append(out, netip.PrefixFrom(address(uint32(next)), 32-size))
			next += 1 << size
		}
	}
	return out
}

func number(a netip.Addr) uint32 {
	return binary.BigEndian.Uint32(a.AsSlice())
}

func address(n uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

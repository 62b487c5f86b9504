package reach

import (
	"math"
	"slices"
)

// piece is a run of addresses or ports that no boundary of any set divides.
type piece struct {
	span
	in bitset // the sets that it lies in
}

// partition cuts all numbers at every boundary of the sets. The pieces cover everything and share nothing.
func partition(sets []spans) []piece {
	starts := []uint32{0}
	for _, set := range sets {
		for _, s := range set {
			starts = append(starts, s.first)
			if s.last < math.MaxUint32 {
				starts = append(starts, s.last+1)
			}
		}
	}
	slices.Sort(starts)
	starts = slices.Compact(starts)

	pieces := make([]piece, len(starts))
	for i, start := range starts {
		last := uint32(math.MaxUint32)
		if i+1 < len(starts) {
			last = starts[i+1] - 1
		}
		pieces[i] = piece{span{start, last}, newBitset(len(sets))}
	}
	for i, set := range sets {
		for _, s := range set {
			at, _ := slices.BinarySearch(starts, s.first)
			for ; at < len(pieces) && pieces[at].first <= s.last; at++ {
				pieces[at].in.add(i)
			}
		}
	}
	return pieces
}

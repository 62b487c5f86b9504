package reach

import "math/bits"

// bitset is a set of rules, by their place in the rule set.
type bitset []uint64

func newBitset(size int) bitset {
	return make(bitset, (size+63)/64)
}

func (b bitset) add(i int) {
	b[i/64] |= 1 << (i % 64)
}

func (b bitset) has(i int) bool {
	return b[i/64]&(1<<(i%64)) != 0
}

// key identifies the set in a map.
func (b bitset) key() string {
	out := make([]byte, 0, 8*len(b))
	for _, word := range b {
		for shift := 0; shift < 64; shift += 8 {
			out = append(out, byte(word>>shift))
		}
	}
	return string(out)
}

// nextCommon returns the lowest common member behind one of them, or -1.
func nextCommon(behind int, a, b, c bitset) int {
	for i := behind + 1; i < 64*len(a); i++ {
		if a.has(i) && b.has(i) && c.has(i) {
			return i
		}
	}
	return -1
}

// firstCommon returns the lowest member of all three sets, or -1.
func firstCommon(a, b, c bitset) int {
	for i := range a {
		if word := a[i] & b[i] & c[i]; word != 0 {
			return i*64 + bits.TrailingZeros64(word)
		}
	}
	return -1
}

package endpoints

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
)

// window is a part of the address space small enough to look at every address of it.
type window struct {
	name string
	base netip.Prefix
}

// windowBits is the size of a window: 2^windowBits addresses.
const windowBits = 9

// windows lie in the middle and at the very ends of both families, where there is no address before or behind.
var windows = []window{
	{"IPv4", netip.MustParsePrefix("20.38.96.0/23")},
	{"the first IPv4 addresses", netip.MustParsePrefix("0.0.0.0/23")},
	{"the last IPv4 addresses", netip.MustParsePrefix("255.255.254.0/23")},
	{"IPv6", netip.MustParsePrefix("2603:1020:206::/119")},
	{"the last IPv6 addresses", netip.MustParsePrefix("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fe00/119")},
}

// addresses returns every address of a window, in order.
func (w window) addresses() []netip.Addr {
	all := make([]netip.Addr, 0, 1<<windowBits)
	for a := w.base.Addr(); w.base.Contains(a); a = a.Next() {
		all = append(all, a)
	}
	return all
}

// random returns up to most prefixes of the window, some inside each other, some side by side.
func (w window) random(r *rand.Rand, most int) []netip.Prefix {
	all := w.addresses()
	prefixes := make([]netip.Prefix, r.IntN(most+1))
	for i := range prefixes {
		length := w.base.Bits() + r.IntN(windowBits+1)
		prefixes[i] = netip.PrefixFrom(all[r.IntN(len(all))], length).Masked()
	}
	return prefixes
}

func holds(prefixes []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(a) })
}

// fewest counts, by halving the window again and again, how many prefixes it takes to hold exactly the wanted
// addresses.
func fewest(wanted []bool) int {
	switch {
	case !slices.Contains(wanted, true):
		return 0
	case !slices.Contains(wanted, false):
		return 1
	}
	half := len(wanted) / 2
	return fewest(wanted[:half]) + fewest(wanted[half:])
}

// check compares prefixes with the wanted addresses of a window, one by one.
func (w window) check(t *testing.T, got []netip.Prefix, want func(netip.Addr) bool) {
	t.Helper()
	wanted := make([]bool, 0, 1<<windowBits)
	for _, a := range w.addresses() {
		wanted = append(wanted, want(a))
		if holds(got, a) != want(a) {
			t.Fatalf("%v holds %s: %t; want %t", got, a, holds(got, a), want(a))
		}
	}
	if len(got) != fewest(wanted) {
		t.Fatalf("%v has %d prefixes; %d are enough", got, len(got), fewest(wanted))
	}
	if !slices.IsSortedFunc(got, netip.Prefix.Compare) {
		t.Fatalf("%v is not in order", got)
	}
	for _, p := range got {
		if p != p.Masked() || !w.base.Contains(p.Addr()) || p.Bits() < w.base.Bits() {
			t.Fatalf("%s is no prefix of %s", p, w.base)
		}
	}
}

func TestAnAggregateHoldsNoAddressMoreNoneLessInTheFewestPrefixes(t *testing.T) {
	for _, w := range windows {
		t.Run(w.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			for range 300 {
				prefixes := w.random(r, 40)
				w.check(t, Aggregate(prefixes), func(a netip.Addr) bool { return holds(prefixes, a) })
			}
		})
	}
}

func TestADifferenceHoldsTheAddressesOfOneSetThatAreNotInTheOther(t *testing.T) {
	for _, w := range windows {
		t.Run(w.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(3, 4))
			for range 300 {
				a, b := w.random(r, 20), w.random(r, 20)
				w.check(t, Subtract(a, b), func(x netip.Addr) bool { return holds(a, x) && !holds(b, x) })
				w.check(t, intersect(a, b), func(x netip.Addr) bool { return holds(a, x) && holds(b, x) })
			}
		})
	}
}

func TestTheOrderOfPrefixesAndRepetitionsChangeNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		prefixes := append(windows[0].random(r, 20), windows[3].random(r, 20)...)
		want := Aggregate(prefixes)
		again := append(slices.Clone(prefixes), prefixes...)
		r.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
		if got := Aggregate(again); !slices.Equal(got, want) {
			t.Fatalf("Aggregate(%v) = %v; want %v", again, got, want)
		}
		if got := Aggregate(want); !slices.Equal(got, want) {
			t.Fatalf("aggregating %v twice gives %v", want, got)
		}
	}
}

func TestWholeAddressSpacesAreOnePrefixEach(t *testing.T) {
	parse := func(texts ...string) (prefixes []netip.Prefix) {
		for _, text := range texts {
			prefixes = append(prefixes, netip.MustParsePrefix(text))
		}
		return prefixes
	}
	for _, c := range []struct{ in, want []netip.Prefix }{
		{parse("128.0.0.0/1", "::/1", "0.0.0.0/1", "8000::/1"), parse("0.0.0.0/0", "::/0")},
		{parse("255.255.255.255/32", "::/128"), parse("255.255.255.255/32", "::/128")},
		{parse("10.0.1.0/24", "10.0.0.0/24", "10.0.0.7/32"), parse("10.0.0.0/23")},
		{parse("10.0.1.0/24", "10.0.2.0/24"), parse("10.0.1.0/24", "10.0.2.0/24")},
		{nil, nil},
	} {
		if got := Aggregate(c.in); !slices.Equal(got, c.want) {
			t.Errorf("Aggregate(%v) = %v; want %v", c.in, got, c.want)
		}
	}
	if got := Subtract(parse("0.0.0.0/0", "::/0"), parse("0.0.0.0/0", "8000::/1")); !slices.Equal(got, parse("::/1")) {
		t.Errorf("Subtract = %v; want ::/1", got)
	}
}

package endpoints

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestAPrefixWrittenAsItsHalvesIsNoChange(t *testing.T) {
	old := azure().tag("Storage.X", "x", "20.60.0.0/23", "2603::/64").tag("EventHub.X", "x", "1.0.0.0/8").read(t)
	current := azure().tag("Storage.X", "x", "2603:0:0:0:8000::/65", "20.60.1.0/24", "2603::/65",
		"20.60.0.0/24", "20.60.0.7/32").
		tag("EventHub.X", "x", "1.0.0.0/8").read(t)
	changes, err := Diff(old, current, "x")
	if err != nil || len(changes) != 3 || slices.ContainsFunc(changes, Change.Changed) {
		t.Errorf("Diff = %+v, %v; want no change", changes, err)
	}
}

func TestADiffNamesOnlyWhatToAddAndRemove(t *testing.T) {
	old := azure().tag("Storage.X", "x", "20.60.0.0/23").read(t)
	file := azure().tag("Storage.X", "x", "20.60.1.0/24", "20.60.2.0/24")
	file.changeNumber++
	changes, err := Diff(old, file.read(t), "x")
	if err != nil || changes[0].Changed() || changes[2].Changed() {
		t.Fatalf("Diff = %+v, %v; want a change of Storage alone", changes, err)
	}
	if c := changes[1]; !slices.Equal(texts(c.Add), []string{"20.60.2.0/24"}) ||
		!slices.Equal(texts(c.Remove), []string{"20.60.0.0/24"}) {
		t.Errorf("Diff = %+v", c)
	}
}

// A firewall that does as a diff says holds exactly what the new file says, however both files cut their prefixes.
func TestAFirewallThatFollowsTheDiffHoldsTheNewAddresses(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 200 {
		w := windows[r.IntN(len(windows))]
		before, after := w.random(r, 20), w.random(r, 20)
		if len(before) == 0 || len(after) == 0 {
			continue // the whole service, and another test
		}
		changes, err := Diff(azure().tag("Storage.X", "x", texts(before)...).read(t),
			azure().tag("Storage.X", "x", texts(after)...).read(t), "x")
		if err != nil {
			t.Fatal(err)
		}
		c := changes[1]
		w.check(t, c.Add, func(a netip.Addr) bool { return holds(after, a) && !holds(before, a) })
		w.check(t, c.Remove, func(a netip.Addr) bool { return holds(before, a) && !holds(after, a) })
		w.check(t, Subtract(Aggregate(append(before, c.Add...)), c.Remove), func(a netip.Addr) bool {
			return holds(after, a)
		})
		if c.Changed() != !slices.Equal(Aggregate(before), Aggregate(after)) {
			t.Fatalf("from %v to %v Changed is %t", before, after, c.Changed())
		}
	}
}

func TestAddressesThatMoveToAnotherServiceAreMarked(t *testing.T) {
	old := azure().tag("Storage.X", "x", "20.60.0.0/23").tag("EventHub.X", "x", "1.0.0.0/8").read(t)
	current := azure().tag("Storage.X", "x", "20.60.0.0/24").tag("EventHub.X", "x", "1.0.0.0/8",
		"20.60.1.128/25").read(t)
	changes, err := Diff(old, current, "x")
	if err != nil || !strings.Contains(changes[1].Note, "20.60.1.128/25 stays in use by EventHub") {
		t.Errorf("Diff = %+v, %v", changes, err)
	}
}

func TestATagThatAppearsForTheRegionIsMarked(t *testing.T) {
	old := azure().tag("Storage.X", "x", "20.60.0.0/23").read(t)
	current := azure().tag("Storage.X", "x", "20.60.0.0/23").tag("EventHub.X", "x", "13.69.64.0/26").read(t)
	changes, err := Diff(old, current, "x")
	if err != nil || !strings.Contains(changes[2].Note,
		"the old file's addresses are of EventHub, the new one's of EventHub.X") {
		t.Errorf("Diff = %+v, %v", changes, err)
	}
}

func TestFilesInTheWrongOrderAreRefused(t *testing.T) {
	newer := azure()
	newer.changeNumber = 368
	_, err := Diff(newer.read(t), azure().read(t), "westeurope")
	if err == nil || !strings.Contains(err.Error(), "Swap them") || !strings.Contains(err.Error(), "368") {
		t.Errorf("Diff = %v; want it to say that the files are swapped", err)
	}
}

func TestADiffSaysWhichFileLacksTheRegion(t *testing.T) {
	with := azure().tag("Storage.X", "x", "20.60.0.0/23").read(t)
	if _, err := Diff(with, azure().read(t), "x"); err == nil || !strings.Contains(err.Error(), "the new file") {
		t.Errorf("Diff = %v", err)
	}
	if _, err := Diff(azure().read(t), with, "x"); err == nil || !strings.Contains(err.Error(), "the old file") {
		t.Errorf("Diff = %v", err)
	}
}

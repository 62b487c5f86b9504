package model

import (
	"fmt"
	"net/netip"
	"testing"
)

func TestARoundOfChaosLeavesAnInstanceAlone(t *testing.T) {
	seen := map[Misfortune]int{}
	for seed := range uint64(50) {
		next, again := Chaos{Seed: seed}.Rounds(), Chaos{Seed: seed}.Rounds()
		for range 100 {
			r := next()
			if other := again(); fmt.Sprint(r) != fmt.Sprint(other) {
				t.Fatalf("seed %d: %v and %v", seed, r, other)
			}
			if (r.Whole == "") == (len(r.Each) == 0) || len(r.Each) > 2 {
				t.Errorf("%v", r)
			}
			seen[r.Whole]++
			interrupted := 0
			for i, e := range r.Each {
				seen[e.What]++
				switch Maintenance(e.What) {
				case Reboot, Redeploy, Freeze:
					interrupted++
				}
				if e.Instance < 0 || e.Instance > 2 || i > 0 && r.Each[i-1].Instance == e.Instance {
					t.Errorf("%v", r)
				}
			}
			if interrupted > 1 {
				t.Errorf("%v", r)
			}
		}
	}
	for _, what := range []Misfortune{KilledSquid, KilledGuard, FrozenSquid, FlushedRules, Roll, NewImage,
		Misfortune(Reboot), Misfortune(Redeploy), Misfortune(Freeze)} {
		if seen[what] < 100 {
			t.Errorf("%s: %d times", what, seen[what])
		}
	}
}

func TestEachRollOfChaosHasNewAddresses(t *testing.T) {
	c := Chaos{Sets: [2]ScaleSet{{Name: "old", Instances: []netip.Addr{
		netip.MustParseAddr("10.40.0.37"), netip.MustParseAddr("10.40.0.38")}}, {Name: "new"}}}
	taken := map[string]bool{}
	for rolls := range 200 {
		set := c.Set(rolls)
		if len(set.Instances) != 2 || taken[set.Name] {
			t.Errorf("%+v", set)
		}
		taken[set.Name] = true
		for _, addr := range set.Instances {
			if taken[addr.String()] {
				t.Errorf("roll %d: %v again", rolls, addr)
			}
			taken[addr.String()] = true
		}
	}
}

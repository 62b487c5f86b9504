package checks

import (
	"slices"
	"testing"
)

func TestThereAreAtLeast200WaysAroundAndNoneTwice(t *testing.T) {
	for _, credentials := range []bool{false, true} {
		cases := BypassCases(credentials)
		if len(cases) < 200 {
			t.Errorf("only %d cases", len(cases))
		}
		seen := map[string]bool{}
		for _, c := range cases {
			if seen[c.String()] {
				t.Errorf("twice: %v", c)
			}
			seen[c.String()] = true
		}
	}
	if without := BypassCases(false); slices.ContainsFunc(without, func(c Case) bool {
		return c.Layer == layerCredentials
	}) {
		t.Error("a proxy that asks for no credentials is tried with wrong ones")
	}
	t.Logf("counted: %d ways around the proxies", len(BypassCases(true)))
}

func TestAFamilyEndsInOneWay(t *testing.T) {
	verbs := map[string]string{}
	for _, c := range BypassCases(true) {
		if before, seen := verbs[c.Family]; seen && before != verb(c.Layer) {
			t.Errorf("%v is %s, and others of its family are %s", c, verb(c.Layer), before)
		}
		verbs[c.Family] = verb(c.Layer)
	}
}

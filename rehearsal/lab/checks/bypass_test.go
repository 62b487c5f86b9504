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

func TestANewerSquidMayAnswerInAnotherWay(t *testing.T) {
	c := parseCase("  rule: method (6: parser: 400 ERR_INVALID_REQ)  GET http://{host}/⏎")
	for squid, want := range map[int]string{5: "rule: method", 6: "parser: 400 ERR_INVALID_REQ",
		7: "parser: 400 ERR_INVALID_REQ"} {
		if on := c.on(squid); on.Layer+": "+on.Answer != want || on.Asked != "GET http://{host}/⏎" {
			t.Errorf("Squid %d: %+v", squid, on)
		}
	}
}

func TestAFamilyEndsInOneWay(t *testing.T) {
	for _, squid := range []int{5, 6, 7} {
		verbs := map[string]string{}
		for _, c := range BypassCases(true) {
			c = c.on(squid)
			if before, seen := verbs[c.Family]; seen && before != verb(c.Layer) {
				t.Errorf("Squid %d: %v is %s, and others of its family are %s", squid, c, verb(c.Layer), before)
			}
			verbs[c.Family] = verb(c.Layer)
		}
	}
}

package report

import "testing"

func TestTheVerdictSaysWhatDidNotHold(t *testing.T) {
	held, failed, notRun := Check{Held: true}, Check{}, Check{NotRun: true}
	for _, c := range []struct {
		report Report
		words  string
		held   bool
	}{
		{Report{Checks: []Check{held, held}}, "Everything held", true},
		{Report{Checks: []Check{held, failed}}, "1 of 2 checks did not hold", false},
		{Report{Checks: []Check{held, notRun}}, "What was run held; 1 of 2 checks not run", false},
		{Report{Checks: []Check{failed, held, notRun}}, "1 of 3 checks did not hold, 1 not run", false},
		{Report{Checks: []Check{held}, Stopped: "pulumi up: no"}, "The rehearsal could not go on", false},
		{Report{}, "Nothing was checked", false},
	} {
		if words, held := c.report.Verdict(), c.report.Held(); words != c.words || held != c.held {
			t.Errorf("%+v: %q (held: %v), want %q (held: %v)", c.report.Checks, words, held, c.words, c.held)
		}
	}
}

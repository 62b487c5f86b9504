package report

import "testing"

func TestTheVerdictSaysWhatFailed(t *testing.T) {
	passed, failed, notRun := Check{Passed: true}, Check{}, Check{NotRun: true}
	for _, c := range []struct {
		report Report
		words  string
		passed bool
	}{
		{Report{Checks: []Check{passed, passed}}, "All checks passed", true},
		{Report{Checks: []Check{passed, failed}}, "1 of 2 checks failed", false},
		{Report{Checks: []Check{passed, notRun}}, "No check failed, but 1 of 2 were not run", false},
		{Report{Checks: []Check{failed, passed, notRun}}, "1 of 3 checks failed, 1 were not run", false},
		{Report{Checks: []Check{passed}, Stopped: "pulumi up: no"}, "The rehearsal stopped early", false},
		{Report{}, "Nothing was checked", false},
	} {
		if words, passed := c.report.Verdict(), c.report.Passed(); words != c.words || passed != c.passed {
			t.Errorf("%+v: %q (passed: %v), want %q (passed: %v)", c.report.Checks, words, passed, c.words, c.passed)
		}
	}
}

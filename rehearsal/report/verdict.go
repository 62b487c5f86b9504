package report

import "fmt"

// Check is one thing that a rehearsal requires of a stack.
type Check struct {
	Name   string `json:"name"`
	Passed bool   `json:"held"`             // the name is a contract
	NotRun bool   `json:"notRun,omitempty"` // this machine cannot: Detail says why
	Detail string `json:"detail,omitempty"`
}

// Result is the check's outcome in words.
func (c Check) Result() string {
	switch {
	case c.NotRun:
		return "not run"
	case c.Passed:
		return "passed"
	}
	return "failed"
}

// Passed tells whether every check was run and passed.
func (r *Report) Passed() bool {
	failed, notRun := r.shortfall()
	return r.Stopped == "" && len(r.Checks) > 0 && failed+notRun == 0
}

// Verdict is the whole rehearsal's outcome in words.
func (r *Report) Verdict() string {
	failed, notRun := r.shortfall()
	switch {
	case r.Stopped != "":
		return "The rehearsal stopped early"
	case len(r.Checks) == 0:
		return "Nothing was checked"
	case failed == 0 && notRun == 0:
		return "All checks passed"
	case failed == 0:
		return fmt.Sprintf("No check failed, but %d of %d were not run", notRun, len(r.Checks))
	case notRun == 0:
		return fmt.Sprintf("%d of %d checks failed", failed, len(r.Checks))
	}
	return fmt.Sprintf("%d of %d checks failed, %d were not run", failed, len(r.Checks), notRun)
}

// shortfall counts the checks that failed, and those that were not run.
func (r *Report) shortfall() (failed, notRun int) {
	for _, c := range r.Checks {
		switch {
		case c.NotRun:
			notRun++
		case !c.Passed:
			failed++
		}
	}
	return failed, notRun
}

package report

import "fmt"

// Check is one thing that a rehearsal holds a stack to.
type Check struct {
	Name   string `json:"name"`
	Held   bool   `json:"held"`
	NotRun bool   `json:"notRun,omitempty"` // this machine cannot: Detail says why
	Detail string `json:"detail,omitempty"`
}

// Result is the check's outcome in words.
func (c Check) Result() string {
	switch {
	case c.NotRun:
		return "not run"
	case c.Held:
		return "held"
	}
	return "did not hold"
}

// Held tells whether every check was run and held.
func (r *Report) Held() bool {
	failed, notRun := r.shortfall()
	return r.Stopped == "" && len(r.Checks) > 0 && failed+notRun == 0
}

// Verdict is the whole rehearsal's outcome in words.
func (r *Report) Verdict() string {
	failed, notRun := r.shortfall()
	switch {
	case r.Stopped != "":
		return "The rehearsal could not go on"
	case len(r.Checks) == 0:
		return "Nothing was checked"
	case failed == 0 && notRun == 0:
		return "Everything held"
	case failed == 0:
		return fmt.Sprintf("What was run held; %d of %d checks not run", notRun, len(r.Checks))
	case notRun == 0:
		return fmt.Sprintf("%d of %d checks did not hold", failed, len(r.Checks))
	}
	return fmt.Sprintf("%d of %d checks did not hold, %d not run", failed, len(r.Checks), notRun)
}

// shortfall counts the checks that did not hold, and those that were not run.
func (r *Report) shortfall() (failed, notRun int) {
	for _, c := range r.Checks {
		switch {
		case c.NotRun:
			notRun++
		case !c.Held:
			failed++
		}
	}
	return failed, notRun
}

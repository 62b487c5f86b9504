package fleet

import (
	"cmp"
	"slices"
	"strconv"
)

// Severity says what a finding asks for.
type Severity string

// Severities, the gravest first.
const (
	Error       Severity = "error"       // Azure or this program would refuse it, or sensors would not get through
	Warning     Severity = "warning"     // it can be built, and somebody should look at it
	Information Severity = "information" // nothing is wrong
)

// Kind names a sort of finding, such as address-space. Tools may rely on it.
type Kind string

// Place is a key of a stack file.
type Place struct {
	File  string `json:"file"`
	Key   string `json:"key"`
	Value string `json:"value,omitempty"` // as the program uses it; empty: none, or one that is not shown
}

// Finding is one thing that was found, and all the places that take part in it.
type Finding struct {
	Severity Severity `json:"severity"`
	Kind     Kind     `json:"kind"`
	Places   []Place  `json:"places"`            // by file
	Problem  string   `json:"problem"`           // what is wrong with them
	Allowed  string   `json:"allowed,omitempty"` // what would be right
	Do       string   `json:"do,omitempty"`      // what to do
}

// Report is everything that was found.
type Report struct {
	Sites    int       `json:"sites"` // stack files that were read
	Errors   int       `json:"errors"`
	Warnings int       `json:"warnings"`
	Findings []Finding `json:"findings"` // errors, warnings, information
	Totals   []Total   `json:"totals"`   // by subscription and region
}

func (r *Report) add(findings ...Finding) { r.Findings = append(r.Findings, findings...) }

var gravest = []Severity{Error, Warning, Information}

// sort brings the findings into an order that does not depend on how they were found, and counts them.
func (r *Report) sort() {
	for i := range r.Findings {
		slices.SortFunc(r.Findings[i].Places, func(a, b Place) int {
			return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Value, b.Value))
		})
	}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(slices.Index(gravest, a.Severity), slices.Index(gravest, b.Severity)),
			cmp.Compare(a.Kind, b.Kind), slices.CompareFunc(a.Places, b.Places, func(p, q Place) int {
				return cmp.Or(cmp.Compare(p.File, q.File), cmp.Compare(p.Key, q.Key))
			}))
	})
	for _, f := range r.Findings {
		switch f.Severity {
		case Error:
			r.Errors++
		case Warning:
			r.Warnings++
		}
	}
}

// unquoted takes off the quotation marks that an error of package site puts around a value.
func unquoted(value string) string {
	if text, err := strconv.Unquote(value); err == nil {
		return text
	}
	return value
}

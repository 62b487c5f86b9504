package arm

import (
	"net/http"
	"slices"
)

// Rule is one thing that Azure insists on.
type Rule struct {
	Name   string // the rule as a sentence, unique within its type
	Code   string // Azure's error code
	Status int    // of the refusal; 0 is 400
	Source string // where the rule, its limit or its code is documented or was reported
	on     occasion
	check  func(c *change) string // what is wrong with the change, or ""
}

// occasion is when a rule is asked.
type occasion int

const (
	onWrite occasion = iota
	onRemoval
	always
)

// RuleInfo is a rule in the catalogue.
type RuleInfo struct {
	Type   string // "*" for a rule of every type
	Name   string
	Code   string
	Status int
	Source string
}

// Rules is the catalogue of everything that is enforced.
func Rules() []RuleInfo {
	var out []RuleInfo
	list := func(of string, rules []Rule) {
		for _, r := range rules {
			out = append(out, RuleInfo{Type: of, Name: r.Name, Code: r.Code, Status: r.status(), Source: r.Source})
		}
	}
	list("*", slices.Concat(generalRules, requiredRules, addressRules))
	for _, t := range table {
		list(t.Name, t.rules)
	}
	return out
}

func (r Rule) status() int {
	if r.Status == 0 {
		return http.StatusBadRequest
	}
	return r.Status
}

func (r Rule) asked(c *change) bool {
	return r.on == always || (r.on == onRemoval) == c.removal
}

// judge asks every rule and answers with the first that is broken: what holds for every type, then what the type itself
// insists on, and the one that it is inside, what else its model marks as required, and last whether there is room in
// the subnets.
func judge(c *change) *fault {
	for _, rules := range [][]Rule{generalRules, c.typ.rules} {
		if f := ask(rules, c); f != nil {
			return f
		}
	}
	if c.typ.outer != nil && (!c.removal || c.before != nil) {
		if outer := c.typ.outer(c); outer != nil {
			if f := ask(slices.Concat(referenceRules, outer.typ.rules), outer); f != nil {
				return f
			}
		}
	}
	for _, rules := range [][]Rule{requiredRules, addressRules} {
		if f := ask(rules, c); f != nil {
			return f
		}
	}
	return nil
}

// ask asks rules in their order, and answers with the first that is broken.
func ask(rules []Rule, c *change) *fault {
	for _, r := range rules {
		if !r.asked(c) {
			continue
		}
		if wrong := r.check(c); wrong != "" {
			return &fault{status: r.status(), code: r.Code, message: wrong, rule: r.Name}
		}
	}
	return nil
}

// about makes a check of a function that reads the official model.
func about[M any](check func(c *change, m *M) string) func(*change) string {
	return func(c *change) string { return check(c, c.decoded.model.(*M)) }
}

// first is the first complaint that check has about an item of a list.
func first[T any](list []T, check func(item T) string) string {
	for _, item := range list {
		if wrong := check(item); wrong != "" {
			return wrong
		}
	}
	return ""
}

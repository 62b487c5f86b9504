package fleet

import (
	"maps"
	"slices"
	"strings"
)

// exclusive is a rule of the form: one site at most may have this.
type exclusive struct {
	kind     Kind
	severity Severity
	// bySubscription: what is claimed is a name, which each subscription has once.
	bySubscription       bool
	problem, allowed, do string
	claims               func(*member) []claim
}

// claim is a site's word that something is its own.
type claim struct {
	what       string // what is claimed, without regard to case
	key, value string // where the stack file claims it
	// as tells claims that go together: those of one as do not collide. Empty: no two sites' claims go together.
	as string
}

// claimed is a claim and the site that makes it.
type claimed struct {
	*member
	claim
}

// check finds what several sites claim.
func (rule exclusive) check(members []*member) []Finding {
	byWhat := map[string][]claimed{}
	for _, m := range members {
		for _, c := range rule.claims(m) {
			if c.as == "" {
				c.as = m.File
			}
			what := strings.ToLower(c.what)
			byWhat[what] = append(byWhat[what], claimed{m, c})
		}
	}
	var all []Finding
	for _, what := range slices.Sorted(maps.Keys(byWhat)) {
		all = append(all, rule.collisions(byWhat[what])...)
	}
	return all
}

// collisions are those among the claims on one thing.
func (rule exclusive) collisions(claims []claimed) []Finding {
	if !rule.bySubscription {
		return rule.finding(claims, "")
	}
	var all []Finding
	bySubscription := map[string][]claimed{}
	for _, c := range claims {
		bySubscription[c.Subscription] = append(bySubscription[c.Subscription], c)
	}
	for _, subscription := range slices.Sorted(maps.Keys(bySubscription)) {
		all = append(all, rule.finding(bySubscription[subscription], "")...)
	}
	if len(bySubscription[""]) > 0 && len(bySubscription) > 1 && len(all) == 0 {
		rule.severity = Warning
		all = append(all, rule.finding(claims, ", if they are in one subscription, which not every stack file says")...)
	}
	return all
}

// finding is there where the claims do not all go together.
func (rule exclusive) finding(claims []claimed, condition string) []Finding {
	if !slices.ContainsFunc(claims, func(c claimed) bool { return !strings.EqualFold(c.as, claims[0].as) }) {
		return nil
	}
	f := Finding{Severity: rule.severity, Kind: rule.kind, Problem: rule.problem + condition, Allowed: rule.allowed,
		Do: rule.do}
	for _, c := range claims {
		f.Places = append(f.Places, Place{c.File, c.key, c.value})
	}
	return []Finding{f}
}

// Package reach proves, before anything is built, who can reach what in ProxyserverSubnet. It decides every packet that
// can exist: addresses and ports are cut at every boundary that a rule or the policy names, and what lies between two
// cuts is treated alike.
//
// What it takes as given: a packet without ports (ICMP) matches a rule only where that rule is for all ports, and
// public networks that a site announces over BGP, which no configuration names, count as the internet.
package reach

// Proof is the policy that a topology was held against, and what came of it.
type Proof struct {
	Policy     []string // the sentences that have to hold; added rules widen them by sentences of their own
	Violations Violations
	table      Table
}

// Prove holds the planned rules against the policy.
func Prove(t Topology) Proof {
	rules, violations := NewRuleSet(t)
	if missing := incomplete(t); len(missing) > 0 {
		return Proof{Policy: policy(t), Violations: append(violations, missing...)}
	}
	m := newModel(t, rules)
	findings := m.judge()

	violations = append(violations, unforwarded(t)...)
	violations = append(violations, m.violations(findings)...)
	violations = append(violations, m.shadowed()...)
	violations = append(violations, otherWaysOut(t)...)
	return Proof{
		Policy:     append(policy(t), m.widenings()...),
		Violations: violations,
		table:      m.table(),
	}
}

// Err returns every violation in one error, or nil when the policy holds.
func (p Proof) Err() error {
	if len(p.Violations) == 0 {
		return nil
	}
	return p.Violations
}

// Table is who reaches what.
func (p Proof) Table() Table {
	return p.table
}

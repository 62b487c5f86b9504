package reach

import (
	"fmt"
	"slices"
	"strings"
)

// shadowed finds rules that decide no packet: either none is for them, or others come first.
func (m *model) shadowed() []Violation {
	deciding := make([]bool, len(m.rules))
	for d := range m.decisions() {
		deciding[d.first] = true
	}
	var out []Violation
	for i := range m.rules {
		r := &m.rules[i]
		if r.origin == azure || r.origin == found || deciding[i] {
			continue
		}
		before := m.decidingBefore(i)
		if len(before) == 0 {
			out = append(out, ruleViolation(sentenceRules, r.Rule,
				fmt.Sprintf("%s decides nothing: no packet to an instance is for it", r.title()),
				fmt.Sprintf("Give it a destination in %s, or remove it", m.topology.Proxies)))
			continue
		}
		out = append(out, ruleViolation(sentenceRules, r.Rule,
			fmt.Sprintf("%s decides nothing: all that it is for is decided before it by %s", r.title(),
				strings.Join(before, ", ")),
			"Give it a lower priority number if it is meant, or remove one of them"))
	}
	return out
}

// decidingBefore names the rules that take a rule's packets away.
func (m *model) decidingBefore(i int) []string {
	var names []string
	for d := range m.only(i).decisions() {
		if !slices.Contains(names, d.rule.Name) {
			names = append(names, d.rule.Name)
		}
	}
	return names
}

// opening is what one added rule opens to one class of senders.
type opening struct {
	rule *rule
	from *sender
	some bool // on some instances only
}

// widenings are the sentences that added rules put behind the policy, each about what a rule really opens.
func (m *model) widenings() []string {
	ports := map[opening]*reachable{}
	var order []opening
	for s := range m.senders {
		for t := range m.traffic {
			for _, o := range m.openings(&m.senders[s], &m.traffic[t]) {
				if ports[o] == nil {
					ports[o] = &reachable{}
					order = append(order, o)
				}
				ports[o].add(&m.traffic[t])
			}
		}
	}
	return sentences(order, ports)
}

// openings are the added rules that let a class of traffic in, as their purpose says.
func (m *model) openings(from *sender, class *traffic) []opening {
	if m.need(from.party, class) != closed {
		return nil
	}
	count := map[*rule]int{}
	var found []*rule
	for i := range m.receivers {
		r := &m.rules[firstCommon(class.matches, from.matches, m.receivers[i].matches)]
		if !r.Allow || r.origin != extra || !r.purpose.covers(from.party, class) {
			continue
		}
		if count[r] == 0 {
			found = append(found, r)
		}
		count[r]++
	}
	var out []opening
	for _, r := range found {
		out = append(out, opening{r, from, count[r] < len(m.receivers)})
	}
	return out
}

// sentences tells senders for whom a rule does the same in one breath.
func sentences(order []opening, ports map[opening]*reachable) []string {
	var ends []string
	starts := map[string]spans{}
	for _, o := range order {
		where := "every instance"
		if o.some {
			where = "some instances"
		}
		end := fmt.Sprintf(" (%s) also reaches %s on %s because of %s.", o.from.party, ports[o], where, o.rule.title())
		if starts[end] == nil {
			ends = append(ends, end)
		}
		starts[end] = join(starts[end], o.from.set)
	}
	for i, end := range ends {
		ends[i] = fullList(starts[end].prefixes()) + end
	}
	return ends
}

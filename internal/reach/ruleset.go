package reach

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// defaultRules are what Azure puts behind every network security group's own rules, inbound.
// Source: https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview#default-security-rules
var defaultRules = []site.Rule{
	{Name: "AllowVnetInBound", Priority: 65000, Allow: true, Protocol: "*", Sources: []string{"VirtualNetwork"},
		Destination: "VirtualNetwork", Port: "*"},
	{Name: "AllowAzureLoadBalancerInBound", Priority: 65001, Allow: true, Protocol: "*",
		Sources: []string{"AzureLoadBalancer"}, Destination: "*", Port: "*"},
	{Name: "DenyAllInBound", Priority: 65500, Protocol: "*", Sources: []string{"*"}, Destination: "*", Port: "*"},
}

// Priorities of rules that are not Azure's own.
// Source: https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview#security-rules
const (
	firstPriority = 100
	lastPriority  = 4096
)

// RuleSet is the network security group of ProxyserverSubnet, inbound: the planned rules, or those of an existing
// group, and Azure's defaults, in the order in which they are asked.
type RuleSet struct {
	rules []rule
}

// NewRuleSet reads the topology's rules. Those that cannot be read are left out and reported, as are those in each
// other's way.
func NewRuleSet(t Topology) (RuleSet, []Violation) {
	read := newReader(t)
	var set RuleSet
	var violations []Violation
	add := func(s site.Rule, from origin, purpose Purpose) {
		compiled, err := read.rule(s, from)
		if err == nil && from == extra && s.Allow {
			compiled.purpose, err = purposeOf(purpose)
		}
		if err != nil {
			violations = append(violations, unreadable(s, err))
			return
		}
		set.rules = append(set.rules, compiled)
	}
	for _, s := range t.Rules {
		add(s, documented, Purpose{})
	}
	for _, e := range t.Extra {
		add(e.Rule, extra, e.Purpose)
	}
	violations = append(violations, clashes(set.rules)...)
	rules, unread := foundRules(read, t)
	set.rules, violations = append(set.rules, rules...), append(violations, unread...)
	for _, s := range defaultRules {
		add(s, azure, Purpose{})
	}
	slices.SortStableFunc(set.rules, func(a, b rule) int { return cmp.Compare(a.Priority, b.Priority) })
	return set, violations
}

// Decide returns the first rule that matches a packet as it arrives at ProxyserverSubnet, and whether that lets the
// packet in. A packet through the load balancer already has an instance's address and port here.
func (r RuleSet) Decide(p Packet) (site.Rule, bool) {
	if i := slices.IndexFunc(r.rules, func(candidate rule) bool { return candidate.matches(p) }); i >= 0 {
		return r.rules[i].Rule, r.rules[i].Allow
	}
	return defaultRules[len(defaultRules)-1], false
}

// Rules returns the rules in the order in which they are asked, Azure's defaults last.
func (r RuleSet) Rules() []site.Rule {
	var out []site.Rule
	for _, each := range r.rules {
		out = append(out, each.Rule)
	}
	return out
}

// clashes finds rules that Azure or this program's numbering has no place for.
func clashes(rules []rule) []Violation {
	var out []Violation
	priorities, names := map[int]rule{}, map[string]rule{}
	for _, r := range rules {
		first, last, place := firstPriority, lastPriority, "custom rules"
		if r.origin == extra {
			first, last, place = firstExtra, lastExtra, "added rules"
		}
		if r.Priority < first || r.Priority > last {
			out = append(out, ruleViolation(sentenceRules, r.Rule,
				fmt.Sprintf("%s has a priority that %s cannot have", r.title(), place),
				fmt.Sprintf("Give it one from %d to %d", first, last)))
		}
		if other, taken := priorities[r.Priority]; taken {
			out = append(out, ruleViolation(sentenceRules, r.Rule,
				fmt.Sprintf("rules %s and %s both have priority %d, and Azure refuses that", other.Name,
					r.Name, r.Priority),
				fmt.Sprintf("Give %s another priority", r.Name)))
		}
		if other, taken := names[strings.ToLower(r.Name)]; taken {
			out = append(out, ruleViolation(sentenceRules, r.Rule,
				fmt.Sprintf("%s and %s have one name, and Azure refuses that", other.title(), r.title()),
				"Rename one of them"))
		}
		priorities[r.Priority], names[strings.ToLower(r.Name)] = r, r
	}
	return out
}

func unreadable(s site.Rule, err error) Violation {
	return ruleViolation(sentenceRules, s, fmt.Sprintf("rule %s (%d) cannot be read: %v", s.Name, s.Priority, err),
		"Correct the rule")
}

func purposeOf(p Purpose) (purpose, error) {
	if _, known := partyNames[p.Party]; !known {
		return purpose{}, fmt.Errorf("it does not say whom it is for; an added rule that allows needs a purpose")
	}
	protocol, err := protocolOf(p.Protocol)
	if err != nil {
		return purpose{}, fmt.Errorf("purpose: %w", err)
	}
	ports, err := portsOf(p.Port)
	if err != nil {
		return purpose{}, fmt.Errorf("purpose: %w", err)
	}
	return purpose{p.Party, protocol, ports}, nil
}

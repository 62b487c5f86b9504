package site

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// ExtraRule is an inbound rule that a site adds to the documented ones, and what it is for: the preview refuses one
// that opens more.
type ExtraRule struct {
	Rule
	Purpose Purpose // of a rule that allows
}

// Purpose is the most that a rule may open.
type Purpose struct {
	Party    string // one of Parties
	Protocol string
	Port     string
}

// Parties are whom a rule can be for, by the names that the configuration uses.
var Parties = []string{"sensors", "bastion", "probes", "gateway", "proxies", "otherSubnet", "peered",
	"private", "internet"}

// Priorities that are free for added rules: behind the sensors' and before Bastion's.
const (
	firstExtraPriority = prioritySensors + 1
	lastExtraPriority  = priorityBastion - 1
)

// longestDescription is Azure's limit, in characters.
// Source: https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
const longestDescription = 140

var (
	// Source: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
	securityRuleName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,78}[A-Za-z0-9_])?$`)
	protocols        = []string{"Tcp", "Udp", "Icmp", "Esp", "Ah", "*"}
	serviceTags      = []string{"VirtualNetwork", "AzureLoadBalancer", "Internet", "*"}
	allowedSources   = "IPv4 ranges, or one of " + strings.Join(serviceTags, ", ")
)

const allowedPorts = `0 to 65535, a range such as 8000-8010, or "*"`

func loadExtraRules(s *section, plan AddressPlan) []ExtraRule {
	var all []ExtraRule
	for _, r := range s.sections("extraInboundRules") {
		rule := loadExtraRule(r, plan)
		for _, other := range all {
			if other.Name == rule.Name {
				r.fail("name", rule.Name, "is used twice", "names of which each is used once",
					"Rename one of the rules")
			}
			if other.Priority == rule.Priority {
				r.fail("priority", rule.Priority, "is used twice", "a priority of its own for each rule",
					"Change one of the two")
			}
		}
		all = append(all, rule)
	}
	return all
}

func loadExtraRule(s *section, plan AddressPlan) ExtraRule {
	rule := ExtraRule{Rule: Rule{
		Name:        s.text("name"),
		Description: s.text("description"),
		Priority:    s.integer("priority"),
		Allow:       s.text("access") == "Allow",
		Protocol:    s.text("protocol"),
		Destination: plan.Proxyserver.String(),
		Port:        s.portRange("port"),
	}}
	sources := s.list("sources")
	for _, e := range sources {
		if slices.Contains(serviceTags, e.text) && len(sources) == 1 {
			rule.Sources = append(rule.Sources, e.text)
		} else if p, ok := s.parseRange(e.name, e.text); ok {
			rule.Sources = append(rule.Sources, p.String())
		}
	}
	if rule.Allow {
		rule.Purpose = loadPurpose(s.section("purpose"), rule.Rule)
	}
	return rule
}

// loadPurpose reads the most that a rule may open; where it does not say, what the rule opens.
func loadPurpose(s *section, rule Rule) Purpose {
	purpose := Purpose{Party: s.text("party"), Protocol: s.text("protocol"), Port: rule.Port}
	if purpose.Protocol == "" {
		purpose.Protocol = rule.Protocol
	}
	if s.has("port") {
		purpose.Port = s.portRange("port")
	}
	return purpose
}

// portRange reads a port, a range of ports, or "*".
func (s *section) portRange(name string) string {
	text := s.text(name)
	if text == "*" {
		return text
	}
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		last = first
	}
	low, err := strconv.ParseUint(first, 10, 16)
	high, err2 := strconv.ParseUint(last, 10, 16)
	if err != nil || err2 != nil || low > high {
		s.fail(name, text, "is neither a port nor a range of ports", allowedPorts,
			"Write the port that the rule is about")
		return "*"
	}
	return text
}

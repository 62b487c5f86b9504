package site

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ExtraRule is an inbound rule that a site adds to the documented ones, and what it is for: the preview refuses one that opens
// more.
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
var Parties = []string{"sensors", "bastion", "probes", "gateway", "proxies", "otherSubnet", "peered", "private", "internet"}

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
)

func loadExtraRules(s *section, plan AddressPlan) []ExtraRule {
	var all []ExtraRule
	for _, r := range s.sections("extraInboundRules") {
		rule := loadExtraRule(r, plan)
		for _, other := range all {
			if other.Name == rule.Name {
				r.fail("name", rule.Name, "is used twice", "names of which each is used once", "Rename one of the rules")
			}
			if other.Priority == rule.Priority {
				r.fail("priority", rule.Priority, "is used twice", "a priority of its own for each rule", "Change one of the two")
			}
		}
		all = append(all, rule)
	}
	return all
}

func loadExtraRule(s *section, plan AddressPlan) ExtraRule {
	defer s.done()
	rule := ExtraRule{Rule: Rule{
		Name:        s.text("name", ""),
		Description: s.text("description", "Added by the stack's configuration."),
		Priority:    s.integer("priority", 0, firstExtraPriority, lastExtraPriority),
		Allow:       s.oneOf("access", "Allow", "Allow", "Deny") == "Allow",
		Protocol:    s.oneOf("protocol", "Tcp", protocols...),
		Destination: plan.Proxyserver.String(),
		Port:        s.portRange("port"),
	}}
	if !securityRuleName.MatchString(rule.Name) {
		s.fail("name", optional(rule.Name), "cannot name a rule", "1 to 80 letters, digits, dots, dashes and underscores", "Say in the name what the rule is for")
	}
	if utf8.RuneCountInString(rule.Description) > longestDescription {
		s.fail("description", rule.Description, "is too long", fmt.Sprintf("up to %d characters", longestDescription), "Shorten it")
	}
	if _, given := s.get("priority"); !given {
		s.fail("priority", nil, "is missing", "101 to 4093", "Choose one that no other rule has")
	}
	texts, names := s.list("sources")
	for i, text := range texts {
		if slices.Contains(serviceTags, text) && len(texts) == 1 {
			rule.Sources = append(rule.Sources, text)
		} else if p, ok := cidr(s, names[i], text); ok {
			rule.Sources = append(rule.Sources, p.String())
		}
	}
	if len(texts) == 0 {
		s.fail("sources", nil, "is empty", "IPv4 ranges, or one of "+strings.Join(serviceTags, ", "), "List who the rule is about")
	}
	if rule.Allow {
		purpose := s.section("purpose")
		defer purpose.done()
		rule.Purpose = Purpose{
			Party:    purpose.oneOf("party", "", Parties...),
			Protocol: purpose.oneOf("protocol", rule.Protocol, protocols...),
			Port:     rule.Port,
		}
		if _, given := purpose.get("port"); given {
			rule.Purpose.Port = purpose.portRange("port")
		}
	}
	s.meaningless("access", "Deny", "purpose")
	return rule
}

// portRange reads a port, a range of ports, or "*".
func (s *section) portRange(name string) string {
	text := s.text(name, "*")
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
		s.fail(name, text, "is neither a port nor a range of ports", `0 to 65535, a range such as 8000-8010, or "*"`, "Write the port that the rule is about")
		return "*"
	}
	return text
}

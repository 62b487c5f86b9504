package netns

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// Filter is the network security group as a packet filter of an instance, which sees what the load balancer has already
// translated. Like Azure's it keeps state: an answer to what was let through passes.
func Filter(rules []model.Rule, tags model.ServiceTags) (string, error) {
	inOrder := slices.SortedFunc(slices.Values(rules), func(a, b model.Rule) int { return a.Priority - b.Priority })
	lines := []string{
		"table inet nsg {",
		"chain inbound {",
		"type filter hook input priority 0; policy drop;",
		"iif lo accept",
		"ct state established,related accept",
	}
	for _, rule := range inOrder {
		matches, err := conditions(rule, tags)
		if err != nil {
			return "", fmt.Errorf("rule %s of the network security group: %w", rule.Name, err)
		}
		verdict := "drop"
		if rule.Allow {
			verdict = "accept"
		}
		lines = append(lines, strings.Join(append(matches, verdict), " "))
	}
	return strings.Join(append(lines, "}", "}"), "\n") + "\n", nil
}

// conditions are nft's for the rule. A rule without one is for every packet.
func conditions(r model.Rule, tags model.ServiceTags) ([]string, error) {
	var all []string
	for _, side := range []struct {
		field string
		given []string
	}{{"ip saddr", r.Sources}, {"ip daddr", r.Destinations}} {
		match, err := addressMatch(side.field, side.given, tags)
		if err != nil {
			return nil, err
		}
		all = append(all, match...)
	}
	protocol := strings.ToLower(r.Protocol)
	anyPort := slices.Contains(r.Ports, "*") || slices.Contains(r.Ports, "0-65535")
	ports := "dport { " + strings.Join(r.Ports, ", ") + " }"
	switch {
	case !slices.Contains([]string{"*", "tcp", "udp", "icmp", "esp", "ah"}, protocol):
		return nil, fmt.Errorf("protocol %s is not supported", r.Protocol)
	case protocol == "*" && anyPort:
	case protocol == "*":
		all = append(all, "meta l4proto { tcp, udp } th "+ports)
	case anyPort:
		all = append(all, "ip protocol "+protocol)
	case protocol == "tcp" || protocol == "udp":
		all = append(all, protocol+" "+ports)
	default:
		return nil, fmt.Errorf("protocol %s has no ports, but the rule names ports", r.Protocol)
	}
	return all, nil
}

// addressMatch is the condition on source or destination. An instance has no IPv6, so only IPv4 counts.
func addressMatch(field string, given []string, tags model.ServiceTags) ([]string, error) {
	var prefixes []netip.Prefix
	for _, text := range given {
		switch tag := strings.ToLower(text); tag {
		case "*":
			return nil, nil
		case model.TagInternet:
			return []string{field + " != " + set(tags[model.TagVirtualNetwork])}, nil
		default:
			known, err := addresses(tag, tags)
			if err != nil {
				return nil, err
			}
			prefixes = append(prefixes, known...)
		}
	}
	return []string{field + " " + set(prefixes)}, nil
}

func addresses(text string, tags model.ServiceTags) ([]netip.Prefix, error) {
	if prefixes, isTag := tags[text]; isTag {
		return prefixes, nil
	}
	if addr, err := netip.ParseAddr(text); err == nil {
		return []netip.Prefix{model.Host32(addr)}, nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return nil, fmt.Errorf("%s is not an address, a range or a supported service tag", text)
	}
	return []netip.Prefix{prefix}, nil
}

// set writes prefixes as nft takes them: none within another. Nothing is as good as the one address that nobody has.
func set(prefixes []netip.Prefix) string {
	var kept []string
	for i, p := range prefixes {
		within := func(j int) bool {
			other := prefixes[j]
			return other.Overlaps(p) && (other.Bits() < p.Bits() || other.Bits() == p.Bits() && j < i)
		}
		if p.Addr().Is4() && !slices.ContainsFunc(indexes(prefixes), within) {
			kept = append(kept, p.Masked().String())
		}
	}
	if len(kept) == 0 {
		kept = []string{"0.0.0.0"}
	}
	return "{ " + strings.Join(kept, ", ") + " }"
}

func indexes(prefixes []netip.Prefix) []int {
	all := make([]int, len(prefixes))
	for i := range all {
		all[i] = i
	}
	return all
}

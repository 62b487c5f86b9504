package reach

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// Found is an inbound rule of a network security group that somebody else made, as Azure has it. What is in its lists
// may be an address, a range, a service tag or "*"; ports are single ones, ranges or "*".
type Found struct {
	Name                  string
	Priority              int
	Allow                 bool
	Protocol              string
	Sources, Destinations []string
	SourcePorts, Ports    []string
	SourceGroups          bool // application security groups are the source
	DestinationGroups     bool // application security groups are the destination; the proxies are in none
}

// addressesOf is a list as far as its addresses are known. Part tells that the rule is for some of these packets only,
// and nobody here knows for which.
type addressesOf struct {
	set  spans
	part bool
}

// found compiles the rule. What cannot be known is put at its widest, and the rule then counts as one that may or may
// not match: it lets in whom it could let in, and keeps out whom it could keep out.
func (r reader) found(f Found, t Topology) (rule, error) {
	out := rule{Rule: site.Rule{
		Name: f.Name, Priority: f.Priority, Allow: f.Allow, Protocol: f.Protocol, Sources: f.Sources,
		Destination: strings.Join(f.Destinations, ", "), Port: strings.Join(f.Ports, ", "),
	}, origin: found}
	var err error
	if out.protocol, err = protocolOf(f.Protocol); err != nil {
		return rule{}, err
	}
	for _, port := range f.Ports {
		ports, err := portsOf(port)
		if err != nil {
			return rule{}, err
		}
		out.ports = join(out.ports, ports)
	}
	sources, err := r.widest(f.Sources, t.unknown())
	if err != nil {
		return rule{}, fmt.Errorf("sources: %w", err)
	}
	if f.SourceGroups {
		sources = addressesOf{join(sources.set, t.grouped()), true}
	}
	// A tag whose addresses are not known here is one of Azure's services; no instance of the stack is one.
	destinations, err := r.widest(f.Destinations, nil)
	if err != nil {
		return rule{}, fmt.Errorf("destinations: %w", err)
	}
	out.sources, out.destination = sources.set, destinations.set
	out.part = sources.part || !slices.ContainsFunc(f.SourcePorts,
		func(port string) bool { return port == "*" || port == "0-65535" })
	return out, nil
}

// widest reads ranges and tags. A tag that is not known here stands for all of unknown, as long as that is not empty.
func (r reader) widest(texts []string, unknown spans) (addressesOf, error) {
	var all addressesOf
	for _, text := range texts {
		if set, tag := r.tags[strings.ToLower(text)]; tag {
			all.set = join(all.set, set)
			continue
		}
		p, err := netip.ParsePrefix(text)
		if a, addressErr := netip.ParseAddr(text); addressErr == nil {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		switch {
		case err == nil: // IPv6 is nobody's here: prefixSpans leaves it out
			all.set = join(all.set, prefixSpans(p.Masked()))
		case strings.ContainsAny(text, "/:"):
			return addressesOf{}, fmt.Errorf("%q is neither a range nor a service tag", text)
		default:
			all.set, all.part = join(all.set, unknown), all.part || len(unknown) > 0
		}
	}
	return all, nil
}

// unknown is where the addresses of a service tag can be: Microsoft's are public, and nobody's here.
func (t Topology) unknown() spans { return t.virtualNetwork().outside() }

// grouped is where members of an application security group can be: in the virtual network, but in none of the subnets
// that hold no network interface of a customer's.
func (t Topology) grouped() spans {
	members := prefixSpans(append([]netip.Prefix{t.Space}, t.OtherSpaces...)...)
	for _, not := range prefixSpans(t.Bastion, t.Gateway) {
		members = members.without(not)
	}
	return members
}

// without takes a run of addresses out of a set.
func (set spans) without(gone span) spans {
	var out spans
	for _, s := range set {
		if s.last < gone.first || s.first > gone.last {
			out = append(out, s)
			continue
		}
		if s.first < gone.first {
			out = append(out, span{s.first, gone.first - 1})
		}
		if s.last > gone.last {
			out = append(out, span{gone.last + 1, s.last})
		}
	}
	return out
}

// foundRules compiles the rules of an existing group, in the order in which they are asked.
func foundRules(read reader, t Topology) (rules []rule, violations []Violation) {
	for _, f := range t.Found {
		compiled, err := read.found(f, t)
		if err != nil {
			violations = append(violations, unreadable(compiled.named(f), err))
			continue
		}
		rules = append(rules, compiled)
	}
	slices.SortStableFunc(rules, func(a, b rule) int { return cmp.Compare(a.Priority, b.Priority) })
	return rules, violations
}

func (r rule) named(f Found) site.Rule {
	r.Rule.Name, r.Priority = f.Name, f.Priority
	return r.Rule
}

// owner names an existing group in advice about its rules.
func (t Topology) owner() string {
	return fmt.Sprintf("have the owner of network security group %s", t.GroupName)
}

// instead is what a site can do where it cannot have an existing group changed.
const instead = "; or remove network.existing.networkSecurityGroupId, to have a group made with the documented rules"

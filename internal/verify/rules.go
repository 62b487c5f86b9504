package verify

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/reach"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// rules compares the rules that Azure has with the planned ones, and runs the proof of a preview on those that Azure
// has.
func (c *check) rules() {
	subnet := c.proxies()
	if !c.known(c.azure.Network.Read) || subnet == nil {
		return
	}
	c.groupsOfInterfaces()
	given := c.site.Azure.Existing.NetworkSecurityGroupID
	switch {
	case subnet.SecurityGroupID == "":
		c.found(GroupDetached, subnet.ID, "Run `pulumi up --refresh` at once, or attach the group again: until then "+
			"everybody who can route to the proxies reaches them",
			"ProxyserverSubnet has no network security group.")
		return
	case given != "" && !same(subnet.SecurityGroupID, given):
		c.found(GroupDetached, subnet.ID, "Attach the other one again", "ProxyserverSubnet has the network security "+
			"group %s, and the stack's is %s.", subnet.SecurityGroupID, given)
		return
	}
	if !c.known(c.azure.SecurityGroup.Read) || c.azure.SecurityGroup.Have == nil {
		return
	}
	group := c.azure.SecurityGroup.Have
	t, differences := c.topology(subnet, group)
	var says []string
	for _, v := range reach.Prove(t).Violations {
		if v.Sentence == reach.EgressSentence(t) {
			continue // of the ways out, egress tells
		}
		says = append(says, v.Problem)
		if len(differences) == 0 {
			c.found(Policy, group.ID, v.Do, "%q does not hold: %s", v.Sentence, v.Problem)
		}
	}
	for i, d := range differences {
		if i == len(differences)-1 && len(says) > 0 {
			d.Problem += " So: " + strings.Join(says, " ")
		}
		c.report.Findings = append(c.report.Findings, d)
	}
}

// proxies is the subnet of the proxies; nil if it is not there or was not read.
func (c *check) proxies() *Subnet {
	if n := c.azure.Network.Have; n != nil {
		return n.Proxies
	}
	return nil
}

// groupsOfInterfaces finds rules that come on top of the subnet's, which a policy or a person has put there.
func (c *check) groupsOfInterfaces() {
	c.known(c.azure.ScaleSets.Read)
	for _, set := range c.scaleSets() {
		if !c.known(set.Interfaces.Read) || set.Interfaces.Have == nil {
			continue
		}
		for _, i := range *set.Interfaces.Have {
			if i.SecurityGroupID != "" {
				c.found(GroupOfInterface, i.ID, "Take it from the scale set's model and update the instances: what "+
					"passes has to be allowed by both groups, and the proof is about the subnet's",
					"The interface has a network security group of its own, %s.", i.SecurityGroupID)
			}
		}
	}
}

// topology is the site's with the rules and ways out that Azure has, and tells how the rules differ from the planned
// ones. Rules that are as planned keep their purpose; the others count as somebody else's.
func (c *check) topology(subnet *Subnet, group *SecurityGroup) (reach.Topology, []Finding) {
	t := reach.Plan(c.site, c.waysOut(subnet))
	if n := c.azure.Network.Have; n != nil {
		for _, space := range reach.Ranges(n.Spaces) {
			if space != t.Space {
				t.OtherSpaces = append(t.OtherSpaces, space)
			}
		}
		for _, p := range n.Peerings {
			t.Peered = append(t.Peered, reach.Ranges(p.RemoteSpaces)...)
		}
	}
	if c.site.Azure.Existing.NetworkSecurityGroupID != "" {
		t.GroupName = group.ID[strings.LastIndex(group.ID, "/")+1:]
		for _, r := range group.Rules {
			t.Found = append(t.Found, r.found()...)
		}
		return t, nil
	}
	planned, extra := t.Rules, t.Extra
	t.Rules, t.Extra = nil, nil
	var differences []Finding
	differs := func(kind Kind, do, problem string, args ...any) {
		differences = append(differences, Finding{kind, group.ID, fmt.Sprintf(problem, args...), do})
	}
	const restore = "Run `pulumi up --refresh`, which writes the rules as planned"
	for _, r := range group.Rules {
		if i := slices.IndexFunc(planned, r.is); i >= 0 {
			t.Rules = append(t.Rules, planned[i])
			continue
		}
		if i := slices.IndexFunc(extra, func(e reach.Extra) bool { return r.is(e.Rule) }); i >= 0 {
			t.Extra = append(t.Extra, extra[i])
			continue
		}
		t.Found = append(t.Found, r.found()...)
		isChanged := slices.ContainsFunc(c.site.AllInboundRules(), func(w site.Rule) bool {
			return strings.EqualFold(w.Name, r.Name)
		})
		if isChanged {
			differs(RuleChanged, restore, "Rule %s (%d) is not as planned: %s.", r.Name, r.Priority, r)
		} else {
			differs(RuleAdded, "Remove it, or write it into extraInboundRules and run `pulumi up`: then the proof "+
				"says what it opens", "Rule %s (%d) is not the stack's: %s.", r.Name, r.Priority, r)
		}
	}
	for _, want := range c.site.AllInboundRules() {
		if !slices.ContainsFunc(group.Rules, func(r Rule) bool { return strings.EqualFold(r.Name, want.Name) }) {
			differs(RuleMissing, restore, "Rule %s (%d) is not there.", want.Name, want.Priority)
		}
	}
	return t, differences
}

// is tells whether a rule is the planned one.
func (r Rule) is(want site.Rule) bool {
	return strings.EqualFold(r.Name, want.Name) && r.Priority == want.Priority && r.inbound() &&
		strings.EqualFold(r.Access, "Allow") == want.Allow && strings.EqualFold(r.Protocol, want.Protocol) &&
		sameSet(r.Sources, want.Sources) && sameSet(r.Destinations, []string{want.Destination}) &&
		sameSet(r.Ports, []string{want.Port}) && sameSet(r.SourcePorts, []string{"*"}) &&
		!r.SourceGroups && !r.DestinationGroups
}

func (r Rule) inbound() bool { return strings.EqualFold(r.Direction, "Inbound") }

// found is the rule as the proof takes one that somebody else wrote; none of an outbound rule, which lets nobody in.
func (r Rule) found() []reach.Found {
	if !r.inbound() {
		return nil
	}
	return []reach.Found{{Name: r.Name, Priority: r.Priority, Allow: strings.EqualFold(r.Access, "Allow"),
		Protocol: r.Protocol, Sources: r.Sources, Destinations: r.Destinations, SourcePorts: r.SourcePorts,
		Ports: r.Ports, SourceGroups: r.SourceGroups, DestinationGroups: r.DestinationGroups}}
}

// String is what the rule does.
func (r Rule) String() string {
	return fmt.Sprintf("%s %s, %s from %s to %s port %s", strings.ToLower(r.Direction), strings.ToLower(r.Access),
		r.Protocol, listed(r.Sources), listed(r.Destinations), listed(r.Ports))
}

func listed(texts []string) string { return cmp.Or(strings.Join(texts, ", "), "a group") }

// sameSet compares lists without regard to order, case and how a range is written.
func sameSet(a, b []string) bool {
	normal := func(texts []string) []string {
		var all []string
		for _, text := range texts {
			if p, err := netip.ParsePrefix(text); err == nil && p.IsSingleIP() {
				text = p.Addr().String()
			}
			all = append(all, strings.ToLower(text))
		}
		slices.Sort(all)
		return all
	}
	return slices.Equal(normal(a), normal(b))
}

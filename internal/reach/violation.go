package reach

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// Violation is a sentence of the policy that does not hold, and the packet that shows it.
type Violation struct {
	Sentence string
	Packet   *Packet        // as sent; nil where the fault is in a rule's form
	Seen     *Packet        // as the network security group sees it, where the load balancer has translated it
	Rule     site.Rule      // the rule that decides; without a name where none does
	From     []netip.Prefix // all whom it concerns
	Problem  string         // what is wrong
	Do       string         // what to do about it
}

// Error is the violation in plain words.
func (v Violation) Error() string {
	return fmt.Sprintf("%q does not hold: %s %s.", v.Sentence, v.Problem, v.Do)
}

// Violations is everything that stands against the policy.
type Violations []Violation

func (all Violations) Error() string {
	points := "1 point"
	if len(all) != 1 {
		points = fmt.Sprintf("%d points", len(all))
	}
	return site.Listed(fmt.Sprintf("the planned network breaks its policy in %s; nothing was changed", points), all)
}

func ruleViolation(sentence string, r site.Rule, problem, do string) Violation {
	return Violation{Sentence: sentence, Rule: r, Problem: problem + ".", Do: do}
}

// mostPrefixes is how many ranges a message lists.
const mostPrefixes = 8

func shortList(prefixes []netip.Prefix) string {
	if len(prefixes) <= mostPrefixes {
		return fullList(prefixes)
	}
	return fmt.Sprintf("%s and %d more ranges", fullList(prefixes[:mostPrefixes]), len(prefixes)-mostPrefixes)
}

func fullList(prefixes []netip.Prefix) string {
	var texts []string
	for _, p := range prefixes {
		if p.IsSingleIP() {
			texts = append(texts, p.Addr().String())
			continue
		}
		texts = append(texts, p.String())
	}
	return strings.Join(texts, ", ")
}

// violations puts the findings into words.
func (m *model) violations(findings []*finding) []Violation {
	var out []Violation
	for _, f := range findings {
		v := m.opened(f)
		if f.need == required {
			v = m.blocked(f)
		}
		v.From = f.addresses()
		if !slices.Equal(v.From, m.addresses(f.party)) {
			v.Problem += fmt.Sprintf(" The same goes for all of %s.", shortList(v.From))
		}
		out = append(out, v)
	}
	return out
}

// blocked is about somebody who has to get in and does not.
func (m *model) blocked(f *finding) Violation {
	v := Violation{Sentence: sentenceOf(f.party), Rule: f.rule.Rule}
	packet := m.packet(f.example)
	v.Packet = &packet
	how := ""
	if f.party == Sensors {
		sent := packet
		sent.To = netip.AddrPortFrom(m.topology.frontend(packet.To.Addr()), m.topology.LoadBalancer.FrontendPort)
		v.Packet, v.Seen = &sent, &packet
		how = fmt.Sprintf(", which the load balancer translates to %s,", packet.To)
	}
	v.Problem = fmt.Sprintf("%s%s is denied by %s.", v.Packet, how, f.rule.title())
	v.Do = fmt.Sprintf("Before it, let a rule allow %s port %d from %s to %s: the whole subnet, as network security "+
		"groups see the instances' addresses and never the load balancer's", packet.Protocol, packet.To.Port(), f.party,
		m.topology.Proxies)
	switch {
	case m.topology.GroupName != "":
		v.Do = fmt.Sprintf("Before it, %s allow %s port %d from %s to %s%s", m.topology.owner(), packet.Protocol,
			packet.To.Port(), f.party,
			m.topology.Proxies, instead)
	case f.rule.origin == extra:
		v.Do = fmt.Sprintf("Narrow the added rule %s, or remove it", f.rule.Name)
	}
	return v
}

// opened is about somebody who gets in and must not.
func (m *model) opened(f *finding) Violation {
	packet := m.packet(f.example)
	v := Violation{Sentence: sentenceOf(f.party), Packet: &packet, Rule: f.rule.Rule}
	v.Problem = fmt.Sprintf("%s (%s) is let in by %s.", packet, f.party, f.rule.title())
	switch {
	case m.topology.GroupName != "" && f.rule.origin == azure:
		v.Do = fmt.Sprintf("Without a rule that denies everything, Azure's default lets all connected networks in: "+
			"%s add one of priority %d "+
			"or lower, behind those that allow%s", m.topology.owner(), lastPriority, instead)
	case f.rule.origin == found:
		v.Problem += doubt(f.rule)
		v.Do = fmt.Sprintf("It has to be narrowed, or to come behind one that denies this: %s change it%s",
			m.topology.owner(), instead)
	case f.rule.origin == azure:
		v.Do = fmt.Sprintf("Add a rule of priority %d that denies everything; without it Azure's default lets all "+
			"connected networks in", lastPriority)
	case f.rule.origin == documented:
		v.Do = fmt.Sprintf("Narrow rule %s to what the sentence allows", f.rule.Name)
	case f.need == sealed:
		v.Do = fmt.Sprintf("Narrow the added rule %s, or remove it: the internet reaches nothing, and port %d is "+
			"Bastion's alone", f.rule.Name, sshPort)
	default:
		v.Sentence = sentenceRules
		v.Do = fmt.Sprintf("Narrow the added rule %s to its purpose (%s, %s), or widen the purpose", f.rule.Name,
			f.rule.purpose.party, f.rule.purpose.traffic())
	}
	return v
}

// doubt says why a rule counts as one that lets somebody in, where that is not certain.
func doubt(r *rule) string {
	if !r.part {
		return ""
	}
	return " For which of these packets it really is cannot be known here (a service tag, an application security " +
		"group or source " +
		"ports), so it counts at its widest."
}

func (f *finding) addresses() []netip.Prefix {
	var all []spans
	for _, s := range f.senders {
		all = append(all, s.set)
	}
	return join(all...).prefixes()
}

// packet is one of those that a decision stands for.
func (m *model) packet(d decision) Packet {
	from, to := example(d.from.set[0]), example(d.to.set[0])
	if from == to { // an instance's packet to itself stays inside
		from = address(d.from.set[0].last)
	}
	return newPacket(d.traffic.protocol, from, to, d.traffic.example())
}

// example takes an address a little way into a run: a network's first is nobody's.
func example(s span) netip.Addr {
	return address(s.first + min(reservedFirst, (s.last-s.first)/2))
}

// example takes the port that people know best of those in the class.
func (class *traffic) example() uint16 {
	const https = 443
	return uint16(max(class.ports.first, min(https, class.ports.last)))
}

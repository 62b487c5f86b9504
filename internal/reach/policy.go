package reach

import (
	"fmt"
	"slices"
)

// sshPort is where administrators come in, through Bastion and nowhere else.
const sshPort = 22

// The policy. Sentences about a rule's own form come last.
const (
	sentenceSensors = "Sensors reach the proxy port on every instance, and nothing else."
	sentenceProbes  = "Health probes reach every instance."
	sentenceBastion = "Bastion reaches port 22 on every instance, and nothing else."
	sentenceOthers  = "Nobody else reaches anything."
	sentenceRules   = "Every rule decides something, opens no more than it says, and has a priority of its own."
)

// policy is the sentences that the topology has to fulfil.
func policy(t Topology) []string {
	all := []string{sentenceSensors, sentenceProbes, sentenceBastion, sentenceOthers, EgressSentence(t), sentenceRules}
	if !t.Bastion.IsValid() {
		all = slices.DeleteFunc(all, func(s string) bool { return s == sentenceBastion })
	}
	if t.GroupName != "" { // which may serve other subnets as well
		all = slices.DeleteFunc(all, func(s string) bool { return s == sentenceRules })
	}
	return all
}

// EgressSentence is the one that speaks of the ways out.
func EgressSentence(t Topology) string {
	if t.Firewall.IsValid() {
		return fmt.Sprintf("Instances get out only through the firewall at %s.", t.Firewall)
	}
	if t.HubFirewall {
		return "Instances get out only through the firewall in the virtual hub."
	}
	return "Instances get out only through the NAT gateway."
}

// sentenceOf is the one that speaks of a party.
func sentenceOf(party Party) string {
	switch party {
	case Sensors:
		return sentenceSensors
	case Probes:
		return sentenceProbes
	case Bastion:
		return sentenceBastion
	}
	return sentenceOthers
}

// need is what the policy says of a party and its traffic.
type need int

const (
	closed need = iota // unless an added rule says that it opens it
	sealed             // whatever an added rule says
	free
	required
)

func (m *model) need(party Party, class *traffic) need {
	proxy := class.protocol == TCP && class.ports == onePort(m.topology.ProxyPort)[0]
	ssh := class.protocol == TCP && class.ports == onePort(sshPort)[0]
	switch {
	case proxy && (party == Sensors || party == Probes), ssh && party == Bastion:
		return required
	case party == Probes:
		return free // the documented rule lets Azure's own address in on all ports
	case ssh, party == Internet:
		return sealed
	}
	return closed
}

// finding is a combination of party and rule that the policy does not allow.
type finding struct {
	rule    *rule
	party   Party
	need    need
	example decision
	senders []*sender
}

// judge holds every combination of classes against the policy, and gathers what one rule does wrong to one party.
func (m *model) judge() []*finding {
	type blame struct {
		rule  *rule
		party Party
		need  need
	}
	var findings []*finding
	known := map[blame]*finding{}
	for d := range m.decisions() {
		need := m.need(d.from.party, d.traffic)
		if m.holds(need, d) {
			continue
		}
		if d.rule.origin != extra && need == sealed {
			need = closed // the difference is one of added rules
		}
		key := blame{d.rule, d.from.party, need}
		f := known[key]
		if f == nil {
			f = &finding{d.rule, d.from.party, need, d, nil}
			known[key] = f
			findings = append(findings, f)
		}
		if m.moreTelling(d, f.example) {
			f.example = d
		}
		if n := len(f.senders); n == 0 || f.senders[n-1] != d.from {
			f.senders = append(f.senders, d.from)
		}
	}
	return findings
}

func (m *model) holds(need need, d decision) bool {
	switch need {
	case free:
		return true
	case required:
		return d.rule.Allow
	case closed:
		return !d.rule.Allow || d.rule.origin == extra && d.rule.purpose.covers(d.from.party, d.traffic)
	}
	return !d.rule.Allow
}

// covers tells whether the purpose names all of the traffic.
func (p purpose) covers(party Party, class *traffic) bool {
	return p.party == party && matchesTraffic(p.protocol, p.ports, class.protocol, class.ports)
}

// moreTelling prefers, among examples of one fault, a sender that exists in the world and then a port that people know.
func (m *model) moreTelling(d, than decision) bool {
	if a, b := d.from.routable(), than.from.routable(); a != b {
		return a
	}
	return d.from == than.from && m.familiar(d.traffic) && !m.familiar(than.traffic)
}

func (m *model) familiar(class *traffic) bool {
	return class.protocol == TCP && class.ports.first == class.ports.last &&
		(class.ports.first == uint32(m.topology.ProxyPort) || class.ports.first == sshPort)
}

func (s *sender) routable() bool {
	return !unroutable.contains(s.set[0].first)
}

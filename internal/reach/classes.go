package reach

import (
	"iter"
	"slices"
)

// sender is a class of source addresses: of one party, and in the sources of the same rules.
type sender struct {
	party   Party
	set     spans
	matches bitset
}

// receiver is a class of instances' addresses: in the destinations of the same rules.
type receiver struct {
	set     spans
	matches bitset
}

// traffic is a class of protocol and destination ports, matched by the same rules. What has no ports is one class.
type traffic struct {
	protocol Protocol
	ports    span
	matches  bitset
}

// model is all packets to ProxyserverSubnet, by class. Every packet is in one class of each kind, and all packets of
// one combination meet the same rule, but for rules of which only a part is known.
type model struct {
	topology  Topology
	rules     []rule
	senders   []sender
	receivers []receiver
	traffic   []traffic
}

func newModel(t Topology, set RuleSet) *model {
	m := &model{topology: t, rules: set.rules}
	m.classifySenders()
	m.classifyReceivers()
	m.classifyTraffic()
	return m
}

func (m *model) classifySenders() {
	var sets []spans
	for _, r := range m.rules {
		sets = append(sets, r.sources)
	}
	territories := m.topology.territories()
	for _, each := range territories {
		sets = append(sets, each.set)
	}
	sets = append(sets, unroutable)
	classes := map[string]int{}
	for _, p := range partition(sets) {
		owner := slices.IndexFunc(territories, func(each territory) bool { return each.set.contains(p.first) })
		key := p.in.key()
		at, known := classes[key]
		if !known {
			at = len(m.senders)
			classes[key] = at
			m.senders = append(m.senders, sender{party: territories[owner].party, matches: p.in})
		}
		m.senders[at].set = append(m.senders[at].set, p.span)
	}
}

func (m *model) classifyReceivers() {
	var sets []spans
	for _, r := range m.rules {
		sets = append(sets, r.destination)
	}
	instances := len(sets)
	sets = append(sets, m.topology.instances())
	classes := map[string]int{}
	for _, p := range partition(sets) {
		if !p.in.has(instances) {
			continue
		}
		key := p.in.key()
		at, known := classes[key]
		if !known {
			at = len(m.receivers)
			classes[key] = at
			m.receivers = append(m.receivers, receiver{matches: p.in})
		}
		m.receivers[at].set = append(m.receivers[at].set, p.span)
	}
}

func (m *model) classifyTraffic() {
	sets := []spans{anyPort, onePort(m.topology.ProxyPort), onePort(sshPort)}
	for _, r := range m.rules {
		sets = append(sets, r.ports, r.purpose.ports)
	}
	pieces := slices.DeleteFunc(partition(sets), func(p piece) bool { return !p.in.has(0) })
	for _, protocol := range protocols {
		if !protocol.HasPorts() {
			m.addTraffic(protocol, span{})
			continue
		}
		for _, p := range pieces {
			m.addTraffic(protocol, p.span)
		}
	}
}

func (m *model) addTraffic(protocol Protocol, ports span) {
	class := traffic{protocol, ports, newBitset(len(m.rules))}
	for i, r := range m.rules {
		if matchesTraffic(r.protocol, r.ports, protocol, ports) {
			class.matches.add(i)
		}
	}
	m.traffic = append(m.traffic, class)
}

func onePort(port uint16) spans {
	return spans{{uint32(port), uint32(port)}}
}

// decision is what becomes of one combination of classes, or of some of its packets.
type decision struct {
	from    *sender
	traffic *traffic
	to      *receiver
	first   int   // place of the first rule that matches
	rule    *rule // that rule
}

// decisions goes through every combination.
func (m *model) decisions() iter.Seq[decision] {
	return func(yield func(decision) bool) {
		for s := range m.senders {
			for t := range m.traffic {
				for r := range m.receivers {
					from, class, to := &m.senders[s], &m.traffic[t], &m.receivers[r]
					// Azure's last rule matches everything, so there is always a first.
					first := firstCommon(class.matches, from.matches, to.matches)
					if !yield(decision{from, class, to, first, &m.rules[first]}) ||
						!m.behind(decision{from, class, to, first, &m.rules[first]}, yield) {
						return
					}
				}
			}
		}
	}
}

// behind goes on behind a rule that is for some of the packets only: the others meet the next one. False ends all.
func (m *model) behind(d decision, yield func(decision) bool) bool {
	for d.rule.part {
		d.first = nextCommon(d.first, d.traffic.matches, d.from.matches, d.to.matches)
		d.rule = &m.rules[d.first]
		if !yield(d) {
			return false
		}
	}
	return true
}

// only leaves of the packets those that a rule is for.
func (m *model) only(rule int) *model {
	out := &model{topology: m.topology, rules: m.rules}
	for _, s := range m.senders {
		if s.matches.has(rule) {
			out.senders = append(out.senders, s)
		}
	}
	for _, r := range m.receivers {
		if r.matches.has(rule) {
			out.receivers = append(out.receivers, r)
		}
	}
	for _, class := range m.traffic {
		if class.matches.has(rule) {
			out.traffic = append(out.traffic, class)
		}
	}
	return out
}

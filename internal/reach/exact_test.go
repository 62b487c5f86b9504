package reach

import (
	"cmp"
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// Rule sets drawn, and packets held against each, by both ways of deciding.
const (
	ruleSets     = 2000
	packetsOfSet = 1000
)

// atlas finds the class of an address or a port. That there is exactly one is another test's matter.
type atlas[T any] []place[T]

type place[T any] struct {
	span
	class *T
}

func newAtlas[T any](classes []T, spansOf func(*T) []span) atlas[T] {
	var all atlas[T]
	for i := range classes {
		for _, s := range spansOf(&classes[i]) {
			all = append(all, place[T]{s, &classes[i]})
		}
	}
	slices.SortFunc(all, func(a, b place[T]) int { return cmp.Compare(a.first, b.first) })
	return all
}

func (all atlas[T]) at(value uint32) *T {
	i, _ := slices.BinarySearchFunc(all, value, func(p place[T], v uint32) int { return cmp.Compare(p.last, v) })
	return all[i].class
}

// byClass decides as the proof does.
func byClass(m *model) func(Packet) decision {
	senders := newAtlas(m.senders, func(s *sender) []span { return s.set })
	receivers := newAtlas(m.receivers, func(r *receiver) []span { return r.set })
	classes := map[Protocol]atlas[traffic]{}
	for _, protocol := range protocols {
		classes[protocol] = newAtlas(m.traffic, func(class *traffic) []span {
			if class.protocol != protocol {
				return nil
			}
			return []span{class.ports}
		})
	}
	return func(p Packet) decision {
		d := decision{from: senders.at(number(p.From.Addr())), to: receivers.at(number(p.To.Addr())),
			traffic: classes[p.Protocol].at(uint32(p.To.Port()))}
		d.first = firstCommon(d.traffic.matches, d.from.matches, d.to.matches)
		d.rule = &m.rules[d.first]
		return d
	}
}

// Classes, the evaluator, and rules read one after the other: three ways to decide, one answer.
func TestClassesDecideEveryPacketAsTheRulesDo(t *testing.T) {
	compared := 0
	for seed := range uint64(ruleSets) {
		d := roll(seed)
		topology := d.topology()
		rules, violations := NewRuleSet(topology)
		if len(violations) > 0 {
			t.Fatalf("set %d: %v", seed, violations)
		}
		classes := byClass(newModel(topology, rules))
		asked := plainOf(topology)
		parties := topology.territories()
		next := d.packets(topology)
		for range packetsOfSet {
			p := next()
			want := asked.decide(p)
			if got, in := rules.Decide(p); got.Name != want.Name || in != want.Allow {
				t.Fatalf("set %d: %s: the evaluator says %s, the rules %s", seed, p, got.Name, want.Name)
			}
			if got := classes(p); got.rule.Name != want.Name || got.from.party != ownerOf(parties, p.From.Addr()) {
				t.Fatalf("set %d: %s: its class says %s of %s, the rules %s", seed, p, got.rule.Name,
					got.from.party, want.Name)
			}
			compared++
		}
	}
	t.Logf("%d packets over %d rule sets compared, no disagreement", compared, ruleSets)
}

// All addresses, all instances and all ports are in exactly one class.
func TestClassesCoverEverythingOnce(t *testing.T) {
	for seed := range uint64(ruleSets) {
		topology := roll(seed).topology()
		rules, _ := NewRuleSet(topology)
		m := newModel(topology, rules)
		var senders, receivers []span
		for _, s := range m.senders {
			senders = append(senders, s.set...)
		}
		for _, r := range m.receivers {
			receivers = append(receivers, r.set...)
		}
		once(t, "senders", senders, anyAddress)
		once(t, "receivers", receivers, topology.instances())
		for _, protocol := range protocols {
			var ports []span
			for _, class := range m.traffic {
				if class.protocol == protocol {
					ports = append(ports, class.ports)
				}
			}
			if protocol.HasPorts() {
				once(t, protocol.String(), ports, anyPort)
			} else if len(ports) != 1 {
				t.Fatalf("%s has %d classes", protocol, len(ports))
			}
		}
	}
}

// once tells when runs overlap, or leave something of the whole out.
func once(t *testing.T, what string, runs []span, whole spans) {
	t.Helper()
	var size, want uint64
	for _, s := range runs {
		size += uint64(s.last) - uint64(s.first) + 1
	}
	for _, s := range whole {
		want += uint64(s.last) - uint64(s.first) + 1
	}
	if size != want || !slices.Equal(join(runs), whole) {
		t.Fatalf("%s: %d in classes, %d in all", what, size, want)
	}
}

// A proof says neither too much nor too little: its examples are real, its table is right, and what it passes is safe.
func TestAProofAgreesWithThePackets(t *testing.T) {
	for seed := range uint64(ruleSets) {
		d := roll(seed)
		topology := d.topology()
		proof, asked := Prove(topology), plainOf(topology)
		for _, v := range proof.Violations {
			realExample(t, topology, asked, v)
		}
		next := d.packets(topology)
		for range packetsOfSet / 10 {
			p := next()
			rule := asked.decide(p)
			inTable(t, topology, proof.Table(), p, rule.Allow)
			if strict(topology, p, rule.Allow) != rule.Allow {
				told(t, topology, proof, p, rule.Name)
			}
		}
	}
}

// realExample checks that a counterexample is decided by the rule that is blamed.
func realExample(t *testing.T, topology Topology, asked plain, v Violation) {
	t.Helper()
	packet := v.Packet
	if packet == nil || v.Sentence == EgressSentence(topology) {
		return
	}
	if v.Seen != nil {
		packet = v.Seen
		if translated, ok := topology.LoadBalancer.forward(*v.Packet, v.Seen.To.Addr()); !ok || translated != *v.Seen {
			t.Fatalf("%v is not what the load balancer makes of %v", v.Seen, v.Packet)
		}
	}
	rule := asked.decide(*packet)
	if rule.Name != v.Rule.Name || !topology.instances().contains(number(packet.To.Addr())) {
		t.Fatalf("%v, but the rules say %s", v, rule.Name)
	}
	if !slices.ContainsFunc(v.From, func(p netip.Prefix) bool { return p.Contains(packet.From.Addr()) }) {
		t.Fatalf("%v is not about %v", v.From, packet)
	}
}

// inTable checks the cells that speak of a packet.
func inTable(t *testing.T, topology Topology, table Table, p Packet, in bool) {
	t.Helper()
	party := partyOf(topology, p.From.Addr())
	row := table.Rows[slices.IndexFunc(table.Rows, func(r Row) bool { return r.Party == party })]
	columns := 0
	for i, service := range table.Services {
		if !service.Holds(p) {
			continue
		}
		columns++
		if reach := row.Cells[i].Reach; reach == All && !in || reach == None && in {
			t.Fatalf("%s from %s: the table says %q of %s", p, party, reach, service.Name)
		}
	}
	if columns == 0 {
		t.Fatalf("%s is in no column", p)
	}
}

// strict tells whether the documented policy lets a packet in. It leaves it to the rules where probes may go beside the
// proxy port.
func strict(topology Topology, p Packet, in bool) bool {
	switch partyOf(topology, p.From.Addr()) {
	case Sensors:
		return p.Protocol == TCP && p.To.Port() == topology.ProxyPort
	case Probes:
		return p.Protocol == TCP && p.To.Port() == topology.ProxyPort || in
	case Bastion:
		return p.Protocol == TCP && p.To.Port() == 22
	}
	return false
}

// told checks that what is not as documented is either a violation or a sentence that widens the policy.
func told(t *testing.T, topology Topology, proof Proof, p Packet, rule string) {
	t.Helper()
	violated := slices.ContainsFunc(proof.Violations, func(v Violation) bool {
		return v.Rule.Name == rule && slices.ContainsFunc(v.From, func(from netip.Prefix) bool {
			return from.Contains(p.From.Addr())
		})
	})
	widened := slices.ContainsFunc(proof.Policy[len(policy(topology)):], func(s string) bool {
		ranges, rest, _ := strings.Cut(s, " ("+partyOf(topology, p.From.Addr()).String()+") also reaches ")
		return strings.Contains(rest, "because of rule "+rule+" ") && slices.ContainsFunc(strings.Split(ranges, ", "),
			func(text string) bool {
				from, err := netip.ParsePrefix(text)
				return err == nil && from.Contains(p.From.Addr()) || text == p.From.Addr().String()
			})
	})
	if !violated && !widened {
		t.Fatalf("%s is decided by %s, and nothing speaks of it:\n%v\n%q", p, rule, proof.Err(), proof.Policy)
	}
	ssh := p.Protocol == TCP && p.To.Port() == 22
	if party := partyOf(topology, p.From.Addr()); !violated && (party == Internet || ssh) {
		t.Fatalf("%s from %s is let in by %s, and is no violation", p, party, rule)
	}
}

// Sets of addresses, against one address after the other.
func TestSetsOfAddresses(t *testing.T) {
	for seed := range uint64(ruleSets) {
		d := roll(seed)
		var prefixes []netip.Prefix
		for range d.IntN(6) {
			prefixes = append(prefixes, d.prefix())
		}
		set := prefixSpans(prefixes...)
		again := prefixSpans(set.prefixes()...)
		if !slices.Equal(set, again) || !slices.Equal(set.outside().outside(), set) ||
			!slices.Equal(join(set, set.outside()), anyAddress) {
			t.Fatalf("%v: %v, written %v, outside %v", prefixes, set, set.prefixes(), set.outside())
		}
		for range 100 {
			a := pick(d, d.Uint32(), number(d.prefix().Addr()), 0, math.MaxUint32)
			want := slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(address(a)) })
			if set.contains(a) != want || set.outside().contains(a) == want {
				t.Fatalf("%v: %s", prefixes, address(a))
			}
		}
	}
}

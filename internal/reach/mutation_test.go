package reach

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// expected is a violation that a spoilt topology has to show.
type expected struct {
	sentence string
	party    Party  // who sends the counterexample
	rule     string // what decides it
	port     uint16 // to which it goes
}

func (e expected) shownBy(t Topology, v Violation) bool {
	if v.Packet == nil || v.Sentence != e.sentence || v.Rule.Name != e.rule {
		return false
	}
	return partyOf(t, v.Packet.From.Addr()) == e.party && (v.Packet.To.Port() == e.port || e.port == 0)
}

// partyOf asks the parties one after the other.
func partyOf(t Topology, a netip.Addr) Party {
	return ownerOf(t.territories(), a)
}

func ownerOf(all []territory, a netip.Addr) Party {
	for _, each := range all {
		if each.set.contains(number(a)) {
			return each.party
		}
	}
	return 0
}

func TestEveryFlawOfTheDocumentedRulesIsNamed(t *testing.T) {
	drop := func(name string) func(*Topology) {
		return func(p *Topology) {
			p.Rules = slices.DeleteFunc(p.Rules, func(r site.Rule) bool { return r.Name == name })
		}
	}
	change := func(name string, with func(*site.Rule)) func(*Topology) {
		return func(p *Topology) { with(named(t, p, name)) }
	}
	swap := func(one, other string) func(*Topology) {
		return func(p *Topology) {
			a, b := named(t, p, one), named(t, p, other)
			a.Priority, b.Priority = b.Priority, a.Priority
		}
	}
	const sensors, bastion, probes, deny = "AllowSensorsToProxy", "AllowBastionSsh",
		"AllowAzureLoadBalancer", "DenyAllInbound"
	for _, c := range []struct {
		flaw  string
		spoil func(*Topology)
		want  []expected
	}{
		{"rule 100 is missing", drop(sensors), []expected{{sentenceSensors, Sensors, deny, 3128}}},
		{"rule 4094 is missing", drop(bastion), []expected{{sentenceBastion, Bastion, deny, 22}}},
		{"rule 4095 is missing", drop(probes), []expected{{sentenceProbes, Probes, deny, 3128}}},
		{"rule 4096 is missing", drop(deny), []expected{
			{sentenceSensors, Sensors, "AllowVnetInBound", 22}, {sentenceBastion, Bastion, "AllowVnetInBound", 3128},
			{sentenceOthers, Gateway, "AllowVnetInBound", 22}, {sentenceOthers, Proxies, "AllowVnetInBound", 22},
			{sentenceOthers, OtherSubnet, "AllowVnetInBound", 22}, {sentenceOthers, Peered, "AllowVnetInBound", 22},
			{sentenceOthers, Private, "AllowVnetInBound", 22},
		}},
		{"rules 100 and 4096 have changed places", swap(sensors, deny), []expected{
			{sentenceSensors, Sensors, deny, 3128}, {sentenceBastion, Bastion, deny, 22},
			{sentenceProbes, Probes, deny, 3128},
		}},
		{"rules 4094 and 4096 have changed places", swap(bastion, deny), []expected{
			{sentenceBastion, Bastion, deny, 22}, {sentenceProbes, Probes, deny, 3128},
		}},
		{"rules 4095 and 4096 have changed places", swap(probes, deny),
			[]expected{{sentenceProbes, Probes, deny, 3128}}},
		{"rule 100 is for the frontend's address only", change(sensors, func(r *site.Rule) {
			r.Destination = "10.42.0.36/32"
		}),
			[]expected{{sentenceSensors, Sensors, deny, 3128}}},
		{"rule 100 is for a half of the instances", change(sensors, func(r *site.Rule) {
			r.Destination = "10.42.0.32/28"
		}),
			[]expected{{sentenceSensors, Sensors, deny, 3128}}},
		{"rule 100 is for all ports", change(sensors, func(r *site.Rule) { r.Port = "*" }),
			[]expected{{sentenceSensors, Sensors, sensors, 22}}},
		{"rule 100 is for a wider range of ports", change(sensors, func(r *site.Rule) { r.Port = "3000-4000" }),
			[]expected{{sentenceSensors, Sensors, sensors, 3000}}},
		{"rule 100 is for every protocol", change(sensors, func(r *site.Rule) { r.Protocol = "*" }),
			[]expected{{sentenceSensors, Sensors, sensors, 3128}}},
		{"rule 100 is for another port", change(sensors, func(r *site.Rule) { r.Port = "8080" }),
			[]expected{{sentenceSensors, Sensors, deny, 3128}, {sentenceSensors, Sensors, sensors, 8080}}},
		{"rule 100 is for UDP", change(sensors, func(r *site.Rule) { r.Protocol = "Udp" }),
			[]expected{{sentenceSensors, Sensors, deny, 3128}}},
		{"rule 100 misses one range of sensors", change(sensors, func(r *site.Rule) { r.Sources = r.Sources[:1] }),
			[]expected{{sentenceSensors, Sensors, deny, 3128}}},
		{"rule 100 reaches a range too far", change(sensors, func(r *site.Rule) {
			r.Sources = []string{"10.30.0.0/21", "10.31.8.0/24"}
		}),
			[]expected{{sentenceOthers, Private, sensors, 3128}}},
		{"rule 100 is for anyone", change(sensors, func(r *site.Rule) { r.Sources = []string{"*"} }),
			[]expected{{sentenceOthers, Internet, sensors, 3128}, {sentenceBastion, Bastion, sensors, 3128},
				{sentenceOthers, Peered, sensors, 3128}}},
		{"rule 100 denies", change(sensors, func(r *site.Rule) { r.Allow = false }),
			[]expected{{sentenceSensors, Sensors, sensors, 3128}}},
		{"rule 4094 is for all ports", change(bastion, func(r *site.Rule) { r.Port = "*" }),
			[]expected{{sentenceBastion, Bastion, bastion, 3128}}},
		{"rule 4094 is for the whole network", change(bastion, func(r *site.Rule) {
			r.Sources = []string{"VirtualNetwork"}
		}),
			[]expected{{sentenceSensors, Sensors, bastion, 22}, {sentenceOthers, Private, bastion, 22},
				{sentenceOthers, Gateway, bastion, 22}}},
		{"rule 4094 is for another subnet", change(bastion, func(r *site.Rule) {
			r.Sources = []string{"10.42.0.128/26"}
		}),
			[]expected{{sentenceBastion, Bastion, deny, 22}, {sentenceOthers, OtherSubnet, bastion, 22}}},
		{"rule 4095 denies", change(probes, func(r *site.Rule) { r.Allow = false }),
			[]expected{{sentenceProbes, Probes, probes, 3128}}},
		{"rule 4095 is for anyone", change(probes, func(r *site.Rule) { r.Sources = []string{"*"} }),
			[]expected{{sentenceOthers, Internet, probes, 22}, {sentenceSensors, Sensors, probes, 22}}},
		{"rule 4095 is for the virtual network", change(probes, func(r *site.Rule) {
			r.Sources = []string{"VirtualNetwork"}
		}),
			[]expected{{sentenceOthers, Private, probes, 22}, {sentenceSensors, Sensors, probes, 22}}},
		{"rule 4096 allows", change(deny, func(r *site.Rule) { r.Allow = true }),
			[]expected{{sentenceOthers, Internet, deny, 22}}},
		{"rule 4096 is for TCP only", change(deny, func(r *site.Rule) { r.Protocol = "Tcp" }),
			[]expected{{sentenceOthers, Private, "AllowVnetInBound", 0}}},
		{"rule 4096 is for the internet only", change(deny, func(r *site.Rule) { r.Sources = []string{"Internet"} }),
			[]expected{{sentenceOthers, Private, "AllowVnetInBound", 22}}},
	} {
		t.Run(c.flaw, func(t *testing.T) {
			topology := plant()
			c.spoil(&topology)
			proof := Prove(topology)
			for _, want := range c.want {
				if !slices.ContainsFunc(proof.Violations, func(v Violation) bool { return want.shownBy(topology, v) }) {
					t.Errorf("no violation of %q from %s, decided by %s; but\n%v", want.sentence, want.party,
						want.rule, proof.Err())
				}
			}
		})
	}
}

// The documents' rule 100 names the load balancer's address. What the rule then denies is the packet behind the
// translation.
func TestTheDocumentedDestinationDropsTheSensors(t *testing.T) {
	for name, frontend := range map[string]netip.Addr{"assigned": netip.MustParseAddr("10.41.0.36"), "open": {}} {
		topology := lab()
		topology.LoadBalancer.Frontend = frontend
		named(t, &topology, "AllowSensorsToProxy").Destination = "10.41.0.36/32"
		proof := Prove(topology)
		v := proof.Violations[0]
		if v.Sentence != sentenceSensors || v.Rule.Name != "DenyAllInbound" || v.Rule.Priority != 4096 {
			t.Fatalf("%s: %v", name, proof.Err())
		}
		if v.Packet.From.String() != "10.20.0.4:49152" || v.Packet.To.String() != "10.41.0.36:3128" ||
			v.Packet.Protocol != TCP {
			t.Errorf("%s: sent %s", name, v.Packet)
		}
		if v.Seen == nil || v.Seen.From != v.Packet.From || v.Seen.To.Port() != 3128 || v.Seen.To == v.Packet.To ||
			!topology.Proxies.Contains(v.Seen.To.Addr()) {
			t.Errorf("%s: seen %v", name, v.Seen)
		}
		for _, words := range []string{"which the load balancer translates to " + v.Seen.To.String(),
			"denied by rule DenyAllInbound (4096)", "10.41.0.32/27", "the whole subnet"} {
			if !strings.Contains(v.Error(), words) {
				t.Errorf("%s: %q is not in: %s", name, words, v)
			}
		}
	}
}

// However many ports a rule opens to a party, that is one thing to mend.
func TestOneRuleIsBlamedOnceForEachParty(t *testing.T) {
	topology := plant()
	topology.Rules = topology.Rules[:len(topology.Rules)-1]
	if v := Prove(topology).Violations; len(v) != 7 {
		t.Errorf("%d violations: %v", len(v), v)
	}
}

// What an instance sends to itself never meets a rule, so no example is of that.
func TestAnInstanceIsNoExampleForItself(t *testing.T) {
	topology := plant()
	rule := named(t, &topology, "AllowBastionSsh")
	rule.Sources, rule.Destination = []string{"10.42.0.36/30"}, "10.42.0.36/30"
	for _, v := range Prove(topology).Violations {
		if v.Packet != nil && v.Packet.From.Addr() == v.Packet.To.Addr() {
			t.Errorf("%s", v)
		}
	}
}

// A range that rule 100 forgets is in the words, and those that it does not forget are not.
func TestTheForgottenSensorsAreNamed(t *testing.T) {
	topology := plant()
	rule := named(t, &topology, "AllowSensorsToProxy")
	rule.Sources = rule.Sources[:1]
	violations := Prove(topology).Violations
	if want := []netip.Prefix{netip.MustParsePrefix("10.31.8.0/24")}; len(violations) != 1 ||
		!slices.Equal(violations[0].From, want) {
		t.Errorf("%v", violations)
	}
}

func TestTheLoadBalancerHasToEndAtTheProxy(t *testing.T) {
	topology := lab()
	topology.LoadBalancer.BackendPort = 8080
	if v := Prove(topology).Violations; len(v) != 1 || v[0].Sentence != sentenceSensors || v[0].Seen == nil ||
		v[0].Seen.To.Port() != 8080 {
		t.Errorf("backend port: %v", v)
	}
	topology = lab()
	topology.LoadBalancer.FrontendPort = 80
	if v := Prove(topology).Violations; len(v) != 1 || v[0].Sentence != sentenceSensors ||
		v[0].Packet.To.Port() != 3128 || v[0].Seen != nil {
		t.Errorf("frontend port: %v", v)
	}
}

func TestInstancesGetOutOnlyThroughTheNATGateway(t *testing.T) {
	onlyWayOut(t, netip.Addr{}, map[string]Egress{
		"no NAT gateway":          {},
		"before the NAT gateway":  {NATGateway: true, DefaultRoute: netip.MustParseAddr("10.0.0.68")},
		"to the virtual hub":      {NATGateway: true, HubRoute: true},
		"default outbound access": {NATGateway: true, DefaultOutboundAccess: true},
		"outbound SNAT":           {NATGateway: true, LoadBalancerSNAT: true},
		"public IP address":       {NATGateway: true, PublicIPs: true},
	})
}

func TestInstancesGetOutOnlyThroughTheFirewall(t *testing.T) {
	firewall := netip.MustParseAddr("10.0.0.68")
	onlyWayOut(t, firewall, map[string]Egress{
		"no route to the firewall": {},
		"not the firewall":         {DefaultRoute: firewall.Next()},
		"without the firewall":     {DefaultRoute: firewall, NATGateway: true},
		"default outbound access":  {DefaultRoute: firewall, DefaultOutboundAccess: true},
		"the virtual hub's route":  {DefaultRoute: firewall, HubRoute: true},
	})
	topology := lab()
	topology.Firewall, topology.Egress = firewall, Egress{DefaultRoute: firewall}
	proof := Prove(topology)
	const sentence = "Instances get out only through the firewall at 10.0.0.68."
	if proof.Err() != nil || !slices.Contains(proof.Policy, sentence) {
		t.Errorf("%v: %v", proof.Policy, proof.Err())
	}
}

func TestInstancesGetOutOnlyThroughTheVirtualHubsFirewall(t *testing.T) {
	topology := lab()
	topology.HubFirewall = true
	findsFlaws(t, topology, map[string]Egress{
		"no route to the virtual hub's firewall": {},
		"before the virtual hub's firewall":      {HubRoute: true, DefaultRoute: netip.MustParseAddr("10.0.0.68")},
		"without the firewall":                   {HubRoute: true, NATGateway: true},
		"outbound SNAT":                          {HubRoute: true, LoadBalancerSNAT: true},
	})
	topology.Egress = Egress{HubRoute: true}
	proof := Prove(topology)
	const sentence = "Instances get out only through the firewall in the virtual hub."
	if proof.Err() != nil || !slices.Contains(proof.Policy, sentence) {
		t.Errorf("%v: %v", proof.Policy, proof.Err())
	}
}

func onlyWayOut(t *testing.T, firewall netip.Addr, flaws map[string]Egress) {
	t.Helper()
	topology := lab()
	topology.Firewall = firewall
	findsFlaws(t, topology, flaws)
}

// findsFlaws checks that each flaw of the ways out is found, and that alone.
func findsFlaws(t *testing.T, topology Topology, flaws map[string]Egress) {
	t.Helper()
	for flaw, egress := range flaws {
		topology.Egress = egress
		v := Prove(topology).Violations
		if len(v) != 1 || v[0].Sentence != EgressSentence(topology) ||
			!topology.Proxies.Contains(v[0].Packet.From.Addr()) || !strings.Contains(v[0].Error(), flaw) {
			t.Errorf("%s: %v", flaw, v)
		}
	}
}

func TestATopologyWithoutAnythingProvesNothing(t *testing.T) {
	if v := Prove(Topology{}).Violations; len(v) != 2 || v[0].Sentence != sentenceSensors {
		t.Errorf("%v", v)
	}
	topology := lab()
	topology.Proxies = netip.MustParsePrefix("10.41.0.32/30")
	if v := Prove(topology).Violations; len(v) != 1 {
		t.Errorf("%v", v)
	}
}

package reach

import (
	"slices"
	"strings"
	"testing"
)

// with proves the plant with one more rule, as changed.
func with(change func(*Extra)) Proof {
	topology := plant()
	e := added()
	change(&e)
	topology.Extra = []Extra{e}
	return Prove(topology)
}

func TestAnAddedRuleWidensThePolicyByASentence(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Extra)
		want   []string
	}{
		{"as it is", func(*Extra) {}, []string{
			"10.50.0.0/28 (anyone else on site or in a private network) also reaches TCP 9100 on every instance " +
				"because of rule AllowMonitoring (200).",
		}},
		{"for sensors", func(e *Extra) { e.Sources, e.Purpose.Party = []string{"10.31.8.0/25"}, Sensors }, []string{
			"10.31.8.0/25 (sensors) also reaches TCP 9100 on every instance because of rule AllowMonitoring (200).",
		}},
		{"for Bastion", func(e *Extra) { e.Sources, e.Purpose.Party = []string{"10.42.0.64/26"}, Bastion }, []string{
			"10.42.0.64/26 (Bastion) also reaches TCP 9100 on every instance because of rule AllowMonitoring (200).",
		}},
		{"for a range of UDP ports", func(e *Extra) {
			e.Protocol, e.Port, e.Purpose.Protocol, e.Purpose.Port = "Udp", "161-162", "Udp", "161-162"
		}, []string{
			"10.50.0.0/28 (anyone else on site or in a private network) also reaches UDP 161–162 on every instance " +
				"because of rule AllowMonitoring (200).",
		}},
		{"for ICMP", func(e *Extra) {
			e.Protocol, e.Port, e.Purpose.Protocol, e.Purpose.Port = "Icmp", "*", "Icmp", "*"
		}, []string{
			"10.50.0.0/28 (anyone else on site or in a private network) also reaches ICMP on every instance because " +
				"of rule AllowMonitoring (200).",
		}},
		{"for one instance", func(e *Extra) { e.Destination = "10.42.0.40" }, []string{
			"10.50.0.0/28 (anyone else on site or in a private network) also reaches TCP 9100 on some instances " +
				"because of rule AllowMonitoring (200).",
		}},
		{"for everybody in a peered network", func(e *Extra) {
			e.Sources, e.Purpose.Party = []string{"10.60.0.0/17", "10.60.128.0/17"}, Peered
		}, []string{
			"10.60.0.0/16 (a peered virtual network) also reaches TCP 9100 on every instance because of rule " +
				"AllowMonitoring (200).",
		}},
		{"for a part of its purpose", func(e *Extra) {
			e.Purpose.Protocol, e.Purpose.Port = "*", "9000-9999"
		}, []string{
			"10.50.0.0/28 (anyone else on site or in a private network) also reaches TCP 9100 on every instance " +
				"because of rule AllowMonitoring (200).",
		}},
	} {
		proof := with(c.change)
		if err := proof.Err(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if got := proof.Policy[len(Prove(plant()).Policy):]; !slices.Equal(got, c.want) {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

func TestAnAddedRuleIsAColumnOfTheTable(t *testing.T) {
	table := with(func(*Extra) {}).Table()
	column := slices.IndexFunc(table.Services, func(s Service) bool { return s.Name == "TCP 9100" })
	row := slices.IndexFunc(table.Rows, func(r Row) bool { return r.Party == Private })
	if column < 0 || row < 0 {
		t.Fatalf("no such cell in\n%s", table.Markdown())
	}
	if cell := table.Rows[row].Cells[column]; cell.Reach != Part || !slices.Equal(cell.Rules, []int{200}) {
		t.Errorf("%v", cell)
	}
}

func TestARuleThatDeniesNeedsNoPurpose(t *testing.T) {
	topology := plant()
	lock := added()
	lock.Name, lock.Priority, lock.Allow, lock.Purpose = "DenyOneMonitor", 150, false, Purpose{}
	lock.Sources = []string{"10.50.0.0/29"}
	topology.Extra = []Extra{added(), lock}
	proof := Prove(topology)
	if err := proof.Err(); err != nil {
		t.Error(err)
	}
	want := "10.50.0.8/29 (anyone else on site or in a private network) also reaches TCP 9100 on every instance " +
		"because of rule AllowMonitoring (200)."
	if !slices.Contains(proof.Policy, want) {
		t.Errorf("%q", proof.Policy)
	}
}

func TestAnAddedRuleIsHeldToWhatItSays(t *testing.T) {
	for _, c := range []struct {
		name     string
		change   func(*Extra)
		sentence string
		words    string
	}{
		{"a party beyond its purpose", func(e *Extra) { e.Sources = []string{"10.50.0.0/28", "10.60.0.0/28"} },
			sentenceRules, "10.60.0.4"},
		{"another party than its purpose", func(e *Extra) { e.Purpose.Party = Peered }, sentenceRules,
			"anyone else on site"},
		{"ports beyond its purpose", func(e *Extra) { e.Port = "9100-9101" }, sentenceRules, ":9101"},
		{"a protocol beyond its purpose", func(e *Extra) { e.Protocol = "*" }, sentenceRules, "UDP from 10.50.0.4"},
		{"everything beyond its purpose", func(e *Extra) { e.Protocol, e.Port, e.Purpose.Port = "*", "*", "*" },
			sentenceRules, "(anyone else on site or in a private network, every TCP port)"},
		{"another party with everything", func(e *Extra) { e.Purpose = Purpose{Gateway, "*", "*"} }, sentenceRules,
			"(GatewaySubnet, everything)"},
		{"no purpose", func(e *Extra) { e.Purpose = Purpose{} }, sentenceRules, "needs a purpose"},
		{"a purpose without a protocol", func(e *Extra) { e.Purpose.Protocol = "" }, sentenceRules,
			"purpose: protocol"},
		{"a purpose without a port", func(e *Extra) { e.Purpose.Port = "" }, sentenceRules, "purpose: port"},
		{"the internet, whatever the purpose", func(e *Extra) {
			e.Sources, e.Purpose.Party = []string{"8.8.8.8"}, Internet
		}, sentenceOthers, "the internet reaches nothing"},
		{"the internet by its tag", func(e *Extra) { e.Sources, e.Purpose.Party = []string{"Internet"}, Internet },
			sentenceOthers, "the internet reaches nothing"},
		{"SSH for a monitor", func(e *Extra) { e.Port, e.Purpose.Port = "22", "22" }, sentenceOthers,
			"port 22 is Bastion's alone"},
		{"SSH among other ports", func(e *Extra) { e.Port, e.Purpose.Port = "1-1024", "1-1024" },
			sentenceOthers, ":22 "},
		{"SSH for sensors", func(e *Extra) {
			e.Sources, e.Port, e.Purpose = []string{"10.30.0.0/22"}, "22", Purpose{Sensors, "Tcp", "22"}
		}, sentenceSensors, "port 22 is Bastion's alone"},
		{"Bastion kept out", func(e *Extra) { e.Allow, e.Sources, e.Port = false, []string{"10.42.0.64/26"}, "*" },
			sentenceBastion, "remove it"},
		{"probes kept out", func(e *Extra) {
			e.Allow, e.Sources, e.Port = false, []string{"AzureLoadBalancer"}, "3128"
		}, sentenceProbes, "remove it"},
		{"sensors kept out, before their rule", func(e *Extra) {
			e.Allow, e.Sources, e.Port, e.Priority = false, []string{"10.30.1.0/24"}, "3128", 99
		}, sentenceSensors, "10.30.1.4"},
		{"the priority of another rule", func(e *Extra) { e.Priority = 4094 }, sentenceRules,
			"both have priority 4094"},
		{"a priority before the sensors'", func(e *Extra) { e.Priority = 100 }, sentenceRules, "from 101 to 4093"},
		{"a name of another rule", func(e *Extra) { e.Name = "DENYALLINBOUND" }, sentenceRules, "have one name"},
		{"sensors' proxy port once more", func(e *Extra) { e.Sources, e.Port = []string{"10.30.0.0/24"}, "3128" },
			sentenceRules, "decided before it by AllowSensorsToProxy"},
		{"a destination elsewhere", func(e *Extra) { e.Destination = "10.42.0.0/27" }, sentenceRules,
			"no packet to an instance is for it"},
		{"a destination that Azure keeps", func(e *Extra) { e.Destination = "10.42.0.33" }, sentenceRules,
			"no packet to an instance is for it"},
		{"an unknown tag", func(e *Extra) { e.Sources = []string{"AzureCloud"} }, sentenceRules,
			`"AzureCloud" is not a range`},
		{"a tag in a list", func(e *Extra) { e.Sources = []string{"10.50.0.0/28", "VirtualNetwork"} }, sentenceRules,
			"stands in a list"},
		{"no source", func(e *Extra) { e.Sources = nil }, sentenceRules, "there are none"},
		{"an IPv6 source", func(e *Extra) { e.Sources = []string{"fd00::/8"} }, sentenceRules, "not a range"},
		{"a source with host bits", func(e *Extra) { e.Sources = []string{"10.50.0.1/28"} },
			sentenceRules, "not a range"},
		{"no destination", func(e *Extra) { e.Destination = "" }, sentenceRules, "destination"},
		{"an unknown protocol", func(e *Extra) { e.Protocol = "Sctp" }, sentenceRules, "protocol"},
		{"a port that is none", func(e *Extra) { e.Port = "65536" }, sentenceRules, "port"},
		{"a range of ports backwards", func(e *Extra) { e.Port = "9-8" }, sentenceRules, "port"},
	} {
		proof := with(c.change)
		found := slices.ContainsFunc(proof.Violations, func(v Violation) bool {
			return v.Sentence == c.sentence && strings.Contains(v.Error(), c.words)
		})
		if !found {
			t.Errorf("%s: no violation of %q with %q, but: %v", c.name, c.sentence, c.words, proof.Err())
		}
		named := slices.ContainsFunc(proof.Violations, func(v Violation) bool {
			return strings.EqualFold(v.Rule.Name, "AllowMonitoring")
		})
		if !named && c.name != "a name of another rule" {
			t.Errorf("%s: the added rule is not named: %v", c.name, proof.Err())
		}
	}
}

// Probes reach everything anyway.
func TestAnAddedRuleForProbesWidensNothing(t *testing.T) {
	proof := with(func(e *Extra) { e.Sources, e.Purpose.Party = []string{"AzureLoadBalancer"}, Probes })
	if err := proof.Err(); err != nil || !slices.Equal(proof.Policy, Prove(plant()).Policy) {
		t.Errorf("%v, %q", err, proof.Policy)
	}
}

// One added rule can hide another, and a documented one.
func TestShadowedRulesNameWhatHidesThem(t *testing.T) {
	topology := plant()
	wide, narrow := added(), added()
	narrow.Name, narrow.Priority, narrow.Sources = "AllowOneMonitor", 201, []string{"10.50.0.4"}
	early := added()
	early.Name, early.Priority, early.Sources = "AllowSshEarly", 202, []string{"10.42.0.64/26"}
	early.Port, early.Purpose = "22", Purpose{Bastion, "Tcp", "22"}
	topology.Extra = []Extra{wide, narrow, early}
	violations := Prove(topology).Violations
	if len(violations) != 2 {
		t.Fatalf("%v", violations)
	}
	for i, words := range []string{"AllowOneMonitor (201) decides nothing: all that it is for is decided before it " +
		"by AllowMonitoring.",
		"AllowBastionSsh (4094) decides nothing: all that it is for is decided before it by AllowSshEarly."} {
		if !strings.Contains(violations[i].Problem, words) {
			t.Errorf("%s", violations[i])
		}
	}
}

func TestAllViolationsAreToldAtOnce(t *testing.T) {
	topology := plant()
	topology.Rules = nil
	topology.Egress = Egress{}
	proof := Prove(topology)
	text := proof.Err().Error()
	if strings.Count(text, "\n  - ") != len(proof.Violations) || !strings.Contains(text, "nothing was changed") {
		t.Errorf("%d violations in: %s", len(proof.Violations), text)
	}
	one := with(func(e *Extra) { e.Purpose.Party = Peered }).Err().Error()
	if !strings.HasPrefix(one, "the planned network breaks its policy in 1 point;") {
		t.Error(one)
	}
}

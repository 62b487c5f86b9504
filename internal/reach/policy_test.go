package reach

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestTheDocumentedRulesFulfilThePolicy(t *testing.T) {
	for name, topology := range map[string]Topology{"lab": lab(), "plant": plant()} {
		if err := Prove(topology).Err(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestThePolicyIsTheseSentences(t *testing.T) {
	want := []string{
		"Sensors reach the proxy port on every instance, and nothing else.",
		"Health probes reach every instance.",
		"Bastion reaches port 22 on every instance, and nothing else.",
		"Nobody else reaches anything.",
		"Instances get out only through the NAT gateway.",
		"Every rule decides something, opens no more than it says, and has a priority of its own.",
	}
	if got := Prove(plant()).Policy; !slices.Equal(got, want) {
		t.Errorf("with Bastion: %q", got)
	}
	if got := Prove(lab()).Policy; !slices.Equal(got, slices.Delete(want, 2, 3)) {
		t.Errorf("without Bastion: %q", got)
	}
}

func TestTheTableOfASiteWithEverything(t *testing.T) {
	const want = `| from | TCP 3128 | TCP 22 | other TCP | UDP | ICMP | other protocols |
|---|---|---|---|---|---|---|
| sensors (10.30.0.0/22, 10.31.8.0/24) | **yes** (100) | no | no | no | no | no |
| Bastion (10.42.0.64/26) | no | **yes** (4094) | no | no | no | no |
| Azure's health probes (168.63.129.16) | **yes** (4095) | **yes** (4095) | **yes** (4095) | **yes** (4095) | **yes** (4095) | **yes** (4095) |
| GatewaySubnet (10.42.0.0/27) | no | no | no | no | no | no |
| ProxyserverSubnet itself (10.42.0.32/27) | no | no | no | no | no | no |
| the rest of the virtual network (10.42.0.128/25) | no | no | no | no | no | no |
| a peered virtual network (10.60.0.0/16) | no | no | no | no | no | no |
| anyone else on site or in a private network | no | no | no | no | no | no |
| the internet | no | no | no | no | no | no |
`
	if got := Prove(plant()).Table().Markdown(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Without rules of its own a network security group is Azure's three defaults.
func TestTheTableOfAzuresDefaults(t *testing.T) {
	topology := lab()
	topology.Rules = nil
	const want = `| from | TCP 3128 | TCP 22 | other TCP | UDP | ICMP | other protocols |
|---|---|---|---|---|---|---|
| sensors (10.20.0.0/24) | **yes** (65000) | **yes** (65000) | **yes** (65000) | **yes** (65000) | **yes** (65000) | **yes** (65000) |
| Azure's health probes (168.63.129.16) | **yes** (65000) | **yes** (65000) | **yes** (65000) | **yes** (65000) | **yes** (65000) | **yes** (65000) |
| GatewaySubnet (10.41.0.0/27) | **yes** (65000) | **yes** (65000) | **yes** (65000) | **yes** (65000) | **yes** (65000) | **yes** (65000) |
| ProxyserverSubnet itself (10.41.0.32/27) | **yes** (65000) | **yes** (65000) | **yes** (65000) | **yes** (65000) | **yes** (65000) | **yes** (65000) |
| anyone else on site or in a private network | **yes** (65000) | **yes** (65000) | **yes** (65000) | **yes** (65000) | **yes** (65000) | **yes** (65000) |
| the internet | no | no | no | no | no | no |
`
	if got := Prove(topology).Table().Markdown(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestWhoIsDecidedByWhichRule(t *testing.T) {
	rules, _ := NewRuleSet(plant())
	for _, c := range []struct {
		who, from string
		protocol  Protocol
		port      uint16
		rule      string
		in        bool
	}{
		{"a sensor", "10.30.3.255", TCP, 3128, "AllowSensorsToProxy", true},
		{"a sensor", "10.31.8.1", TCP, 3129, "DenyAllInbound", false},
		{"a sensor", "10.30.0.1", UDP, 3128, "DenyAllInbound", false},
		{"a sensor", "10.30.0.1", ICMP, 0, "DenyAllInbound", false},
		{"a sensor's neighbour", "10.30.4.0", TCP, 3128, "DenyAllInbound", false},
		{"an administrator", "10.42.0.70", TCP, 22, "AllowBastionSsh", true},
		{"an administrator", "10.42.0.70", TCP, 3128, "DenyAllInbound", false},
		{"a probe", "168.63.129.16", TCP, 3128, "AllowAzureLoadBalancer", true},
		{"a probe's neighbour", "168.63.129.17", TCP, 3128, "DenyAllInbound", false},
		{"an instance", "10.42.0.37", TCP, 3128, "DenyAllInbound", false},
		{"someone with IPv6", "fd00::1", TCP, 3128, "DenyAllInBound", false},
	} {
		to := netip.MustParseAddr("10.42.0.40")
		rule, in := rules.Decide(newPacket(c.protocol, netip.MustParseAddr(c.from), to, c.port))
		if rule.Name != c.rule || in != c.in {
			t.Errorf("%s at %s to %s %d: rule %s, let in: %v", c.who, c.from, c.protocol, c.port, rule.Name, in)
		}
	}
}

func TestRulesAreAskedInTheOrderOfTheirPriorities(t *testing.T) {
	topology := plant()
	topology.Extra = []Extra{added()}
	rules, _ := NewRuleSet(topology)
	var got []int
	for _, r := range rules.Rules() {
		got = append(got, r.Priority)
	}
	if want := []int{100, 200, 4094, 4095, 4096, 65000, 65001, 65500}; !slices.Equal(got, want) {
		t.Errorf("%v; want %v", got, want)
	}
}

// The tag for the virtual network covers far more than it says.
func TestTheTagVirtualNetworkCoversTheSite(t *testing.T) {
	topology := plant()
	topology.Rules = nil
	rules, _ := NewRuleSet(topology)
	for who, from := range map[string]string{
		"a sensor": "10.30.0.1", "a network behind the gateway": "198.51.100.9", "a peered network": "10.60.3.4",
		"a network learned over BGP": "172.16.4.4", "Azure's own address": "168.63.129.16",
		"another subnet": "10.42.0.200",
	} {
		if rule, in := rules.Decide(newPacket(TCP, netip.MustParseAddr(from), netip.MustParseAddr("10.42.0.40"),
			80)); !in || rule.Priority != 65000 {
			t.Errorf("%s: rule %d", who, rule.Priority)
		}
	}
	if rule, in := rules.Decide(newPacket(TCP, netip.MustParseAddr("198.51.101.9"), netip.MustParseAddr("10.42.0.40"),
		80)); in || rule.Priority != 65500 {
		t.Errorf("the internet: rule %d", rule.Priority)
	}
}

func TestTheProofInMarkdownIsItsSentencesAndItsTable(t *testing.T) {
	proof := Prove(lab())
	want := "- " + strings.Join(proof.Policy, "\n- ") + "\n\n" + proof.Table().Markdown()
	if got := proof.Markdown(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAPacketIsWrittenAsPeopleSayIt(t *testing.T) {
	from, to := netip.MustParseAddr("10.20.0.9"), netip.MustParseAddr("10.41.0.40")
	for protocol, want := range map[Protocol]string{
		TCP: "TCP from 10.20.0.9:49152 to 10.41.0.40:443", ICMP: "ICMP from 10.20.0.9 to 10.41.0.40",
		Other: "another protocol from 10.20.0.9 to 10.41.0.40", 132: "protocol 132 from 10.20.0.9 to 10.41.0.40",
	} {
		if got := newPacket(protocol, from, to, 443).String(); got != want {
			t.Errorf("%q; want %q", got, want)
		}
	}
}

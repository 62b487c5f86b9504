package reach

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// Whatever an added rule says, it is refused by name, or read as the rules are.
func FuzzAddedRule(f *testing.F) {
	f.Add("10.50.0.0/28", "VirtualNetwork", "*", "Tcp", "9100", 200, true, uint32(0x0a320004), uint16(9100))
	f.Add("Internet", "10.42.0.32/27", "10.42.0.40/32", "*", "0-65535", 101, false, uint32(0x08080808), uint16(0))
	f.Add("0.0.0.0/0", "", "Internet", "Icmp", "*", 4093, true, uint32(0), uint16(22))
	f.Add("255.255.255.255/32", "fd00::/8", "", "Udp", "65535", 0, true, uint32(0xffffffff), uint16(65535))
	f.Fuzz(func(t *testing.T, source, second, destination, protocol, port string, priority int, allow bool,
		from uint32, to uint16) {
		e := Extra{site.Rule{
			Name: "Fuzzed", Priority: priority, Allow: allow, Protocol: protocol,
			Sources: []string{source}, Destination: destination, Port: port,
		}, Purpose{Private, "*", "*"}}
		if second != "" {
			e.Sources = append(e.Sources, second)
		}
		topology := plant()
		topology.Extra = []Extra{e}
		proof := Prove(topology)
		rules, refused := NewRuleSet(topology)
		if len(refused) > 0 {
			if !slices.ContainsFunc(proof.Violations, func(v Violation) bool { return v.Rule.Name == "Fuzzed" }) {
				t.Fatalf("%v is not in the proof", refused)
			}
			return
		}
		e.Sources, e.Destination = canonical(e.Sources...), canonical(e.Destination)[0]
		topology.Extra = []Extra{e}
		asked := plainOf(topology)
		for _, protocol := range protocols {
			p := newPacket(protocol, address(from), netip.MustParseAddr("10.42.0.40"), to)
			want := asked.decide(p)
			if got, in := rules.Decide(p); got.Name != want.Name || in != want.Allow {
				t.Fatalf("%s: %s; want %s", p, got.Name, want.Name)
			}
			inTable(t, topology, proof.Table(), p, want.Allow)
			if strict(topology, p, want.Allow) != want.Allow {
				told(t, topology, proof, p, want.Name)
			}
		}
	})
}

// canonical spells tags and single addresses as the plain evaluation knows them.
func canonical(texts ...string) []string {
	var out []string
	for _, text := range texts {
		if a, err := netip.ParseAddr(text); err == nil {
			text = netip.PrefixFrom(a, a.BitLen()).String()
		}
		for _, tag := range []string{"VirtualNetwork", "AzureLoadBalancer", "Internet"} {
			if strings.EqualFold(text, tag) {
				text = tag
			}
		}
		out = append(out, text)
	}
	return out
}

package reach

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// Azure's default rules and tags once more, as simply as they can be put: what the classes are compared with.
var plainDefaults = []site.Rule{
	{Name: "AllowVnetInBound", Priority: 65000, Allow: true, Protocol: "*", Sources: []string{"VirtualNetwork"},
		Destination: "VirtualNetwork", Port: "*"},
	{Name: "AllowAzureLoadBalancerInBound", Priority: 65001, Allow: true, Protocol: "*",
		Sources: []string{"AzureLoadBalancer"}, Destination: "*", Port: "*"},
	{Name: "DenyAllInBound", Priority: 65500, Protocol: "*", Sources: []string{"*"}, Destination: "*", Port: "*"},
}

// plain decides by asking one rule after the other.
type plain struct {
	rules    []site.Rule
	network  []netip.Prefix // what the tag VirtualNetwork covers
	prefixes map[string]netip.Prefix
}

func plainOf(t Topology) plain {
	all := slices.Concat(t.Rules, plainDefaults)
	for _, e := range t.Extra {
		all = append(all, e.Rule)
	}
	slices.SortStableFunc(all, func(a, b site.Rule) int { return a.Priority - b.Priority })
	network := slices.Concat([]netip.Prefix{t.Space}, t.Sensors, t.OnPremises, t.Peered)
	for _, own := range []string{"168.63.129.16/32", "10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"} {
		network = append(network, netip.MustParsePrefix(own))
	}
	prefixes := map[string]netip.Prefix{}
	for _, r := range all {
		for _, text := range append([]string{r.Destination}, r.Sources...) {
			if p, err := netip.ParsePrefix(text); err == nil {
				prefixes[text] = p
			}
		}
	}
	return plain{all, network, prefixes}
}

func (all plain) decide(p Packet) site.Rule {
	for _, r := range all.rules {
		if plainProtocol(r.Protocol, p.Protocol) && plainPort(r.Port, p) && all.address(r.Destination, p.To.Addr()) &&
			slices.ContainsFunc(r.Sources, func(s string) bool { return all.address(s, p.From.Addr()) }) {
			return r
		}
	}
	panic("Azure's last rule matches everything")
}

func (all plain) address(text string, a netip.Addr) bool {
	within := func() bool {
		return slices.ContainsFunc(all.network, func(p netip.Prefix) bool { return p.Contains(a) })
	}
	switch text {
	case "*":
		return true
	case "AzureLoadBalancer":
		return a == netip.MustParseAddr("168.63.129.16")
	case "VirtualNetwork":
		return within()
	case "Internet":
		return !within()
	}
	return all.prefixes[text].Contains(a)
}

func plainProtocol(text string, p Protocol) bool {
	return text == "*" || strings.EqualFold(text, p.String())
}

func plainPort(text string, p Packet) bool {
	if text == "*" || text == "0-65535" {
		return true
	}
	if p.Protocol != TCP && p.Protocol != UDP {
		return false
	}
	from, to, found := strings.Cut(text, "-")
	if !found {
		to = from
	}
	first, _ := strconv.Atoi(from)
	last, _ := strconv.Atoi(to)
	return first <= int(p.To.Port()) && int(p.To.Port()) <= last
}

// generator draws topologies and packets that meet each other's boundaries more often than not.
type generator struct{ *rand.Rand }

func roll(seed uint64) generator {
	return generator{rand.New(rand.NewPCG(seed, 5))}
}

func pick[T any](d generator, from ...T) T {
	return from[d.IntN(len(from))]
}

// prefix draws a range near those of the plant, or anywhere.
func (d generator) prefix() netip.Prefix {
	near := pick(d, "10.42.0.0", "10.42.0.32", "10.42.0.64", "10.42.0.128", "10.30.0.0", "10.31.8.0", "10.60.0.0",
		"198.51.100.0", "168.63.129.16", "8.8.8.8")
	a := number(netip.MustParseAddr(near))
	if d.IntN(4) == 0 {
		a ^= d.Uint32() >> d.IntN(32)
	}
	return netip.PrefixFrom(address(a), d.IntN(33)).Masked()
}

func (d generator) port() string {
	a, b := d.IntN(65536), d.IntN(65536)
	return pick(d, "*", "*", "22", "3128", "3128", "9100", "0", "65535", "0-65535", "1-1024", "3000-4000",
		strconv.Itoa(a), fmt.Sprintf("%d-%d", min(a, b), max(a, b)))
}

func (d generator) rule(priority int) site.Rule {
	r := site.Rule{
		Name: fmt.Sprintf("Rule%d", priority), Priority: priority, Allow: d.IntN(2) == 0,
		Protocol: pick(d, "*", "Tcp", "Tcp", "Udp", "Icmp", "Esp", "Ah"), Port: d.port(),
		Sources: []string{pick(d, "*", "VirtualNetwork", "AzureLoadBalancer", "Internet")},
		Destination: pick(d, "*", "*", "VirtualNetwork", "Internet", "10.42.0.32/27", d.prefix().String(),
			fmt.Sprintf("10.42.0.%d/32", 32+d.IntN(32))),
	}
	if d.IntN(3) > 0 {
		r.Sources = nil
		for range 1 + d.IntN(4) {
			r.Sources = append(r.Sources, d.prefix().String())
		}
	}
	return r
}

// topology is the plant with rules dropped, drawn anew and added.
func (d generator) topology() Topology {
	t := plant()
	t.Rules = slices.DeleteFunc(t.Rules, func(site.Rule) bool { return d.IntN(4) == 0 })
	priorities := d.Perm(lastExtra - firstExtra + 1)
	count := d.IntN(8)
	if d.IntN(200) == 0 {
		count = 70 // more than fit into a machine word
	}
	for range count {
		priority := firstExtra + priorities[0]
		priorities = priorities[1:]
		r := d.rule(priority)
		if d.IntN(3) == 0 {
			t.Rules = append(t.Rules, r)
			continue
		}
		purpose := Purpose{Party(1 + d.IntN(int(Internet))), pick(d, r.Protocol, "*"), pick(d, r.Port, "*")}
		t.Extra = append(t.Extra, Extra{r, purpose})
	}
	if d.IntN(2) == 0 {
		t.LoadBalancer.Frontend = netip.AddrFrom4([4]byte{10, 42, 0, byte(32 + d.IntN(32))})
	}
	if d.IntN(2) == 0 {
		t.Bastion = netip.Prefix{}
	}
	return t
}

// boundaries are the addresses and ports at which a rule or a party begins or ends.
func boundaries(t Topology) (addresses []uint32, ports []uint16) {
	ports = []uint16{22, t.ProxyPort}
	for _, each := range t.territories() {
		for _, s := range each.set {
			addresses = append(addresses, s.first, s.last)
		}
	}
	rules := slices.Clone(t.Rules)
	for _, e := range t.Extra {
		rules = append(rules, e.Rule)
	}
	for _, r := range rules {
		for _, text := range r.Sources {
			if p, err := netip.ParsePrefix(text); err == nil {
				addresses = append(addresses, prefixSpan(p).first, prefixSpan(p).last)
			}
		}
		for _, text := range strings.Split(r.Port, "-") {
			if n, err := strconv.Atoi(text); err == nil {
				ports = append(ports, uint16(n))
			}
		}
	}
	return addresses, ports
}

// packets returns a source of packets to instances, half of them at or beside a boundary.
func (d generator) packets(t Topology) func() Packet {
	addresses, ports := boundaries(t)
	instances := t.instances()
	return func() Packet {
		from, port := d.Uint32(), uint16(d.Uint32())
		if d.IntN(3) > 0 {
			from = pick(d, addresses...) + uint32(d.IntN(3)) - 1
		}
		if d.IntN(3) > 0 {
			port = pick(d, ports...) + uint16(d.IntN(3)) - 1
		}
		among := pick(d, instances...)
		to := among.first + d.Uint32N(among.last-among.first+1)
		protocol := pick(d, TCP, TCP, TCP, UDP, UDP, ICMP, ESP, AH, Other)
		return newPacket(protocol, address(from), address(to), port)
	}
}

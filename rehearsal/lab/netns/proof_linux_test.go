package netns

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"golang.org/x/sys/unix"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/reach"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/labsite"
)

// Rule sets drawn, and packets sent at each.
const (
	ruleSets     = 100
	packetsOfSet = 200
)

// planned is a site around whose boundaries rules and packets are drawn.
var planned = reach.Topology{
	Space:      netip.MustParsePrefix("10.42.0.0/25"),
	Gateway:    netip.MustParsePrefix("10.42.0.0/27"),
	Proxies:    netip.MustParsePrefix("10.42.0.32/27"),
	Bastion:    netip.MustParsePrefix("10.42.0.64/26"),
	Sensors:    []netip.Prefix{netip.MustParsePrefix("10.30.0.0/22"), netip.MustParsePrefix("203.0.113.64/26")},
	OnPremises: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")},
	ProxyPort:  3128,
}

// instances is where the rehearsed ones are; the rest of ProxyserverSubnet is others'.
var instances = netip.MustParsePrefix("10.42.0.48/28")

// plannedTags says for the plant, in words of its own, what the proof takes the service tags for.
func plannedTags() model.ServiceTags {
	connected := slices.Concat([]netip.Prefix{planned.Space, model.Host32(model.Platform)}, planned.Sensors,
		planned.OnPremises)
	for _, private := range []string{"10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"} {
		connected = append(connected, netip.MustParsePrefix(private))
	}
	return model.ServiceTags{model.TagVirtualNetwork: connected, model.TagLoadBalancer: {model.Host32(model.Platform)}}
}

// The proof of every preview, held against what nftables does with real packets.
func TestTheProofAgreesWithThePackets(t *testing.T) {
	labsite.Need(t, Missing())
	var all tally
	for seed := range uint64(ruleSets) {
		all.add(compare(t, seed, func([]model.Rule, model.ServiceTags) {}))
	}
	for _, d := range all.disagreements {
		t.Error(d)
	}
	if all.in == 0 || all.in == all.compared {
		t.Errorf("%d of %d packets were let in: the rules decide nothing", all.in, all.compared)
	}
	t.Logf("counted: %d packets compared with the proof, over %d rule sets: %d let in, %d dropped", all.compared,
		ruleSets, all.in, all.compared-all.in)
}

// The comparison notices a wrong filter.
func TestAFilterThatIsWrongDisagreesWithTheProof(t *testing.T) {
	labsite.Need(t, Missing())
	for name, mistake := range map[string]func([]model.Rule, model.ServiceTags){
		"the last rule first": func(rules []model.Rule, _ model.ServiceTags) {
			for i := range rules {
				rules[i].Priority *= -1
			}
		},
		"ICMP dropped": func(rules []model.Rule, _ model.ServiceTags) {
			for i := range rules {
				rules[i].Allow = rules[i].Allow && rules[i].Protocol != "Icmp"
			}
		},
		"the first port of a range only": func(rules []model.Rule, _ model.ServiceTags) {
			for i := range rules {
				first, _, _ := strings.Cut(rules[i].Ports[0], "-")
				rules[i].Ports = []string{first}
			}
		},
		"the first source only": func(rules []model.Rule, _ model.ServiceTags) {
			for i := range rules {
				rules[i].Sources = rules[i].Sources[:1]
			}
		},
		"any destination": func(rules []model.Rule, _ model.ServiceTags) {
			for i := range rules {
				rules[i].Destinations = []string{"*"}
			}
		},
		"a virtual network that ends at its own space": func(_ []model.Rule, tags model.ServiceTags) {
			tags[model.TagVirtualNetwork] = []netip.Prefix{planned.Space}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(ruleSets) {
				if tally := compare(t, seed, mistake); len(tally.disagreements) > 0 {
					t.Log(tally.disagreements[0])
					return
				}
			}
			t.Error("no packet noticed")
		})
	}
}

// tally is what came of packets.
type tally struct {
	compared, in  int
	disagreements []string
}

func (all *tally) add(some tally) {
	all.compared += some.compared
	all.in += some.in
	all.disagreements = append(all.disagreements, some.disagreements...)
}

// compare draws rules, loads them as an instance does but for the mistake, and asks proof and kernel about the same
// packets.
func compare(t *testing.T, seed uint64, mistake func([]model.Rule, model.ServiceTags)) tally {
	t.Helper()
	d := generator{rand.New(rand.NewPCG(seed, 5))}
	topology := planned
	topology.Rules = d.rules()
	decided, violations := reach.NewRuleSet(topology)
	if len(violations) > 0 {
		t.Fatalf("set %d: %v", seed, violations)
	}
	var rules []model.Rule
	for _, r := range decided.Rules() {
		rules = append(rules, model.Rule{Name: r.Name, Priority: r.Priority, Allow: r.Allow, Protocol: r.Protocol,
			Sources: slices.Clone(r.Sources), Destinations: []string{r.Destination}, Ports: []string{r.Port}})
	}
	tags := plannedTags()
	mistake(rules, tags)
	ruleset, err := Filter(rules, tags)
	if err != nil {
		t.Fatalf("set %d: %v", seed, err)
	}
	g := newFilterHarness(t, ruleset)
	defer g.close()

	var all tally
	for n := range packetsOfSet {
		p := d.packet(topology.Rules, uint16(n+1))
		rule, want := decided.Decide(p)
		got := g.lets(t, p)
		if got {
			all.in++
		}
		if got != want {
			all.disagreements = append(all.disagreements,
				fmt.Sprintf("set %d: %v: the proof says %v by %+v, the packet %v", seed, p, want, rule, got))
		}
		all.compared++
	}
	return all
}

// generator draws rules and packets that meet each other's boundaries more often than not.
type generator struct{ *rand.Rand }

func pick[T any](d generator, from ...T) T { return from[d.IntN(len(from))] }

// rules are up to eight, each with a priority of its own.
func (d generator) rules() []site.Rule {
	var rules []site.Rule
	for n, priority := range d.Perm(4096 - 100 + 1)[:1+d.IntN(8)] {
		r := site.Rule{
			Name: fmt.Sprint("Rule", n), Priority: 100 + priority, Allow: d.IntN(2) == 0,
			Protocol: pick(d, "*", "*", "Tcp", "Tcp", "Tcp", "Udp", "Udp", "Icmp", "Icmp", "Esp", "Ah"),
			Sources:  []string{pick(d, "*", "VirtualNetwork", "AzureLoadBalancer", "Internet")},
			Destination: pick(d, "*", "VirtualNetwork", "Internet", planned.Proxies.String(),
				d.within(instances).String()),
			Port: pick(d, "*", "0-65535"),
		}
		if d.IntN(3) > 0 {
			r.Sources = nil
			for range 1 + d.IntN(3) {
				r.Sources = append(r.Sources, d.prefix().String())
			}
		}
		if first := d.IntN(65536); slices.Contains([]string{"*", "Tcp", "Udp"}, r.Protocol) && d.IntN(3) > 0 {
			r.Port = pick(d, "0", "22", "3128", "65535", "1-1024", "3000-4000", strconv.Itoa(first),
				fmt.Sprintf("%d-%d", first, first+d.IntN(65536-first)))
		}
		rules = append(rules, r)
	}
	return rules
}

// prefix is a range at one of the plant's places, or anywhere.
func (d generator) prefix() netip.Prefix {
	if d.IntN(4) == 0 {
		return netip.PrefixFrom(addressAt(d.Uint32()), 8+d.IntN(25)).Masked()
	}
	return d.within(pick(d, append(plannedTags()[model.TagVirtualNetwork], planned.Gateway, planned.Proxies,
		planned.Bastion)...))
}

// within is a part of a range, or all of it.
func (d generator) within(p netip.Prefix) netip.Prefix {
	bits := p.Bits() + d.IntN(33-p.Bits())
	return netip.PrefixFrom(d.member(p), bits).Masked()
}

func (d generator) member(p netip.Prefix) netip.Addr {
	return addressAt(ordinal(p.Addr()) + uint32(d.Uint64N(1<<(32-p.Bits()))))
}

// packet is one to an instance, at or beside the boundaries of one of the rules where it can be. Its number tells its
// flow from the others', whose answers would be let in.
func (d generator) packet(rules []site.Rule, n uint16) reach.Packet {
	r := pick(d, rules...)
	from, to := d.at(pick(d, r.Sources...)), d.at(r.Destination)
	for !deliverable(from) {
		from = d.member(netip.MustParsePrefix("0.0.0.0/0"))
	}
	if !instances.Contains(to) {
		to = d.member(instances)
	}
	p := reach.Packet{Protocol: pick(d, reach.TCP, reach.UDP, reach.ICMP, reach.ESP, reach.AH, reach.Other)}
	if named, is := map[string]reach.Protocol{"Tcp": reach.TCP, "Udp": reach.UDP, "Icmp": reach.ICMP, "Esp": reach.ESP,
		"Ah": reach.AH}[r.Protocol]; is && d.IntN(4) > 0 {
		p.Protocol = named
	}
	p.From, p.To = netip.AddrPortFrom(from, 0), netip.AddrPortFrom(to, 0)
	if p.Protocol.HasPorts() {
		p.From, p.To = netip.AddrPortFrom(from, n), netip.AddrPortFrom(to, d.port(r.Port))
	}
	return p
}

// at is an address at or beside an end of what a rule's text covers, or somewhere in it, or anywhere.
func (d generator) at(text string) netip.Addr {
	covered, err := addresses(strings.ToLower(text), plannedTags())
	if strings.EqualFold(text, model.TagInternet) {
		covered, err = plannedTags()[model.TagVirtualNetwork], nil
	}
	if err != nil || d.IntN(5) == 0 {
		return d.member(netip.MustParsePrefix("0.0.0.0/0"))
	}
	p := pick(d, covered...)
	first := ordinal(p.Addr())
	last := first | uint32(uint64(1)<<(32-p.Bits())-1)
	return addressAt(pick(d, first-1, first, last, last+1, ordinal(d.member(p))))
}

// port is likewise of a rule's ports.
func (d generator) port(text string) uint16 {
	ends := strings.Split(text, "-")
	first, err := strconv.Atoi(ends[0])
	last, err2 := strconv.Atoi(ends[len(ends)-1])
	if err != nil || err2 != nil || d.IntN(5) == 0 {
		return uint16(d.Uint32())
	}
	return uint16(pick(d, first-1, first, last, last+1))
}

// deliverable tells whether a packet from there gets as far as the filter: the kernel believes in no sender that is
// nobody, everybody or the instance itself.
func deliverable(from netip.Addr) bool {
	return from.As4()[0] != 0 && !from.IsLoopback() && !from.IsMulticast() &&
		from != netip.AddrFrom4([4]byte{255, 255, 255, 255}) && !instances.Contains(from)
}

func ordinal(a netip.Addr) uint32 {
	return binary.BigEndian.Uint32(a.AsSlice())
}

func addressAt(n uint32) netip.Addr {
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, n)))
}

// filterHarness is a network with nothing but an instance's packet filter. What is written to its wire is, by the time
// that the write ends, with a listener or dropped.
type filterHarness struct {
	wire      int
	listeners map[reach.Protocol]int
}

// newFilterHarness moves the test to a network of its own, which ends with the test's thread.
func newFilterHarness(t *testing.T, ruleset string) filterHarness {
	t.Helper()
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		t.Fatal(err)
	}
	g := filterHarness{listeners: map[reach.Protocol]int{}}
	var err error
	if g.wire, err = unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC, 0); err != nil {
		t.Fatal(os.NewSyscallError("opening /dev/net/tun", err))
	}
	device, err := unix.NewIfreq("wire")
	if err != nil {
		t.Fatal(err)
	}
	device.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
	if err := unix.IoctlIfreq(g.wire, unix.TUNSETIFF, device); err != nil {
		t.Fatal(os.NewSyscallError("making a TUN device", err))
	}
	err = IP([]string{"link set lo up", "link set wire up", "route add default dev wire",
		fmt.Sprintf("route add local %v dev lo", instances)})
	if err != nil {
		t.Fatal(err)
	}
	if err := PacketFilter(ruleset); err != nil {
		t.Fatalf("%v\n%s", err, ruleset)
	}
	for _, protocol := range []reach.Protocol{reach.TCP, reach.UDP, reach.ICMP, reach.ESP, reach.AH, reach.Other} {
		if g.listeners[protocol], err = unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC,
			int(protocol)); err != nil {
			t.Fatal(os.NewSyscallError("listening", err))
		}
	}
	return g
}

func (g filterHarness) close() {
	unix.Close(g.wire)
	for _, listener := range g.listeners {
		unix.Close(listener)
	}
}

// lets sends the packet and tells whether it arrives.
func (g filterHarness) lets(t *testing.T, p reach.Packet) bool {
	t.Helper()
	sent := onTheWire(t, p)
	if _, err := unix.Write(g.wire, sent); err != nil {
		t.Fatalf("%v: %v", p, err)
	}
	arrived := make([]byte, len(sent)+1)
	n, _, err := unix.Recvfrom(g.listeners[p.Protocol], arrived, 0)
	switch {
	case err == unix.EAGAIN:
		return false
	case err != nil:
		t.Fatalf("%v: %v", p, err)
	case !bytes.Equal(arrived[:n], sent):
		t.Fatalf("%v: % x was sent and % x arrived", p, sent, arrived[:n])
	}
	return true
}

// onTheWire is the packet as bytes: a TCP SYN, a UDP datagram, an ICMP echo request, or a few bytes of another
// protocol.
func onTheWire(t *testing.T, p reach.Packet) []byte {
	t.Helper()
	header := &layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocol(p.Protocol), SrcIP: p.From.Addr().AsSlice(),
		DstIP: p.To.Addr().AsSlice()}
	var content gopacket.SerializableLayer
	switch p.Protocol {
	case reach.TCP:
		tcp := &layers.TCP{SrcPort: layers.TCPPort(p.From.Port()), DstPort: layers.TCPPort(p.To.Port()),
			SYN: true, Window: 64240}
		_ = tcp.SetNetworkLayerForChecksum(header) // it knows IPv4
		content = tcp
	case reach.UDP:
		udp := &layers.UDP{SrcPort: layers.UDPPort(p.From.Port()), DstPort: layers.UDPPort(p.To.Port())}
		_ = udp.SetNetworkLayerForChecksum(header)
		content = udp
	case reach.ICMP:
		content = &layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(layers.ICMPv4TypeEchoRequest, 0), Id: 1, Seq: 1}
	default:
		content = gopacket.Payload("content")
	}
	buffer := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(buffer, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true},
		header, content); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

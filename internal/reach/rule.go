package reach

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// origin is who wrote a rule.
type origin int

const (
	documented origin = iota
	extra
	found // in a group that somebody else made
	azure // one of the defaults
)

// rule is a rule in the form in which packets are held against it.
type rule struct {
	site.Rule
	origin      origin
	protocol    Protocol // 0 for any
	sources     spans
	destination spans
	ports       spans
	purpose     purpose // of an extra rule
	part        bool    // it is for some of these packets only, and which ones is not known
}

// purpose is a Purpose in the same form.
type purpose struct {
	party    Party
	protocol Protocol
	ports    spans
}

func (r rule) title() string {
	return fmt.Sprintf("rule %s (%d)", r.Name, r.Priority)
}

// matches tells whether the rule is for the packet. None but Azure's last is for IPv6, which the virtual network has
// not.
func (r rule) matches(p Packet) bool {
	if !p.From.Addr().Is4() || !p.To.Addr().Is4() {
		return false
	}
	return r.sources.contains(number(p.From.Addr())) && r.destination.contains(number(p.To.Addr())) &&
		matchesTraffic(r.protocol, r.ports, p.Protocol, span{uint32(p.To.Port()), uint32(p.To.Port())})
}

// matchesTraffic tells whether all of the traffic is of the wanted protocol and ports. What has no ports is matched by
// all ports only.
func matchesTraffic(wanted Protocol, wantedPorts spans, protocol Protocol, ports span) bool {
	if wanted != 0 && wanted != protocol {
		return false
	}
	if !protocol.HasPorts() {
		ports = anyPort[0]
	}
	return wantedPorts.covers(ports)
}

// reader turns a rule's texts into sets.
type reader struct {
	tags map[string]spans // by name in lower case
}

func newReader(t Topology) reader {
	network := t.virtualNetwork()
	return reader{tags: map[string]spans{
		"*":                 anyAddress,
		"azureloadbalancer": prefixSpans(probeAddress),
		"virtualnetwork":    network,
		"internet":          network.outside(),
	}}
}

func (r reader) rule(s site.Rule, from origin) (rule, error) {
	out := rule{Rule: s, origin: from}
	var err error
	if out.protocol, err = protocolOf(s.Protocol); err != nil {
		return rule{}, err
	}
	if out.ports, err = portsOf(s.Port); err != nil {
		return rule{}, err
	}
	if out.sources, err = r.addresses(s.Sources...); err != nil {
		return rule{}, fmt.Errorf("sources: %w", err)
	}
	if out.destination, err = r.addresses(s.Destination); err != nil {
		return rule{}, fmt.Errorf("destination: %w", err)
	}
	return out, nil
}

// addresses reads ranges, or one service tag or "*" by itself, as Azure has it.
func (r reader) addresses(texts ...string) (spans, error) {
	if len(texts) == 0 {
		return nil, fmt.Errorf("there are none; allowed are IPv4 ranges, or one of *, VirtualNetwork, " +
			"AzureLoadBalancer and Internet")
	}
	var prefixes []netip.Prefix
	for _, text := range texts {
		if set, tag := r.tags[strings.ToLower(text)]; tag {
			if len(texts) > 1 {
				return nil, fmt.Errorf("%q stands in a list; allowed is it by itself", text)
			}
			return set, nil
		}
		p, err := netip.ParsePrefix(text)
		if a, notAddress := netip.ParseAddr(text); notAddress == nil && a.Is4() {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil || !p.Addr().Is4() || p != p.Masked() {
			return nil, fmt.Errorf("%q is not a range whose addresses are known here; allowed are IPv4 ranges such "+
				"as 10.20.0.0/24, or one of *, VirtualNetwork, AzureLoadBalancer and Internet", text)
		}
		prefixes = append(prefixes, p)
	}
	return prefixSpans(prefixes...), nil
}

var protocolNames = map[string]Protocol{"*": 0, "tcp": TCP, "udp": UDP, "icmp": ICMP, "esp": ESP, "ah": AH}

func protocolOf(text string) (Protocol, error) {
	p, known := protocolNames[strings.ToLower(text)]
	if !known {
		return 0, fmt.Errorf("protocol %q is unknown; allowed are Tcp, Udp, Icmp, Esp, Ah and *", text)
	}
	return p, nil
}

func portsOf(text string) (spans, error) {
	if text == "*" {
		return anyPort, nil
	}
	from, to, isRange := strings.Cut(text, "-")
	if !isRange {
		to = from
	}
	first, err1 := strconv.ParseUint(from, 10, 16)
	last, err2 := strconv.ParseUint(to, 10, 16)
	if err1 != nil || err2 != nil || first > last {
		return nil, fmt.Errorf("port %q is none; allowed are 0 to 65535, a range such as 8000-8010, and *", text)
	}
	return spans{{uint32(first), uint32(last)}}, nil
}

package dataplane

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// plan is who stands where in the region, and which name leads to whom.
type plan struct {
	sensors  []netip.Addr // one of each range
	stranger netip.Addr   // in none of them
	hosts    []string     // what a sensor must reach
	inside   []inside     // names that lead inside
	names    resolver
}

// inside is a made-up name that resolves to an address which no proxy may connect to.
type inside struct {
	host    string
	address netip.Addr
}

// insideAddresses has one of each special-purpose range (RFC 6890): this network, private, shared, loopback, Azure's
// platform, instance metadata, multicast, and their IPv6 likes with IPv4 mapped and translated.
var insideAddresses = []string{
	"0.1.2.3", "10.255.255.10", "100.64.0.10", "127.0.0.1", "168.63.129.16", "169.254.169.254", "172.16.255.10",
	"192.168.255.10", "224.0.0.10", "::1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "fd00::10", "fe80::10", "ff02::10",
}

// Addresses set aside for documentation (RFC 5737, RFC 3849) stand for the internet. Nothing listens on the IPv6 one, as
// the site has no IPv6: Squid's refusal is told from a dead end by its status and reason.
var (
	endpointNet = netip.MustParsePrefix("198.51.100.0/24")
	endpointV6  = netip.MustParseAddr("2001:db8::10")
	strangers   = []string{"203.0.113.77", "192.0.2.77", "10.254.254.77", "172.31.254.77", "192.168.254.77", "100.64.0.77"}
)

func newPlan(site Site, conf []byte) (plan, error) {
	domains := destinations(conf)
	p := plan{hosts: hosts(domains, slices.Concat(documented, site.Domains)), names: resolver{}}
	for _, prefix := range site.Sensors {
		if prefix.Addr().Is4() { // the frontend has an IPv4 address, so no other source reaches it
			p.sensors = append(p.sensors, member(prefix))
		}
	}
	if len(p.sensors) == 0 {
		return p, errors.New("the site has no IPv4 range of sensors")
	}
	if len(site.Instances) == 0 {
		return p, errors.New("the site has no instance")
	}
	var err error
	if p.stranger, err = stranger(site); err != nil {
		return p, err
	}
	for i, host := range p.hosts {
		p.names[host] = endpointAddress(i)
	}
	for _, host := range lookalikes() {
		p.names[host] = endpointAddress(0)
	}
	domain, _ := anyHostOf(domains)
	for _, text := range insideAddresses {
		addr := netip.MustParseAddr(text)
		host := "inside" + strings.Map(dash, "-"+text) + domain
		p.inside = append(p.inside, inside{host, addr})
		p.names[host] = addr
	}
	return p, nil
}

// member is an address of the range: its tenth where it has one.
func member(prefix netip.Prefix) netip.Addr {
	const tenth = 10
	addr := prefix.Masked().Addr()
	for range tenth {
		if next := addr.Next(); prefix.Contains(next) {
			addr = next
		}
	}
	return addr
}

// stranger is an address outside every sensor range.
func stranger(site Site) (netip.Addr, error) {
	for _, text := range strangers {
		addr := netip.MustParseAddr(text)
		served := slices.ContainsFunc(site.Sensors, func(p netip.Prefix) bool { return p.Contains(addr) })
		if !served && addr != site.Frontend && !slices.Contains(site.Instances, addr) {
			return addr, nil
		}
	}
	return netip.Addr{}, fmt.Errorf("the ranges of sensors %v leave no address for a stranger: narrow them", site.Sensors)
}

// lookalikes are names that resemble a documented domain and are not below it.
func lookalikes() []string {
	var names []string
	for _, domain := range documented {
		names = append(names, domain[1:]+".evil.example", "evil"+domain[1:])
	}
	return names
}

// endpointAddress is the address of the i-th host; many hosts share.
func endpointAddress(i int) netip.Addr {
	addr := endpointNet.Addr().As4()
	addr[3] = byte(1 + i%250)
	return netip.AddrFrom4(addr)
}

// endpoints are the addresses on which something answers TLS: Defender's and, of those inside, the ones that a network
// interface can have. There a proxy would find something if it went.
func (p plan) endpoints(site Site) []netip.Addr {
	var addrs []netip.Addr
	for _, addr := range p.names {
		if addr.Is4() && addr.As4()[0] != 0 && !addr.IsLoopback() && !addr.IsMulticast() && addr != site.Frontend {
			addrs = append(addrs, addr)
		}
	}
	return without(addrs, site.Instances)
}

// addresses are the region's own: all but the instances'.
func (p plan) addresses(site Site) []netip.Addr {
	addrs := slices.Concat(p.sensors, p.endpoints(site), []netip.Addr{p.stranger, site.Frontend, platform})
	return without(addrs, site.Instances)
}

// without gives the addresses in order, each once, and none of others.
func without(addrs, others []netip.Addr) []netip.Addr {
	slices.SortFunc(addrs, netip.Addr.Compare)
	return slices.DeleteFunc(slices.Compact(addrs), func(a netip.Addr) bool { return slices.Contains(others, a) })
}

// dash turns an address into a label.
func dash(r rune) rune {
	if r == '.' || r == ':' {
		return '-'
	}
	return r
}

// insideHosts are the made-up names.
func (p plan) insideHosts() []string {
	var names []string
	for _, i := range p.inside {
		names = append(names, i.host)
	}
	return names
}

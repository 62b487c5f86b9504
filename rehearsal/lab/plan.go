package lab

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// plan is who asks a proxy for what, and under which name.
type plan struct {
	sensors  []netip.Addr // one of each range
	stranger netip.Addr   // in none of them
	login    login        // what sensors present
	domains  []string     // what the proxy's list says, in dstdomain form
	hosts    []string     // what a sensor must reach
	inside   []inside     // names that lead inside
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

// newPlan plans for a proxy of that squid.conf, and gives every name of the plan its address.
func newPlan(conf []byte, required []string, names resolver) plan {
	p := plan{domains: destinations(conf)}
	p.hosts = hosts(p.domains, slices.Concat(documented, required))
	for _, host := range p.hosts {
		names.add(host, endpointAddress(len(names)))
	}
	for _, host := range lookalikes() {
		names.add(host, endpointAddress(0))
	}
	domain, _ := anyHostOf(p.domains)
	for _, text := range insideAddresses {
		i := inside{"inside" + strings.Map(dash, "-"+text) + domain, netip.MustParseAddr(text)}
		p.inside = append(p.inside, i)
		names.add(i.host, i.address)
	}
	return p
}

// ipv4 are the addresses from which a proxy can be reached: its own is IPv4.
func ipv4(addrs []netip.Addr) []netip.Addr {
	return slices.DeleteFunc(slices.Clone(addrs), func(a netip.Addr) bool { return !a.Is4() })
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

// outsider is one of the candidates that no proxy of the site serves and nobody has.
func outsider(site Site, candidates []string) (netip.Addr, error) {
	taken := slices.Concat(site.Instances, site.hosts(), []netip.Addr{site.Frontend})
	for _, o := range site.Chain {
		taken = append(taken, o.Sensors...)
	}
	for _, text := range candidates {
		addr := netip.MustParseAddr(text)
		within := func(p netip.Prefix) bool { return p.Contains(addr) }
		served := slices.ContainsFunc(site.Sensors, within) || slices.ContainsFunc(site.Network, within)
		if !served && !slices.Contains(taken, addr) {
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

// noHostNames are below an allowed domain and nothing that a host can be called: another sign, a hyphen at an end, a label
// longer than DNS has.
func (p plan) noHostNames() []string {
	domain, _ := anyHostOf(p.domains)
	return []string{"evil.example/" + domain, "-evil" + domain, strings.Repeat("a", 64) + domain}
}

// endpointAddress is the address of the i-th host; many hosts share.
func endpointAddress(i int) netip.Addr {
	addr := endpointNet.Addr().As4()
	addr[3] = byte(1 + i%250)
	return netip.AddrFrom4(addr)
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

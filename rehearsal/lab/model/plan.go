package model

import (
	"net/netip"
	"slices"
	"strings"
)

// Plan is who asks a proxy for what, and under which name.
type Plan struct {
	Sensors  []netip.Addr // one of each range
	Stranger netip.Addr   // in none of them
	Login    Login        // what sensors present
	Domains  []string     // what the proxy's list says, in dstdomain form
	Hosts    []string     // what a sensor must reach
	Inside   []inside     // names that lead inside
}

// inside is a made-up name that resolves to an address which no proxy may connect to.
type inside struct {
	Host    string
	Address netip.Addr
}

// insideAddresses has one of each special-purpose range (RFC 6890): this network, private, shared, loopback, Azure's
// platform, instance metadata, multicast, and their IPv6 likes with IPv4 mapped and translated.
var insideAddresses = []string{
	"0.1.2.3", "10.255.255.10", "100.64.0.10", "127.0.0.1", "168.63.129.16", "169.254.169.254", "172.16.255.10",
	"192.168.255.10", "224.0.0.10", "::1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "fd00::10",
	"fe80::10", "ff02::10",
}

// NewPlan plans for a proxy of that squid.conf, and gives every name of the plan its address.
func NewPlan(conf []byte, required []string, names Names) Plan {
	p := Plan{Domains: destinations(conf)}
	p.Hosts = hosts(p.Domains, slices.Concat(documented, required))
	for _, host := range p.Hosts {
		names.Add(host, EndpointAddress(len(names)))
	}
	for _, host := range Lookalikes() {
		names.Add(host, EndpointAddress(0))
	}
	domain, _ := AnyHostOf(p.Domains)
	for _, text := range insideAddresses {
		i := inside{"inside" + strings.Map(Dash, "-"+text) + domain, netip.MustParseAddr(text)}
		p.Inside = append(p.Inside, i)
		names.Add(i.Host, i.Address)
	}
	return p
}

// Lookalikes are names that resemble a documented domain and are not below it.
func Lookalikes() []string {
	var names []string
	for _, domain := range documented {
		names = append(names, domain[1:]+".evil.example", "evil"+domain[1:])
	}
	return names
}

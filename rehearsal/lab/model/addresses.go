package model

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
)

// Platform is Azure's own address in every virtual network: DNS and the source of health probes.
// https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
var Platform = netip.MustParseAddr("168.63.129.16")

// MetadataAddr is where Azure's instance metadata service answers, to each instance about itself.
// https://learn.microsoft.com/azure/virtual-machines/instance-metadata-service
var MetadataAddr = netip.AddrPortFrom(netip.MustParseAddr("169.254.169.254"), 80)

// Addresses set aside for documentation (RFC 5737, RFC 3849) stand for the internet. Nothing listens on the IPv6 one,
// as the site has no IPv6: Squid's refusal is told from a dead end by its status and reason.
var (
	EndpointNet = netip.MustParsePrefix("198.51.100.0/24")
	EndpointV6  = netip.MustParseAddr("2001:db8::10")
	Strangers   = []string{"203.0.113.77", "192.0.2.77", "10.254.254.77", "172.31.254.77",
		"192.168.254.77", "100.64.0.77"}
)

// IPv4 are the addresses from which a proxy can be reached: its own is IPv4.
func IPv4(addrs []netip.Addr) []netip.Addr {
	return slices.DeleteFunc(slices.Clone(addrs), func(a netip.Addr) bool { return !a.Is4() })
}

// Member is an address of the range: its tenth where it has one.
func Member(prefix netip.Prefix) netip.Addr {
	const tenth = 10
	addr := prefix.Masked().Addr()
	for range tenth {
		if next := addr.Next(); prefix.Contains(next) {
			addr = next
		}
	}
	return addr
}

// Outsider is one of the candidates that no proxy of the site serves and nobody has.
func Outsider(site Site, candidates []string) (netip.Addr, error) {
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
	return netip.Addr{}, fmt.Errorf("the sensor ranges %v leave no address for a stranger: use narrower ranges",
		site.Sensors)
}

// EndpointAddress is the address of the i-th host; many hosts share.
func EndpointAddress(i int) netip.Addr {
	addr := EndpointNet.Addr().As4()
	addr[3] = byte(1 + i%250)
	return netip.AddrFrom4(addr)
}

// Without gives the addresses in order, each once, and none of others.
func Without(addrs, others []netip.Addr) []netip.Addr {
	slices.SortFunc(addrs, netip.Addr.Compare)
	return slices.DeleteFunc(slices.Compact(addrs), func(a netip.Addr) bool { return slices.Contains(others, a) })
}

// Dash turns an address into a label.
func Dash(r rune) rune {
	if r == '.' || r == ':' {
		return '-'
	}
	return r
}

// last is the last address of an IPv4 range.
func last(prefix netip.Prefix) netip.Addr {
	first := prefix.Masked().Addr().As4()
	n := binary.BigEndian.Uint32(first[:]) | (1<<(32-prefix.Bits()) - 1)
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, n)))
}

func Host32(addr netip.Addr) netip.Prefix { return netip.PrefixFrom(addr, addr.BitLen()) }

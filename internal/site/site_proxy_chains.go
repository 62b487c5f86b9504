package site

import (
	"fmt"
	"net/netip"
	"slices"
)

// checkChains refuses proxies at the site that would wait for each other for ever, or refuse each other. Only proxies
// whose address is given, and upstreams given by address, can be told.
func checkChains(sections []*section, all []SiteProxy) {
	for i, proxy := range all {
		checkOwnAddress(sections[i], proxy)
		for _, other := range all[:i] {
			if proxy.Address.IsValid() && proxy.Address == other.Address && proxy.Port == other.Port {
				sections[i].fail("address", proxy.Address.String(), fmt.Sprintf("is, with port %d, proxy %s's as well",
					proxy.Port, other.Name),
					"an address or a port of its own for each proxy", "Change one of the two")
			}
		}
		if next := upstreamOf(all, proxy); next >= 0 && next != i {
			checkNext(sections[i], proxy, all[next])
		}
		if path := loopFrom(all, i); path != "" {
			upstream := fmt.Sprintf("%s:%d", proxy.Upstream.Host, proxy.Upstream.Port)
			sections[i].fail("upstream", upstream, "leads back to the proxy itself: "+path,
				"a chain that ends at azure, at none or at a proxy elsewhere",
				"Give the last proxy of the chain another upstream")
		}
	}
}

func checkOwnAddress(s *section, proxy SiteProxy) {
	if use, bad := unusable(single(proxy.Address)); bad {
		s.fail("address", proxy.Address.String(), "is in "+use, "the address at which sensors find the proxy",
			"Use the host's address in the site's network")
	}
	for i, sensor := range proxy.Sensors {
		p := s.sections("sensors")[i]
		if use, bad := unusable(single(sensor.Address)); bad {
			p.fail("ip", sensor.Address.String(), "is in "+use, "the address from which the sensor connects",
				"Use the address of the sensor's management interface")
		} else if sensor.Address.IsValid() && sensor.Address == proxy.Address {
			p.fail("ip", sensor.Address.String(), "is the proxy's own address",
				"an address for the sensor and another for the proxy", "Correct one of the two")
		}
	}
}

// single is the range of one address; not valid where the address is not.
func single(a netip.Addr) netip.Prefix {
	return netip.PrefixFrom(a, a.BitLen())
}

// checkNext looks at the next proxy of a chain, which is one of this site's.
func checkNext(s *section, proxy, next SiteProxy) {
	upstream := fmt.Sprintf("%s:%d", proxy.Upstream.Host, proxy.Upstream.Port)
	if proxy.Upstream.Port != next.Port {
		s.fail("upstream", upstream, fmt.Sprintf("is the address of proxy %s, which listens on port %d",
			next.Name, next.Port),
			"the next proxy's address and port", fmt.Sprintf("Use %s:%d", proxy.Upstream.Host, next.Port))
		return
	}
	served := func(sensor Sensor) bool { return sensor.Address == proxy.Address }
	if proxy.Address.IsValid() && !slices.ContainsFunc(next.Sensors, served) {
		s.fail("upstream", upstream, fmt.Sprintf("is proxy %s, which lets in nobody but its sensors", next.Name),
			fmt.Sprintf("a next proxy that has %s among its sensors", proxy.Address),
			fmt.Sprintf("Add %s with ip %s to the sensors of %s", proxy.Name, proxy.Address, next.Name))
	}
}

// upstreamOf is the place of the next proxy, or -1 where it is none of the site's.
func upstreamOf(all []SiteProxy, proxy SiteProxy) int {
	if proxy.Upstream == nil {
		return -1
	}
	host, err := netip.ParseAddr(proxy.Upstream.Host)
	switch {
	case proxy.Upstream.Host == "localhost", err == nil && host.IsLoopback():
		if proxy.Upstream.Port != proxy.Port {
			return -1
		}
		return slices.IndexFunc(all, func(p SiteProxy) bool { return p.Name == proxy.Name })
	case err != nil:
		return -1
	}
	same := func(p SiteProxy) bool { return p.Address == host && p.Port == proxy.Upstream.Port }
	if at := slices.IndexFunc(all, same); at >= 0 {
		return at
	}
	return slices.IndexFunc(all, func(p SiteProxy) bool { return p.Address == host && p.Name != proxy.Name })
}

// loopFrom is the way from a proxy back to itself, empty where there is none. Of a loop, the first proxy alone tells.
func loopFrom(all []SiteProxy, start int) string {
	path := all[start].Name
	for at, steps := start, 0; steps <= len(all); steps++ {
		if at = upstreamOf(all, all[at]); at < start {
			return ""
		}
		path += " → " + all[at].Name
		if at == start {
			return path
		}
	}
	return ""
}

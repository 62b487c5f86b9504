package site

import (
	"net/netip"
	"slices"
)

// notPublic are the ranges, besides the private ones, in which nobody on the internet has an address. The
// documentation's own ranges count as public: examples use them.
// Source: https://www.iana.org/assignments/iana-ipv4-special-registry
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("224.0.0.0/3"),
}

func isPublic(a netip.Addr) bool {
	return a.Is4() && !a.IsPrivate() && !slices.ContainsFunc(notPublic, func(p netip.Prefix) bool {
		return p.Contains(a)
	})
}

// checkPublic refuses a range in which nobody on the internet has an address.
func (s *section) checkPublic(name string, p netip.Prefix) bool {
	if isPublic(p.Addr()) {
		return true
	}
	s.fail(name, p.String(), "is not a public range", "a range of the internet's, registered for the site",
		"Use the one agreed with the connectivity provider")
	return false
}

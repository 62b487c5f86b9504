package record

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"net/netip"
	"strings"
)

// addresses puts other addresses in the place of a company's. Ranges contain each other as before, and what is within
// a range of the configuration stays where it is in it: Azure, and the program's plan, go by that.
type addresses struct {
	key    []byte
	ranges []netip.Prefix // of the configuration
	public map[netip.Prefix]netip.Addr
	next   int // the next free /24 for public
}

// kept are ranges in which an address says nothing of a company: Azure's own, and those that everybody has for
// themselves.
// Source: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
var kept = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("168.63.129.16/32"), netip.MustParsePrefix("224.0.0.0/3"),
}

// private are ranges that a company gives out, and the bits of them that stay.
// Source: https://www.rfc-editor.org/rfc/rfc1918, https://www.rfc-editor.org/rfc/rfc6598
var private = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("100.64.0.0/10"),
}

// other is what stands for an address, or for the range of so many bits that begins there.
func (a *addresses) other(addr netip.Addr, bits int) netip.Addr {
	for _, p := range kept {
		if p.Contains(addr) {
			return addr
		}
	}
	for _, p := range private {
		if p.Contains(addr) {
			return a.flipped(addr, p.Bits(), bits)
		}
	}
	if bits < widest {
		return addr // a part of the world, which nobody has
	}
	// Of the internet. Source: https://www.rfc-editor.org/rfc/rfc2544, whose 198.18.0.0/15 nobody has.
	network, _ := addr.Prefix(min(bits, 24))
	if a.public == nil {
		a.public = map[netip.Prefix]netip.Addr{}
	}
	if _, known := a.public[network]; !known {
		size := 1 << (24 - network.Bits())
		at := (a.next + size - 1) / size * size
		a.public[network], a.next = netip.AddrFrom4([4]byte{198, 18 + byte(at>>8&1), byte(at)}), at+size
	}
	octets := a.public[network].As4()
	octets[3] = addr.As4()[3]
	return netip.AddrFrom4(octets)
}

// flipped is a private address with some bits flipped after the first, each depending on all before it. The next one
// is always flipped, so that no address stays what it is.
func (a *addresses) flipped(addr netip.Addr, first, bits int) netip.Addr {
	for _, r := range a.ranges {
		if r.Contains(addr) && r.Bits() > max(first, 15) {
			bits = min(bits, r.Bits())
		}
	}
	octets := addr.As4()
	for bit := first; bit < min(bits, 24); bit++ {
		before, _ := addr.Prefix(bit)
		sum := hmac.New(sha256.New, a.key)
		fmt.Fprint(sum, before)
		if bit == first || sum.Sum(nil)[0]&1 == 1 {
			octets[bit/8] ^= 1 << (7 - bit%8)
		}
	}
	return netip.AddrFrom4(octets)
}

// widest is the range in which others are found for addresses of the internet.
const widest = 15

// text is what stands for the text of an address, a range or an address with a port; false: it is none of them.
func (a *addresses) text(s string) (string, bool) {
	if addr, err := netip.ParseAddr(s); err == nil && addr.Is4() {
		return a.other(addr, 32).String(), true
	}
	if p, err := netip.ParsePrefix(s); err == nil && p.Addr().Is4() {
		return netip.PrefixFrom(a.other(p.Addr(), p.Bits()), p.Bits()).String(), true
	}
	if host, port, found := strings.Cut(s, ":"); found {
		if addr, err := netip.ParseAddr(host); err == nil && addr.Is4() && isNumber(port) {
			return a.other(addr, 32).String() + ":" + port, true
		}
	}
	return s, false
}

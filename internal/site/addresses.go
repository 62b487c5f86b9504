package site

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// Sizes of the subnets, as documented for the site's virtual network.
const (
	gatewayBits     = 27
	proxyserverBits = 27
	bastionBits     = 26
)

// reservedAddresses is what Azure keeps of every subnet: the first four addresses and the last.
// Source: https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq
const reservedAddresses = 5

// AddressPlan is the site's address space and how it is divided.
type AddressPlan struct {
	Space       netip.Prefix
	Gateway     netip.Prefix // GatewaySubnet; not valid where none is needed, because the network or gateway exists
	Proxyserver netip.Prefix // ProxyserverSubnet: the load balancer's frontend and every proxy
	Bastion     netip.Prefix // AzureBastionSubnet; not valid where the site has neither Bastion nor a place for it
}

// subnet is one subnet to be placed: at its override, or at the first free place of its size.
type subnet struct {
	key      string // config key of the override
	bits     int
	least    int // the longest prefix that Azure or this program accepts
	override netip.Prefix
	existing bool // somebody else's, wherever that is
	place    *netip.Prefix
}

// loadAddresses reads addressSpace and subnets and divides the space. Without overrides the plan is the documented one,
// packed from the start of the space: GatewaySubnet /27, ProxyserverSubnet /27, AzureBastionSubnet /26. A space that
// grows later keeps the subnets where they are. Of an existing network the space is the part for the site, and
// GatewaySubnet is there only for a gateway of the stack's own, or where it is placed. Who uses the gateway of another
// network needs none.
func loadAddresses(s *section, existing ExistingNetwork, bastion bool) AddressPlan {
	var plan AddressPlan
	overrides := s.section("subnets")
	proxyserver := &subnet{key: "proxyserver", bits: proxyserverBits, least: 29, place: &plan.Proxyserver,
		existing: existing.ProxyserverSubnetID != ""}
	subnets := []*subnet{proxyserver}
	withGateway := existing.VirtualNetworkID == "" && !usesForeignGateway(s)
	if withGateway || ownGateway(s) || overrides.has("gateway") {
		gateway := &subnet{key: "gateway", bits: gatewayBits, least: 27, place: &plan.Gateway,
			existing: existing.GatewaySubnetID != ""}
		subnets = []*subnet{gateway, proxyserver}
	}
	if overrides.has("bastion") {
		bastion = true // the subnet outlasts its host: Azure deletes none that is in use
	}
	if bastion {
		subnets = append(subnets, &subnet{key: "bastion", bits: bastionBits, least: 26, place: &plan.Bastion,
			existing: existing.BastionSubnetID != ""})
	}
	for _, sub := range subnets {
		sub.override = loadSubnet(overrides, sub)
	}

	smallest, room := 26, "Subnets for the gateway (/27) and the proxies (/27) need a /26; with Bastion (/26) a /25"
	switch {
	case existing.VirtualNetworkID != "":
		smallest, room = proxyserver.least,
			"Give the part of the existing virtual network that has room for the site's subnets"
	case bastion:
		smallest = 25
	}
	space := s.prefix("addressSpace")
	if !space.IsValid() {
		return plan
	}
	if space.Bits() > smallest || space.Bits() < 8 {
		s.fail("addressSpace", space.String(), "has the wrong size", fmt.Sprintf("/8 to /%d", smallest),
			room)
		return plan
	}
	if use, bad := unusable(space); bad {
		s.fail("addressSpace", space.String(), "overlaps "+use, "ranges that Azure lets a virtual network have",
			"Use a private range, such as one inside 10.0.0.0/8")
		return plan
	}
	plan.Space = space
	placeSubnets(overrides, space, subnets)
	return plan
}

// unusable tells which range overlaps one that no machine of a site or a virtual network has addresses in.
func unusable(p netip.Prefix) (use string, bad bool) {
	for _, r := range unusableRanges {
		if r.prefix.Overlaps(p) {
			return fmt.Sprintf("%s, %s", r.prefix, r.use), true
		}
	}
	return "", false
}

// unusableRanges cannot be part of a virtual network, nor of a network that it is connected to.
// Source: https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq
var unusableRanges = []struct {
	prefix netip.Prefix
	use    string
}{
	{netip.MustParsePrefix("0.0.0.0/8"), "this network"},
	{netip.MustParsePrefix("127.0.0.0/8"), "loopback"},
	{netip.MustParsePrefix("169.254.0.0/16"), "link-local"},
	{netip.MustParsePrefix("168.63.129.16/32"), "Azure's own address for DNS and health probes"},
	{netip.MustParsePrefix("224.0.0.0/3"), "multicast, reserved and broadcast"},
}

func loadSubnet(s *section, sub *subnet) netip.Prefix {
	prefix := s.prefix(sub.key)
	if prefix.IsValid() && prefix.Bits() > sub.least {
		s.fail(sub.key, prefix.String(), "is too small", fmt.Sprintf("/%d or larger", sub.least), "Use a larger subnet")
		return netip.Prefix{}
	}
	return prefix
}

// placeSubnets puts the overridden subnets where they want to be and the others into the first free aligned place.
func placeSubnets(s *section, space netip.Prefix, subnets []*subnet) {
	var taken []netip.Prefix
	for _, sub := range subnets {
		if !sub.override.IsValid() {
			continue
		}
		if !sub.existing && !within(space, sub.override) {
			s.fail(sub.key, sub.override.String(), "is outside the address space", "subnets of "+space.String(),
				"Move it inside, or enlarge addressSpace")
			continue
		}
		if other, clash := overlapping(taken, sub.override); clash {
			s.fail(sub.key, sub.override.String(), "overlaps another subnet, "+other.String(),
				"subnets that share no address", "Move one of them")
			continue
		}
		*sub.place = sub.override
		taken = append(taken, sub.override)
	}
	for _, sub := range subnets {
		if sub.override.IsValid() || sub.existing {
			continue
		}
		place, ok := firstFree(space, sub.bits, taken)
		if !ok {
			s.fail(sub.key, nil, fmt.Sprintf("finds no free /%d in %s beside the other subnets", sub.bits, space),
				"an address space with room for every subnet",
				"Enlarge addressSpace, or place the subnets closer together")
			continue
		}
		*sub.place = place
		taken = append(taken, place)
	}
}

// firstFree returns the first aligned prefix of the given length in the space that overlaps none of those taken.
func firstFree(space netip.Prefix, bits int, taken []netip.Prefix) (netip.Prefix, bool) {
	candidate := netip.PrefixFrom(space.Addr(), bits)
	for within(space, candidate) {
		other, clash := overlapping(taken, candidate)
		if !clash {
			return candidate, true
		}
		// Skip past whichever of the two is larger: both are aligned, so nothing in between is free.
		next, ok := after(netip.PrefixFrom(candidate.Addr(), min(bits, other.Bits())).Masked())
		if !ok {
			break
		}
		candidate = netip.PrefixFrom(next, bits)
	}
	return netip.Prefix{}, false
}

func overlapping(taken []netip.Prefix, p netip.Prefix) (netip.Prefix, bool) {
	for _, other := range taken {
		if other.Overlaps(p) {
			return other, true
		}
	}
	return netip.Prefix{}, false
}

// after returns the first address behind an IPv4 prefix; false at the end of the address space.
func after(p netip.Prefix) (netip.Addr, bool) {
	start := binary.BigEndian.Uint32(p.Addr().AsSlice())
	next := uint64(start) + 1<<(32-p.Bits())
	if next > 1<<32-1 {
		return netip.Addr{}, false
	}
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], uint32(next))
	return netip.AddrFrom4(b), true
}

func within(space, p netip.Prefix) bool {
	return space.Bits() <= p.Bits() && space.Contains(p.Addr())
}

// usable returns how many addresses of a subnet Azure hands out.
func usable(p netip.Prefix) int {
	return 1<<(32-p.Bits()) - reservedAddresses
}

const allowedRange = "an IPv4 range in CIDR form, such as 10.20.0.0/24"

// parseRange parses an IPv4 range in its canonical form.
func (s *section) parseRange(name, text string) (netip.Prefix, bool) {
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		do := "Write the network address, a slash and the prefix length"
		if a, err := netip.ParseAddr(text); err == nil && a.Is4() {
			do = fmt.Sprintf("For this one address write %s/32", a)
		}
		s.fail(name, text, "is not a range", allowedRange, do)
	case !p.Addr().Is4():
		s.fail(name, text, "is IPv6", allowedRange, "Use IPv4: the proxies' network has no IPv6")
	case p != p.Masked():
		s.fail(name, text, "has address bits beyond its prefix length", allowedRange,
			fmt.Sprintf("Write %s if that network is meant", p.Masked()))
	default:
		return p, true
	}
	return netip.Prefix{}, false
}

package fleet

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
)

// span is a range that a site has, and where its stack file says so.
type span struct {
	*member
	prefix netip.Prefix
	key    string
	role   role
}

type role int

const (
	inAzure role = iota // addressSpace
	ofSensors
	behindPartner
)

// spansOf are the ranges of one site.
func spansOf(m *member) []span {
	t := m.site.Azure
	if t == nil {
		return nil
	}
	all := []span{{m, t.Addresses.Space, "addressSpace", inAzure}}
	for i, p := range t.Sensors {
		all = append(all, span{m, p, fmt.Sprintf("sensorCidrs[%d]", i), ofSensors})
	}
	if t.Gateway == nil {
		return all
	}
	for i, c := range t.Gateway.Connections {
		for j, p := range c.AddressPrefixes {
			all = append(all, span{m, p, fmt.Sprintf("gateway.connections[%d].addressPrefixes[%d]", i, j),
				behindPartner})
		}
	}
	return all
}

// overlap is a kind of overlap: what it is about, and what to say of it.
type overlap struct {
	severity             Severity
	kind                 Kind
	problem, allowed, do string
}

// What the overlap of two ranges means, by their roles and by how their sites reach each other.
// Sources: https://learn.microsoft.com/azure/virtual-network/virtual-network-peering-overview and
// https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-vpn-faq
var (
	ofOneNetwork = overlap{Error, "network-part", "are parts of one virtual network, and overlap",
		"parts that share no address", "Give one of the sites another part"}
	ofNetworks = overlap{Error, "address-space", "overlap, and the sites reach each other by ",
		"address spaces that share no address, where sites reach each other",
		"Choose another addressSpace for one of the sites"}
	withSite = overlap{Error, "address-space-on-site", "overlap, one in Azure and the other at a site, and the sites " +
		"reach each other by ", "address spaces that no connected site uses",
		"Choose another addressSpace: packets to it would go to the other site, or the reverse"}
	withinSite = overlap{Warning, "address-space-on-site", "overlap: the range at a site has the one in Azure in it, " +
		"which works where every router prefers the narrower one; the sites reach each other by ",
		"address spaces that no connected site uses",
		"List the networks at the site without the address space, or leave it as it is"}
	ofSensorRanges = overlap{Warning, "sensor-range", "overlap, so the proxies of several sites let in the same " +
		"sensors; the sites reach each other by ", "each sensor in the ranges of one site",
		"Take the range out of all sites but one; while sensors move from one stack to another, leave it as it is"}
	ofStrangers = overlap{Warning, "unconnected-address-space", "overlap. No stack file connects these sites; they " +
		"can never be peered, nor share a gateway or a circuit", "an address space of its own for each site",
		"Choose another addressSpace before the first up: later it takes a second stack. If the sites stay apart, " +
			"leave it as it is"}
)

// kindsOfOverlap are all of them, in the order in which they are told.
var kindsOfOverlap = []*overlap{&ofOneNetwork, &ofNetworks, &withSite, &withinSite, &ofSensorRanges, &ofStrangers}

// between says what an overlap of two sites' ranges means, of which a contains b; nil: nothing.
func between(a, b span) *overlap {
	azure := 0
	for _, s := range []span{a, b} {
		if s.role == inAzure {
			azure++
		}
	}
	switch connected := a.domain == b.domain; {
	case azure == 2 && a.network == b.network:
		return &ofOneNetwork
	case azure == 2 && connected:
		return &ofNetworks
	case azure == 2:
		return &ofStrangers
	case azure == 1 && connected && b.role == inAzure && a.prefix.Bits() < b.prefix.Bits():
		return &withinSite
	case azure == 1 && connected:
		return &withSite
	case connected && a.role == ofSensors && b.role == ofSensors:
		return &ofSensorRanges
	}
	return nil
}

// overlaps finds the ranges of different sites that share addresses. Ranges that share one are told together. Of two
// ranges that overlap one contains the other: sorted by address, widest first, a range follows those that contain it.
func overlaps(members []*member) []Finding {
	var spans []span
	for _, m := range members {
		spans = append(spans, spansOf(m)...)
	}
	slices.SortStableFunc(spans, func(a, b span) int {
		return cmp.Or(a.prefix.Addr().Compare(b.prefix.Addr()), cmp.Compare(a.prefix.Bits(), b.prefix.Bits()))
	})
	together := map[*overlap]*sets{}
	taking := map[*overlap]map[int]bool{}
	var around []int // ranges that contain the one that is looked at
	for i, s := range spans {
		for len(around) > 0 && !spans[around[len(around)-1]].prefix.Contains(s.prefix.Addr()) {
			around = around[:len(around)-1]
		}
		for _, other := range around {
			if spans[other].File == s.File {
				continue
			}
			if is := between(spans[other], s); is != nil {
				if together[is] == nil {
					together[is], taking[is] = newSets(len(spans)), map[int]bool{}
				}
				together[is].join(other, i)
				taking[is][other], taking[is][i] = true, true
			}
		}
		around = append(around, i)
	}
	var all []Finding
	for _, is := range kindsOfOverlap {
		groups := map[int][]span{}
		for _, i := range slices.Sorted(maps.Keys(taking[is])) {
			at := together[is].find(i)
			groups[at] = append(groups[at], spans[i])
		}
		for _, at := range slices.Sorted(maps.Keys(groups)) {
			all = append(all, is.finding(groups[at]))
		}
	}
	return all
}

func (o *overlap) finding(spans []span) Finding {
	f := Finding{Severity: o.severity, Kind: o.kind, Problem: o.problem, Allowed: o.allowed, Do: o.do}
	var members []*member
	for _, s := range spans {
		f.Places = append(f.Places, Place{s.File, s.key, s.prefix.String()})
		members = append(members, s.member)
	}
	if o != &ofStrangers && o != &ofOneNetwork {
		f.Problem += connectedBy(members)
	}
	return f
}

package configgen

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"pgregory.net/rapid"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

// plan is what the addresses of a configuration have in common.
type plan struct {
	space   netip.Prefix
	sensors netip.Prefix
	bastion bool
}

func (d draw) plan() plan {
	p := plan{bastion: d.oneIn(3)}
	base := rapid.SampledFrom([]string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "20.0.0.0/8"}).
		Draw(d.t, "space from")
	bits := rapid.SampledFrom([]int{26, 26, 25, 25, 24, 23, 22, 20, 16}).Draw(d.t, "space bits")
	if p.bastion {
		bits = min(bits, 25)
	}
	p.space = d.within(netip.MustParsePrefix(base), bits)
	p.sensors = d.within(netip.MustParsePrefix("10.0.0.0/8"), 16)
	if p.sensors.Overlaps(p.space) {
		p.sensors = netip.MustParsePrefix("172.31.0.0/16")
	}
	return p
}

// within is any prefix of a length inside another.
func (d draw) within(in netip.Prefix, bits int) netip.Prefix {
	bits = max(bits, in.Bits())
	places := uint32(1)<<(bits-in.Bits()) - 1
	place := rapid.Uint32Range(0, places).Draw(d.t, "place")
	first := binary.BigEndian.Uint32(in.Addr().AsSlice())
	return netip.PrefixFrom(netip.AddrFrom4(fourBytes(first+place<<(32-bits))), bits)
}

func fourBytes(n uint32) (b [4]byte) {
	binary.BigEndian.PutUint32(b[:], n)
	return b
}

func (d draw) space(p plan) any {
	return d.pick("space", []any{p.space.String()}, "10.0.0.0/27", "10.0.0.1/24", "fd00::/48", "127.0.0.0/16",
		"168.63.129.0/24", "0.0.0.0/4", "10.0.0.0")
}

func (d draw) sensors(p plan) any {
	if d.oneIn(2) {
		return []any{p.sensors.String()}
	}
	return d.several("sensors", 1, 4, func(int) any {
		from := p.sensors
		if d.oneIn(6) {
			from = netip.MustParsePrefix("10.0.0.0/8")
		}
		prefix := d.within(from, rapid.IntRange(from.Bits(), 32).Draw(d.t, "bits"))
		return d.pick("sensors", []any{prefix.String()}, "0.0.0.0/0", "10.1.2.3", "fd00::/64", p.space.String())
	})
}

func (d draw) subnets(p plan) any {
	subnets := group{}
	place := func(name string, most, least int) {
		d.sometimes(subnets, name, func() any {
			prefix := d.within(p.space, rapid.IntRange(most, least).Draw(d.t, name))
			return d.pick(name, []any{prefix.String()}, "10.0.0.0/27", "10.0.0.0/31", "::/64")
		})
	}
	place("gateway", 24, 27)
	place("proxyserver", 24, 29)
	if p.bastion || d.oneIn(20) {
		place("bastion", 24, 26)
	}
	return subnets
}

// address is any address of a prefix, its first and last ones included.
func (d draw) address(in netip.Prefix) string {
	return d.within(in, 32).Addr().String()
}

// outside is an address that the internet could know.
func (d draw) outside(label string) any {
	return d.pick(label, []any{d.address(netip.MustParsePrefix("203.0.113.0/24")),
		d.address(netip.MustParsePrefix("20.0.0.0/8"))},
		"10.0.0.1", "host.example.com", "2001:db8::1", "0.0.0.0", "255.255.255.255", "127.0.0.1",
		"169.254.1.1", "224.0.0.1")
}

// prefixes are networks behind a partner.
func (d draw) prefixes(label string) []any {
	return d.several(label, 1, 3, func(int) any {
		from := rapid.SampledFrom([]string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "198.51.100.0/24"}).
			Draw(d.t, label)
		prefix := netip.MustParsePrefix(from)
		return d.pick(label, []any{d.within(prefix, rapid.IntRange(prefix.Bits(), 32).Draw(d.t, "bits")).String()},
			"10.0.0.1/8", "0.0.0.0/0", "::/0")
	})
}

const otherSubscription = "11111111-2222-3333-4444-555555555555"

func (d draw) subscription() string {
	return d.pick("subscription", []any{arm.Subscription, otherSubscription}).(string)
}

func (d draw) id(subscription, provider, name string) string {
	in := rapid.StringMatching(`[A-Za-z0-9_-][A-Za-z0-9_().-]{0,20}`).Draw(d.t, "resource group")
	return fmt.Sprintf("/subscriptions/%s/resourceGroups/%s/providers/%s/%s", subscription, in, provider, name)
}

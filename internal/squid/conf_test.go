package squid

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the files in testdata")

// documented is the proxy of the three documented services and one extra host.
var documented = Proxy{
	Port:    3128,
	Sensors: []netip.Prefix{netip.MustParsePrefix("10.20.0.0/24"), netip.MustParsePrefix("10.30.0.7/32")},
	Domains: []Domain{".azure-devices.net", ".blob.core.windows.net", ".servicebus.windows.net",
		"download.microsoft.com"},
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs from what is rendered; if the change is meant, run go test -update\n%s", path, got)
	}
}

func TestTheDocumentedProxysSquidConf(t *testing.T) {
	golden(t, "squid.conf", []byte(documented.Conf()))
}

// random makes a proxy out of few enough parts that repetitions and overlaps are common.
func random(r *rand.Rand) Proxy {
	p := Proxy{Port: uint16(1 + r.Intn(65535)), Workers: r.Intn(4), Descriptors: r.Intn(2) * 8192}
	for range 1 + r.Intn(8) {
		if r.Intn(4) == 0 {
			addr := netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, byte(r.Intn(3))})
			p.Sensors = append(p.Sensors, netip.PrefixFrom(addr, 32+r.Intn(97)))
		} else {
			addr := netip.AddrFrom4([4]byte{10, byte(r.Intn(3)), byte(r.Intn(3)), byte(r.Intn(256))})
			p.Sensors = append(p.Sensors, netip.PrefixFrom(addr, 8+r.Intn(25)))
		}
	}
	for range 1 + r.Intn(8) {
		labels := []string{"example"}
		for range 1 + r.Intn(3) {
			labels = append([]string{[]string{"a", "b", "hub-1", "xn--bcher-kva"}[r.Intn(4)]}, labels...)
		}
		p.Domains = append(p.Domains, Domain([]string{"", "."}[r.Intn(2)]+strings.Join(labels, ".")))
	}
	return p
}

// shuffled is the same set in another order, with repetitions and uncleared host bits.
func shuffled(r *rand.Rand, p Proxy) Proxy {
	p.Sensors = append(slices.Clone(p.Sensors), p.Sensors[r.Intn(len(p.Sensors))])
	p.Domains = append(slices.Clone(p.Domains), p.Domains[r.Intn(len(p.Domains))])
	for i, s := range p.Sensors {
		if s.Bits() < s.Addr().BitLen() {
			p.Sensors[i] = netip.PrefixFrom(s.Masked().Addr().Next(), s.Bits())
		}
	}
	r.Shuffle(len(p.Sensors), func(i, j int) { p.Sensors[i], p.Sensors[j] = p.Sensors[j], p.Sensors[i] })
	r.Shuffle(len(p.Domains), func(i, j int) { p.Domains[i], p.Domains[j] = p.Domains[j], p.Domains[i] })
	return p
}

func TestTheSameSetRendersTheSameBytes(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for range 2000 {
		p := random(r)
		if q := shuffled(r, p); p.Conf() != q.Conf() {
			t.Fatalf("%v and %v render differently", p, q)
		}
	}
}

// values are what the lines "acl <name> <kind> …" of a squid.conf say.
func values(conf, acl string) []string {
	var found []string
	for line := range strings.Lines(conf) {
		if words, ok := strings.CutPrefix(line, "acl "+acl+" "); ok {
			fields := strings.Fields(words)
			found = append(found, fields[len(fields)-1])
		}
	}
	return found
}

func TestServedSourcesAreExactlyTheSensors(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	for range 500 {
		p := random(r)
		var served []netip.Prefix
		for _, v := range values(p.Conf(), "sensors") {
			served = append(served, mustPrefix(t, v))
		}
		for range 50 {
			addr := netip.AddrFrom4([4]byte{10, byte(r.Intn(4)), byte(r.Intn(4)), byte(r.Intn(256))})
			if got, want := contains(served, addr), contains(p.Sensors, addr); got != want {
				t.Fatalf("%v: %v served: %v, want %v", p.Sensors, addr, got, want)
			}
		}
	}
}

func TestNoAddressOutsideTheInternetIsADestination(t *testing.T) {
	var denied []netip.Prefix
	for _, v := range values(documented.Conf(), "inside") {
		denied = append(denied, mustPrefix(t, v))
	}
	r := rand.New(rand.NewSource(3))
	for range 200000 {
		addr := netip.AddrFrom4([4]byte{byte(r.Intn(256)), byte(r.Intn(256)), byte(r.Intn(256)), byte(r.Intn(256))})
		internal := addr.IsPrivate() || addr.IsLoopback() || addr.IsLinkLocalUnicast() ||
			addr.IsMulticast() || addr.As4()[0] == 0
		if internal && !contains(denied, addr) {
			t.Fatalf("%v may be a destination", addr)
		}
	}
	for _, text := range []string{"168.63.129.16", "169.254.169.254", "100.64.0.1",
		"100.127.255.255", "255.255.255.255",
		"::", "::1", "::10.0.0.1", "64:ff9b::a00:1", "fc00::1", "fdff::1", "fe80::1", "febf::1", "ff02::1",
		"192.0.0.192", "198.18.0.1", "198.19.255.255", "::ffff:0:a00:1", "64:ff9b:1::1", "100::1", "2001::1",
		"2002:a00:1::", "5f00::1", "fec0::1", "feff::1"} {
		if !contains(denied, netip.MustParseAddr(text)) {
			t.Errorf("%s may be a destination", text)
		}
	}
	for _, text := range []string{"13.107.6.1", "20.50.1.1", "52.239.1.1", "100.63.255.255", "100.128.0.0",
		"168.63.129.15", "172.32.0.1", "2603:1030::1"} {
		if contains(denied, netip.MustParseAddr(text)) {
			t.Errorf("%s, an Azure-like address, is no destination", text)
		}
	}
}

func contains(prefixes []netip.Prefix, addr netip.Addr) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(addr) })
}

func mustPrefix(t *testing.T, text string) netip.Prefix {
	t.Helper()
	if !strings.Contains(text, "/") {
		text = fmt.Sprintf("%s/%d", text, netip.MustParseAddr(text).BitLen())
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		t.Fatal(err)
	}
	return prefix
}

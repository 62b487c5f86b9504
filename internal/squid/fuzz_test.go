package squid

import (
	"fmt"
	"iter"
	"math/rand"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// Whatever a proxy in Azure is made of, it is refused, or Squid takes its configuration without a word and the instance
// gets each file as it was meant.
func FuzzSquidTakesAProxyOrItIsRefused(f *testing.F) {
	r := rand.New(rand.NewSource(7))
	for range 10 {
		p := random(r)
		f.Add(p.Port, joined(p.Sensors), joined(p.Domains), "plant-7", "$6$salt$hash")
	}
	f.Add(uint16(0), "", "", "", "")
	f.Add(uint16(65535), "::ffff:10.0.0.1/128\n10.0.0.1/8", ".example.com\na.example.com", "a:b", "hash")
	f.Add(uint16(3128), "10.0.0.0/8\nfe80::1%eth0/64", "example.com\nhttp_access allow all",
		"plant\x007", "$6$x\nroot:y")
	f.Add(uint16(3128), "10.0.0.0/8", "..example.com\nexample.com # x\n\"/etc/passwd\"\nWARNING.example", "-", "#")
	f.Add(uint16(3128), "10.0.0.0/8", "xn--bcher-kva.example", "sensor\xff", "%{x}>h")
	f.Add(uint16(3128), "0.0.0.0/0", ".example.com", "", "")
	f.Add(uint16(3128), "::/1\n10.0.0.0/8", ".example.com", "", "")
	f.Add(uint16(3128), "10.0.0.0/8", ".example.com", "sensor", "$6$\x80\x00lt$hash")
	f.Fuzz(func(t *testing.T, port uint16, sensors, domains, username, hash string) {
		p := Proxy{Port: port, Domains: domainsOf(domains)}
		for line := range lines(sensors) {
			prefix, _ := netip.ParsePrefix(line) // what is none must be refused, not left out
			p.Sensors = append(p.Sensors, prefix)
		}
		if username+hash != "" {
			p.Credentials = []Credentials{{Username: username, Hash: hash}}
		}
		document, err := CloudConfig(p)
		if err != nil {
			return
		}
		if complaints := parse(t, p.Conf()); complaints != nil {
			t.Fatalf("%q\n%s", complaints, p.Conf())
		}
		var read cloudConfig
		if err := yaml.Unmarshal(document, &read); err != nil ||
			!slices.Equal(read.WriteFiles, instance(p).WriteFiles) {
			t.Fatalf("%v\n%+v\nis read from\n%s", err, read.WriteFiles, document)
		}
	})
}

// The same for a proxy on site.
func FuzzSquidTakesAnOnsiteProxyOrItIsRefused(f *testing.F) {
	r := rand.New(rand.NewSource(8))
	for range 10 {
		o := randomOnsite(r)
		host, port, pass := "", uint16(0), false
		if u := o.Upstream; u != nil {
			host, port, pass = u.Host, u.Port, u.PassCredentials
		}
		var sensors []string
		for _, s := range o.Sensors {
			sensors = append(sensors, s.Name+" "+s.Addr.String())
		}
		f.Add(o.Name, o.Port, strings.Join(sensors, "\n"), joined(o.Domains), host, port, pass)
	}
	f.Add("hall 3\nhttp_access allow all", uint16(3128), "a b 10.0.0.1\nall 10.0.0.2\none 10.0.0.3\nONE 10.0.0.4",
		"a.example", "", uint16(0), false)
	f.Add("hall", uint16(1), "s 0.0.0.0\nt ::ffff:10.0.0.1\nu 10.0.0.1\nv fe80::1%eth0", ".example.com",
		"-x", uint16(1), true)
	f.Add("hall", uint16(3128), "s 10.0.0.1", ".example.com", "0x7f.1", uint16(3128), true)
	f.Add("hall", uint16(3128), "s 10.0.0.1", ".example.com", "proxy.example 0 0\nnever_direct deny all",
		uint16(3128), true)
	f.Fuzz(func(t *testing.T, name string, port uint16, sensors, domains, host string, upstream uint16, pass bool) {
		o := Onsite{Name: name, Port: port, Domains: domainsOf(domains)}
		for line := range lines(sensors) {
			at := max(strings.LastIndex(line, " "), 0)
			addr, _ := netip.ParseAddr(strings.TrimSpace(line[at:])) // what is none must be refused, not left out
			o.Sensors = append(o.Sensors, Sensor{line[:at], addr})
		}
		if host != "" || upstream != 0 {
			o.Upstream = &Upstream{Host: host, Port: upstream, PassCredentials: pass}
		}
		text, err := o.Conf()
		if err != nil {
			return
		}
		if complaints := parse(t, text); complaints != nil {
			t.Fatalf("%q\n%s", complaints, text)
		}
	})
}

func domainsOf(text string) []Domain {
	var all []Domain
	for line := range lines(text) {
		all = append(all, Domain(line))
	}
	return all
}

// lines are the text's, without their ends.
func lines(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range strings.Lines(text) {
			if !yield(strings.TrimSuffix(line, "\n")) {
				return
			}
		}
	}
}

// joined is the list as lines.
func joined[T any](list []T) string {
	var all []string
	for _, item := range list {
		all = append(all, fmt.Sprint(item))
	}
	return strings.Join(all, "\n")
}

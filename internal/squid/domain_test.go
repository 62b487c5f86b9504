package squid

import (
	"strings"
	"testing"
)

func TestADomainIsReadInDstdomainForm(t *testing.T) {
	for in, want := range map[string]Domain{
		".azure-devices.net":           ".azure-devices.net",
		"hub1.azure-devices.net":       "hub1.azure-devices.net",
		"Hub1.Azure-Devices.NET":       "hub1.azure-devices.net",
		"download.microsoft.com":       "download.microsoft.com",
		"xn--bcher-kva.example":        "xn--bcher-kva.example",
		"1hub.example":                 "1hub.example",
		"a.b":                          "a.b",
		strings.Repeat("a", 63) + ".b": Domain(strings.Repeat("a", 63) + ".b"),
	} {
		got, err := ParseDomain(in)
		if err != nil || got != want {
			t.Errorf("ParseDomain(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestWhatIsNotOneNameIsRefusedWithARemedy(t *testing.T) {
	for in, remedy := range map[string]string{
		"":                              "name the domain",
		".":                             "name the domain",
		"net":                           "name a domain below it",
		".net":                          "name a domain below it",
		"localhost":                     "name a domain below it",
		"10.0.0.4":                      "give the name of the host",
		"10.0.0.0/8":                    "give the name of the host",
		".10.0.0.4":                     "give the name of the host",
		"2001:db8::1":                   "give the name of the host",
		"[2001:db8::1]":                 "give the name of the host",
		"::ffff:10.0.0.4":               "give the name of the host",
		"2130706433":                    "give the name of the host",
		"0x7f000001":                    "give the name of the host",
		"127.1":                         "give the name of the host",
		"127.0.0.0x1":                   "give the name of the host",
		"0177.0.0.1":                    "give the name of the host",
		"*.azure-devices.net":           `write ".azure-devices.net"`,
		"https://hub.azure-devices.net": "give the host's name alone",
		"hub.azure-devices.net.":        "leave the last dot out",
		"hub.azure-devices.net:443":     "leave the port out",
		"a b.example":                   "letters, digits",
		"a.example ":                    "letters, digits",
		"a.example\nhttp_access":        "letters, digits",
		"a\x00.example":                 "letters, digits",
		`"a.example"`:                   "letters, digits",
		"'a.example":                    "letters, digits",
		"a%2e.example":                  "letters, digits",
		"a_b.example":                   "letters, digits",
		"a..example":                    "letters, digits",
		"..a.example":                   "letters, digits",
		"-a.example":                    "letters, digits",
		"a-.example":                    "letters, digits",
		strings.Repeat("a", 64) + ".b":  "1 to 63",
		strings.Repeat("ab.", 90) + "b": "at most 253",
		"bücher.example":                "punycode",
		"hub.azure-devices。net":         "punycode",
	} {
		got, err := ParseDomain(in)
		if err == nil {
			t.Errorf("ParseDomain(%q) = %q; want it refused", in, got)
			continue
		}
		for _, want := range []string{remedy, "allowed is", `".azure-devices.net"`} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("ParseDomain(%q): %q does not say %q", in, err, want)
			}
		}
	}
}

// pairs are domains side by side, and whether Squid refuses them.
var pairs = []struct {
	a, b     Domain
	overlaps bool
}{
	{".a.b", ".a.b", true},
	{".a.b", "x.a.b", true},
	{".a.b", ".x.a.b", true},
	{".a.b", "y.x.a.b", true},
	{".a.b", "a.b", true},
	{"a.b", "a.b", true},
	{"x.a.b", "a.b", false},
	{"x.a.b", "y.a.b", false},
	{"x.a.b", ".y.a.b", false},
	{".a.b", ".xa.b", false},
	{".a.b", "xa.b", false},
	{".a.b", ".a.c", false},
}

func TestDomainsOverlapWhenOneSaysTheOther(t *testing.T) {
	for _, p := range pairs {
		if Overlaps(p.a, p.b) != p.overlaps || Overlaps(p.b, p.a) != p.overlaps {
			t.Errorf("Overlaps(%q, %q) is not %v both ways", p.a, p.b, p.overlaps)
		}
	}
}

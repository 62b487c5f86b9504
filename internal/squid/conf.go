// Package squid renders what a proxy is made of: for an instance of the scale set its squid.conf and the cloud-config
// that installs it, for a host on site its squid.conf and an install script. Text from typed input; the same input
// gives the same bytes, because changed bytes are a changed scale set.
package squid

import (
	_ "embed"
	"net/netip"
	"slices"
)

// Proxy is one Squid instance of the scale set.
type Proxy struct {
	Port        uint16         // http_port
	Sensors     []netip.Prefix // the only sources served
	Domains     []Domain       // allowed destinations
	Credentials []Credentials  // one of which a sensor must present; empty: nothing
	Workers     int            // processes that serve; 0: one
	Descriptors int            // that each of them may have open; 0: FileDescriptors
	Packages    Packages       // where the instance has Squid from
	Rows        bool           // write rows for Azure Monitor Agent, too
}

// Credentials is a user of the proxy as Squid knows it.
type Credentials struct {
	Username string // without colon, space or control character; no two have the same
	Hash     string // crypt(5), such as $6$salt$…; never the password
}

// helperPath is the package's helper for basic authentication, and passwordPath is where it finds users and hashes.
// queuesPath is the program that Squid runs in its place: it has the helper check what addresses present in turn.
const (
	helperPath   = "/usr/lib/squid/basic_ncsa_auth"
	passwordPath = "/etc/squid/passwd"
	queuesPath   = "/usr/local/lib/defender-iot-proxy-helper.py"
)

// queues is that program.
//
//go:embed helper.py
var queues string

// FileDescriptors is the limit in squid.conf and in the service unit where nothing else is asked for: what Debian and
// Ubuntu build Squid for (--with-filedescriptors=65536).
const FileDescriptors = 65536

func (p Proxy) descriptors() int {
	if p.Descriptors == 0 {
		return FileDescriptors
	}
	return p.Descriptors
}

// inside lists the addresses that no Defender host has, so that a name on the allow-list which resolves to one leads
// nowhere. RFC 6890 (IPv4 and IPv6 special-purpose addresses), RFC 6598 (100.64.0.0/10), RFC 6052 and RFC 8215 (NAT64),
// RFC 4380 and RFC 3056 (IPv4 within IPv6), RFC 3879 (site-local: fe80::/9 has it beside link-local), and
// https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16. The mapped form ::ffff:0:0/96
// must not be here: it is how Squid holds IPv4, and would be all of it.
var inside = []string{
	"0.0.0.0/8",
	"10.0.0.0/8",
	"100.64.0.0/10",
	"127.0.0.0/8",
	"168.63.129.16",
	"169.254.0.0/16",
	"172.16.0.0/12",
	"192.0.0.0/24",
	"192.168.0.0/16",
	"198.18.0.0/15",
	"224.0.0.0/3",
	"::/96",
	"::ffff:0:0:0/96",
	"64:ff9b::/96",
	"64:ff9b:1::/48",
	"100::/64",
	"2001::/32",
	"2002::/16",
	"5f00::/16",
	"fc00::/7",
	"fe80::/9",
	"ff00::/8",
}

// Conf renders squid.conf. The order of sensors and domains does not matter, nor do repetitions: Squid warns about
// an entry that a wider one already covers, so only the widest are written.
func (p Proxy) Conf() string {
	rows := ""
	if p.Rows {
		rows = rowFormat()
	}
	return render("squid.conf.tmpl", map[string]any{
		"Port":            p.Port,
		"Sensors":         sources(p.Sensors),
		"Domains":         destinations(p.Domains),
		"Inside":          inside,
		"FileDescriptors": p.descriptors(), "ConnectionsOfOne": p.descriptors() / 8,
		"Workers":      p.Workers,
		"Credentials":  p.Credentials,
		"Program":      queuesPath,
		"Helper":       helperPath,
		"PasswordPath": passwordPath,
		"Guard":        guardAddress,
		"Rows":         rows, "RowsPath": RowsPath,
	})
}

// sources gives the widest of the prefixes, in order, a single address without its length.
func sources(prefixes []netip.Prefix) []string {
	sorted := make([]netip.Prefix, 0, len(prefixes))
	for _, p := range prefixes {
		sorted = append(sorted, canonical(p))
	}
	slices.SortFunc(sorted, netip.Prefix.Compare)

	var texts []string
	var last netip.Prefix
	for _, p := range sorted { // a prefix sorts before those inside it
		if last.IsValid() && last.Overlaps(p) {
			continue
		}
		last = p
		if p.IsSingleIP() {
			texts = append(texts, p.Addr().String())
		} else {
			texts = append(texts, p.String())
		}
	}
	return texts
}

// canonical clears the host bits and takes IPv4 out of its IPv6 form.
func canonical(p netip.Prefix) netip.Prefix {
	if addr := p.Addr(); addr.Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(addr.Unmap(), p.Bits()-96)
	}
	return p.Masked()
}

// destinations gives the widest of the domains, in order.
func destinations(domains []Domain) []Domain {
	sorted := slices.Compact(slices.Sorted(slices.Values(domains)))
	return slices.DeleteFunc(slices.Clone(sorted), func(d Domain) bool {
		return slices.ContainsFunc(sorted, func(other Domain) bool { return other != d && other.covers(d) })
	})
}

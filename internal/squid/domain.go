package squid

import (
	"fmt"
	"net/netip"
	"strings"
)

// Domain is an allowed destination in the form of Squid's dstdomain: ".azure-devices.net" is the domain and
// everything below it, "hub1.azure-devices.net" is that host only.
type Domain string

// Limits of a DNS name, RFC 1035 §2.3.4.
const (
	maxName  = 253
	maxLabel = 63
)

// allowed ends every error of ParseDomain, so that each says what would have been right.
const allowed = `allowed is a host ("hub1.azure-devices.net") or, with a leading dot, a domain and everything below ` +
	`it (".azure-devices.net")`

// DomainError says why a text is no destination, and what to do about it.
type DomainError struct {
	Text, Problem, Remedy string
}

func (e *DomainError) Error() string {
	return fmt.Sprintf("%q %s: %s; %s", e.Text, e.Problem, e.Remedy, allowed)
}

// ParseDomain reads a destination as a site's configuration gives it. Upper case is lowered; whatever Squid
// would read as something other than one name is refused, with a *DomainError.
func ParseDomain(s string) (Domain, error) {
	refuse := func(what, remedy string) (Domain, error) {
		return "", &DomainError{Text: s, Problem: what, Remedy: remedy}
	}
	name := strings.TrimPrefix(s, ".")
	switch {
	case name == "":
		return refuse("is empty", "name the domain or leave the entry out")
	case strings.HasPrefix(s, "*."):
		return refuse("has a wildcard", fmt.Sprintf("write %q", s[1:]))
	case strings.Contains(s, "://"):
		return refuse("is a URL", "give the host's name alone")
	case isAddress(name):
		return refuse("is an IP address", "the proxy refuses addresses, so give the name of the host")
	case hasPort(name):
		return refuse("has a port", "leave the port out: the proxy opens no other than 443")
	case strings.HasSuffix(s, "."):
		return refuse("ends with a dot", "leave the last dot out")
	case !isASCII(s):
		return refuse("has letters outside ASCII", `give the name in punycode ("xn--…")`)
	case len(name) > maxName:
		return refuse(fmt.Sprintf("is %d characters long", len(name)), fmt.Sprintf("a name has at most %d", maxName))
	}
	name = strings.ToLower(name)
	labels := strings.Split(name, ".")
	for _, label := range labels {
		if fault := labelFault(label); fault != "" {
			return refuse("has a label that "+fault,
				fmt.Sprintf("labels are 1 to %d letters, digits and inner hyphens", maxLabel))
		}
	}
	if len(labels) < 2 {
		return refuse("is a bare top-level domain", "name a domain below it, or every host of it would be open")
	}
	if strings.HasPrefix(s, ".") {
		name = "." + name
	}
	return Domain(name), nil
}

// Overlaps tells whether Squid refuses a and b side by side: one of them already says the other.
func Overlaps(a, b Domain) bool {
	return a.covers(b) || b.covers(a)
}

// covers tells whether every host of other is one of d's.
func (d Domain) covers(other Domain) bool {
	if d == other {
		return true
	}
	return strings.HasPrefix(string(d), ".") && strings.HasSuffix("."+strings.TrimPrefix(string(other), "."), string(d))
}

// isAddress recognises an address in every notation that a resolver takes for one: RFC 4291 (bracketed too),
// and whatever ends in a number, which includes the old octal, hexadecimal and shortened forms of IPv4.
func isAddress(name string) bool {
	if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		return true
	}
	if _, err := netip.ParsePrefix(name); err == nil {
		return true
	}
	last := strings.ToLower(name[strings.LastIndex(name, ".")+1:])
	if hex, ok := strings.CutPrefix(last, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return last != "" && strings.Trim(last, "0123456789") == ""
}

func hasPort(name string) bool {
	host, port, found := strings.Cut(name, ":")
	return found && host != "" && port != "" && strings.Trim(port, "0123456789") == ""
}

// labelFault says what is wrong with one label of a lower-case name, or nothing (RFC 1123 §2.1).
func labelFault(label string) string {
	switch {
	case label == "":
		return "is empty"
	case len(label) > maxLabel:
		return "is too long"
	case strings.IndexFunc(label, outsideLDH) >= 0:
		return "has other characters"
	case label[0] == '-' || label[len(label)-1] == '-':
		return "starts or ends with a hyphen"
	}
	return ""
}

// outsideLDH tells what is not one of a host name's letters, digits and hyphen.
func outsideLDH(r rune) bool {
	return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z')
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > 0x7f }) < 0
}

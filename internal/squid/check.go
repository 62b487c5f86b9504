package squid

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// allIPv4 is every IPv4 address in the form in which Squid holds it. It has a word of its own for them, and takes no
// range.
var allIPv4 = netip.MustParsePrefix("::ffff:0:0/96")

// check refuses what would render to a proxy that serves nobody, or to lines that are not the ones intended.
func (p Proxy) check() error {
	errs := checkCommon(p.Port, p.Domains)
	if len(p.Sensors) == 0 {
		errs = append(errs, errors.New("no sensors: name at least one address range that the proxy serves"))
	}
	for _, s := range p.Sensors {
		if !s.IsValid() {
			errs = append(errs, fmt.Errorf("sensors %v: not an address range", s))
		} else if s.Bits() <= allIPv4.Bits() && s.Overlaps(allIPv4) || s.Addr().Is4() && s.Bits() == 0 {
			errs = append(errs, fmt.Errorf(
				"sensors %v: every IPv4 address there is; name the ranges in which sensors are", s))
		}
	}
	for i, c := range p.Credentials {
		if c.Username == "" || c.Hash == "" || strings.IndexFunc(c.Username+c.Hash, separates) >= 0 {
			errs = append(errs, errors.New("credentials: a user and a hash in the form of crypt(5) are needed, in "+
				"ASCII without colons or white space"))
		}
		if slices.ContainsFunc(p.Credentials[:i], func(other Credentials) bool {
			return other.Username == c.Username
		}) {
			errs = append(errs, fmt.Errorf("credentials: %q is there twice, and Squid knows one password to a user",
				c.Username))
		}
	}
	return errors.Join(errs...)
}

// separates tells what ends a field of the file of users, or is not in every reader's alphabet.
func separates(r rune) bool { return r <= ' ' || r == ':' || r > '~' }

// checkCommon checks what every proxy has.
func checkCommon(port uint16, domains []Domain) []error {
	var errs []error
	if port == 0 {
		errs = append(errs, errors.New("port 0: the proxy needs a port from 1 to 65535"))
	}
	if len(domains) == 0 {
		errs = append(errs, errors.New("no domains: name at least one destination that sensors may reach"))
	}
	for _, d := range domains {
		if parsed, err := ParseDomain(string(d)); err != nil {
			errs = append(errs, err)
		} else if parsed != d {
			errs = append(errs, fmt.Errorf("%q: write %q", d, parsed))
		}
	}
	return errs
}

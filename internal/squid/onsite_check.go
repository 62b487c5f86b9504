package squid

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// maxACLName is how long the name of an ACL may be: ACL_NAME_SZ in Squid's src/acl/forward.h, less the final zero.
const maxACLName = 63

// plainName is what is safe as a word of squid.conf and of a shell script alike.
var plainName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)

const plainNameAllowed = "a name is letters, digits, dashes and underscores, and starts with a letter or digit"

// ownACLs are the names that our files use for themselves, read from the templates so that none is forgotten, and those
// that Squid defines. Squid does not tell upper from lower case.
var ownACLs = func() map[string]bool {
	names := map[string]bool{
		"all": true, "manager": true, "localhost": true, "to_localhost": true, "to_linklocal": true, "connect": true,
	}
	for _, name := range []string{"parts.tmpl", "squid.conf.tmpl", "onsite.conf.tmpl"} {
		text, err := templateFiles.ReadFile(name)
		if err != nil {
			panic(err) // it is part of the program
		}
		for _, acl := range regexp.MustCompile(`(?m)^acl ([a-z_]+) `).FindAllSubmatch(text, -1) {
			names[string(acl[1])] = true
		}
	}
	return names
}()

// check refuses what would render to a proxy that serves nobody, or to lines that are not the ones intended.
func (o Onsite) check() error {
	errs := checkCommon(o.Port, o.Domains)
	if !plainName.MatchString(o.Name) {
		errs = append(errs, fmt.Errorf("name %q: %s", o.Name, plainNameAllowed))
	}
	if len(o.Sensors) == 0 {
		errs = append(errs, errors.New("no sensors: name at least one that the proxy serves"))
	}
	errs = append(errs, checkSensors(o.Sensors)...)
	if o.Upstream != nil {
		errs = append(errs, o.Upstream.check()...)
	}
	if len(errs) == 0 {
		return nil
	}
	return fmt.Errorf("on-site proxy %q: %w", o.Name, errors.Join(errs...))
}

func checkSensors(sensors []Sensor) []error {
	var errs []error
	byName, byAddr := map[string]bool{}, map[netip.Addr]string{}
	for _, s := range sensors {
		name, addr := strings.ToLower(s.Name), s.Addr.Unmap()
		refuse := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("sensor %q: %s", s.Name, fmt.Sprintf(format, args...)))
		}
		switch {
		case !plainName.MatchString(s.Name):
			refuse("%s", plainNameAllowed)
		case len(s.Name) > maxACLName:
			refuse("the name is %d characters long and Squid allows %d", len(s.Name), maxACLName)
		case ownACLs[name]:
			refuse("squid.conf uses this name for itself: choose another")
		case byName[name]:
			refuse("the name is there twice (upper and lower case are the same): each sensor needs its own")
		}
		switch other, twice := byAddr[addr]; {
		case !host(addr):
			refuse("%q is not the address of a host: give an IPv4 or IPv6 address", s.Addr)
		case twice:
			refuse("%v is the address of %q already: name each sensor once", addr, other)
		}
		byName[name], byAddr[addr] = true, s.Name
	}
	return errs
}

// host tells whether another machine can have the address and Squid can say it.
func host(addr netip.Addr) bool {
	return addr.IsValid() && addr.Zone() == "" && !addr.IsUnspecified() && !addr.IsLoopback() && !addr.IsMulticast()
}

func (u Upstream) check() []error {
	var errs []error
	if u.Port == 0 {
		errs = append(errs, errors.New("upstream port 0: the next proxy needs a port from 1 to 65535"))
	}
	if addr, err := netip.ParseAddr(u.Host); err == nil {
		if !host(addr) {
			errs = append(errs, fmt.Errorf("upstream host %q is not the address of another machine", u.Host))
		}
	} else if !hostName(u.Host) {
		errs = append(errs, fmt.Errorf("upstream host %q: give an IP address or a DNS name, such as "+
			"proxy-2.plant.example", u.Host))
	}
	return errs
}

// hostName tells whether the text is a name that DNS can have. One that a resolver would take for an address is none.
func hostName(text string) bool {
	labels := strings.Split(strings.ToLower(text), ".")
	return len(text) <= maxName && !isAddress(text) && !slices.ContainsFunc(labels, func(l string) bool {
		return labelFault(l) != ""
	})
}

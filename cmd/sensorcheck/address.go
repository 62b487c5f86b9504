package main

import (
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// address is a host, by name or as an IP address, and a TCP or UDP port.
type address struct {
	host string
	port uint16
}

func (a address) String() string {
	return net.JoinHostPort(a.host, strconv.Itoa(int(a.port)))
}

// isIP tells whether there is no name to resolve.
func (a address) isIP() bool {
	_, err := netip.ParseAddr(a.host)
	return err == nil
}

// hostForm is wide enough for every name in use and too narrow for what would end a line of HTTP.
var hostForm = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?$`)

// parseAddress reads HOST or HOST:PORT, the value of a flag.
func parseAddress(name, value string, defaultPort uint16) (address, error) {
	allowed := fmt.Sprintf("allowed is HOST or HOST:PORT, such as %s", address{"10.41.0.36", defaultPort})
	if strings.ContainsAny(value, "/@") {
		// Not repeated: it may be http://user:password@host.
		return address{}, fmt.Errorf("%s is a URL or holds a user; %s; leave everything else out, the user "+
			"goes into -user", name, allowed)
	}
	a := address{host: strings.ToLower(value), port: defaultPort}
	if a.isIP() {
		return a, nil
	}
	if strings.Contains(value, ":") {
		host, port, err := net.SplitHostPort(strings.ToLower(value))
		number, portErr := strconv.ParseUint(port, 10, 16)
		if err != nil || portErr != nil || number == 0 {
			return address{}, fmt.Errorf("%s %q does not end in a port; %s, the port from 1 to 65535",
				name, value, allowed)
		}
		a = address{host, uint16(number)}
	}
	if !a.isIP() && !hostForm.MatchString(a.host) {
		return address{}, fmt.Errorf("%s %q is not a host's name; %s", name, value, allowed)
	}
	return a, nil
}

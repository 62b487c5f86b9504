package endpoints

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
)

// longestHost is the longest text that can be a host: a DNS name of 253 characters (RFC 1035 §2.3.4) as a wildcard in a
// URL, with its port.
const longestHost = len("https://") + len("*.") + 253 + len(":65535/")

// parseHost reads a destination as endpoint details write it: a host name or "*.domain", alone, with a port, or as the
// URL of an HTTPS service. What Squid would not take for one name is refused here, where the line is still known. The
// port is 0 where the text has none. The error says what the text is and does not repeat it.
func parseHost(text string) (host string, port uint16, err error) {
	if len(text) > longestHost {
		return "", 0, fmt.Errorf("has a word of %d characters, and a host has up to 253", len(text))
	}
	name := text
	if scheme := "https://"; len(name) > len(scheme) && strings.EqualFold(name[:len(scheme)], scheme) {
		name, _, _ = strings.Cut(name[len(scheme):], "/")
	}
	// More than one colon is an IPv6 address and a slash another URL: the domain's check below refuses them by those
	// names.
	if before, after, ok := strings.Cut(name, ":"); ok && !strings.ContainsAny(after, ":/") {
		if port, err = parsePort(after); err != nil {
			return "", 0, err
		}
		name = before
	}
	domain, err := squid.ParseDomain(strings.TrimPrefix(name, "*"))
	var fault *squid.DomainError
	if errors.As(err, &fault) {
		return "", 0, errors.New(fault.Problem)
	}
	if strings.HasPrefix(string(domain), ".") {
		return "*" + string(domain), port, nil
	}
	if strings.HasPrefix(name, "*") {
		return "", 0, errors.New("has a wildcard inside a label")
	}
	return string(domain), port, nil
}

func parsePort(text string) (uint16, error) {
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil || port == 0 {
		return 0, errors.New("has a port that is not 1 to 65535")
	}
	return uint16(port), nil
}

// looksLikeHost tells host names from the other texts of a JSON file, such as versions ("22.1.3", "v1.0-beta"): a
// host's last label is a top-level domain, which has letters only or is in punycode.
func looksLikeHost(text string) bool {
	host, _, err := parseHost(text)
	if err != nil {
		return false
	}
	last := host[strings.LastIndex(host, ".")+1:]
	return strings.HasPrefix(last, "xn--") || strings.Trim(last, "abcdefghijklmnopqrstuvwxyz") == ""
}

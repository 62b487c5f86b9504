package site

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
)

const allowedURL = "http:// or https://, a host, perhaps a port and a path, and no credentials"

func loadPackages(s *section) squid.Packages {
	return squid.Packages{InImage: s.boolean("inImage"), Mirror: loadURL(s, "mirror"), Proxy: loadURL(s, "proxy")}
}

// loadURL refuses credentials in a URL without repeating them: whoever reads the custom data of an instance would.
func loadURL(s *section, name string) string {
	text := s.text(name)
	if text == "" {
		return ""
	}
	parsed, err := url.Parse(text)
	switch {
	case strings.Contains(text, "@") || err == nil && (parsed.User != nil || parsed.RawQuery != ""):
		s.fail(name, nil, "has credentials or a query, which every instance would show", allowedURL,
			"Let the proxies' subnet in without credentials")
		return ""
	case err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Fragment != "" ||
		!isURLHost(parsed) || strings.ContainsAny(text, " \"'\\"):
		s.fail(name, text, "is not a URL that apt takes", allowedURL, "Write it as http://mirror.example.com/ubuntu")
		return ""
	}
	return text
}

// isURLHost tells whether a URL has a host by its name or address, and a port that there is.
func isURLHost(u *url.URL) bool {
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return false
		}
	}
	host := u.Hostname()
	if address, err := netip.ParseAddr(host); err == nil {
		return address.Is4()
	}
	_, err := squid.ParseDomain(host)
	return err == nil && !strings.HasPrefix(host, ".")
}

// destinationOf is a URL as a firewall's rule has it.
func destinationOf(service, text string) Destination {
	u, err := url.Parse(text)
	if err != nil {
		return Destination{} // loadURL takes no such text
	}
	d := Destination{Service: service, Host: u.Hostname(), Protocol: "Http", Port: 80}
	if u.Scheme == "https" {
		d.Protocol, d.Port = "Https", 443
	}
	if port, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		d.Port = uint16(port)
	}
	return d
}

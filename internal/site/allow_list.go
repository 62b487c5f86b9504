package site

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/endpoints"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
)

// https is the only port to which the proxies open tunnels.
const https = 443

// loadEndpoints returns what the sensors of the site's generations need, exact where the tenant's own list is given,
// and the user's extra domains. Source of what Microsoft supports:
// https://learn.microsoft.com/azure/defender-for-iot/organizations/release-notes
func loadEndpoints(s *section, directory, method string) []endpoints.Endpoint {
	generations := loadGenerations(s)
	if slices.Contains(generations, endpoints.Legacy) {
		s.warn("sensorGenerations", "legacy", "names sensors before version 22.1.7, which Microsoft no longer supports",
			"Update them, then remove legacy from the list")
	}
	all := endpoints.Sensors(generations...)
	if exact := loadDetails(s, directory, method, generations); exact != nil {
		all = exact
	}
	return append(all, loadExtraDomains(s, all)...)
}

func loadGenerations(s *section) []endpoints.Generation {
	var generations []endpoints.Generation
	for _, e := range s.list("sensorGenerations") {
		g := endpoints.Generation(e.text)
		if slices.Contains(generations, g) {
			s.fail(e.name, e.text, "is there twice", "each generation once", "Remove it")
			continue
		}
		generations = append(generations, g)
	}
	return generations
}

// loadExtraDomains reads the user's additions. Squid refuses a list in which one entry contains another, so an overlap
// is an error here.
func loadExtraDomains(s *section, all []endpoints.Endpoint) []endpoints.Endpoint {
	var extra []endpoints.Endpoint
	for _, entry := range s.list("extraDomains") {
		text := entry.text
		domain, err := squid.ParseDomain(strings.TrimPrefix(text, "*"))
		var fault *squid.DomainError
		if errors.As(err, &fault) {
			s.fail(entry.name, text, fault.Problem, "host.example.com, or *.example.com for every name below a domain",
				"To mend it: "+fault.Remedy)
			continue
		}
		clash := func(e endpoints.Endpoint) bool { return squid.Overlaps(squid.Domain(e.Domain()), domain) }
		known := slices.Concat(all, extra)
		if at := slices.IndexFunc(known, clash); at >= 0 {
			s.fail(entry.name, text, fmt.Sprintf("overlaps %s, which is on the allow-list already", known[at].Host),
				"domains of which none contains another", "Remove the narrower of the two")
			continue
		}
		host := string(domain)
		if strings.HasPrefix(host, ".") {
			host = "*" + host
		}
		extra = append(extra, endpoints.Endpoint{Service: "extraDomains", Host: host, Port: https})
	}
	return extra
}

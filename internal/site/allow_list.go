package site

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/endpoints"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
)

// https is the only port to which the proxies open tunnels.
const https = 443

// loadEndpoints returns what the sensors of the site's generations need, exact where the tenant's own list is given, and the
// user's extra domains.
func loadEndpoints(s *section, directory, method string) []endpoints.Endpoint {
	generations := loadGenerations(s)
	if slices.Contains(generations, endpoints.Legacy) {
		s.found.warn(legacyWarning)
	}
	all := endpoints.Sensors(generations...)
	if file, ok := openFile(s, "endpointDetailsFile", directory); ok {
		defer file.Close()
		exact, err := exactEndpoints(generations, file)
		if err != nil {
			s.fail("endpointDetailsFile", file.Name(), "cannot be used: "+err.Error(), "the endpoint details that Defender for IoT offers for download", "Download the file again, or correct the lines named")
		} else {
			all = exact
		}
		if at := slices.IndexFunc(all, func(e endpoints.Endpoint) bool { return e.Port != https }); at >= 0 && method != Direct {
			s.fail("endpointDetailsFile", file.Name(), fmt.Sprintf("names %s at port %d, and proxies open tunnels to port %d only", all[at].Host, all[at].Port, https),
				"port 443", "Correct the file if the port is a mistake; otherwise choose connectionMethod direct")
		}
	}
	return append(all, loadExtraDomains(s, all)...)
}

// legacyWarning says what Microsoft says of the sensors that sensorGenerations calls legacy.
// Source: https://learn.microsoft.com/azure/defender-for-iot/organizations/release-notes
const legacyWarning = "sensorGenerations lists legacy: Microsoft no longer supports sensors before version 22.1.7. " +
	"Update them, then remove legacy from the list."

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

// exactEndpoints narrows the endpoints of current sensors to the tenant's own. Legacy sensors keep their wildcards: the list cannot
// name a customer's own IoT Hub.
func exactEndpoints(generations []endpoints.Generation, file io.Reader) ([]endpoints.Endpoint, error) {
	details, err := endpoints.ParseDetails(file)
	if err != nil {
		return nil, err
	}
	exact, err := endpoints.Exact(endpoints.Sensors(endpoints.Since221), details)
	if err != nil || !slices.Contains(generations, endpoints.Legacy) {
		return exact, err
	}
	return endpoints.Union(exact, endpoints.Sensors(endpoints.Legacy)), nil
}

// loadExtraDomains reads the user's additions. Squid refuses a list in which one entry contains another, so an overlap is an
// error here.
func loadExtraDomains(s *section, all []endpoints.Endpoint) []endpoints.Endpoint {
	var extra []endpoints.Endpoint
	for _, entry := range s.list("extraDomains") {
		text := entry.text
		domain, err := squid.ParseDomain(strings.TrimPrefix(text, "*"))
		var fault *squid.DomainError
		if errors.As(err, &fault) {
			s.fail(entry.name, text, fault.Problem, "host.example.com, or *.example.com for every name below a domain", "To mend it: "+fault.Remedy)
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

// loadServicePrefixes reads what a firewall that filters by address must let out, from Azure's weekly file.
func loadServicePrefixes(s *section, directory, location string) []endpoints.ServicePrefixes {
	file, ok := openFile(s, "azureIpRangesFile", directory)
	if !ok {
		return nil
	}
	defer file.Close()
	ranges, err := endpoints.ReadRanges(file)
	var prefixes []endpoints.ServicePrefixes
	if err == nil {
		prefixes, err = ranges.For(location)
	}
	if err != nil {
		s.fail("azureIpRangesFile", file.Name(), "cannot be used: "+err.Error(), "Azure's weekly file of IP ranges and service tags, public cloud", "Download this week's file again")
	}
	return prefixes
}

// openFile opens the file that a key names.
func openFile(s *section, name, directory string) (*os.File, bool) {
	path := s.text(name)
	if path == "" {
		return nil, false
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(directory, path)
	}
	file, err := os.Open(path)
	if err != nil {
		s.fail(name, path, "cannot be read: "+err.Error(), "a file, relative to the project's folder", "Check the path")
		return nil, false
	}
	return file, true
}

package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/endpoints"
)

const (
	httpsPort = 443
	// mostTargets is far more than a tenant has, and no burden for a proxy when they are all tested at once.
	mostTargets = 200
)

// parseNamed reads what -endpoint named.
func parseNamed(values []string) ([]endpoints.Endpoint, error) {
	var named []endpoints.Endpoint
	for _, value := range values {
		if isWildcard(value) {
			return nil, fmt.Errorf("-endpoint %q is a wildcard, which no machine answers to; allowed is the name of "+
				"one host: give one below %s", value, value[2:])
		}
		a, err := parseAddress("-endpoint", value, httpsPort)
		if err != nil {
			return nil, err
		}
		named = append(named, endpoints.Endpoint{Service: "Other", Host: a.host, Port: a.port})
	}
	return named, nil
}

// readDetails reads the tenant's own hosts, as the portal lists them.
func readDetails(path string) ([]endpoints.Endpoint, error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("-details %s cannot be read: %w", path, err)
	}
	defer file.Close()
	details, err := endpoints.ParseDetails(file)
	if err != nil {
		return nil, fmt.Errorf("-details %s: %w", path, err)
	}
	return details, nil
}

// chooseTargets is what to test. A host that -endpoint or the tenant's details name stands for the wildcard that covers
// it, or adds to the stack's endpoints, or the documented ones. Where -endpoint is all there is, its hosts are.
func chooseTargets(stack, named, details []endpoints.Endpoint) ([]endpoints.Endpoint, error) {
	namedOnly := len(stack) == 0 && len(details) == 0 && len(named) > 0
	known := stack
	if len(known) == 0 {
		known = endpoints.Sensors()
	}
	exact := slices.Concat(named, details)
	var chosen []endpoints.Endpoint
	for _, e := range known {
		found := false
		for i, x := range exact {
			if covers(e.Host, x.Host) {
				exact[i].Service, found = e.Service, true
				chosen = add(chosen, exact[i])
			}
		}
		if !found && !namedOnly {
			chosen = add(chosen, e)
		}
	}
	for _, x := range exact {
		chosen = add(chosen, x)
	}
	if len(chosen) > mostTargets {
		return nil, fmt.Errorf("%d hosts to test at once would burden the proxy; allowed are %d: leave -details out "+
			"and name the hosts that matter with -endpoint", len(chosen), mostTargets)
	}
	return chosen, nil
}

// add leaves out a host and port that is there already.
func add(list []endpoints.Endpoint, e endpoints.Endpoint) []endpoints.Endpoint {
	if slices.ContainsFunc(list, func(x endpoints.Endpoint) bool { return x.Host == e.Host && x.Port == e.Port }) {
		return list
	}
	return append(list, e)
}

// covers tells whether the pattern, a host or *.DOMAIN, stands for the host on any port.
func covers(pattern, host string) bool {
	if isWildcard(pattern) {
		return strings.HasSuffix(host, strings.ToLower(pattern[1:]))
	}
	return strings.EqualFold(pattern, host)
}

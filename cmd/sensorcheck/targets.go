package main

import (
	"fmt"
	"slices"
	"strings"

	"defender-iot-proxy/internal/endpoints"
)

const httpsPort = 443

// parseNamed reads what -endpoint named.
func parseNamed(values []string) ([]address, error) {
	var named []address
	for _, value := range values {
		if strings.HasPrefix(value, "*.") {
			return nil, fmt.Errorf("-endpoint %q is a wildcard, which no machine answers to; allowed is the name of one host: give one below %s", value, value[2:])
		}
		a, err := parseAddress("-endpoint", value, httpsPort)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(named, a) {
			named = append(named, a)
		}
	}
	return named, nil
}

// targets is what to test. The stack's endpoints, where there are some, all count, and a host that was named stands for
// the wildcard that covers it. Without them the named hosts are all, and without those the documented endpoints are.
func targets(stack []endpoints.Endpoint, named []address) []endpoints.Endpoint {
	known, all := stack, len(stack) > 0
	if !all {
		known, all = endpoints.Sensors(), len(named) == 0
	}
	var chosen []endpoints.Endpoint
	for _, e := range known {
		under := slices.DeleteFunc(slices.Clone(named), func(a address) bool { return !covers(e.Host, a.host) })
		named = slices.DeleteFunc(slices.Clone(named), func(a address) bool { return covers(e.Host, a.host) })
		for _, a := range under {
			chosen = append(chosen, endpoints.Endpoint{Service: e.Service, Host: a.host, Port: a.port})
		}
		if len(under) == 0 && all {
			chosen = append(chosen, e)
		}
	}
	for _, a := range named {
		chosen = append(chosen, endpoints.Endpoint{Service: "Other", Host: a.host, Port: a.port})
	}
	return chosen
}

// covers tells whether the pattern, a host or *.DOMAIN, stands for the host.
func covers(pattern, host string) bool {
	if isWildcard(pattern) {
		return strings.HasSuffix(host, strings.ToLower(pattern[1:]))
	}
	return strings.EqualFold(pattern, host)
}

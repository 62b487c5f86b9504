package endpoints

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Exact replaces each documented wildcard by the hosts of a tenant's endpoint details that are below it. Hosts of the
// details below no wildcard are added at the end, and documented hosts without a wildcard stay. The hosts of a service
// are in the order of their names, so that a list downloaded anew in another order changes nothing.
//
// A wildcard below which the details have no host is an error: dropping it would close a service that the documents say
// sensors need, and keeping it would leave open what the user asked to narrow. The details may name the wildcard itself
// to keep it.
//
// The downloaded list is for sensors from 22.1 on and cannot name a customer's own IoT Hub. So a site that has legacy
// sensors too keeps their wildcards: Union(Exact(Sensors(Since221), details), Sensors(Legacy)).
func Exact(documented, details []Endpoint) ([]Endpoint, error) {
	details = slices.Clone(details)
	slices.SortStableFunc(details, func(a, b Endpoint) int {
		return cmp.Or(strings.Compare(a.Host, b.Host), cmp.Compare(a.Port, b.Port))
	})
	var exact []Endpoint
	var unmet []string
	for _, e := range documented {
		if !e.Wildcard() {
			exact = append(exact, e)
			continue
		}
		hosts := len(exact)
		for _, d := range details {
			if d.below(e) {
				exact = append(exact, Endpoint{Service: e.Service, Host: d.Host, Port: d.Port})
			}
		}
		if len(exact) == hosts {
			unmet = append(unmet, fmt.Sprintf("%s (%s, port %d)", e.Host, e.Service, e.Port))
		}
	}
	if len(unmet) > 0 {
		return nil, &FileError{
			File: "the file of endpoint details",
			Problem: fmt.Sprintf("has no host below %s: without one that service would be closed to the sensors",
				strings.Join(unmet, " nor below ")),
			Allowed: "a list with a host below every wildcard of the documents",
			Do: "Download the list again; if it is complete, add to it the service's hosts, or the wildcard " +
				"itself to keep all of them open.",
		}
	}
	return Union(exact, details), nil
}

// Package endpoints knows which Microsoft services a sensor talks to: by name, by the list that a tenant downloads, and
// by the addresses that Azure publishes every week.
package endpoints

import "strings"

// Endpoint is one destination that a sensor must reach, as Microsoft documents it.
type Endpoint struct {
	Service string // the documents' name of the service
	Host    string // a host name; a leading "*." stands for every name below the domain
	Port    uint16 // TCP
}

// https is the only port that sensors use towards the cloud.
const https = 443

// Domain returns the host in the form that Squid's dstdomain takes: a leading dot stands for the domain and all names
// below it.
func (e Endpoint) Domain() string {
	return strings.TrimPrefix(e.Host, "*")
}

// Wildcard tells whether the endpoint stands for every name below a domain.
func (e Endpoint) Wildcard() bool {
	return strings.HasPrefix(e.Host, "*.")
}

// key is what makes two endpoints the same destination, whatever service they are listed under.
func (e Endpoint) key() Endpoint {
	return Endpoint{Host: e.Host, Port: e.Port}
}

// below tells whether a wildcard covers the endpoint. It covers itself and narrower wildcards too, but not the bare
// domain: DNS has no such rule for "*.example.com".
func (e Endpoint) below(wildcard Endpoint) bool {
	return e.Port == wildcard.Port && strings.HasSuffix(strings.TrimPrefix(e.Host, "*"), wildcard.Domain())
}

// Union joins lists of endpoints in their order. What is listed twice stays where it came first, and what a wildcard of
// the union covers is left out.
func Union(lists ...[]Endpoint) []Endpoint {
	listed := map[Endpoint]bool{}
	for _, list := range lists {
		for _, e := range list {
			listed[e.key()] = true
		}
	}
	var union []Endpoint
	seen := map[Endpoint]bool{}
	for _, list := range lists {
		for _, e := range list {
			if !seen[e.key()] && !covered(e, listed) {
				union = append(union, e)
			}
			seen[e.key()] = true
		}
	}
	return union
}

// covered tells whether one of the listed endpoints is a wildcard over this one. It climbs from label to label, so that
// a list of many thousand hosts costs no more than its length.
func covered(e Endpoint, listed map[Endpoint]bool) bool {
	for _, parent, more := strings.Cut(strings.TrimPrefix(e.Host, "*."),
		"."); more; _, parent, more = strings.Cut(parent, ".") {
		if listed[Endpoint{Host: "*." + parent, Port: e.Port}] {
			return true
		}
	}
	return false
}

package endpoints

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strings"
)

// largestDetails is the largest file that is taken for endpoint details. A tenant's list has some dozens of hosts; this
// holds fifteen thousand.
const largestDetails = 1 << 20

// detailsService is the service of a host for which neither the file nor the documents name one.
const detailsService = "Endpoint details"

func detailsError(problem, do string) *FileError {
	return &FileError{File: "the file of endpoint details", Problem: problem, Do: cmp.Or(do, correctPath),
		Allowed: "the list of hosts that Defender for IoT offers for download, as JSON, CSV or one host to a line"}
}

// ParseDetails reads the list of endpoints that a tenant downloads: in the Azure portal, Defender for IoT > Sites and
// sensors > More actions > Download endpoint details. Microsoft documents that it is JSON and lists the hosts to open
// on port 443, but not its members
// (https://learn.microsoft.com/azure/defender-for-iot/organizations/tutorial-onboarding). So every shape is read that
// names hosts plainly, and a list that somebody retyped or exported from a spreadsheet as well:
//
//   - JSON: lists of host names; objects with a host, hostname, fqdn, endpoint, url, domain, address or destination,
//     and optionally a port and a service; both nested in any other objects. In an object without any of these, texts
//     that are host names count, and the rest (identifiers, dates) is left alone.
//   - Text: host names, one or several to a line, separated by spaces.
//   - CSV with commas, semicolons or tabs, and quotes: with a header, the columns named as the members above; without,
//     hosts in any column, a number as the port, and at most one other text as the service.
//
// A host may carry a port ("host:443") or be an https URL; the port is 443 where none is given. In text and CSV, #
// starts a comment. A byte order mark and Windows line ends do not matter. Repeated hosts are returned once. The error,
// a *FileError unless reading failed, names faulty lines by their numbers, and shows nothing of what they hold.
func ParseDetails(r io.Reader) ([]Endpoint, error) {
	text, err := io.ReadAll(io.LimitReader(r, largestDetails+1))
	if err != nil {
		return nil, fmt.Errorf("read the file of endpoint details: %w", err)
	}
	if len(text) > largestDetails {
		return nil, detailsError(fmt.Sprintf("is larger than %d bytes, and a tenant's list is far smaller",
			largestDetails), "")
	}
	if kind, ok := recognise(text); ok {
		return nil, detailsError(kind.what, kind.do)
	}
	text = bytes.TrimPrefix(text, []byte(byteOrderMark))
	found := &findings{}
	if start := bytes.TrimLeft(text, " \t\r\n"); bytes.HasPrefix(start, []byte("{")) ||
		bytes.HasPrefix(start, []byte("[")) {
		found.readJSON(text)
	} else {
		found.readText(string(text))
	}
	switch {
	case len(found.endpoints) == 0 && found.problems.count > 1:
		return nil, detailsError("is no list of hosts: none of its lines holds one. It "+found.problems.String(), "")
	case found.problems.count > 0:
		return nil, detailsError(found.problems.String(), "Correct these lines, or download the file again.")
	case len(found.endpoints) == 0:
		return nil, detailsError("names no host",
			"Download it again, for a site that has a sensor of version 22.1 or later.")
	}
	return found.endpoints, nil
}

const byteOrderMark = "\ufeff"

// findings is what was read of a file so far.
type findings struct {
	endpoints []Endpoint
	seen      map[Endpoint]bool
	problems  problems
}

// add takes one host of a line, with the port and service that stand beside it, if any.
func (f *findings) add(line int, text string, port uint16, service string) {
	host, own, err := parseHost(text)
	if err != nil {
		f.problems.add(line, err.Error())
		return
	}
	e := Endpoint{Service: strings.TrimSpace(service), Host: host, Port: https}
	if e.Service == "" {
		e.Service = detailsService
	}
	if port != 0 {
		e.Port = port
	}
	if own != 0 {
		e.Port = own
	}
	if f.seen == nil {
		f.seen = map[Endpoint]bool{}
	}
	if !f.seen[e.key()] {
		f.seen[e.key()] = true
		f.endpoints = append(f.endpoints, e)
	}
}

// column is what a CSV column or a JSON member of a name holds.
type column int

const (
	otherColumn column = iota
	hostColumn
	portColumn
	serviceColumn
)

// columnOf reads the name of a column or member, whatever its case, spaces, dashes and underscores.
func columnOf(name string) column {
	switch strings.NewReplacer(" ", "", "_", "", "-", "").Replace(strings.ToLower(name)) {
	case "host", "hosts", "hostname", "hostnames", "fqdn", "fqdns", "endpoint", "endpoints", "url", "urls",
		"domain", "domains",
		"address", "addresses", "destination", "destinations":
		return hostColumn
	case "port", "ports":
		return portColumn
	case "service", "servicename":
		return serviceColumn
	}
	return otherColumn
}

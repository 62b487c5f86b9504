package endpoints

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// largestDetails is the largest file that is taken for endpoint details. A tenant's list has some dozens of hosts; this holds
// fifteen thousand.
const largestDetails = 1 << 20

// detailsService is the service of a host for which neither the file nor the documents name one.
const detailsService = "Endpoint details"

// detailsFile is what errors call the file.
const detailsFile = "the endpoint details"

// ParseDetails reads the list of endpoints that a tenant downloads: in the Azure portal, Defender for IoT > Sites and sensors >
// More actions > Download endpoint details. Microsoft documents that it is JSON and lists the hosts to open on port 443, but not
// its members (https://learn.microsoft.com/azure/defender-for-iot/organizations/tutorial-onboarding). So every shape is read that
// names hosts plainly, and a list that somebody retyped or exported from a spreadsheet as well:
//
//   - JSON: lists of host names; objects with a host, hostname, fqdn, endpoint, url, domain, address or destination, and
//     optionally a port and a service; both nested in any other objects. In an object without any of these, texts that are host
//     names count, and the rest (identifiers, dates) is left alone.
//   - Text: host names, one or several to a line, separated by spaces.
//   - CSV with commas, semicolons or tabs, and quotes: with a header, the columns named as the members above; without, hosts in
//     any column, a number as the port, and at most one other text as the service.
//
// A host may carry a port ("host:443") or be an https URL; the port is 443 where none is given. In text and CSV, # starts a comment.
// A byte order mark and Windows line ends do not matter. Repeated hosts are returned once. The error names every faulty line.
func ParseDetails(r io.Reader) ([]Endpoint, error) {
	text, err := io.ReadAll(io.LimitReader(r, largestDetails+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", detailsFile, err)
	}
	if len(text) > largestDetails {
		return nil, fmt.Errorf("%s are larger than %d bytes; allowed is a tenant's list, which is far smaller. "+
			"Check that this is the downloaded list", detailsFile, largestDetails)
	}
	if err := otherFormat(text); err != nil {
		return nil, err
	}
	text = bytes.TrimPrefix(text, []byte(byteOrderMark))
	found := &findings{}
	if start := bytes.TrimLeft(text, " \t\r\n"); bytes.HasPrefix(start, []byte("{")) || bytes.HasPrefix(start, []byte("[")) {
		found.readJSON(text)
	} else {
		found.readText(string(text))
	}
	if err := found.problems.err(detailsFile); err != nil {
		return nil, err
	}
	if len(found.endpoints) == 0 {
		return nil, fmt.Errorf("%s name no host; allowed is the list of hosts as JSON, CSV or one to a line. "+
			"Download it again, for a site that has a sensor of version 22.1 or later", detailsFile)
	}
	return found.endpoints, nil
}

const byteOrderMark = "\ufeff"

// otherFormat recognises what people save by mistake in place of the list.
func otherFormat(text []byte) error {
	for magic, remedy := range map[string]string{
		"PK\x03\x04": "an Excel workbook or a ZIP archive: open it and save the list as CSV (UTF-8)",
		"\xff\xfe":   "UTF-16: save the list as UTF-8",
		"\xfe\xff":   "UTF-16: save the list as UTF-8",
		"%PDF":       "a PDF: copy its host names into a text file, one to a line",
		"<":          "a web page: download the list itself, not the page that links to it",
	} {
		if bytes.HasPrefix(text, []byte(magic)) {
			return fmt.Errorf("%s are %s; allowed is JSON, CSV or one host to a line", detailsFile, remedy)
		}
	}
	return nil
}

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
		f.problems.add("line %d: %v", line, err)
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
	case "host", "hosts", "hostname", "hostnames", "fqdn", "fqdns", "endpoint", "endpoints", "url", "urls", "domain", "domains",
		"address", "addresses", "destination", "destinations":
		return hostColumn
	case "port", "ports":
		return portColumn
	case "service", "servicename":
		return serviceColumn
	}
	return otherColumn
}

package endpoints

import (
	"encoding/csv"
	"slices"
	"strings"
)

// readText reads a list of hosts, plain or as CSV, line by line: a faulty line spoils no other.
func (f *findings) readText(text string) {
	var header *header
	first := true
	for i, line := range strings.Split(text, "\n") {
		line = strings.Trim(withoutComment(line), " \r") // a tab at an end stands beside an empty cell
		if strings.TrimSpace(line) == "" {
			continue
		}
		if first {
			first = false
			if h, ok := readHeader(line); ok {
				header = h
				continue
			}
		}
		f.readLine(i+1, line, header)
	}
}

// withoutComment cuts what follows a # at the start of the line or after a space. Behind a quote it is part of a cell.
func withoutComment(line string) string {
	for i, r := range line {
		if r == '"' {
			break
		}
		if r == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
			return line[:i]
		}
	}
	return line
}

// header is the first line of a CSV file: what separates the columns and what each holds.
type header struct {
	separator rune
	columns   []column
}

// readHeader recognises a header by a column for hosts. One that stands alone ("Endpoint") tells no more than that it
// is none.
func readHeader(line string) (*header, bool) {
	h := &header{separator: separatorOf(line)}
	if h.separator == 0 {
		return nil, columnOf(strings.Trim(line, `"`)) == hostColumn
	}
	names, err := fields(line, h.separator)
	if err != nil {
		return nil, false
	}
	for _, name := range names {
		h.columns = append(h.columns, columnOf(name))
	}
	return h, slices.Contains(h.columns, hostColumn)
}

// separatorOf finds what separates the columns of a line; 0 is spaces.
func separatorOf(line string) rune {
	for _, separator := range "\t;," {
		if strings.ContainsRune(line, separator) {
			return separator
		}
	}
	return 0
}

// fields splits one line of CSV.
func fields(line string, separator rune) ([]string, error) {
	reader := csv.NewReader(strings.NewReader(line))
	reader.Comma = separator
	reader.TrimLeadingSpace = separator != '\t'
	cells, err := reader.Read()
	if err != nil {
		return nil, err
	}
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells, nil
}

// row is the cells of a line by what they hold.
type row struct {
	hosts, ports, services []string
}

func (f *findings) readLine(number int, line string, header *header) {
	var cells row
	separator := separatorOf(line)
	if header != nil {
		separator = header.separator
	}
	switch {
	case separator == 0:
		for _, word := range strings.Fields(line) {
			cells.guess(strings.Trim(word, `"'`))
		}
		// Without columns, words are prose or misspelt hosts, and no name of a service.
		cells.hosts, cells.services = append(cells.hosts, cells.services...), nil
	default:
		values, err := fields(line, separator)
		if err != nil {
			f.problems.add(number, "has quotes that do not match")
			return
		}
		for i, value := range values {
			if header == nil {
				cells.guess(value)
			} else if i < len(header.columns) {
				cells.put(header.columns[i], value)
			}
		}
	}
	f.addRow(number, cells)
}

// put adds a cell whose column is known.
func (r *row) put(c column, value string) {
	switch {
	case value == "":
	case c == hostColumn:
		r.hosts = append(r.hosts, listed(value)...)
	case c == portColumn:
		r.ports = append(r.ports, value)
	case c == serviceColumn:
		r.services = append(r.services, value)
	}
}

// guess adds a cell by its look: digits are a port, and what has a dot, colon, slash or star is meant as a host, so
// that a misspelt host is an error and not the name of a service.
func (r *row) guess(value string) {
	switch {
	case value != "" && strings.Trim(value, "0123456789") == "":
		r.put(portColumn, value)
	case strings.ContainsAny(value, ".:/*"):
		r.put(hostColumn, value)
	default:
		r.put(serviceColumn, value)
	}
}

// listed splits a cell that holds several hosts.
func listed(cell string) []string {
	return strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(" \t,;", r) })
}

func (f *findings) addRow(number int, cells row) {
	switch {
	case len(cells.hosts) == 0:
		f.problems.add(number, "has no host")
		return
	case len(cells.ports) > 1:
		f.problems.add(number, "has more than one port")
		return
	case len(cells.services) > 1:
		f.problems.add(number, "has more than one text that is neither a host nor a port")
		return
	}
	var port uint16
	if len(cells.ports) == 1 {
		var err error
		if port, err = parsePort(cells.ports[0]); err != nil {
			f.problems.add(number, err.Error())
			return
		}
	}
	for _, host := range cells.hosts {
		f.add(number, host, port, strings.Join(cells.services, ""))
	}
}

package endpoints

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// deepestJSON is how deep lists and objects may be nested: deeper is no list of endpoints.
const deepestJSON = 16

// jsonDetails walks a JSON file token by token, because only a walk knows the line of every value.
type jsonDetails struct {
	*findings
	decoder *json.Decoder
	text    []byte
	counted int // bytes of text in which lines were counted
	lines   int // line ends in them
}

// readJSON reads one JSON value, or several in a row, as files with an object to a line have them.
func (f *findings) readJSON(text []byte) {
	d := &jsonDetails{findings: f, decoder: json.NewDecoder(bytes.NewReader(text)), text: text}
	d.decoder.UseNumber()
	for {
		token, err := d.decoder.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err == nil {
			err = d.value(token, 1)
		}
		if err != nil {
			d.problems.add(d.line(), jsonFault(err))
			return
		}
	}
}

// line is the line of the token that was read last.
func (d *jsonDetails) line() int {
	offset := min(int(d.decoder.InputOffset()), len(d.text))
	d.lines += bytes.Count(d.text[d.counted:offset], []byte("\n"))
	d.counted = offset
	return d.lines + 1
}

// jsonFault says in plain words why JSON could not be read.
func jsonFault(err error) string {
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return "ends in the middle of the JSON"
	case errors.Is(err, errDeep):
		return err.Error()
	}
	return "is not JSON"
}

var errDeep = fmt.Errorf("has lists and objects nested deeper than %d", deepestJSON)

// value takes what stands in a list or alone: an object, a list, or a host.
func (d *jsonDetails) value(token json.Token, depth int) error {
	switch v := token.(type) {
	case json.Delim:
		if depth > deepestJSON {
			return errDeep
		}
		if v == '[' {
			return d.list(depth)
		}
		return d.object(depth)
	case string:
		d.add(d.line(), v, 0, "")
	default:
		d.problems.add(d.line(), "has "+kindText(token)+" in place of a host")
	}
	return nil
}

func (d *jsonDetails) list(depth int) error {
	for d.decoder.More() {
		token, err := d.decoder.Token()
		if err != nil {
			return err
		}
		if err := d.value(token, depth+1); err != nil {
			return err
		}
	}
	_, err := d.decoder.Token()
	return err
}

// member is a text, number, truth value or null of an object.
type member struct {
	name  string
	value json.Token
	line  int
}

func (d *jsonDetails) object(depth int) error {
	var members []member
	for d.decoder.More() {
		name, err := d.decoder.Token()
		if err != nil {
			return err
		}
		token, err := d.decoder.Token()
		if err != nil {
			return err
		}
		if _, nested := token.(json.Delim); !nested {
			members = append(members, member{name: fmt.Sprint(name), value: token, line: d.line()})
		} else if err := d.value(token, depth+1); err != nil {
			return err
		}
	}
	d.addMembers(members)
	_, err := d.decoder.Token()
	return err
}

// addMembers takes the hosts of one object: those of its host members, or, if it has none, every text that is a host
// name.
func (d *jsonDetails) addMembers(members []member) {
	var hosts []member
	var port uint16
	var service string
	for _, m := range members {
		switch columnOf(m.name) {
		case hostColumn:
			hosts = append(hosts, m)
		case portColumn:
			var err error
			if port, err = parsePort(scalarText(m.value)); err != nil {
				d.problems.add(m.line, err.Error())
			}
		case serviceColumn:
			service = scalarText(m.value)
		}
	}
	for _, m := range hosts {
		text, ok := m.value.(string)
		if !ok {
			d.problems.add(m.line, "has "+kindText(m.value)+" in place of a host")
			continue
		}
		d.add(m.line, text, port, service)
	}
	if len(hosts) > 0 {
		return
	}
	for _, m := range members {
		if text, ok := m.value.(string); ok && columnOf(m.name) == otherColumn && looksLikeHost(text) {
			d.add(m.line, text, port, service)
		}
	}
}

// scalarText is a JSON value that is no list or object, as text.
func scalarText(v json.Token) string {
	if v == nil {
		return "null"
	}
	return fmt.Sprint(v)
}

// kindText says what a JSON value is, without showing it.
func kindText(v json.Token) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case json.Delim:
		return map[json.Delim]string{'[': "a list", '{': "an object", ']': "the end of a list",
			'}': "the end of an object"}[v]
	case string:
		return "a text"
	case bool:
		return "true or false"
	}
	return "a number"
}

package endpoints

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
)

// largestRanges is the largest file that is read. Azure's was 4 MB in 2025 and grows by a few hundred kilobytes a year.
const largestRanges = 64 << 20

var errTooLarge = fmt.Errorf("it is larger than %d MB, many times the size of Azure's own; allowed is the file from %s",
	largestRanges>>20, RangesDownload)

// rangesReader reads an IP-range file in one pass, with no more than one tag in memory besides those that are kept.
type rangesReader struct {
	decoder  *json.Decoder
	skipped  int64 // bytes of a byte order mark before what the decoder sees
	ranges   Ranges
	cloud    string
	values   int // how many tags were read; -1 before the list
	problems problems
}

func newRangesReader(r io.Reader) *rangesReader {
	text := bufio.NewReader(&capped{reader: r, left: largestRanges})
	reader := &rangesReader{ranges: Ranges{tags: map[string]*regions{}}, values: -1}
	if mark, err := text.Peek(len(byteOrderMark)); err == nil && string(mark) == byteOrderMark {
		discarded, _ := text.Discard(len(byteOrderMark)) // they are in the buffer
		reader.skipped = int64(discarded)
	}
	reader.decoder = json.NewDecoder(text)
	return reader
}

// capped fails once more than left bytes were read.
type capped struct {
	reader io.Reader
	left   int64
}

func (c *capped) Read(p []byte) (int, error) {
	n, err := c.reader.Read(p)
	if c.left -= int64(n); c.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}

// file reads the whole file.
func (r *rangesReader) file() error {
	if err := r.delimiter('{', "an object with changeNumber, cloud and values"); err != nil {
		return err
	}
	for r.decoder.More() {
		name, err := r.decoder.Token()
		if err != nil {
			return r.fault(err)
		}
		if err := r.member(fmt.Sprint(name)); err != nil {
			return err
		}
	}
	if err := r.delimiter('}', "the end of the object"); err != nil {
		return err
	}
	var syntax *json.SyntaxError
	if _, err := r.decoder.Token(); err == nil || errors.As(err, &syntax) {
		return fmt.Errorf("something follows the JSON at byte %d; allowed is one object. Download it again from %s", r.offset(), RangesDownload)
	} else if !errors.Is(err, io.EOF) {
		return err
	}
	if r.values < 0 {
		return fmt.Errorf("it has no values; allowed is the list of service tags. Download it from %s", RangesDownload)
	}
	if err := r.problems.err("its tags are faulty"); err != nil {
		return err
	}
	return r.ranges.complete(r.cloud)
}

// member reads one member of the file's object.
func (r *rangesReader) member(name string) error {
	switch name {
	case "values":
		return r.list()
	case "changeNumber":
		return r.decode(name, &r.ranges.ChangeNumber)
	case "cloud":
		return r.decode(name, &r.cloud)
	}
	return r.decode(name, &json.RawMessage{})
}

func (r *rangesReader) list() error {
	if err := r.delimiter('[', "values as a list of service tags"); err != nil {
		return err
	}
	var e element // one for all, so that its memory is used again
	for r.values = max(r.values, 0); r.decoder.More(); r.values++ {
		where := fmt.Sprintf("values[%d], from byte %d", r.values, r.offset())
		e.Name, e.Properties = "", e.Properties[:0]
		if err := r.decode(where, &e); err != nil {
			return err
		}
		if e.Name == "" {
			r.problems.add("%s: it has no name; allowed is a service tag, such as Storage.WestEurope", where)
			continue
		}
		r.keep(where, e)
	}
	return r.delimiter(']', "the end of values")
}

// keep takes over a tag of one of the wanted services.
func (r *rangesReader) keep(where string, e element) {
	service, suffix, ok := serviceOf(e.Name)
	if !ok {
		return
	}
	where = fmt.Sprintf("%s (%s)", shorten(e.Name), where)
	var p properties
	if err := json.Unmarshal(orNull(e.Properties), &p); err != nil {
		r.problems.add("%s: properties: %s", where, typeFault(err))
		return
	}
	if p.AddressPrefixes == nil {
		r.problems.add("%s: it has no addressPrefixes; allowed is a list of prefixes", where)
		return
	}
	t := &tag{name: e.Name, changeNumber: p.ChangeNumber, prefixes: make([]netip.Prefix, 0, len(p.AddressPrefixes))}
	for i, text := range p.AddressPrefixes {
		prefix, err := readPrefix(text)
		if err != nil {
			r.problems.add("%s: addressPrefixes[%d]: %v", where, i, err)
			continue
		}
		t.prefixes = append(t.prefixes, prefix)
	}
	if err := r.ranges.put(service, suffix, p.Region, t); err != nil {
		r.problems.add("%s: %v", where, err)
	}
}

// orNull is JSON that is there, so that a missing member reads like an empty one.
func orNull(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage("null")
	}
	return raw
}

// decode reads the next value.
func (r *rangesReader) decode(where string, into any) error {
	start := r.offset()
	err := r.decoder.Decode(into)
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax):
		// The decoder counts from an unknown place. A fault inside the value is found again in what the decoder holds.
		held, _ := io.ReadAll(r.decoder.Buffered())
		var again *json.SyntaxError
		if errors.As(json.Unmarshal(held, &json.RawMessage{}), &again) && again.Error() == syntax.Error() {
			start = r.offset() + again.Offset
		}
		return fmt.Errorf("%s: at byte %d: %w; allowed is JSON. Download it again from %s", where, start, syntax, RangesDownload)
	case errors.As(err, new(*json.UnmarshalTypeError)):
		return fmt.Errorf("%s: %s", where, typeFault(err))
	}
	return fmt.Errorf("%s: %w", where, r.fault(err))
}

// delimiter reads a bracket.
func (r *rangesReader) delimiter(want json.Delim, what string) error {
	token, err := r.decoder.Token()
	if err != nil {
		return r.fault(err)
	}
	if token != want {
		return fmt.Errorf("at byte %d stands %s; allowed is %s. Download it from %s", r.offset(), scalarText(token), what, RangesDownload)
	}
	return nil
}

// fault says why there is no next token.
func (r *rangesReader) fault(err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("it ends after byte %d, in the middle of its JSON; allowed is the complete file. Download it again from %s",
			r.offset(), RangesDownload)
	case errors.As(err, &syntax):
		return fmt.Errorf("at byte %d: %w; allowed is the JSON file, and not the page that links to it. Download it from %s",
			r.offset(), syntax, RangesDownload)
	}
	return err
}

// offset is where the next token starts, give or take a comma and spaces.
func (r *rangesReader) offset() int64 {
	return r.skipped + r.decoder.InputOffset()
}

// typeFault says in plain words which member has the wrong type.
func typeFault(err error) string {
	var mismatch *json.UnmarshalTypeError
	if !errors.As(err, &mismatch) {
		return err.Error()
	}
	allowed := map[string]string{"string": "text", "int": "a whole number", "slice": "a list"}[mismatch.Type.Kind().String()]
	if allowed == "" {
		allowed = "an object"
	}
	return strings.TrimSpace(fmt.Sprintf("%s is a JSON %s; allowed is %s", mismatch.Field, mismatch.Value, allowed))
}

package endpoints

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
)

// largestRanges is the largest file that is read. Azure's was 4 MB in 2025 and grows by a few hundred kilobytes a year.
const largestRanges = 64 << 20

var errTooLarge = rangesError(fmt.Sprintf("is larger than %d MB, many times the size of Azure's own",
	largestRanges>>20), "")

// rangesReader reads an IP-range file in one pass, with no more than one tag in memory besides those that are kept.
type rangesReader struct {
	decoder  *json.Decoder
	lines    *lineCounter // what the decoder reads through
	wrong    error        // what the file is in place of an IP-range file
	ranges   Ranges
	cloud    string
	values   int // how many tags were read; -1 before the list
	problems problems
}

// headSize is how much of a file is looked at to recognise its kind.
const headSize = 4096

func newRangesReader(r io.Reader) *rangesReader {
	text := bufio.NewReaderSize(&capped{reader: r, left: largestRanges}, headSize)
	reader := &rangesReader{ranges: Ranges{tags: map[string]*regions{}}, values: -1}
	if mark, err := text.Peek(len(byteOrderMark)); err == nil && string(mark) == byteOrderMark {
		_, _ = text.Discard(len(byteOrderMark)) // it is in the buffer
	}
	head, _ := text.Peek(headSize) // what cannot be read is an error again when it is read
	if kind, ok := recognise(head); ok {
		reader.wrong = rangesError(kind.what, cmp.Or(kind.do, correctPath))
	}
	reader.lines = &lineCounter{reader: text}
	reader.decoder = json.NewDecoder(reader.lines)
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

// lineCounter counts the line ends that were read through it.
type lineCounter struct {
	reader io.Reader
	ends   int
}

func (c *lineCounter) Read(p []byte) (int, error) {
	n, err := c.reader.Read(p)
	c.ends += bytes.Count(p[:n], []byte("\n"))
	return n, err
}

// file reads the whole file.
func (r *rangesReader) file() error {
	if r.wrong != nil {
		return r.wrong
	}
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
		return rangesError(fmt.Sprintf("goes on after its JSON, in line %d", r.line()), "")
	} else if !errors.Is(err, io.EOF) {
		return err
	}
	if r.values < 0 {
		return rangesError("has no values", "")
	}
	if r.problems.count > 0 {
		return rangesError(r.problems.String(), "")
	}
	return r.ranges.complete(r.cloud)
}

// member reads one member of the file's object.
func (r *rangesReader) member(name string) error {
	switch name {
	case "values":
		return r.list()
	case "changeNumber":
		return r.decode(&r.ranges.ChangeNumber)
	case "cloud":
		return r.decode(&r.cloud)
	}
	return r.decode(&json.RawMessage{})
}

func (r *rangesReader) list() error {
	if err := r.delimiter('[', "values as a list of service tags"); err != nil {
		return err
	}
	var e element // one for all, so that its memory is used again
	for r.values = max(r.values, 0); r.decoder.More(); r.values++ {
		e.Name, e.Properties = "", e.Properties[:0]
		if err := r.decode(&e); err != nil {
			return err
		}
		if e.Name == "" {
			r.problems.add(r.line(), "has a tag without a name")
			continue
		}
		r.keep(e)
	}
	return r.delimiter(']', "the end of values")
}

// keep takes over a tag of one of the wanted services. Errors name the line in which the tag ends.
func (r *rangesReader) keep(e element) {
	service, suffix, ok := serviceOf(e.Name)
	if !ok {
		return
	}
	var p properties
	if err := json.Unmarshal(orNull(e.Properties), &p); err != nil {
		r.problems.add(r.line(),
			"has a tag of "+service+" whose properties are not as Azure writes them: "+typeFault(err))
		return
	}
	if p.AddressPrefixes == nil {
		r.problems.add(r.line(), "has a tag of "+service+" without addressPrefixes")
		return
	}
	t := &tag{name: e.Name, changeNumber: p.ChangeNumber, prefixes: make([]netip.Prefix, 0, len(p.AddressPrefixes))}
	for i, text := range p.AddressPrefixes {
		prefix, err := readPrefix(text)
		if err != nil {
			r.problems.add(r.line(), fmt.Sprintf("has a tag of %s whose addressPrefixes[%d] %v", service, i, err))
			continue
		}
		t.prefixes = append(t.prefixes, prefix)
	}
	if err := r.ranges.put(service, suffix, p.Region, t); err != nil {
		r.problems.add(r.line(), err.Error())
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
func (r *rangesReader) decode(into any) error {
	err := r.decoder.Decode(into)
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax):
		// The decoder counts from an unknown place. A fault inside the value is found again in what the decoder holds.
		line, held := r.line(), r.held()
		var again *json.SyntaxError
		if errors.As(json.Unmarshal(held, &json.RawMessage{}), &again) && again.Error() == syntax.Error() {
			line += bytes.Count(held[:again.Offset], []byte("\n"))
		}
		return rangesError(fmt.Sprintf("is not JSON in line %d", line), "")
	case errors.As(err, new(*json.UnmarshalTypeError)):
		return rangesError(fmt.Sprintf("has an error: line %d has %s", r.line(), typeFault(err)), "")
	}
	return r.fault(err)
}

// delimiter reads a bracket.
func (r *rangesReader) delimiter(want json.Delim, what string) error {
	token, err := r.decoder.Token()
	if err != nil {
		return r.fault(err)
	}
	if token != want {
		return rangesError(fmt.Sprintf("has %s in line %d, where Azure's has %s", kindText(token), r.line(), what), "")
	}
	return nil
}

// fault says why there is no next token.
func (r *rangesReader) fault(err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return rangesError(fmt.Sprintf("ends in line %d, in the middle of its JSON", r.lines.ends+1), "")
	case errors.As(err, &syntax):
		return rangesError(fmt.Sprintf("is not JSON in line %d", r.line()), "")
	case errors.Is(err, errTooLarge):
		return errTooLarge
	}
	return fmt.Errorf("read the IP-range file: %w", err)
}

// line is the line of what was read last: the lines that the decoder got, without those that it still holds.
func (r *rangesReader) line() int {
	return 1 + r.lines.ends - bytes.Count(r.held(), []byte("\n"))
}

// held is what the decoder got and has not read.
func (r *rangesReader) held() []byte {
	held, _ := io.ReadAll(r.decoder.Buffered()) // from memory
	return held
}

// typeFault says which member has the wrong type, without showing what is there.
func typeFault(err error) string {
	var mismatch *json.UnmarshalTypeError
	if !errors.As(err, &mismatch) {
		return "no JSON of that form"
	}
	allowed := map[string]string{"string": "a text", "int": "a whole number",
		"slice": "a list"}[mismatch.Type.Kind().String()]
	if allowed == "" {
		allowed = "an object"
	}
	kind, _, _ := strings.Cut(mismatch.Value, " ") // "number 7" tells what is there
	fault := fmt.Sprintf("a JSON %s in place of %s", kind, allowed)
	if mismatch.Field != "" {
		fault += " in " + mismatch.Field
	}
	return fault
}

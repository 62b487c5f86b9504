package site

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/texttheater/golang-levenshtein/levenshtein"
)

// section is one level of the configuration. It hands out values by key, remembers which keys it knows, and collects every error
// instead of stopping at the first. Pulumi stores each top-level value as text (objects and lists as JSON), so a value is
// accepted both as text and as its JSON type.
type section struct {
	path   string // dotted path of this level; empty at the top
	values map[string]any
	known  []string
	errs   *Errors
}

func (s *section) key(name string) string {
	if s.path == "" {
		return name
	}
	return s.path + "." + name
}

// get returns the value of a key and marks the key as known. Empty text is the same as no value: Pulumi.yaml declares optional
// keys with it.
func (s *section) get(name string) (any, bool) {
	if !slices.Contains(s.known, name) {
		s.known = append(s.known, name)
	}
	v, ok := s.values[name]
	if v == nil || v == "" {
		return nil, false
	}
	return v, ok
}

func (s *section) fail(name string, value any, problem, allowed, do string) {
	*s.errs = append(*s.errs, Error{Key: s.key(name), Value: quote(value), Problem: problem, Allowed: allowed, Do: do})
}

func (s *section) text(name, fallback string) string {
	v, ok := s.get(name)
	if !ok {
		return fallback
	}
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v)
	case json.Number:
		return v.String()
	}
	s.fail(name, v, "is not text", "one line of text", "Write a single value")
	return fallback
}

// secret returns a text that no error message shows, whatever is wrong with it.
func (s *section) secret(name string) string {
	v, ok := s.get(name)
	if !ok {
		return ""
	}
	text, ok := v.(string)
	if !ok {
		s.fail(name, nil, "is not text", "one line of text", "Put it in quotes")
	}
	return text
}

func (s *section) oneOf(name, fallback string, allowed ...string) string {
	v := s.text(name, fallback)
	if !slices.Contains(allowed, v) {
		s.fail(name, v, "is not a known choice", strings.Join(allowed, " or "), "Pick one of them, spelled like this")
		return fallback
	}
	return v
}

func (s *section) integer(name string, fallback, least, most int) int {
	v, ok := s.get(name)
	if !ok {
		return fallback
	}
	n, err := strconv.Atoi(fmt.Sprint(v))
	if err != nil || n < least || n > most {
		s.fail(name, v, "is not a whole number in range", fmt.Sprintf("%d to %d", least, most),
			fmt.Sprintf("Use a number in that range, or leave the key out for %d", fallback))
		return fallback
	}
	return n
}

func (s *section) boolean(name string, fallback bool) bool {
	v, ok := s.get(name)
	if !ok {
		return fallback
	}
	switch fmt.Sprint(v) {
	case "true":
		return true
	case "false":
		return false
	}
	s.fail(name, v, "is neither true nor false", "true or false", fmt.Sprintf("Write one of them, or leave the key out for %t", fallback))
	return fallback
}

// list returns the texts of a list and, beside each, its name for error messages.
func (s *section) list(name string) (texts, names []string) {
	v, ok := s.get(name)
	if !ok {
		return nil, nil
	}
	items, ok := decode(v).([]any)
	if !ok {
		s.fail(name, v, "is not a list", "a list of texts", "Write each entry on a line of its own, with a dash before it")
		return nil, nil
	}
	for i, item := range items {
		switch item.(type) {
		case string, json.Number:
			texts = append(texts, strings.TrimSpace(fmt.Sprint(item)))
			names = append(names, fmt.Sprintf("%s[%d]", name, i))
		default:
			s.fail(fmt.Sprintf("%s[%d]", name, i), item, "is not text", "one line of text", "Write a single value")
		}
	}
	return texts, names
}

// section returns the settings below a key. What is there instead of settings is not shown: it may hold a secret.
func (s *section) section(name string) *section {
	sub := &section{path: s.key(name), errs: s.errs}
	v, ok := s.get(name)
	if !ok {
		return sub
	}
	values, ok := decode(v).(map[string]any)
	if !ok {
		s.fail(name, nil, "is not a group of settings", "keys and values below "+s.key(name), "Indent its settings below the key")
		return sub
	}
	sub.values = values
	return sub
}

// meaningless reports those of the named keys that are given although the choice made at another key has no use for them.
func (s *section) meaningless(chooser, choice string, names ...string) {
	for _, name := range names {
		if slices.Contains(s.known, name) {
			continue
		}
		if v, given := s.get(name); given && !isEmpty(v) {
			s.fail(name, nil, fmt.Sprintf("has no meaning where %s is %s", chooser, choice), "no such key there",
				fmt.Sprintf("Remove it, or choose another %s", chooser))
		}
	}
}

// isEmpty tells whether a list or a group holds nothing: Pulumi.yaml declares optional ones so.
func isEmpty(v any) bool {
	switch v := decode(v).(type) {
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// done reports the keys that nobody asked for.
func (s *section) done() {
	for _, name := range slices.Sorted(maps.Keys(s.values)) {
		if slices.Contains(s.known, name) {
			continue
		}
		s.fail(name, nil, "is not a key of this program", strings.Join(slices.Sorted(slices.Values(s.known)), ", "),
			fmt.Sprintf("Did you mean %s? Otherwise remove it", s.key(nearest(name, s.known))))
	}
}

func nearest(name string, known []string) string {
	distance := func(to string) int {
		return levenshtein.DistanceForStrings([]rune(strings.ToLower(name)), []rune(strings.ToLower(to)), levenshtein.DefaultOptions)
	}
	return slices.MinFunc(known, func(a, b string) int { return distance(a) - distance(b) })
}

// decode turns text that holds a JSON object or list into that object or list, and leaves everything else alone.
func decode(v any) any {
	text, ok := v.(string)
	if !ok {
		return v
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return v
	}
	return value
}

// quote shows a value as the user wrote it, cut to a length that a terminal can take.
func quote(v any) string {
	const longest = 80
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		if len(v) > longest {
			v = v[:longest] + "…"
		}
		return strconv.Quote(v)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	if len(text) > longest {
		return string(text[:longest]) + "…"
	}
	return string(text)
}

// sections returns the groups of a list.
func (s *section) sections(name string) []*section {
	v, ok := s.get(name)
	if !ok {
		return nil
	}
	items, ok := decode(v).([]any)
	if !ok {
		s.fail(name, nil, "is not a list", "a list of groups of settings", "Begin each group with a dash")
		return nil
	}
	var all []*section
	for i, item := range items {
		sub := &section{path: fmt.Sprintf("%s[%d]", s.key(name), i), errs: s.errs}
		values, ok := item.(map[string]any)
		if !ok {
			s.fail(fmt.Sprintf("%s[%d]", name, i), nil, "is not a group of settings", "keys and values", "Indent its settings below the dash")
			continue
		}
		sub.values = values
		all = append(all, sub)
	}
	return all
}

func parsePort(text string) (uint16, error) {
	n, err := strconv.ParseUint(text, 10, 16)
	if err == nil && n == 0 {
		err = strconv.ErrRange
	}
	return uint16(n), err
}

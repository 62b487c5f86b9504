package site

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// read checks the values of a group against its keys, reports everything that is wrong with them, and returns them with
// the defaults filled in. Pulumi stores each top-level value as text (objects and lists as JSON), so a value is
// accepted both as text and as its JSON type.
func read(path string, keys []Key, raw map[string]any, given bool, found *findings) *section {
	s := &section{path: path, given: given, raw: raw, values: map[string]any{}, found: found}
	s.refuseUnknown(keys)
	for _, name := range names(keys) {
		key, meaning := s.variant(keys, name)
		if !meaning {
			s.values[name] = s.nothing(key)
			continue
		}
		if !isGiven(raw[name]) {
			s.values[name] = s.absent(key)
			continue
		}
		s.values[name] = s.value(key, raw[name])
	}
	return s
}

// refuseUnknown reports the keys that the schema does not have.
func (s *section) refuseUnknown(keys []Key) {
	known := names(keys)
	for _, name := range slices.Sorted(maps.Keys(s.raw)) {
		if slices.Contains(known, name) {
			continue
		}
		s.fail(name, nil, "is not a key of this program", strings.Join(known, ", "), s.insteadOf(name, keys))
	}
}

// insteadOf says what to do about a key that the schema does not have.
func (s *section) insteadOf(name string, keys []Key) string {
	group, _, below := strings.Cut(strings.ReplaceAll(name, "[", "."), ".")
	// to Pulumi it is a path only where --path says so
	if below && s.path == "" && slices.Contains(names(keys), group) {
		return fmt.Sprintf("Set it with `pulumi config set --path '%s' VALUE`, and remove this one with `pulumi "+
			"config rm '%s'`", name, name)
	}
	if near, ok := nearest(name, names(keys)); ok {
		return fmt.Sprintf("Did you mean %s? Otherwise remove it", s.key(near))
	}
	for _, key := range keys {
		if key.Kind == Group && slices.Contains(names(key.Keys), name) {
			return fmt.Sprintf("Did you mean %s.%s? Otherwise remove it", s.key(key.Name), name)
		}
	}
	return "Remove it"
}

// variant returns the key of a name that has a meaning under the choices made. A value of one that has none is an
// error, unless the choice itself is.
func (s *section) variant(keys []Key, name string) (key Key, meaning bool) {
	for _, candidate := range keys {
		if candidate.Name != name {
			continue
		}
		key = candidate
		if key.Where == nil {
			return key, true
		}
		if choice, _ := s.choice(keys, key.Where.Key); slices.Contains(key.Where.Is, choice) {
			return key, true
		}
	}
	choice, valid := s.choice(keys, key.Where.Key)
	if valid && isGiven(s.raw[name]) {
		chooser := s.key(key.Where.Key)
		s.fail(name, nil, fmt.Sprintf("has no meaning where %s is %s", chooser, choice), "no such key there",
			"Remove it, or choose another "+chooser)
	}
	return key, false
}

// choice is the value of a key that others depend on.
func (s *section) choice(keys []Key, name string) (choice string, valid bool) {
	at := slices.IndexFunc(keys, func(k Key) bool { return k.Name == name })
	key := keys[at]
	if !isGiven(s.raw[name]) {
		return fmt.Sprint(key.Default), true
	}
	choice = strings.TrimSpace(fmt.Sprint(s.raw[name]))
	return choice, key.Kind == Boolean && (choice == "true" || choice == "false") ||
		slices.Contains(key.Choices, choice)
}

func (s *section) failMissing(key Key) {
	do := key.Do
	if do == "" {
		do = "Set it"
	}
	problem := "is missing"
	if key.Kind == Texts || key.Kind == Ranges || key.Kind == Groups {
		problem = "is empty"
	}
	s.fail(key.Name, nil, problem, key.AllowedText(), do)
}

// absent is the value of a key that the configuration leaves out.
func (s *section) absent(key Key) any {
	required := key.Required && s.given
	switch {
	case key.Kind == Group:
		return read(s.key(key.Name), key.Keys, nil, required, s.found)
	case required:
		s.failMissing(key)
	}
	return s.nothing(key)
}

// nothing is a key's default.
func (s *section) nothing(key Key) any {
	switch key.Kind {
	case Integer:
		value, _ := key.Default.(int)
		return value
	case Boolean:
		value, _ := key.Default.(bool)
		return value
	case Address:
		return netip.Addr{}
	case Range:
		return netip.Prefix{}
	case Texts, Ranges:
		var all []entry
		defaults, _ := key.Default.([]string)
		for i, text := range defaults {
			all = append(all, entry{name: fmt.Sprintf("%s[%d]", key.Name, i), text: text})
		}
		return all
	case Map:
		return map[string]string{}
	case Group:
		return read(s.key(key.Name), key.Keys, nil, false, s.found)
	case Groups:
		return []*section(nil)
	}
	value, _ := key.Default.(string)
	return value
}

// value reads what the configuration gives a key; the default where that cannot be used. What is there in place of a
// group is not shown: it may hold a secret.
func (s *section) value(key Key, v any) any {
	switch key.Kind {
	case Integer:
		return s.readInteger(key, v)
	case Boolean:
		return s.readBoolean(key, v)
	case Address:
		return s.readAddress(key, v)
	case Range:
		return s.readRange(key, v)
	case Texts, Ranges:
		return s.readList(key, v)
	case Group:
		values, ok := decode(v).(map[string]any)
		if !ok {
			s.fail(key.Name, nil, "is not a group of settings", "keys and values below "+s.key(key.Name),
				"Indent its settings below the key")
			return s.nothing(key)
		}
		return read(s.key(key.Name), key.Keys, values, true, s.found)
	case Map:
		return s.readMap(key, v)
	case Groups:
		return s.readGroups(key, v)
	}
	if text, ok := s.readText(key, v); ok {
		return text
	}
	return s.nothing(key)
}

// readText reads one text. What is not of the key's form is an error and returned all the same: it serves to tell two
// entries apart.
func (s *section) readText(key Key, v any) (text string, ok bool) {
	switch v := v.(type) {
	case string:
		text = v
	case json.Number:
		text = v.String()
	default:
		s.fail(key.Name, shown(key, v), "is not text", "one line of text", "Write a single value")
		return "", false
	}
	if key.Secret {
		s.checkSecret(key, text)
		return text, true // as it is: a space at an end may be meant
	}
	text = strings.TrimSpace(text)
	switch {
	case len(key.Choices) > 0 && !slices.Contains(key.Choices, text):
		s.failChoice(key, key.Name, text)
		return "", false
	case key.Most > 0 && utf8.RuneCountInString(text) > key.Most:
		s.fail(key.Name, text, "is too long", key.AllowedText(), "Shorten it")
	case key.Form != nil && !key.Form.MatchString(text):
		s.fail(key.Name, text, key.Problem, key.AllowedText(), key.Do)
	}
	return text, true
}

func (s *section) checkSecret(key Key, text string) {
	problem := ""
	switch {
	case key.Most == 0:
	case len(text) < key.Least || len(text) > key.Most || !printable(text):
		problem = key.Problem
	case distinct(text) < leastDistinct:
		problem = fmt.Sprintf("is weak: it has fewer than %d different characters", leastDistinct)
	}
	if problem != "" {
		do := "Set another with `pulumi config set --secret --path '" + s.key(key.Name) + "'`"
		if key.Do != "" {
			do += "; " + key.Do
		}
		s.fail(key.Name, nil, problem, key.AllowedText(), do)
	}
}

// leastDistinct is how many different characters a secret has at least: repeated ones make it longer and no harder to
// guess.
const leastDistinct = 6

func distinct(text string) int {
	letters := []rune(text)
	slices.Sort(letters)
	return len(slices.Compact(letters))
}

func printable(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

func (s *section) failChoice(key Key, name, text string) {
	problem, do := "is not a known choice", key.Do
	if key.Problem != "" {
		problem = key.Problem
	}
	if do == "" {
		do = "Use one of them, spelled like this"
	}
	if near, ok := nearest(text, key.Choices); ok && key.Do == "" {
		do = fmt.Sprintf("Did you mean %s?", near)
	}
	allowed := key.Allowed
	if allowed == "" {
		allowed = strings.Join(key.Choices, " or ")
	}
	s.fail(name, text, problem, allowed, do)
}

func (s *section) readInteger(key Key, v any) int {
	text := strings.TrimSpace(fmt.Sprint(v))
	n, err := strconv.Atoi(text)
	if err == nil && n >= key.Least && n <= key.Most && (len(key.Choices) == 0 || slices.Contains(key.Choices, text)) {
		return n
	}
	fallback, _ := key.Default.(int)
	do := key.Do
	switch {
	case do != "":
	case key.Default != nil:
		do = fmt.Sprintf("Use one of these, or leave the key out for %d", fallback)
	default:
		do = "Use one of these"
	}
	s.fail(key.Name, v, "is not a whole number in range", key.AllowedText(), do)
	return fallback
}

func (s *section) readBoolean(key Key, v any) bool {
	switch fmt.Sprint(v) {
	case "true":
		return true
	case "false":
		return false
	}
	fallback, _ := key.Default.(bool)
	s.fail(key.Name, v, "is neither true nor false", "true or false",
		fmt.Sprintf("Write one of them, or leave the key out for %t", fallback))
	return fallback
}

func (s *section) readAddress(key Key, v any) netip.Addr {
	text, ok := s.readText(key, v)
	if !ok {
		return netip.Addr{}
	}
	a, err := netip.ParseAddr(text)
	if err != nil || !a.Is4() {
		s.fail(key.Name, text, "is not an IPv4 address", key.AllowedText(), "Write the address without a prefix length")
		return netip.Addr{}
	}
	return a
}

func (s *section) readRange(key Key, v any) netip.Prefix {
	text, ok := s.readText(key, v)
	if !ok {
		return netip.Prefix{}
	}
	p, _ := s.parseRange(key.Name, text)
	return p
}

func (s *section) readList(key Key, v any) []entry {
	items, ok := decode(v).([]any)
	if !ok {
		s.fail(key.Name, v, "is not a list", key.AllowedText(),
			"Write each entry on a line of its own, with a dash before it")
		return nil
	}
	var all []entry
	for i, item := range items {
		e := entry{name: fmt.Sprintf("%s[%d]", key.Name, i)}
		switch item.(type) {
		case string, json.Number:
			e.text = strings.TrimSpace(fmt.Sprint(item))
		default:
			s.fail(e.name, item, "is not text", "one line of text", "Write a single value")
			continue
		}
		if len(key.Choices) > 0 && !slices.Contains(key.Choices, e.text) {
			s.failChoice(key, e.name, e.text)
			continue
		}
		if key.Kind == Ranges {
			if e.prefix, ok = s.parseRange(e.name, e.text); !ok {
				continue
			}
		}
		all = append(all, e)
	}
	return all
}

func (s *section) readMap(key Key, v any) map[string]string {
	values, ok := decode(v).(map[string]any)
	if !ok {
		s.fail(key.Name, nil, "is not a group of settings", "keys and values below "+s.key(key.Name),
			"Indent its settings below the key")
		return map[string]string{}
	}
	all := map[string]string{}
	below := &section{path: s.key(key.Name), found: s.found}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		all[name] = ""
		if values[name] != nil {
			all[name], _ = below.readText(Key{Name: name, Kind: Text}, values[name])
		}
	}
	return all
}

func (s *section) readGroups(key Key, v any) []*section {
	items, ok := decode(v).([]any)
	if !ok {
		s.fail(key.Name, nil, "is not a list", "a list of groups of settings", "Begin each group with a dash")
		return nil
	}
	var all []*section
	for i, item := range items {
		name := fmt.Sprintf("%s[%d]", key.Name, i)
		values, ok := item.(map[string]any)
		if !ok {
			s.fail(name, nil, "is not a group of settings", "keys and values", "Indent its settings below the dash")
			continue
		}
		all = append(all, read(s.key(name), key.Keys, values, true, s.found))
	}
	return all
}

// shown is what an error may show of a value that is not of its kind.
func shown(key Key, v any) any {
	if key.Secret {
		return nil
	}
	return v
}

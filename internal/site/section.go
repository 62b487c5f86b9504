package site

import (
	"fmt"
	"net/netip"
)

// section is one group of the configuration as it was read by the schema: every key has a value, its default where the
// configuration has none or one that was refused. Asking for a key that the schema does not have is a mistake in the
// program, and panics.
type section struct {
	path   string // dotted path of the group; empty at the top
	given  bool   // the group is there and holds something
	raw    map[string]any
	values map[string]any
	found  *findings
}

// entry is one text of a list, and its name in messages.
type entry struct {
	name, text string
	prefix     netip.Prefix // of a list of ranges
}

func (s *section) key(name string) string {
	if s.path == "" {
		return name
	}
	return s.path + "." + name
}

func (s *section) fail(name string, value any, problem, allowed, do string) {
	s.found.fail(Error{Key: s.key(name), Value: quote(value), Problem: problem, Allowed: allowed, Do: do})
}

func (s *section) warn(name string, value any, problem, do string) {
	s.found.warn(s.key(name), value, problem, do)
}

// has tells whether the configuration gives the key a value.
func (s *section) has(name string) bool {
	_ = valueOf[any](s, name)
	return isGiven(s.raw[name])
}

func (s *section) text(name string) string             { return valueOf[string](s, name) }
func (s *section) integer(name string) int             { return valueOf[int](s, name) }
func (s *section) boolean(name string) bool            { return valueOf[bool](s, name) }
func (s *section) address(name string) netip.Addr      { return valueOf[netip.Addr](s, name) }
func (s *section) prefix(name string) netip.Prefix     { return valueOf[netip.Prefix](s, name) }
func (s *section) list(name string) []entry            { return valueOf[[]entry](s, name) }
func (s *section) texts(name string) map[string]string { return valueOf[map[string]string](s, name) }
func (s *section) section(name string) *section        { return valueOf[*section](s, name) }
func (s *section) sections(name string) []*section     { return valueOf[[]*section](s, name) }

func valueOf[T any](s *section, name string) T {
	value, known := s.values[name]
	if !known {
		panic(fmt.Sprintf("site: the schema has no key %s", s.key(name)))
	}
	typed, ok := value.(T)
	if !ok {
		panic(fmt.Sprintf("site: %s is a %T", s.key(name), value))
	}
	return typed
}

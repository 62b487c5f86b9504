package site

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Kind is what a key of the configuration holds.
type Kind string

// Kinds of keys.
const (
	Text    Kind = "text"
	Integer Kind = "whole number"
	Boolean Kind = "true or false"
	Address Kind = "IPv4 address"
	Range   Kind = "IPv4 range"
	Texts   Kind = "list of texts"
	Ranges  Kind = "list of IPv4 ranges"
	Map     Kind = "names and texts"
	Group   Kind = "group"
	Groups  Kind = "list of groups"
)

// Key is one key of the configuration: what it holds, what is allowed, and what it means. Two keys of a group may bear
// the same name where they have a meaning under different choices, with bounds and defaults of their own.
type Key struct {
	Name  string
	Kind  Kind
	About string // what it is, in one or two sentences
	// Where is the choice at another key of the group under which this one has a meaning; nil: under all.
	Where    *Where
	Required bool // where the key has a meaning, and the group that holds it is there
	Secret   bool // no message shows its value
	// Default is what a key that is left out means: a string, int, bool or []string; nil: nothing.
	Default any
	// Computed says the default where it is no constant; reading then yields an empty value, and whoever loads the key
	// fills it in.
	Computed string
	// Least and Most bound a number. Of a text they bound its length; 0 is no bound.
	Least, Most int
	Choices     []string       // of a text, a number or the entries of a list; none: no such limit
	Form        *regexp.Regexp // of a text
	Problem     string         // what is wrong with a value that is none of Choices or not of Form
	Allowed     string         // what such values are allowed; empty: what Kind, bounds and Choices say
	Do          string         // what to do where the value is missing or wrong; empty: what Kind says
	Example     any            // a value other than the default, as in a stack file
	Keys        []Key          // of a group
}

// Where is a choice that a group of keys depends on.
type Where struct {
	Key string   // the key at which the choice is made, in the same group
	Is  []string // the choices
}

func where(key string, is ...string) *Where {
	return &Where{Key: key, Is: is}
}

// AllowedText says which values a key takes.
func (k Key) AllowedText() string {
	switch {
	case k.Allowed != "":
		return k.Allowed
	case len(k.Choices) > 0 && k.Kind == Texts:
		return "a list of " + strings.Join(k.Choices, ", ")
	case len(k.Choices) > 0:
		return strings.Join(k.Choices, " or ")
	case k.Secret && k.Most > 0:
		return fmt.Sprintf("%d to %d printable ASCII characters", k.Least, k.Most)
	case k.Kind == Text && k.Most > 0:
		return fmt.Sprintf("up to %d characters", k.Most)
	case k.Kind == Text:
		return "one line of text"
	case k.Kind == Integer:
		return fmt.Sprintf("%d to %d", k.Least, k.Most)
	case k.Kind == Address:
		return "an IPv4 address, such as 203.0.113.7"
	case k.Kind == Range:
		return allowedRange
	case k.Kind == Group || k.Kind == Map:
		return "keys and values below it"
	case k.Kind == Groups:
		return "a list of groups of settings"
	}
	return string(k.Kind)
}

// isGroup tells whether other keys are below it.
func (k Key) isGroup() bool {
	return k.Kind == Group || k.Kind == Groups
}

// Walk visits every key of the schema, each before those below it. A path names the entries of a list with [], as in
// gateway.connections[].address.
func Walk(visit func(path string, key Key)) {
	walk("", Schema(), visit)
}

func walk(prefix string, keys []Key, visit func(string, Key)) {
	for _, key := range keys {
		path := prefix + key.Name
		visit(path, key)
		if key.Kind == Groups {
			path += "[]"
		}
		walk(path+".", key.Keys, visit)
	}
}

// names are those of the keys, each once, in order.
func names(keys []Key) []string {
	var all []string
	for _, key := range keys {
		all = append(all, key.Name)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// node is a value of a stack's output in the form in which the page shows it.
type node struct {
	Text   string   // a short text, a number, true or false
	Lines  string   // a text of several lines: a script, a file
	Count  int      // of Lines
	Fields []field  // of an object
	Items  []node   // of a list
	Head   []string // of a list of objects that are all made of the same: a table
	Rows   [][]node
}

type field struct {
	Name  string
	Value node
}

// shape tells how to show a value.
func shape(v any) node {
	switch v := v.(type) {
	case map[string]any:
		var fields []field
		for _, name := range slices.Sorted(maps.Keys(v)) {
			fields = append(fields, field{name, shape(v[name])})
		}
		return node{Fields: fields}
	case []any:
		if head := columns(v); head != nil {
			return table(head, v)
		}
		var items []node
		for _, item := range v {
			items = append(items, shape(item))
		}
		return node{Items: items}
	case string:
		if lines := strings.Count(strings.TrimSpace(v), "\n"); lines > 0 {
			return node{Lines: v, Count: lines + 1}
		}
		return node{Text: v}
	case nil:
		return node{}
	}
	return node{Text: fmt.Sprint(v)}
}

// columns are the properties that every object of a list has; none where they differ.
func columns(list []any) []string {
	var head []string
	for _, item := range list {
		object, ok := item.(map[string]any)
		if !ok {
			return nil
		}
		names := slices.Sorted(maps.Keys(object))
		if head != nil && !slices.Equal(head, names) {
			return nil
		}
		head = names
	}
	return head
}

func table(head []string, list []any) node {
	n := node{Head: head}
	for _, item := range list {
		var row []node
		for _, name := range head {
			row = append(row, shape(item.(map[string]any)[name]))
		}
		n.Rows = append(n.Rows, row)
	}
	return n
}

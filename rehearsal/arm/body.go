package arm

import (
	"maps"
	"slices"
	"strings"
)

// A body is a JSON object as encoding/json decodes it. These helpers read and write one by path.

// object is the object called name inside parent, made if it is not there.
func object(parent map[string]any, name string) map[string]any {
	if o, ok := parent[name].(map[string]any); ok {
		return o
	}
	o := map[string]any{}
	parent[name] = o
	return o
}

// unset puts in what Azure decides where a caller has left it out.
func unset(into, defaults map[string]any) {
	for name, value := range defaults {
		if into[name] == nil {
			into[name] = value
		}
	}
}

// objects is the list of objects called name inside parent.
func objects(parent map[string]any, name string) []map[string]any {
	list, _ := parent[name].([]any)
	var out []map[string]any
	for _, item := range list {
		if o, ok := item.(map[string]any); ok {
			out = append(out, o)
		}
	}
	return out
}

// text is the string called name inside parent, or "".
func text(parent map[string]any, name string) string {
	s, _ := parent[name].(string)
	return s
}

// idsOf turns IDs into a list of references to them.
func idsOf(ids []string) []any {
	out := []any{}
	for _, id := range ids {
		out = append(out, map[string]any{"id": id})
	}
	return out
}

// clone copies a body all the way down.
func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, item := range v {
			out[name] = clone(item)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = clone(item)
		}
		return out
	default:
		return v
	}
}

// remove takes path out of a body; lists are walked through.
func remove(v any, path string) {
	name, rest, deeper := strings.Cut(path, ".")
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			remove(item, path)
		}
	case map[string]any:
		if !deeper {
			delete(v, name)
			return
		}
		remove(v[name], rest)
	}
}

// eachString calls f with every string of a body, each with its path, in a fixed order. Lists add nothing to the path.
func eachString(v any, path string, f func(path, value string)) {
	switch v := v.(type) {
	case string:
		f(path, v)
	case []any:
		for _, item := range v {
			eachString(item, path, f)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			eachString(v[name], strings.TrimPrefix(path+"."+name, "."), f)
		}
	}
}

package lifecycle

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/stackfile"
)

// put sets a key in a configuration, at whatever depth it is; nil takes it away.
func put(t *testing.T, values map[string]string, key string, to any) {
	t.Helper()
	top, rest, nested := strings.Cut(key, ".")
	if !strings.Contains(top, ":") {
		top = stackfile.Project + ":" + top
	}
	if nested {
		var group any = map[string]any{}
		if text, given := values[top]; given {
			if err := json.Unmarshal([]byte(text), &group); err != nil {
				t.Fatal(err)
			}
		}
		within(group, strings.Split(rest, "."), to)
		to = group
	}
	delete(values, top)
	if to == nil {
		return
	}
	set, err := stackfile.Values(map[string]any{top: plainJSON(t, to)})
	if err != nil {
		t.Fatal(err)
	}
	values[top] = set[top]
}

// within sets what a path leads to. A name that ends in [] is a list, of which the first is meant.
func within(group any, path []string, to any) {
	settings := group.(map[string]any)
	name, list := strings.CutSuffix(path[0], "[]")
	switch {
	case list:
		within(settings[name].([]any)[0], path[1:], to)
	case len(path) > 1:
		if settings[name] == nil {
			settings[name] = map[string]any{}
		}
		within(settings[name], path[1:], to)
	case to == nil:
		delete(settings, name)
	default:
		settings[name] = to
	}
}

// plainJSON is a value of the types that JSON has.
func plainJSON(t *testing.T, value any) any {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var plain any
	if err := json.Unmarshal(text, &plain); err != nil {
		t.Fatal(err)
	}
	return plain
}

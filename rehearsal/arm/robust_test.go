package arm

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// Whatever is left out of a body or put in the wrong place, the answer is one of ARM's, and nothing that is refused
// changes what is there.
func TestABodyWithAnyPartMissingOrWrongIsAnsweredAndARefusalChangesNothing(t *testing.T) {
	own := part{circuitID("own"), circuitBody}
	for _, part := range slices.Concat(site[1:], []part{{bastionID, bastionBody}, own}, privatePath) {
		a := newSite(t)
		a.makePrivatePath()
		a.make(ipID+"2", bodyOf(ipID))
		a.make(part.id, part.body)
		var root any
		if err := json.Unmarshal([]byte(part.body), &root); err != nil {
			t.Fatal(err)
		}
		for _, path := range pathsOf(root, "") {
			for _, wrong := range []any{nil, "", 7, []any{}, map[string]any{}, []any{nil}} {
				before := a.get(part.id)
				status, answer := a.send(http.MethodPut, part.id, set(part.body, path, wrong))
				if status >= 300 && answer["error"] == nil {
					t.Errorf("%s with %v at %s was answered %d %v", part.id, wrong, path, status, answer)
				}
				if status >= 300 && fmt.Sprint(a.get(part.id)) != fmt.Sprint(before) {
					t.Errorf("%s changed although %v at %s was refused", part.id, wrong, path)
				}
				a.make(part.id, part.body)
			}
		}
	}
}

// pathsOf lists every path of a JSON value.
func pathsOf(v any, path string) []string {
	var out []string
	if path != "" {
		out = append(out, path)
	}
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			out = append(out, pathsOf(inner, strings.TrimPrefix(path+"."+name, "."))...)
		}
	case []any:
		for i, inner := range v {
			out = append(out, pathsOf(inner, strings.TrimPrefix(fmt.Sprint(path, ".", i), "."))...)
		}
	}
	return out
}

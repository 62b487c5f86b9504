package site

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/agext/levenshtein"
)

// isGiven tells whether a value is one. Empty text, an empty list and an empty group are none: Pulumi.yaml declares
// optional keys so.
func isGiven(v any) bool {
	switch v := decode(v).(type) {
	case nil:
		return false
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	return true
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
	if err := decoder.Decode(&value); err != nil || decoder.More() {
		return v
	}
	switch value.(type) {
	case []any, map[string]any:
		return value
	}
	return v
}

// Nearest returns the known name that is likely to be meant, if there is one.
func Nearest(name string, known []string) (near string, found bool) { return nearest(name, known) }

// nearest returns the known name that is likely to be meant: one that differs by no more than a third of its letters.
func nearest(name string, known []string) (near string, found bool) {
	least := 0
	for _, candidate := range known {
		distance := levenshtein.Distance(strings.ToLower(name), strings.ToLower(candidate), nil)
		if 3*distance <= max(len(name), len(candidate)) && (!found || distance < least) {
			near, least, found = candidate, distance, true
		}
	}
	return near, found
}

// longestShown is how much of a value an error repeats, in characters: a line of a terminal, and the key before it.
const longestShown = 60

// quote shows a value as the user wrote it, cut in the middle to a length that a terminal can take.
func quote(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return strconv.Quote(cut(v))
	}
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return cut(string(text))
}

// cut leaves out the middle of a long text: its ends tell more.
func cut(text string) string {
	letters := []rune(text)
	if len(letters) <= longestShown {
		return text
	}
	const end = 20
	return string(letters[:longestShown-end-1]) + "…" + string(letters[len(letters)-end:])
}

// optional turns missing text into no value, so that an error shows none.
func optional(text string) any {
	if text == "" {
		return nil
	}
	return text
}

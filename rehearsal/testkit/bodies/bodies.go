// Package bodies reads values from the bodies of resources.
package bodies

import (
	"strconv"
	"strings"
)

// At is the value at a path of a body, or nil. Names are separated by dots; the items of a list go by their numbers.
func At(body any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		switch at := body.(type) {
		case map[string]any:
			body = at[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(at) {
				return nil
			}
			body = at[i]
		default:
			return nil
		}
	}
	return body
}

package report

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// object is a resource of a template. It is written as people write one: first what it is, then what it is made of.
type object map[string]any

var (
	leading  = []string{"comments", "type", "apiVersion", "name", "scope", "location", "dependsOn"}
	trailing = []string{"tags", "properties"}
)

// MarshalJSON writes the properties in that order, and the others between them by name.
func (o object) MarshalJSON() ([]byte, error) {
	between := slices.DeleteFunc(slices.Sorted(maps.Keys(o)), func(key string) bool {
		return slices.Contains(leading, key) || slices.Contains(trailing, key)
	})
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	separator := byte('{')
	for _, key := range slices.Concat(leading, between, trailing) {
		value, given := o[key]
		if !given {
			continue
		}
		out.WriteByte(separator)
		separator = ','
		if err := encoder.Encode(key); err != nil {
			return nil, err
		}
		out.WriteByte(':')
		if err := encoder.Encode(value); err != nil {
			return nil, err
		}
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// Package schema has what Pulumi's languages are told about the components. `make generate` writes it.
package schema

import (
	_ "embed"
	"encoding/json"
)

//go:embed schema.json
var text []byte

// Of is the schema of a version of the plug-in.
func Of(version string) (string, error) {
	var spec map[string]any
	if err := json.Unmarshal(text, &spec); err != nil {
		return "", err
	}
	spec["version"] = version
	whole, err := json.Marshal(spec)
	return string(whole), err
}

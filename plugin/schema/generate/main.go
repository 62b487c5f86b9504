// Command generate writes schema.json, which tells Pulumi's languages what the components take and give: from the
// structs of package components and their comments. Without an argument it runs in the module's folder, plugin.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

// Where the command reads and writes, from the module's folder.
const (
	components = "../components"
	file       = "schema/schema.json"
)

func main() {
	text, err := generated(components)
	if err == nil {
		err = os.WriteFile(file, text, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// generated is the schema of the components in a folder.
func generated(folder string) ([]byte, error) {
	source, err := readSource(folder)
	if err != nil {
		return nil, err
	}
	spec, err := source.spec()
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err = encoder.Encode(spec)
	return text.Bytes(), err
}

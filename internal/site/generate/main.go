// Command generate writes what is made from the schema of the configuration: Pulumi.yaml, docs/configuration.md and the
// schema that editors check stack files with. Run it in the project's folder, by `make generate`.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := write("."); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func write(root string) error {
	files, err := generated(root)
	if err != nil {
		return err
	}
	for name, text := range files {
		// checked in, for everybody to read
		if err := os.WriteFile(filepath.Join(root, name), text, 0o644); err != nil { //nolint:gosec // as said above
			return err
		}
	}
	return nil
}

// generated returns the text of each generated file. Pulumi.yaml keeps what stands before its config, and the page of
// keys takes from docs/changes.md what a change of each key does.
func generated(root string) (map[string][]byte, error) {
	project, err := os.ReadFile(filepath.Join(root, projectFile))
	if err != nil {
		return nil, err
	}
	declared, name, err := pulumiYAML(project)
	if err != nil {
		return nil, err
	}
	changes, err := os.ReadFile(filepath.Join(root, changesFile))
	if err != nil {
		return nil, err
	}
	page, err := configurationPage(name, string(changes))
	if err != nil {
		return nil, err
	}
	schema, err := editorSchema(name)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{projectFile: declared, pageFile: page, schemaFile: schema}, nil
}

const (
	projectFile = "Pulumi.yaml"
	changesFile = "docs/changes.md"
	pageFile    = "docs/configuration.md"
	schemaFile  = "docs/stack.schema.json"
)

package browser

import (
	_ "embed"
	"os"
	"path/filepath"
)

//go:embed look.js
var look string

// Problems are what a reader of the page would stumble over in a view: text that is cut off, lies on other text or is
// too pale, tables that cannot be read, what lies beyond the edge, and whatever axe-core finds.
func (b *Browser) Problems(v View) []string {
	b.t.Helper()
	b.Look(v)
	axe, err := os.ReadFile(filepath.Join(b.packed, "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		b.t.Fatalf("no axe-core: run `make .tools/npm`: %v", err)
	}
	b.Run(string(axe)+"\n;0", nil)
	var found []string
	b.Run(look, &found)
	return found
}

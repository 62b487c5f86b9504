package browser

import (
	"strings"
	"testing"
)

const head = `<!DOCTYPE html><html lang="en"><title>A page</title><body style="background: #fff"><main><h1>Page</h1>`

// Each page has one fault, and a reader would stumble over it.
func TestEachFaultOfAPageIsSeen(t *testing.T) {
	b := Open(t, "../../..")
	for name, page := range map[string]struct{ body, problem string }{
		"too wide": {`<p style="width: 600px">A wide paragraph</p>`, "the page is"},
		"beyond":   {`<p style="position: absolute; left: -50px">Beyond the edge</p>`, "beyond the edge: Beyond"},
		"cut off": {`<p style="width: 5em; overflow: hidden; white-space: nowrap">Cut off in the end</p>`,
			"cut off: Cut"},
		"overlaps": {`<p>One text</p><p style="margin-top: -2.2em">Other text</p>`, "one on the other: One text"},
		"narrow": {`<table><tr><td style="max-width: 20px; word-break: break-all">narrowest</td></tr></table>`,
			"too narrow"},
		"pale":         {`<p style="color: #bbb">Pale</p>`, "color-contrast"},
		"pale drawing": {`<svg><text y="20" style="fill: #bbb">Pale</text></svg>`, "too pale: Pale"},
		"no heading":   {`<h3>Third</h3>`, "heading-order"},
	} {
		b.Show(head + page.body + `</main></html>`)
		found := b.Problems(View{Width: 390})
		if !strings.Contains(strings.Join(found, "\n"), page.problem) {
			t.Errorf("%s: %q", name, found)
		}
	}
	b.Show(head + `<p>Good</p></main></html>`)
	if found := b.Problems(View{Width: 390}); len(found) > 0 {
		t.Errorf("a page without a fault: %q", found)
	}
}

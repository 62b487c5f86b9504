package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// widest is how many columns a line may take. A tab is four.
const widest = 120

// TestNoLineIsWiderThan120Columns reads code, scripts and prose. Squid's configuration and pages of HTML are written
// as their readers want them. A row of a table, a command to be copied and a word that cannot be parted, such as a
// link, each stay in one line.
func TestNoLineIsWiderThan120Columns(t *testing.T) {
	unbreakable := regexp.MustCompile(`[^ ]{60}`)
	read := 0
	for path, text := range ownFiles(t) {
		kind := filepath.Ext(path)
		switch {
		case strings.Contains(path, "testdata/"), strings.HasSuffix(path, "-lock.json"):
			continue
		case kind == ".go", kind == ".md", kind == ".sh", kind == ".yaml", kind == ".yml", path == "Makefile":
		default:
			continue
		}
		read++
		quoted := false
		for n, line := range strings.Split(text, "\n") {
			if kind == ".md" && strings.HasPrefix(strings.TrimSpace(line), "```") {
				quoted = !quoted
			}
			wide := utf8.RuneCountInString(strings.ReplaceAll(line, "\t", "    ")) > widest
			whole := quoted || unbreakable.MatchString(line) || strings.IndexAny(strings.TrimSpace(line), "|`") == 0
			if wide && !whole {
				t.Errorf("%s:%d is wider than %d columns: %.60s…", path, n+1, widest, strings.TrimSpace(line))
			}
		}
	}
	if read < 300 {
		t.Errorf("only %d files were read", read)
	}
}

package main

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// codeSpan is what a page has in backquotes.
var codeSpan = regexp.MustCompile("`([^`\n]+)`")

func TestEveryPathOnTheMapIsThere(t *testing.T) {
	aPath := regexp.MustCompile(`^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+/?$`)
	for _, page := range []string{"ARCHITECTURE.md", "CONTRIBUTING.md"} {
		for _, span := range codeSpan.FindAllStringSubmatch(read(t, page), -1) {
			if !aPath.MatchString(span[1]) || strings.Contains(span[1], "NAME") {
				continue
			}
			if _, err := os.Stat(span[1]); err != nil {
				t.Errorf("%s names %s: %v", page, span[1], err)
			}
		}
	}
}

func TestEveryPackageIsOnTheMap(t *testing.T) {
	page := read(t, "ARCHITECTURE.md")
	missing := map[string]bool{}
	for file := range ownFiles(t) {
		dir := path.Dir(filepath.ToSlash(file))
		if !strings.HasSuffix(file, ".go") || dir == "." {
			continue
		}
		// one row for all that is below
		for _, one := range []string{"rehearsal/testkit", "examples", "internal/site"} {
			if strings.HasPrefix(dir, one+"/") {
				dir = one
			}
		}
		if !strings.Contains(page, "| `"+dir+"` |") && !strings.Contains(page, "| `"+dir+"/main.go` |") {
			missing[dir] = true
		}
	}
	for dir := range missing {
		t.Errorf("ARCHITECTURE.md has no row for %s", dir)
	}
}

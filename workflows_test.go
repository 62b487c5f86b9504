package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestEveryActionIsPinnedByItsCommit(t *testing.T) {
	pinned := regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*$`)
	workflows, err := filepath.Glob(".github/workflows/*.yml")
	if err != nil || len(workflows) == 0 {
		t.Fatalf("%d workflows: %v", len(workflows), err)
	}
	for _, workflow := range workflows {
		for line := range strings.Lines(read(t, workflow)) {
			_, action, uses := strings.Cut(strings.TrimSpace(line), "uses: ")
			if uses && !strings.HasPrefix(action, "./") && !pinned.MatchString(action) {
				t.Errorf("%s: %q is not a commit of 40 digits with its version behind it", workflow, action)
			}
		}
	}
}

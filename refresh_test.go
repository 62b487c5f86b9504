package main

import (
	"strings"
	"testing"
)

// Only cmd/sites knows which stacks may be refreshed.
func TestTheWorkflowsRefreshNoStackWhoseLastUpFailed(t *testing.T) {
	preview, up := read(t, ".github/workflows/preview.yml"), read(t, ".github/workflows/up-group.yml")
	if strings.Contains(preview+up, "refresh: true") || strings.Contains(preview+up, "command: ") ||
		strings.Contains(preview+up, "run: pulumi up") || strings.Contains(preview+up, "run: pulumi preview") {
		t.Error("a workflow refreshes whatever the state")
	}
	if !strings.Contains(preview, "go run ./cmd/sites preview --refresh ") ||
		!strings.Contains(up, "go run ./cmd/sites up --refresh ") {
		t.Error("a workflow does not leave it to cmd/sites which stacks are refreshed")
	}
}

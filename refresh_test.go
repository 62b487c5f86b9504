package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestAStackIsRefreshedUnlessItsLastUpFailed(t *testing.T) {
	for name, c := range map[string]struct{ cli, want string }{
		"a good state": {`echo '{"deployment": {"resources": [{"urn": "a"}]}}'`, "true"},
		"a gate that stayed shut": {`echo '{"deployment": {"resources": [{"urn": "a", "initErrors": ["timed ` +
			`out"]}]}}'`, "false"},
		"a new site":             {`echo "error: no stack named 'plant-1' found" >&2; exit 255`, "false"},
		"a backend that says no": {`echo 'error: 401 Unauthorized' >&2; exit 255`, "error: 401 Unauthorized"},
		"a passphrase that is none": {`echo 'error: incorrect passphrase' >&2; exit 255`,
			"error: incorrect passphrase"},
	} {
		bin := t.TempDir()
		if err := os.WriteFile(filepath.Join(bin, "pulumi"), []byte("#!/bin/sh\n"+c.cli+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		command := exec.Command("tools/refresh.sh", "plant-1")
		command.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
		output, err := command.CombinedOutput()
		if got := strings.TrimSpace(string(output)); got != c.want ||
			(err != nil) != strings.HasPrefix(c.want, "error") {
			t.Errorf("%s: %q and %v, want %q", name, got, err, c.want)
		}
	}
}

func TestTheWorkflowsRefreshNoStackWhoseLastUpFailed(t *testing.T) {
	preview, up := read(t, ".github/workflows/preview.yml"), read(t, ".github/workflows/up-group.yml")
	if strings.Contains(preview+up, "refresh: true") || strings.Contains(preview, "command: preview") {
		t.Error("a workflow refreshes whatever the state")
	}
	if !strings.Contains(preview, "go run ./cmd/sites preview --refresh ") {
		t.Error("preview.yml does not leave it to cmd/sites which stacks are refreshed")
	}
	if !strings.Contains(up, "tools/refresh.sh") ||
		!strings.Contains(up, "PULUMI_OPTION_REFRESH: ${{ steps.refresh.outputs.refresh }}") {
		t.Error("up-group.yml does not ask tools/refresh.sh")
	}
}

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
		"a good state":              {`echo '{"deployment": {"resources": [{"urn": "a"}]}}'`, "true"},
		"a gate that stayed shut":   {`echo '{"deployment": {"resources": [{"urn": "a", "initErrors": ["timed out"]}]}}'`, "false"},
		"a new site":                {`echo "error: no stack named 'plant-1' found" >&2; exit 255`, "false"},
		"a backend that says no":    {`echo 'error: 401 Unauthorized' >&2; exit 255`, "error: 401 Unauthorized"},
		"a passphrase that is none": {`echo 'error: incorrect passphrase' >&2; exit 255`, "error: incorrect passphrase"},
	} {
		bin := t.TempDir()
		if err := os.WriteFile(filepath.Join(bin, "pulumi"), []byte("#!/bin/sh\n"+c.cli+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		command := exec.Command("tools/refresh.sh", "plant-1")
		command.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
		output, err := command.CombinedOutput()
		if got := strings.TrimSpace(string(output)); got != c.want || (err != nil) != strings.HasPrefix(c.want, "error") {
			t.Errorf("%s: %q and %v, want %q", name, got, err, c.want)
		}
	}
}

func TestTheWorkflowsRefreshOnlyWhatTheScriptAllows(t *testing.T) {
	for _, name := range []string{"preview", "up"} {
		workflow := read(t, ".github/workflows/"+name+".yml")
		if strings.Contains(workflow, "refresh: true") {
			t.Errorf("%s.yml refreshes whatever the state", name)
		}
		if !strings.Contains(workflow, "tools/refresh.sh") || !strings.Contains(workflow, "PULUMI_OPTION_REFRESH: ${{ steps.refresh.outputs.refresh }}") {
			t.Errorf("%s.yml does not ask tools/refresh.sh", name)
		}
	}
}

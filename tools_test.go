package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// tool runs a script and returns what it prints.
func tool(t *testing.T, script string, args ...string) (string, error) {
	t.Helper()
	output, err := exec.Command(script, args...).CombinedOutput()
	return string(output), err
}

func TestAForkRenamesTheModuleEverywhere(t *testing.T) {
	const fork = "example.com/plant/proxy"
	former := strings.Fields(read(t, "go.mod"))[1]
	checkout, files := t.TempDir(), ownFiles(t)
	files["go.sum"] = read(t, "go.sum")
	for path, text := range files {
		mode := os.FileMode(0o600)
		if strings.HasSuffix(path, ".sh") {
			mode = 0o700
		}
		copied := filepath.Join(checkout, path)
		if err := os.MkdirAll(filepath.Dir(copied), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(copied, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	rename := filepath.Join(checkout, "tools/rename-module.sh")
	if output, err := tool(t, rename, "not a path"); err == nil || !strings.Contains(output, "usage: ") {
		t.Errorf("a path that is none: %v\n%s", err, output)
	}
	if output, err := tool(t, rename, fork); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if left, err := tool(t, "grep", "-rF", former, checkout); err == nil {
		t.Errorf("the former path is left:\n%s", left)
	}
	for _, module := range []string{"go.mod", "plugin/go.mod", "rehearsal/go.mod"} {
		if text := read(t, filepath.Join(checkout, module)); !strings.HasPrefix(text, "module "+fork) {
			t.Errorf("%s starts with %.60q", module, text)
		}
	}
	build := exec.Command("go", "build", "./internal/...", "./cmd/...")
	build.Dir = checkout
	if output, err := build.CombinedOutput(); err != nil {
		t.Errorf("the fork does not build: %v\n%s", err, output)
	}
	if output, err := tool(t, "gofmt", "-l", checkout); err != nil || output != "" {
		t.Errorf("not as gofmt has it: %v\n%s", err, output)
	}
}

func TestAReleaseHasEveryCommandWithItsChecksum(t *testing.T) {
	out := t.TempDir()
	platform := runtime.GOOS + "/" + runtime.GOARCH
	if output, err := tool(t, "tools/release.sh", out, platform); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	commands, err := filepath.Glob("cmd/*")
	if err != nil || len(commands) == 0 {
		t.Fatalf("%d commands: %v", len(commands), err)
	}
	sums := read(t, filepath.Join(out, "SHA256SUMS"))
	for _, command := range commands {
		name := filepath.Base(command) + "_" + strings.ReplaceAll(platform, "/", "_")
		want := fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(read(t, filepath.Join(out, name)))), name)
		if !strings.Contains(sums, want) {
			t.Errorf("SHA256SUMS has no %q:\n%s", want, sums)
		}
	}
	if output, err := tool(t, filepath.Join(out, "sensorcheck_"+strings.ReplaceAll(platform, "/", "_")),
		"-help"); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

func TestReleaseNotesAreTheVersionsPartOfTheChangelog(t *testing.T) {
	notes, err := tool(t, "tools/release-notes.sh", "vUnreleased")
	if err != nil || !strings.Contains(notes, "First version") || strings.Contains(notes, "## ") {
		t.Errorf("%v\n%s", err, notes)
	}
	if output, err := tool(t, "tools/release-notes.sh", "v0.0.0"); err == nil ||
		!strings.Contains(output, "CHANGELOG.md has no section") {
		t.Errorf("a version that the changelog does not have: %v\n%s", err, output)
	}
}

// npm installs exactly what the lock file says, from whatever registry a machine has.
func TestWhatNpmInstallsIsPinnedAndNamesNoRegistry(t *testing.T) {
	for folder, least := range map[string]int{"examples/library-typescript": 100, "tools/npm": 2} {
		lock := read(t, folder+"/package-lock.json")
		if strings.Contains(lock, `"resolved"`) {
			t.Errorf("the lock file of %s names a registry: write it with npm install --package-lock-only "+
				"--omit-lockfile-registry-resolved", folder)
		}
		packages, sums := strings.Count(lock, `"node_modules/`), strings.Count(lock, `"integrity": "sha512-`)
		if packages < least || sums < packages {
			t.Errorf("%s: %d packages have %d checksums", folder, packages, sums)
		}
		for _, loose := range []string{`": "^`, `": "~`, `": "latest"`} {
			if strings.Contains(read(t, folder+"/package.json"), loose) {
				t.Errorf("package.json of %s has a version that is not exact: %s", folder, loose)
			}
		}
	}
}

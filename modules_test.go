package main

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// A package compiles once for all modules of this repository only if each of them resolves everything below it to the
// same version. Where two differ, the Azure SDK compiles twice: minutes, and gigabytes of memory. The linters' module
// shares nothing with the program.
func TestAllModulesResolveToTheSameVersions(t *testing.T) {
	files := moduleFiles(t)
	for i, one := range files {
		versions := requirements(t, one)
		for _, other := range files[i+1:] {
			shared := 0
			for module, version := range requirements(t, other) {
				first, known := versions[module]
				if !known {
					continue
				}
				shared++
				if version != first {
					t.Errorf("%s resolves %s to %s, %s to %s: go get %[2]s@VERSION in both, the newer one", other,
						module, version, one, first)
				}
			}
			if shared == 0 {
				t.Errorf("%s shares no module with %s", other, one)
			}
		}
	}
}

// moduleFiles are the go.mod of the program and of the modules that are built with it.
func moduleFiles(t *testing.T) []string {
	t.Helper()
	files := []string{"go.mod", filepath.Join("plugin", "go.mod"), filepath.Join("rehearsal", "go.mod")}
	all, err := filepath.Glob("*/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range all {
		if file != filepath.Join("tools", "go.mod") && !slices.Contains(files, file) {
			t.Errorf("%s is a module that this test does not know", file)
		}
	}
	return files
}

// requirements are the versions in a go.mod, which lists every module that the module's packages come from.
func requirements(t *testing.T, file string) map[string]string {
	t.Helper()
	output, err := exec.Command("go", "mod", "edit", "-json", file).Output()
	if err != nil {
		t.Fatalf("reading %s: %v", file, err)
	}
	var mod struct {
		Require []struct{ Path, Version string }
	}
	if err := json.Unmarshal(output, &mod); err != nil {
		t.Fatalf("reading %s: %v", file, err)
	}
	versions := map[string]string{}
	for _, require := range mod.Require {
		versions[require.Path] = require.Version
	}
	return versions
}

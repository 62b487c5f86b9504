package main

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"
)

// A package compiles once for all modules of this repository only if each of them resolves everything below it to the same version.
// Where two differ, the Azure SDK compiles twice: minutes, and gigabytes of memory. The linters' module shares nothing with the program.
func TestAllModulesResolveToTheSameVersions(t *testing.T) {
	others, err := filepath.Glob("*/go.mod")
	if err != nil || len(others) == 0 {
		t.Fatalf("no module beside this one: %v", err)
	}
	program := requirements(t, "go.mod")
	for _, file := range others {
		if file == filepath.Join("tools", "go.mod") {
			continue
		}
		shared := 0
		for module, version := range requirements(t, file) {
			own, known := program[module]
			if !known {
				continue
			}
			shared++
			if version != own {
				t.Errorf("%s resolves %s to %s, go.mod to %s: go get %[2]s@VERSION in both, the newer one", file, module, version, own)
			}
		}
		if shared == 0 {
			t.Errorf("%s shares no module with go.mod", file)
		}
	}
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

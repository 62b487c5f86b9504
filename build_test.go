package main

import (
	"os/exec"
	"strings"
	"testing"
)

// Each version of azure-native's network package costs a minute of compile time and gigabytes of memory.
func TestOneNetworkPackageIsCompiled(t *testing.T) {
	output, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	var versions []string
	for name := range strings.Lines(string(output)) {
		if strings.Contains(name, "/pulumi-azure-native-sdk/network/") {
			versions = append(versions, strings.TrimSpace(name))
		}
	}
	if len(versions) != 1 || !strings.HasSuffix(versions[0], "/v20240501") {
		t.Errorf("the program compiles %v", versions)
	}
}

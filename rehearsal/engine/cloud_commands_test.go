package engine

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// flags are those of a command line.
var flags = regexp.MustCompile(` (--[a-z-]+)`)

// TestPulumiKnowsTheCommandsForPulumiCloud asks the CLI about those of the documents' commands that do not run here.
func TestPulumiKnowsTheCommandsForPulumiCloud(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	pulumi, err := cli(t.Context(), root, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for command, reason := range notRun {
		if reason != aCloud {
			continue
		}
		name, _, _ := strings.Cut(command, " --")
		arguments := append(strings.Fields(name)[1:], "--help")
		known, _, _, err := pulumi.Run(t.Context(), root, nil, nil, nil, nil, arguments...)
		if err != nil || !strings.Contains(known, "\n  "+name) {
			t.Errorf("%s: %v\n%s", name, err, known)
		}
		for _, flag := range flags.FindAllStringSubmatch(command, -1) {
			asked++
			if !strings.Contains(known, " "+flag[1]+" ") {
				t.Errorf("%s has no flag %s:\n%s", name, flag[1], known)
			}
		}
	}
	if asked < 8 {
		t.Errorf("only %d flags", asked)
	}
}

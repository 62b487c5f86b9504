package rehearse

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"
)

// Both stacks are in one region: they share its network watcher.
func TestSitesInOneSubscriptionLeaveEachOtherAlone(t *testing.T) {
	var log bytes.Buffer
	results, err := RunTogether(t.Context(), Options{Root: root, Out: &log, Engine: &log, Instant: true,
		Disks: t.TempDir()}, []string{
		filepath.Join(root, "Pulumi.dev.yaml"), filepath.Join(root, "examples", "smallest.yaml"),
	})
	for _, result := range results {
		if err != nil || !result.Passed() {
			if err := result.PrintSummary(&log); err != nil {
				t.Error(err)
			}
			t.Errorf("%s: %v", result.Report.Stack, err)
		}
	}
	if t.Failed() || len(results) != 2 {
		t.Fatalf("%d results\n%s", len(results), log.String())
	}
	watched := false
	for _, check := range results[1].Report.Checks {
		watched = watched || check.Name == "traffic while dev was destroyed" && strings.Contains(check.Detail,
			"new tunnels: all open")
	}
	if !watched {
		t.Errorf("nobody sent traffic while the other stack was destroyed: %v", results[1].Report.Checks)
	}
}

func TestStacksOnOneAzureNeedDifferentNames(t *testing.T) {
	file := filepath.Join(root, "Pulumi.dev.yaml")
	if _, err := RunTogether(t.Context(), Options{Root: root, Out: io.Discard}, []string{file, file}); err == nil ||
		!strings.Contains(err.Error(), "stack dev") {
		t.Errorf("two stacks of one name: %v", err)
	}
}

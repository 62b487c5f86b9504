package engine

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/impact"
)

// state is the stack's checkpoint as the CLI's backend keeps it.
func state(t *testing.T, e *Engine) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(e.dir, ".pulumi", "stacks", project, e.stack.Name()+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAChangeThatDisconnectsSensorsIsRefusedAtPreview(t *testing.T) {
	e := start(t, "Pulumi.prod.yaml")
	if changes, err := e.Preview(t.Context()); err != nil || len(changes) != 1 {
		t.Fatalf("preview of a stack without a state: %v, %v", changes, err)
	}
	up(t, e)
	before, steps := state(t, e), len(e.Steps())
	if changes := up(t, e); changes["same"] == 0 || len(changes) != 1 {
		t.Errorf("the second up: %v", changes)
	}
	if strings.Contains(before, "StackReference") {
		t.Error("reading the state left a resource in it")
	}
	before = state(t, e)
	reconfigure(t, e, "siteName", "renamed")
	reconfigure(t, e, "proxyPort", 8080)
	_, err := e.Preview(t.Context())
	var refusal impact.Refusal
	if !errors.As(err, &refusal) || len(refusal) < 4 {
		t.Fatalf("preview: %v", err)
	}
	if !strings.Contains(err.Error(), "every sensor") ||
		!strings.Contains(err.Error(), "allowDisruption: [sensorProxy") {
		t.Errorf("the refusal says: %v", err)
	}
	if state(t, e) != before || len(e.Steps()) > steps {
		t.Error("a refused preview changed something")
	}
}

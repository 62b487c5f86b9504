package engine

import (
	"bytes"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/azurenative"
)

func start(t *testing.T, file string) *Engine {
	t.Helper()
	return startWith(t, file, Options{Engine: &bytes.Buffer{}})
}

func startWith(t *testing.T, file string, options Options) *Engine {
	t.Helper()
	options.Root, options.File, options.Log, options.Instant = "../..", filepath.Join("../..", file), t.Output(), true
	e, err := Start(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func up(t *testing.T, e *Engine) map[string]int {
	t.Helper()
	changes, err := e.Up(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

func reconfigure(t *testing.T, e *Engine, key string, value any) {
	t.Helper()
	if err := e.Reconfigure(t.Context(), func(config map[string]any) { config[project+":"+key] = value }); err != nil {
		t.Fatal(err)
	}
}

// since names what an up did after the first n steps: "update VirtualNetwork".
func since(e *Engine, n int) []string {
	seen := map[string]bool{}
	for _, step := range e.Steps()[n:] {
		seen[describe(step)] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

func describe(step azurenative.Step) string {
	kind := step.URN.Type().String()
	return step.Operation + " " + kind[strings.LastIndex(kind, ":")+1:]
}

func TestAChangedTagUpdatesEverythingInPlace(t *testing.T) {
	e := start(t, "Pulumi.prod.yaml")
	up(t, e)
	before := len(e.Steps())
	reconfigure(t, e, "tags", map[string]any{"environment": "staging"})
	changes := up(t, e)
	for _, operation := range []string{"create", "delete", "replace"} {
		if changes[operation] > 0 {
			t.Errorf("a changed tag: %v", changes)
		}
	}
	for _, step := range since(e, before) {
		if !strings.HasPrefix(step, "update ") {
			t.Errorf("a changed tag: %s", step)
		}
	}
	if len(since(e, before)) == 0 {
		t.Error("a changed tag changes nothing")
	}
}

func TestAChangedAllowListReplacesTheScaleSetOnly(t *testing.T) {
	e := start(t, "Pulumi.prod.yaml")
	up(t, e)
	before := len(e.Steps())
	reconfigure(t, e, "extraDomains", []any{"updates.example.org"})
	up(t, e)
	want := []string{"create VirtualMachineScaleSet", "delete VirtualMachineScaleSet"}
	if got := since(e, before); !slices.Equal(got, want) {
		t.Errorf("a changed allow-list: %v, want %v", got, want)
	}
	steps := e.Steps()[before:]
	if steps[0].Operation != "create" {
		t.Error("the old scale set goes before the new one is there")
	}
}

func TestProtectionKeepsWhatIsRememberedByOthers(t *testing.T) {
	e := start(t, "Pulumi.prod.yaml")
	up(t, e)
	if _, err := e.stack.Destroy(t.Context()); err == nil || !strings.Contains(err.Error(), "protect") {
		t.Errorf("destroying a protected stack: %v", err)
	}
	if len(e.Azure.Resources()) == 0 {
		t.Error("a refused destroy has deleted everything")
	}
	if _, err := e.Destroy(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestARefreshSeesWhatSomebodyElseChanged(t *testing.T) {
	e := start(t, "Pulumi.dev.yaml")
	up(t, e)
	// Azure has written the instances into the load balancer by now: the first refresh sees that, and the next up
	// settles it.
	if _, err := e.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	up(t, e)
	for _, r := range e.Azure.Resources() {
		if r.Type != "Microsoft.Network/networkSecurityGroups" {
			continue
		}
		rules := r.Body["properties"].(map[string]any)["securityRules"].([]any)
		rules[0].(map[string]any)["properties"].(map[string]any)["destinationPortRange"] = "*"
		if err := e.client.Put(t.Context(), r.ID, r.APIVersion, r.Body); err != nil {
			t.Fatal(err)
		}
	}
	changes, err := e.Refresh(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if changes["update"] != 1 {
		t.Errorf("somebody opened a rule: refresh sees %v", changes)
	}
	if changes := up(t, e); changes["update"] != 1 {
		t.Errorf("somebody opened a rule: the next up does %v", changes)
	}
}

func TestGeneratedCredentialsStayTheSameAndSecret(t *testing.T) {
	e := start(t, "Pulumi.prod.yaml")
	up(t, e)
	outputs, err := e.Outputs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if changes := up(t, e); changes["same"] == 0 || len(changes) != 1 {
		t.Errorf("the second up: %v", changes)
	}
	lookFor(t, places(t, e), []string{outputs["sensorProxy"].Value.(map[string]any)["password"].(string)})
}

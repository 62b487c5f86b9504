package engine

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"

	"defender-iot-proxy/rehearsal/provider"
	"defender-iot-proxy/rehearsal/report"
)

func start(t *testing.T, file string) *Engine {
	t.Helper()
	return startBetween(t, file, nil)
}

func startBetween(t *testing.T, file string, between func(http.Handler) http.Handler) *Engine {
	t.Helper()
	e, err := Start(t.Context(), Options{
		Root: "../..", File: filepath.Join("../..", file), Log: t.Output(), Engine: &bytes.Buffer{}, Instant: true, Between: between,
	})
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
	changes, _, err := e.Up(t.Context())
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

func describe(step provider.Step) string {
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
	_, outputs, err := e.Up(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if changes := up(t, e); changes["same"] == 0 || len(changes) != 1 {
		t.Errorf("the second up: %v", changes)
	}
	inTheClear(t, e, []string{outputs["sensorProxy"].Value.(map[string]any)["password"].(string)})
}

// markers are planted as every secret that a configuration can hold.
const (
	passwordMarker      = "marker-of-the-proxy-password"
	sharedKeyMarker     = "marker-of-the-pre-shared-key"
	authorizationMarker = "marker-of-the-authorization-key"
)

func TestSecretsOfTheConfigurationStaySecret(t *testing.T) {
	for file, markers := range map[string]map[string]string{
		"examples/vpn.yaml": {
			"proxyAuth.username": "sensor", "proxyAuth.password": passwordMarker, "gateway.connections[0].sharedKey": sharedKeyMarker,
		},
		"examples/express-route.yaml": {"gateway.authorizationKey": authorizationMarker},
	} {
		t.Run(file, func(t *testing.T) {
			e := start(t, file)
			var secrets []string
			for key, marker := range markers {
				if err := e.stack.SetConfigWithOptions(t.Context(), project+":"+key, auto.ConfigValue{Value: marker, Secret: true},
					&auto.ConfigOptions{Path: true}); err != nil {
					t.Fatal(err)
				}
				if marker != "sensor" {
					secrets = append(secrets, marker)
				}
			}
			if err := e.Reconfigure(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			up(t, e)
			inTheClear(t, e, secrets)
		})
	}
}

// inTheClear looks for secrets in everything that a rehearsal leaves behind or shows: Pulumi's state, history and checkpoints, what
// the engine printed, the custom data, and the ARM template.
func inTheClear(t *testing.T, e *Engine, secrets []string) {
	t.Helper()
	if len(secrets) == 0 {
		t.Fatal("there is no secret to look for")
	}
	places := map[string]string{"the engine's output": e.options.Engine.(*bytes.Buffer).String()}
	err := filepath.WalkDir(e.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path == e.stackFile() { // where the test itself has written them
			return err
		}
		text, err := os.ReadFile(path)
		places[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var template bytes.Buffer
	if err := report.WriteTemplate(&template, e.Azure.Resources(), e.Secrets.Texts()); err != nil {
		t.Fatal(err)
	}
	places["the ARM template"] = template.String()
	for _, r := range e.Azure.Resources() {
		body, err := json.Marshal(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		if r.Type != "Microsoft.Network/connections" { // which Azure must be told
			places[r.ID] = string(body)
		}
	}
	if len(places) < 10 {
		t.Errorf("only %d places to look at", len(places))
	}
	for place, text := range places {
		for _, secret := range secrets {
			encoded := base64.StdEncoding.EncodeToString([]byte(secret))
			if strings.Contains(text, secret) || strings.Contains(text, encoded) {
				t.Errorf("a secret is in the clear in %s", place)
			}
		}
	}
}

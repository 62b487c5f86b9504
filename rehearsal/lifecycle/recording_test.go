package lifecycle

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	recording "github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/record"
)

const recordedSite = "rehearsal/lifecycle/testdata/recorded.yaml"

// exported writes the stack's state as `pulumi stack export` does, as far as a recording reads it.
func (v *verified) exported() string {
	v.t.Helper()
	type state struct {
		URN  string `json:"urn"`
		Type string `json:"type"`
		ID   string `json:"id"`
	}
	var all []state
	for _, r := range v.stack.Snapshot.Resources {
		all = append(all, state{string(r.URN), string(r.Type), string(r.ID)})
	}
	text, err := json.Marshal(map[string]any{"version": 3, "deployment": map[string]any{"resources": all}})
	file := filepath.Join(v.t.TempDir(), "state.json")
	if err == nil {
		err = os.WriteFile(file, text, 0o600)
	}
	if err != nil {
		v.t.Fatal(err)
	}
	return file
}

// A recording has an answer for each of the stack's resources, and nothing in it tells whose they are: not what the
// stack file has, not what Azure has made up, not what somebody else has added.
func TestARecordingTellsNotWhoseItIs(t *testing.T) {
	v := raise(t, recordedSite)
	v.azure.Edit("/virtualNetworks/*", func(body map[string]any) bool {
		within(body, []string{"tags", "zqCostCenter"}, "ZqBerlin")
		within(body, []string{"properties", "zqOwner"}, "Zq Plants")
		within(body, []string{"systemData", "createdBy"}, "zq@contoso.com")
		within(body, []string{"properties", "ddosProtectionPlan"}, map[string]any{
			"id": "/subscriptions/99999999-aaaa-bbbb-cccc-dddddddddddd/resourceGroups/zqddos/providers/" +
				"Microsoft.Network/ddosProtectionPlans/zqplan"})
		return true
	})
	folder := filepath.Join(t.TempDir(), "recording")
	_, stderr, code := v.says("--record", folder, "--state", v.exported())
	if code != 0 && code != 1 || !strings.Contains(stderr, " answers of Azure are in "+folder) {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	resources, err := recording.Read(folder)
	if err != nil {
		t.Fatal(err)
	}
	made := 0
	for _, r := range v.stack.Snapshot.Resources {
		if strings.HasPrefix(string(r.Type), "azure-native:") {
			made++
		}
	}
	if len(resources) != made || made < 20 {
		t.Errorf("%d of %d resources are in the recording", len(resources), made)
	}
	private := regexp.MustCompile(`(?i)zq|10\.17[789]\.|10\.180\.|172\.23\.|192\.168\.77\.|52\.77\.|` +
		`6533[34]|5e11f00d|99999999-aaaa`)
	for _, name := range []string{recording.StackFile, "resources.json"} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		for n, line := range strings.Split(string(text), "\n") {
			if private.MatchString(line) {
				t.Errorf("%s:%d tells %s", name, n+1, strings.TrimSpace(line))
			}
			for _, secret := range v.stack.Secrets.Texts() {
				if strings.Contains(line, secret) {
					t.Errorf("%s:%d has a secret", name, n+1)
				}
			}
		}
	}
	v.azure.Role = []string{"Microsoft.Network/*", "Microsoft.Compute/*", "Microsoft.Storage/*"}
	stdout, _, code := v.says("--record", filepath.Join(t.TempDir(), "less"), "--state", v.exported())
	if code != 2 && code != 1 || !strings.Contains(stdout, "  do   Give whoever runs this Azure's role Reader on it") {
		t.Errorf("exit code %d: %s", code, stdout)
	}
	v.azure.Role = nil
	if _, stderr, code := v.says("--record", folder, "--state", v.exported()); code != 2 ||
		!strings.Contains(stderr, "has a recording already") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

// The version by which each resource is asked for is that by which azure-native reads it.
func TestARecordingAsksAsAzureNativeDoes(t *testing.T) {
	types := map[string]bool{}
	for _, file := range append(exampleFiles(t), "Pulumi.dev.yaml", "Pulumi.prod.yaml") {
		s := start(t, file)
		mustUp(t, s)
		for _, r := range s.Azure.Resources() {
			for _, made := range s.Snapshot.Resources {
				if !strings.EqualFold(string(made.ID), r.ID) || r.APIVersion == "" {
					continue
				}
				m := recording.Made{Type: string(made.Type)}
				if version, err := m.APIVersion(); err != nil || version != r.APIVersion {
					t.Errorf("%s is asked for by %s, and written by %s: %v", m.Type, version, r.APIVersion, err)
				}
				types[m.Type] = true
			}
		}
	}
	if len(types) < 25 {
		t.Errorf("only %d types", len(types))
	}
}

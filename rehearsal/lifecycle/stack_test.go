package lifecycle

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/stackfile"
)

const root = "../.."

// start makes a stack from a stack file of the project's.
func start(t testing.TB, file string) *Stack {
	t.Helper()
	return startWith(t, file, arm.Options{})
}

func startWith(t testing.TB, file string, azure arm.Options) *Stack {
	t.Helper()
	config, _, err := stackfile.Read(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	values, err := stackfile.Values(config)
	if err != nil {
		t.Fatal(err)
	}
	return begin(t, Options{Name: stackfile.Name(file), Values: values, Azure: azure})
}

func begin(t testing.TB, options Options) *Stack {
	t.Helper()
	options.Root = absolute(t, root)
	s, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func absolute(t interface{ Fatal(...any) }, path string) string {
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// left names what is still in Azure, and was not there before the stack.
func left(s *Stack) []string {
	var ids []string
	for _, r := range append(s.Azure.Resources(), s.Azure.Leftovers()...) {
		ids = append(ids, r.ID)
	}
	return ids
}

// exampleFiles are the ladder of stack files, as start takes them.
func exampleFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "examples", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for i, file := range files {
		files[i] = strings.TrimPrefix(file, root+"/")
	}
	return files
}

func TestEveryStackFileLivesItsLife(t *testing.T) {
	for _, file := range append(exampleFiles(t), "Pulumi.dev.yaml", "Pulumi.prod.yaml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			s := start(t, file)
			if changes, err := s.Preview(t.Context()); err != nil || !changes.Only("create") || len(left(s)) > 0 ||
				s.Snapshot != nil {
				t.Fatalf("preview: %v, %v, in Azure %v", changes, err, left(s))
			}
			liveALife(t.Context(), t, s)
		})
	}
}

// liveALife brings a stack up and down again: the first up creates and nothing else, and whatever comes after it finds
// all as it was, against the state and against Azure; a destroy leaves nothing.
func liveALife(ctx context.Context, t interface {
	Helper()
	Fatalf(format string, args ...any)
}, s *Stack) {
	t.Helper()
	for _, act := range []struct {
		name, only string
		play       func(context.Context) (Changes, error)
		noisy      bool
	}{
		{"up", "create", s.Up, false}, {"second up", "same", s.Up, false},
		{"preview against Azure", "", s.PreviewRefreshed, true}, {"up against Azure", "", s.UpRefreshed, true},
		{"second preview against Azure", "", s.PreviewRefreshed, false},
		{"refresh", "same", s.Refresh, false}, {"destroy", "delete", s.Destroy, false},
	} {
		changes, err := act.play(ctx)
		if err != nil || act.only != "" && !changes.Only(act.only) {
			t.Fatalf("%s: %v, %v", act.name, changes, err)
		}
		if act.only == "" {
			if changed := loud(s.Steps, act.noisy); len(changed) > 0 {
				t.Fatalf("%s changes %v", act.name, changed)
			}
		}
	}
	if ids := left(s); len(ids) > 0 || len(s.Snapshot.Resources) > 0 {
		t.Fatalf("left in Azure: %v, in the state: %d resources", ids, len(s.Snapshot.Resources))
	}
}

// noise is what a refresh finds changed although nobody changed anything, by type: Azure itself writes it into a
// property that can be written. docs/operations.md says of each why it is not silenced.
var noise = map[string]string{"LoadBalancer": "loadBalancerBackendAddresses"}

// loud are the steps of an operation, but for the noise where that is expected: once after instances have joined.
func loud(steps []Step, noisy bool) (all []Step) {
	for _, step := range steps {
		kind := step.URN.Type().Name().String()
		if _, known := noise[kind]; !known || !noisy || step.Operation != "update" {
			all = append(all, step)
		}
	}
	return all
}

func TestTheOperationsPageNamesEveryNoise(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, property := range noise {
		if !strings.Contains(string(text), property) {
			t.Errorf("docs/operations.md does not say why a refresh shows %s", property)
		}
	}
	t.Logf("counted: %d properties that Azure writes by itself and a refresh shows, each named in docs/operations.md",
		len(noise))
}

func TestAStackGoesOnFromAKeptSnapshot(t *testing.T) {
	s := start(t, "Pulumi.dev.yaml")
	if _, err := s.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	kept := s.Snapshot
	s.Values[stackfile.Project+":tags"] = `{"owner":"ot"}`
	if changes, err := s.Up(t.Context()); err != nil || changes["update"] == 0 {
		t.Fatalf("a new tag: %v, %v", changes, err)
	}
	s.Snapshot = kept
	if changes, err := s.Refresh(t.Context()); err != nil || changes["update"] == 0 {
		t.Fatalf("refreshing a state from before the tag: %v, %v", changes, err)
	}
	if changes, err := s.Up(t.Context()); err != nil || len(loud(s.Steps, true)) > 0 {
		t.Errorf("up after the refresh: %v, %v", changes, err)
	}
}

func TestOutputsAreWhatATechnicianNeeds(t *testing.T) {
	s := start(t, "Pulumi.dev.yaml")
	if _, err := s.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	proxy := s.Outputs()["sensorProxy"]
	for proxy.IsSecret() {
		proxy = proxy.SecretValue().Element
	}
	if !proxy.IsObject() || !proxy.ObjectValue()["host"].IsString() || proxy.ObjectValue()["host"].StringValue() == "" {
		t.Errorf("sensorProxy is %v", resource.PropertyValue(proxy))
	}
}

func TestARefusedConfigurationSaysWhyAndTouchesNothing(t *testing.T) {
	s := begin(t, Options{Name: "bad", Values: map[string]string{"azure-native:location": "westeurope",
		stackfile.Project + ":proxyPort": "22"}})
	_, err := s.Preview(t.Context())
	if err == nil || !strings.Contains(err.Error(), "proxyPort") || !strings.Contains(err.Error(), "addressSpace") {
		t.Errorf("refused with: %v", err)
	}
	if len(s.Azure.Operations()) > 0 {
		t.Error("Azure was asked for something")
	}
}

package lifecycle

import (
	"context"
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
			if changes, err := s.Preview(t.Context()); err != nil || !changes.Only("create") || len(left(s)) > 0 || s.Snapshot != nil {
				t.Fatalf("preview: %v, %v, in Azure %v", changes, err, left(s))
			}
			liveALife(t.Context(), t, s)
		})
	}
}

// liveALife brings a stack up and down again: the first up creates and nothing else, the second and a refresh find all as it was, and
// a destroy leaves nothing.
func liveALife(ctx context.Context, t interface {
	Helper()
	Fatalf(format string, args ...any)
}, s *Stack) {
	t.Helper()
	for _, act := range []struct {
		name, only string
		play       func(context.Context) (Changes, error)
	}{
		{"up", "create", s.Up}, {"second up", "same", s.Up}, {"refresh", "same", s.Refresh}, {"destroy", "delete", s.Destroy},
	} {
		if changes, err := act.play(ctx); err != nil || !changes.Only(act.only) {
			t.Fatalf("%s: %v, %v", act.name, changes, err)
		}
	}
	if ids := left(s); len(ids) > 0 || len(s.Snapshot.Resources) > 0 {
		t.Fatalf("left in Azure: %v, in the state: %d resources", ids, len(s.Snapshot.Resources))
	}
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
	if changes, err := s.Up(t.Context()); err != nil || !changes.Only("same") {
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
	s := begin(t, Options{Name: "bad", Values: map[string]string{"azure-native:location": "westeurope", stackfile.Project + ":proxyPort": "22"}})
	_, err := s.Preview(t.Context())
	if err == nil || !strings.Contains(err.Error(), "proxyPort") || !strings.Contains(err.Error(), "addressSpace") {
		t.Errorf("refused with: %v", err)
	}
	if len(s.Azure.Operations()) > 0 {
		t.Error("Azure was asked for something")
	}
}

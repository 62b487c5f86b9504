package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/record"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lifecycle"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/stackfile"
)

const root = "../.."

var update = flag.Bool("update", false, "write internal/record/vocabulary.txt")

// stackFiles are the checkout's that have something in Azure.
func stackFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "examples", "*.yaml"))
	if err != nil || len(files) < 20 {
		t.Fatalf("%d examples: %v", len(files), err)
	}
	return append(files, filepath.Join(root, "Pulumi.dev.yaml"), filepath.Join(root, "Pulumi.prod.yaml"))
}

// recorded is a stack that is up, and what a recording of it has.
type recorded struct {
	recording record.Recording
	words     []string
}

// recordOf brings a stack up on the stand-in, and records what that answers.
func recordOf(t *testing.T, file string) (r recorded) {
	t.Helper()
	config, _, err := stackfile.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	values, err := stackfile.Values(config)
	if err != nil {
		t.Fatal(err)
	}
	absolute, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	stack, err := lifecycle.New(lifecycle.Options{Name: stackfile.Name(file), Root: absolute, Values: values})
	if err != nil {
		t.Fatal(err)
	}
	defer stack.Close()
	if _, err := stack.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	made := madeBy(stack)
	site, err := stack.Site()
	if err != nil {
		t.Fatal(err)
	}
	redactor := record.New(stackfile.Project, site.Name, made, config)
	r.recording.Config = redactor.Config
	for _, m := range made {
		version, err := m.APIVersion()
		if err != nil {
			t.Fatal(err)
		}
		body, err := ask(stack.Azure, m.ID, version)
		if err != nil {
			t.Fatal(err)
		}
		r.words = append(r.words, redactor.Words(body)...)
		r.recording.Resources = append(r.recording.Resources, record.Resource{Type: m.Type, Name: redactor.Name(m),
			APIVersion: version, Body: redactor.Recorded(body)})
	}
	return r
}

// calibrated runs the command on a recording.
func calibrated(t *testing.T, folder string) (stdout, stderr string, code int) {
	t.Helper()
	var out, wrong bytes.Buffer
	code = run(t.Context(), root, []string{folder}, &out, &wrong)
	return out.String(), wrong.String(), code
}

// TestTheStandInAnswersLikeItself records each example on the stand-in. The program accepts the recording's stack file,
// and nothing differs: what is hidden from a recording is hidden on both sides alike.
func TestTheStandInAnswersLikeItself(t *testing.T) {
	words, compared := map[string]bool{}, 0
	for _, file := range stackFiles(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			r := recordOf(t, file)
			for _, word := range r.words {
				words[word] = true
			}
			if len(r.recording.Resources) == 0 {
				return // no proxies in Azure
			}
			compared++
			folder := t.TempDir()
			if err := r.recording.Write(folder); err != nil {
				t.Fatal(err)
			}
			if stdout, stderr, code := calibrated(t, folder); code != alike {
				t.Errorf("exit code %d:\n%s%s", code, stdout, stderr)
			}
		})
	}
	if compared < 20 {
		t.Errorf("only %d recordings were compared", compared)
	}
	text := strings.Join(slices.Sorted(maps.Keys(words)), "\n") + "\n"
	file := filepath.Join(root, "internal", "record", "vocabulary.txt")
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if is, err := os.ReadFile(file); err != nil || string(is) != text {
		t.Errorf("%s is not what the stand-in answers about the examples (%v): run the test with -update", file, err)
	}
}

// Each kind of difference is a row that tells where it is, and what both sides have.
func TestADifferenceIsARow(t *testing.T) {
	r := recordOf(t, filepath.Join(root, "Pulumi.dev.yaml")).recording
	at := slices.IndexFunc(r.Resources, func(r record.Resource) bool { return r.Name == "site-nat-gateway" })
	properties := r.Resources[at].Body.(map[string]any)["properties"].(map[string]any)
	properties["idleTimeoutInMinutes"] = 4.0
	properties["nat64"] = "Disabled"
	delete(properties, "publicIpAddresses")
	r.Resources = append(r.Resources, record.Resource{Type: r.Resources[at].Type, Name: "another"})
	folder := t.TempDir()
	if err := r.Write(folder); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := calibrated(t, folder)
	for _, want := range []string{"4 differences in ",
		"NatGateway site-nat-gateway | `properties.idleTimeoutInMinutes` | `4` | `30` |\n",
		"| `properties.nat64` | `\"Disabled\"` |  |\n",
		"| `properties.publicIpAddresses` |  | `[{\"id\":\"/subscriptions/(guid)/resourceGroups/(site-group)/",
		"NatGateway another |  | `made` | `not made` |\n"} {
		if code != differ || !strings.Contains(stdout, want) {
			t.Errorf("exit code %d, no %q in\n%s%s", code, want, stdout, stderr)
		}
	}
}

// The recordings in testdata are of what people have published. The README there has where.
func TestPublishedAnswersAreCompared(t *testing.T) {
	const models = "1 resource. An empty cell: that side has nothing there.\n"
	for name, says := range map[string][]string{
		"network-security-group": {"answer alike. Compared: 1 resource."},
		"load-balancer": {"2 differences in " + models,
			"| LoadBalancer site-lb-internal | `properties.loadBalancingRules[proxy].properties." +
				"allowBackendPortConflict` | `false` |  |",
			"`properties.loadBalancingRules[proxy].properties.enableDestinationServiceEndpoint` | `false` |  |"},
	} {
		stdout, stderr, code := calibrated(t, filepath.Join("rehearsal", "calibrate", "testdata", name))
		if isAlike := len(says) == 1; code == notCompared || isAlike != (code == alike) {
			t.Errorf("%s: exit code %d: %s", name, code, stderr)
		}
		for _, want := range says {
			if !strings.Contains(stdout, want) {
				t.Errorf("%s: no %q in\n%s", name, want, stdout)
			}
		}
	}
}

// A difference in many entries of a list is one row.
func TestWhatDiffersAlikeIsOneRow(t *testing.T) {
	list := func(values ...any) any {
		var all []any
		for i, value := range values {
			all = append(all, map[string]any{"name": string(rune('a' + i)), "port": value})
		}
		return map[string]any{"rules": all}
	}
	got := differences("a", list(1.0, 1.0, 2.0), list(3.0, 3.0, 3.0))
	want := []row{{"a", "rules[*].port", "1", "3", 2}, {"a", "rules[c].port", "2", "3", 1}}
	if !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestHelpIsPrintedWhereItIsAskedFor(t *testing.T) {
	if stdout, stderr, code := calibrated(t, "--help"); code != alike || stdout != usage || stderr != "" {
		t.Errorf("exit code %d:\n%s%s", code, stdout, stderr)
	}
}

func TestWhatCannotBeComparedIsSaid(t *testing.T) {
	folder := t.TempDir()
	if _, stderr, code := calibrated(t, folder); code != notCompared || !strings.Contains(stderr, "resources.json") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	text, err := json.Marshal([]record.Resource{{Type: "azure-native:network/v20240501:NatGateway", Name: "a"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"resources.json": string(text), record.StackFile: "config: {}\n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, stderr, code := calibrated(t, folder); code != notCompared ||
		!strings.Contains(stderr, "correct "+filepath.Join(folder, record.StackFile)) {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

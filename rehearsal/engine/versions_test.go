package engine

import (
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/stackfile"
)

var update = flag.Bool("update", false,
	"store what the tests compare: the state that this version writes, where there is none of it yet, and what "+
		"the CLI shows")

// states holds a folder of each version: its stacks' files, and the state that it wrote for them, as pulumi stack
// export gives it. The secrets in it are encrypted, and those of a rehearsal.
const states = "testdata/state"

// version is what the changelog calls the newest one.
func version(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	heading := regexp.MustCompile(`(?m)^## (\S+)`).FindSubmatch(text)
	if heading == nil {
		t.Fatal("the changelog names no version")
	}
	return strings.ToLower(string(heading[1]))
}

func TestTheStateOfThisVersionIsStored(t *testing.T) {
	for _, name := range []string{"dev", "prod"} {
		file := filepath.Join(states, version(t), name+".json")
		_, err := os.Stat(file)
		if errors.Is(err, fs.ErrNotExist) && *update {
			err = store(t, name, file)
		}
		if err != nil {
			t.Errorf("%v: go -C rehearsal test ./engine -run State -update stores the state of a version that has none",
				err)
		}
	}
}

// store deploys a stack and keeps its state and its configuration.
func store(t *testing.T, name, file string) error {
	t.Helper()
	e := start(t, "Pulumi."+name+".yaml")
	up(t, e)
	exported := filepath.Join(t.TempDir(), "state.json")
	if err := e.pulumi(t.Context(), "stack", "export", "--file", exported); err != nil {
		return err
	}
	text, err := os.ReadFile(exported)
	if err != nil {
		return err
	}
	text, err = withoutPositions(text)
	if err != nil {
		return err
	}
	config, _, err := stackfile.Read(e.stackFile())
	if err != nil {
		return err
	}
	return errors.Join(
		os.MkdirAll(filepath.Dir(file), 0o750),
		stackfile.Write(strings.TrimSuffix(file, ".json")+".yaml", config),
		os.WriteFile(file, append(text, '\n'), 0o600),
	)
}

// withoutPositions takes out of a state where each resource is registered in the program: places of one machine.
func withoutPositions(text []byte) ([]byte, error) {
	var state struct {
		Version    int `json:"version"`
		Deployment struct {
			Manifest         any              `json:"manifest"`
			SecretsProviders any              `json:"secrets_providers"`
			Resources        []map[string]any `json:"resources"`
			Metadata         any              `json:"metadata"`
		} `json:"deployment"`
	}
	if err := json.Unmarshal(text, &state); err != nil {
		return nil, err
	}
	for _, r := range state.Deployment.Resources {
		delete(r, "sourcePosition")
		delete(r, "stackTrace")
	}
	return json.MarshalIndent(state, "", "  ")
}

func TestEveryVersionsStateIsTakenOverAsItIs(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(states, "*", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no version has a state: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimPrefix(file, states+"/"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, private := range []string{"sourcePosition", "stackTrace", "plaintext", "/go/", os.TempDir() + "/"} {
				if strings.Contains(string(text), private) {
					t.Errorf("the state holds %s: secrets in clear, or places of one machine", private)
				}
			}
			var deployment apitype.UntypedDeployment
			if err := json.Unmarshal(text, &deployment); err != nil {
				t.Fatal(err)
			}
			e := start(t, filepath.Join("rehearsal/engine", strings.TrimSuffix(file, ".json")+".yaml"))
			if err := e.stack.Import(t.Context(), deployment); err != nil {
				t.Fatal(err)
			}
			changes, err := e.Preview(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for operation, count := range changes {
				if operation != "same" && operation != "update" {
					t.Errorf("%s of %d resources of that version's: %v", operation, count, changes)
				}
			}
			if changes["same"] == 0 {
				t.Errorf("nothing stays as it is: %v", changes)
			}
		})
	}
}

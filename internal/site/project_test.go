package site

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// declared is what Pulumi.yaml says of a config key.
type declared struct {
	Type        string
	Default     any
	Description string
}

func projectConfig(t *testing.T) map[string]declared {
	t.Helper()
	text, err := os.ReadFile("../../Pulumi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var project struct{ Config map[string]declared }
	if err := yaml.Unmarshal(text, &project); err != nil {
		t.Fatal(err)
	}
	return project.Config
}

func TestPulumiYamlDeclaresEveryKeyAndNoOther(t *testing.T) {
	_, err := Load(stack(t, map[string]string{"noSuchKey": "x"}))
	var errs Errors
	if !errors.As(err, &errs) || len(errs) != 1 {
		t.Fatalf("an unknown key alone: %v", err)
	}
	known := strings.Split(errs[0].Allowed, ", ")
	if !slices.Equal(keys, known) {
		t.Errorf("Keys are\n%v\nthe program reads\n%v", keys, known)
	}
	config := projectConfig(t)
	if names := slices.Sorted(maps.Keys(config)); !slices.Equal(names, known) {
		t.Errorf("Pulumi.yaml declares\n%v\nthe program reads\n%v", names, known)
	}
	for name, key := range config {
		if key.Type == "" || key.Description == "" || key.Default == nil {
			t.Errorf("%s is declared without type, description or default", name)
		}
	}
}

func TestTheDefaultsOfPulumiYamlAreThoseOfTheProgram(t *testing.T) {
	without := load(t, nil)
	changes := map[string]string{}
	given := stack(t, nil).Values
	for name, key := range projectConfig(t) {
		if _, required := given["defender-iot-proxy:"+name]; required {
			continue
		}
		text, err := json.Marshal(key.Default)
		if err != nil {
			t.Fatal(err)
		}
		changes[name] = strings.Trim(string(text), `"`)
	}
	changes["sshPublicKey"] = without.Azure.SSHPublicKey
	if with := load(t, changes); !reflect.DeepEqual(with, without) {
		t.Errorf("with the defaults of Pulumi.yaml\n%+v\nwithout\n%+v", with, without)
	}
}

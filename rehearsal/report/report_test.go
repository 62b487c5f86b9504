package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

func TestSecretsAreMaskedHoweverDeep(t *testing.T) {
	var r Report
	r.SetOutputs(auto.OutputMap{
		"sensorProxy": {Value: map[string]any{"host": "10.42.0.36", "port": 3128.0, "password": "hunter22"}},
		"siteProxies": {Secret: true, Value: map[string]any{"line-1": map[string]any{
			"installScript": "#!/bin/sh\ncurl -U sensor:hunter22 proxy\n",
			"keys":          []any{"plain", "hunter2"},
			"customData":    "I2Nsb3VkLWNvbmZpZyBodW50ZXIyMg==", // #cloud-config hunter22
		}}},
		"token": {Secret: true, Value: "never seen before"},
		"keys":  {Secret: true, Value: []any{"never seen before"}},
	}, []string{"hunter2", "", "hunter22"})
	want := map[string]any{
		"sensorProxy": map[string]any{"host": "10.42.0.36", "port": 3128.0, "password": mask},
		"siteProxies": map[string]any{"line-1": map[string]any{
			"installScript": "#!/bin/sh\ncurl -U sensor:[secret] proxy\n",
			"keys":          []any{"plain", mask},
			"customData":    mask,
		}},
		"token": mask,
		"keys":  mask,
	}
	if !reflect.DeepEqual(r.Outputs, want) {
		t.Errorf("masked outputs are\n%v\nwant\n%v", r.Outputs, want)
	}
}

func TestWhatStoppedTheRehearsalGivesNoSecretAway(t *testing.T) {
	var r Report
	r.SetStopped(errors.New("BadRequest: key 'hunter2' is too short"), []string{"hunter2"})
	if want := "BadRequest: key '[secret]' is too short"; r.Stopped != want {
		t.Errorf("the reason is %q, want %q", r.Stopped, want)
	}
}

func TestTheReportKeepsItsNames(t *testing.T) {
	r := Report{
		Outputs: map[string]any{}, Steps: []Step{{}}, SensorChecks: []model.Check{},
		Checks: []Check{{Name: "up", Passed: true}},
	}
	got := written(t, r)
	wantNames(t, got, "stack", "outputs", "steps", "makespanMs", "criticalPathMs", "proxyReadyMs",
		"proxyReadyBoundMs", "preview", "provenance",
		"sensorChecks", "checks")
	wantNames(t, got["provenance"], "startedAt", "files", "versions")
	wantNames(t, got["provenance"].(map[string]any)["versions"], "go", "pulumi", "azureNative")
	wantNames(t, got["steps"].([]any)[0], "urn", "type", "op", "startMs", "endMs")
	wantNames(t, got["preview"], "seconds")
	wantNames(t, got["checks"].([]any)[0], "name", "held")
}

func TestTextsAreWrittenAsTheyAre(t *testing.T) {
	var out bytes.Buffer
	if err := (&Report{Stack: "a<b>&c"}).Write(&out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), `"a<b>&c"`) {
		t.Errorf("the report escapes what JSON need not: %s", out.String())
	}
}

func written(t *testing.T, r Report) map[string]any {
	t.Helper()
	var out bytes.Buffer
	if err := r.Write(&out); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	return got
}

func wantNames(t *testing.T, object any, names ...string) {
	t.Helper()
	got := slices.Sorted(maps.Keys(object.(map[string]any)))
	if want := slices.Sorted(slices.Values(names)); !slices.Equal(got, want) {
		t.Errorf("the names are %v, want %v", got, want)
	}
}

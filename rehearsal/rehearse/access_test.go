package rehearse

import (
	"maps"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/monitor/armmonitor"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// aRow is one of the table, with changes.
func aRow(changes map[string]any) map[string]any {
	row := map[string]any{
		"TimeGenerated": "2026-12-01T04:00:00.000Z", "Computer": "proxy000000", "SensorAddress": "10.20.0.10",
		"Sensor": "press-shop", "Method": "CONNECT", "Host": "hub.example", "Port": 22.0, "Status": 403.0,
		"Result": "TCP_DENIED", "Refused": "port", "BytesUp": 60.0, "BytesDown": 3000.0, "DurationMs": 1.0,
	}
	maps.Copy(row, changes)
	return row
}

func TestARowSaysWhatASensorDid(t *testing.T) {
	refused := model.Check{From: "sensor 10.20.0.10", Target: "hub.example:22", Got: model.Refused(403, "port")}
	want, err := rowOf(refused, map[string]string{"10.20.0.10": "press-shop"})
	if err != nil || !says(aRow(nil), want) {
		t.Errorf("want %v, %v", want, err)
	}
	for column, wrong := range map[string]any{"SensorAddress": "10.20.0.11", "Sensor": "", "Host": "other.example",
		"Port": 443.0, "Status": 200.0, "Refused": "", "Method": "GET"} {
		if says(aRow(map[string]any{column: wrong}), want) {
			t.Errorf("a row with %s %v is taken for what the sensor did", column, wrong)
		}
	}
	opened := model.Check{From: "sensor 10.20.0.10", Target: "hub.example:443 as somebody", Got: model.Open}
	want, err = rowOf(opened, nil)
	if err != nil || !says(aRow(map[string]any{"Sensor": "", "Port": 443.0, "Status": 200.0, "Refused": ""}), want) {
		t.Errorf("want %v, %v", want, err)
	}
	if _, err := rowOf(model.Check{From: "scale set", Target: "readiness gate"}, nil); err == nil {
		t.Error("a look at the scale set is an attempt of a sensor")
	}
}

func TestWhatTheTableMustNotHaveIsFound(t *testing.T) {
	s, err := site.Load(site.Config{Project: "defender-iot-proxy", Stack: "plant", Values: map[string]string{
		"azure-native:location": "westeurope", "defender-iot-proxy:addressSpace": "10.51.0.0/26",
		"defender-iot-proxy:sensorCidrs": `["10.20.0.0/24"]`, "defender-iot-proxy:sshPublicKey": "ssh-ed25519 " +
			"AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl test"}})
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		change func(a *agent)
		says   string
	}{
		"nothing":     {func(*agent) {}, ""},
		"no port":     {func(a *agent) { a.rows[0]["Port"] = nil }, ""},
		"the probes":  {func(a *agent) { a.rows[0]["SensorAddress"] = model.Platform.String() }, ""},
		"no host":     {func(a *agent) { a.rows[0]["Host"] = nil }, "column Host is null"},
		"a stranger":  {func(a *agent) { a.rows[0]["SensorAddress"] = "10.9.9.9" }, "10.9.9.9"},
		"no JSON":     {func(a *agent) { a.take("time=1 client=10.20.0.10\n", 0) }, "1 lines make no row"},
		"the secret":  {func(a *agent) { a.raw.WriteString(`{"Host":"secret-of-the-stack"}`) }, "a secret"},
		"half a line": {func(a *agent) { a.takeAll(`{"Host":`, 0, 0) }, ""},
	} {
		a := &agent{rows: []map[string]any{aRow(nil)}}
		c.change(a)
		got := strings.Join(a.misfits(s, []string{"", "secret-of-the-stack"}), "; ")
		if (c.says == "") != (got == "") || !strings.Contains(got, c.says) {
			t.Errorf("%s: %q", what, got)
		}
	}
}

func TestARuleThatNamesNoFileOfJSONIsNotFollowed(t *testing.T) {
	file := func(format armmonitor.KnownLogFilesDataSourceFormat) *armmonitor.DataCollectionRuleDataSources {
		return &armmonitor.DataCollectionRuleDataSources{LogFiles: []*armmonitor.LogFilesDataSource{{
			Format: &format, FilePatterns: []*string{to.Ptr("/var/log/squid/requests.log")},
			Streams: []*string{to.Ptr("Custom-Json")},
		}}}
	}
	for _, c := range []struct {
		sources *armmonitor.DataCollectionRuleDataSources
		follows bool
	}{
		{file(armmonitor.KnownLogFilesDataSourceFormatJSON), true},
		{file(armmonitor.KnownLogFilesDataSourceFormatText), false},
		{&armmonitor.DataCollectionRuleDataSources{}, false},
		{nil, false},
	} {
		a := &agent{}
		err := a.follow(armmonitor.DataCollectionRuleResource{Name: to.Ptr("rule"),
			Properties: &armmonitor.DataCollectionRuleResourceProperties{DataSources: c.sources}})
		if (err == nil) != c.follows || c.follows && a.file+a.stream != "/var/log/squid/requests.logCustom-Json" {
			t.Errorf("%v: %+v, %v", c.sources, a, err)
		}
	}
}

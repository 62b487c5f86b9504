package site

import (
	"slices"
	"strings"
	"testing"
)

func TestEachSiteHasATableOfItsOwn(t *testing.T) {
	for name, want := range map[string]string{
		"plant":                              "SensorProxy_plant_CL",
		"1-north":                            "SensorProxy_1_north_CL",
		strings.Repeat("a", 39) + "Z":        "SensorProxy_" + strings.Repeat("a", 39) + "Z_CL",
		strings.Repeat("a", 19) + "-" + "b2": "SensorProxy_" + strings.Repeat("a", 19) + "_b2_CL",
		"plant" + strings.Repeat("-", 3) + "south": "SensorProxy_plant___south_CL",
	} {
		s := load(t, map[string]string{"siteName": name, "logs": `{"proxyAccess":true}`})
		if got := s.AccessTable(); got != want || len(got) > 63 {
			t.Errorf("the table of %s is %s", name, got)
		}
	}
	if got := load(t, nil).AccessTable(); got != "" {
		t.Errorf("a site without logs.proxyAccess has %s", got)
	}
}

func TestAQueryGivesEachSensorItsName(t *testing.T) {
	s := load(t, map[string]string{"logs": `{"proxyAccess":true}`,
		"sensors": `[{"name":"press","ip":"10.30.0.4"},{"name":"mixer","ip":"10.30.0.5"}]`})
	const want = `Sensor = tostring(parse_json('{"10.30.0.4":"press","10.30.0.5":"mixer"}')[SensorAddress]), `
	if got := AccessTransform(s.Azure.SensorNames); !strings.Contains(got, want) {
		t.Errorf("the query is %s", got)
	}
	if got := AccessTransform(nil); !strings.Contains(got, "Sensor = '', ") {
		t.Errorf("without names the query is %s", got)
	}
}

// A column that no query fills is one of the row on the instance, of the same type.
func TestColumnsComeFromWhatInstancesWrite(t *testing.T) {
	stream := AccessStream()
	for _, c := range AccessColumns(nil) {
		if c.query == "" && !slices.ContainsFunc(stream, func(s AccessColumn) bool {
			return s.Name == c.Name && s.Type == c.Type
		}) {
			t.Errorf("column %s of type %s is filled by nothing", c.Name, c.Type)
		}
		if !strings.HasSuffix(c.About, ".") {
			t.Errorf("column %s is not described", c.Name)
		}
	}
}

func TestAFirewallHasToLetTheAgentThrough(t *testing.T) {
	hosts := func(logs string) []string {
		var all []string
		for _, d := range load(t, map[string]string{"logs": logs}).EgressAllowList() {
			if d.Service == "Azure Monitor Agent" {
				all = append(all, d.Host)
			}
		}
		return all
	}
	for _, want := range []string{"westeurope.handler.control.monitor.azure.com", "*.ingest.monitor.azure.com"} {
		if got := hosts(`{"proxyAccess":true}`); !slices.Contains(got, want) {
			t.Errorf("%s is not among %v", want, got)
		}
	}
	if got := hosts(`{}`); got != nil {
		t.Errorf("without an agent, %v", got)
	}
}

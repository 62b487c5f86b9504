package alerts

import (
	"bytes"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite docs/alerts.md and docs/runbook.md")

func TestThePagesAreThoseInTheDocuments(t *testing.T) {
	alerts, err := Page()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]byte{"alerts.md": alerts, "runbook.md": Runbook()} {
		path := "../../docs/" + name
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if kept, err := os.ReadFile(path); err != nil || !bytes.Equal(kept, want) {
			t.Errorf("%s is out of date (%v): run this test with -update", path, err)
		}
	}
}

func TestEveryRuleOfTheBaselineIsTakenOrLeftForAReason(t *testing.T) {
	all, err := Baselines()
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	takes := 0
	for _, rule := range all {
		v, known := verdictOn(rule)
		if !known {
			t.Errorf("%s %s has no verdict", rule.Resource, rule.Name)
			continue
		}
		if _, own := verdicts[rule.Resource+" "+rule.Name]; own {
			used[rule.Resource+" "+rule.Name] = true
		} else {
			used[rule.Resource] = true
		}
		if v.taken == "" {
			if v.why == "" {
				t.Errorf("%s %s is left for no reason", rule.Resource, rule.Name)
			}
			continue
		}
		takes++
		alert, there := ByName(v.taken)
		if !there {
			t.Errorf("%s %s is taken by %s, which is no alert", rule.Resource, rule.Name, v.taken)
			continue
		}
		if !slices.ContainsFunc(alert.All, func(c Condition) bool { return c.Metric == rule.Metric }) {
			t.Errorf("%s is to watch %s, and does not", v.taken, rule.Metric)
		}
		if rule.same(alert) != (v.why == "") {
			t.Errorf("%s and its rule of the baseline are alike: %t; the reason for a difference is %q", v.taken,
				rule.same(alert), v.why)
		}
	}
	for what := range verdicts {
		if !used[what] {
			t.Errorf("there is a verdict on %s, which the baseline does not have", what)
		}
	}
	t.Logf("counted: %d rules of Azure Monitor Baseline Alerts, %d of them taken", len(all), takes)
}

// Azure evaluates metric rules and log rules at these frequencies and over these windows only.
// Sources: https://learn.microsoft.com/rest/api/monitor/metric-alerts/create-or-update,
// https://github.com/Azure/azure-rest-api-specs/issues/21258
func TestEveryAlertIsWellFormed(t *testing.T) {
	windows := []string{"PT1M", "PT5M", "PT15M", "PT30M", "PT1H", "PT6H"}
	seen := map[string]bool{}
	for _, a := range list {
		if seen[a.Name] {
			t.Errorf("%s is there twice", a.Name)
		}
		seen[a.Name] = true
		kinds := 0
		for _, is := range []bool{len(a.All) > 0, a.Query != "", a.Operation != ""} {
			if is {
				kinds++
			}
		}
		if kinds != 1 || a.Sites == "" || a.Means == "" || len(a.Look) == 0 || a.Do == "" {
			t.Errorf("%s is incomplete", a.Name)
		}
		if a.Operation == "" && (!slices.Contains(windows, a.Window) ||
			slices.Index(windows, a.Frequency) > slices.Index(windows, a.Window)) {
			t.Errorf("%s is evaluated each %s over %s", a.Name, a.Frequency, a.Window)
		}
		// The gateways' metrics have no finer grain.
		if a.Resource == Gateway && a.Window == "PT1M" {
			t.Errorf("%s looks at a minute, of which Azure has no sample", a.Name)
		}
		for _, c := range a.All {
			if signs[c.Operator] == "" || (c.Dimension == "") != (len(c.Values) == 0) {
				t.Errorf("%s: %+v", a.Name, c)
			}
		}
	}
	if !slices.IsSortedFunc(list, func(a, b Alert) int { return a.Severity - b.Severity }) {
		t.Error("the worst are not first")
	}
}

func TestASiteHasTheAlertsThatItHasTheResourcesFor(t *testing.T) {
	smallest := Site{Instances: 1, NATGateway: true, Workspace: true, FlowLog: true}
	vpn := Site{Instances: 3, NATGateway: true, Workspace: true, Gateway: "vpn", SKU: "VpnGw1AZ", Static: true}
	circuit := Site{Instances: 1, Gateway: "expressRoute", SKU: "ErGw2AZ"}
	for _, c := range []struct {
		what    string
		site    Site
		without []string
		has     string
		hasNot  string
	}{
		{"a site of one instance", smallest, nil, "no-healthy-proxy nat-data-path flow-log-stopped",
			"few-healthy-proxies tunnel-down bgp-peer-down express-route-down vpn-bandwidth"},
		{"a VPN without BGP", vpn, nil, "few-healthy-proxies tunnel-down vpn-bandwidth logs-stopped",
			"bgp-peer-down express-route-cpu flow-log-stopped"},
		{"a circuit and a firewall", circuit, nil, "express-route-down express-route-cpu express-route-bandwidth",
			"snat-failures nat-data-path logs-stopped tunnel-down"},
		{"a site without one", smallest, []string{"proxy-cpu"}, "proxy-memory", "proxy-cpu"},
	} {
		var names []string
		for _, a := range For(c.site, c.without) {
			names = append(names, a.Name)
		}
		for _, name := range strings.Fields(c.has) {
			if !slices.Contains(names, name) {
				t.Errorf("%s has no %s", c.what, name)
			}
		}
		for _, name := range strings.Fields(c.hasNot) {
			if slices.Contains(names, name) {
				t.Errorf("%s has %s", c.what, name)
			}
		}
	}
}

func TestTheBandwidthAlertsFollowTheSKU(t *testing.T) {
	threshold := func(kind, sku, name string) float64 {
		for _, a := range For(Site{Gateway: kind, SKU: sku}, nil) {
			if a.Name == name {
				return a.All[0].Threshold
			}
		}
		t.Errorf("no %s", name)
		return 0
	}
	for sku, want := range map[string]float64{"VpnGw1AZ": 65e6, "VpnGw2AZ": 100e6, "VpnGw5AZ": 1e9} {
		if got := threshold("vpn", sku, "vpn-bandwidth"); got != want {
			t.Errorf("%s: %g bytes a second, want %g", sku, got, want)
		}
	}
	if got := threshold("expressRoute", "ErGw1AZ", "express-route-bandwidth"); got != 8e8 {
		t.Errorf("ErGw1AZ: %g bits a second", got)
	}
}

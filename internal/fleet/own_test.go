package fleet

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestMistakesInSitesYamlSayWhatIsAllowed(t *testing.T) {
	for _, c := range []struct{ text, key, says string }{
		{"default: {}\n", "default", "Did you mean defaults?"},
		{"defaults: 3\n", "defaults", "is not a group"},
		{"defaults: {scaleset: {instances: 3}}\n", "defaults.scaleset", "Did you mean scaleSet?"},
		{"defaults: {scaleSet: {instance: 3}}\n", "defaults.scaleSet.instance", "Did you mean scaleSet.instances?"},
		{"defaults: {scaleSet: {instances: 300}}\n", "defaults.scaleSet.instances", "1 to 100"},
		{"defaults: {proxyAuth: {username: sensor, password: long-enough-secret}}\n",
			"defaults.proxyAuth.password", "is a secret"},
		{"defaults: {proxyAuth: {username: {secure: AAAB}}}\n", "defaults.proxyAuth.username", "is encrypted"},
		{"limits: {vCPU: 100}\n", "limits.vCPU", "Did you mean vCPUs?"},
		{"limits: {vCPUs: many}\n", "limits.vCPUs", "1 or more"},
		{"limits: {vCPUs: 2.5}\n", "limits.vCPUs", "1 or more"},
		{"subscriptions: {prod: [a]}\n", "subscriptions.prod", "is not the ID"},
		{"subscriptions: {" + other + ": a}\n", "subscriptions." + other, "is not a list"},
		{"subscriptions: {" + other + ": ['[']}\n", "subscriptions." + other + "[0]", "is not a pattern"},
		{"subscriptions: {" + other + ": [plant-*]}\n", "subscriptions." + other, "is the name of no stack"},
		{"defaults: [\n", "", "is not YAML"},
	} {
		report := Check(parsed(t, map[string]like{"a": plain(0, nil)}), owned(c.text))
		at := slices.IndexFunc(report.Findings, func(f Finding) bool { return f.Kind == "sites-file" })
		if at < 0 {
			t.Errorf("%s: nothing is found", c.text)
			continue
		}
		f := report.Findings[at]
		if f.Severity != Error || f.Places[0].File != OwnFile || f.Places[0].Key != c.key ||
			!strings.Contains(f.sentences(), c.says) {
			t.Errorf("%s: found %s: %s; want %s: %s", c.text, said(f), f.sentences(), c.key, c.says)
		}
	}
}

// A default need not be a whole configuration: each stack adds to it.
func TestDefaultsMayBeAPartOfAConfiguration(t *testing.T) {
	for _, text := range []string{
		"defaults: {connectionMethod: proxyChain}\n", "defaults: {connectionMethod: direct}\n",
		"defaults: {gateway: {kind: expressRoute}}\n", "defaults: {gateway: {kind: existing}}\n",
		"defaults: {gateway: {kind: vpn, bgp: true}}\n", "defaults: {bastion: {enabled: true}}\n",
		"defaults:\n  logs: {retentionDays: 180}\n  azure-native:location: West Europe\n", "defaults:\n", "",
	} {
		if own := owned(text); len(own.findings) > 0 {
			t.Errorf("%s: %+v", text, own.findings)
		}
	}
}

func TestDifferencesFromTheFleetsDefaults(t *testing.T) {
	files := map[string]like{
		"a": plain(0, set{"scaleSet.instances": "3", "proxyPort": 8080, "tags": set{"owner": "ot"}}),
		"b": plain(1, set{"scaleSet.instances": 2}),
		"c": plain(2, set{"scaleSet.instances": 2, "tags": encrypted}),
		"d": {"direct", set{"tags": set{"owner": "ot"}}},
	}
	report := Check(parsed(t, files), owned(wide+`defaults:
  azure-native:location: eastus
  scaleSet: {instances: 3}
  defender-iot-proxy:proxyPort: 3128
  tags: {owner: ot}
  sensorGenerations: ["22.1"]
`))
	var got []string
	for _, f := range report.Findings {
		if f.Kind == "difference" {
			for _, p := range f.Places {
				got = append(got, p.File+" "+p.Key+" = "+p.Value)
			}
		}
	}
	want := []string{"Pulumi.a.yaml proxyPort = 8080", "Pulumi.b.yaml scaleSet.instances = 2",
		"Pulumi.b.yaml tags.owner = not given", "Pulumi.c.yaml scaleSet.instances = 2",
		"Pulumi.d.yaml azure-native:location = westeurope"}
	slices.Sort(got)
	if !slices.Equal(got, want) || report.Errors > 0 {
		t.Errorf("found %q, want %q", got, want)
	}
}

func TestTheFleetsOwnFileIsOptional(t *testing.T) {
	folder := t.TempDir()
	own, err := ReadOwn(folder, project)
	if err != nil || len(own.findings) > 0 {
		t.Errorf("%+v, %v", own, err)
	}
	if err := os.WriteFile(filepath.Join(folder, OwnFile), []byte("limits: {vCPUs: 7}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if own, err = ReadOwn(folder, project); err != nil || own.limits["vCPUs"] != 7 {
		t.Errorf("%+v, %v", own, err)
	}
}

func TestTheLargestReplacementIsCountedOnce(t *testing.T) {
	report := Check(parsed(t, map[string]like{
		"a": plain(0, set{"scaleSet.instances": 2}),
		"b": plain(1, set{"scaleSet": set{"instances": 5, "vmSize": "Standard_D4s_v5", "overprovision": true}}),
		"c": plain(2, set{"scaleSet.instances": 1, "scaleSet.vmSize": "Standard_E8-4ads_v5"}),
	}), Own{})
	if len(report.Totals) != 1 {
		t.Fatalf("%+v", report.Totals)
	}
	got := report.Totals[0]
	// 2×2 + 5×4 + 1×8, and the second site's 5 new instances with one to spare: 6×4.
	if got.Instances != 8 || got.VCPUs != 32 || got.VCPUsAtMost != 56 || got.VCPUsByFamily["DSv5"] != 24 ||
		got.familiesAtMost["DSv5"] != 48 || got.familiesAtMost["EADSv5"] != 16 {
		t.Errorf("%+v", got)
	}
}

// The page lists every kind of finding, and its sites.yaml has no mistake.
func TestTheDocumentationIsComplete(t *testing.T) {
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range collisions {
		kind := strings.Trim(strings.Fields(c.finds)[1], ";")
		if !strings.Contains(string(page), "| `"+kind+"`") && !strings.Contains(string(page), ", `"+kind+"` |") {
			t.Errorf("docs/operations.md has no row for %s", kind)
		}
	}
	_, after, found := strings.Cut(string(page), "```yaml\ndefaults:")
	text, _, ends := strings.Cut("defaults:"+after, "```")
	own := owned(text)
	if !found || !ends || len(own.findings) > 0 || len(own.defaults) != 2 || len(own.limits) != 3 ||
		len(own.subscriptions) != 1 || len(own.waves) != 2 {
		t.Errorf("sites.yaml of the page: %+v", own)
	}
	for _, name := range quotaNames() {
		if !strings.Contains(string(page), name) {
			t.Errorf("docs/operations.md does not name the limit %s", name)
		}
	}
}

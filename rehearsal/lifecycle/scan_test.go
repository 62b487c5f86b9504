package lifecycle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/report"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/stackfile"
)

const (
	scanner     = root + "/.tools/bin/scan"
	scannerPage = root + "/docs/scanner.md"
	kics        = "github.com/Checkmarx/kics/v2"
)

// scanned is what tools/scan prints.
type scanned struct {
	Queries  int
	Findings []struct{ Template, Query, Severity, Place, Expected, Actual string }
}

// exception is a finding that is none.
type exception struct {
	query string
	where string // what the findings have in common, for the page
	why   string
	// holds tells it of a resource that a finding is about.
	holds func(resource map[string]any) bool
	of    string // type of the resources that the query is about
}

var exceptions = []exception{
	{
		query: "Unrecommended Network Watcher Flow Log Retention Policy",
		of:    "Microsoft.Network/networkWatchers/flowLogs",
		where: "flow logs that are kept for exactly 90 days, the default of `logs.retentionDays`",
		why: "The query wants more than 90 days. CIS's benchmark for Azure asks for at least 90. Whoever " +
			"needs another number sets it.",
		holds: func(resource map[string]any) bool {
			policy, _ := resource["properties"].(map[string]any)["retentionPolicy"].(map[string]any)
			return policy["enabled"] == true && policy["days"] == 90.0
		},
	},
}

// scan asks KICS about templates, by name.
func scan(t *testing.T, templates map[string][]byte) scanned {
	t.Helper()
	list := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", kics)
	list.Dir = root + "/tools/scan"
	module, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	args := []string{filepath.Join(strings.TrimSpace(string(module)), "assets/queries/azureResourceManager")}
	folder := t.TempDir()
	for name, text := range templates {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	command := exec.Command(absolute(t, scanner), args...)
	var said bytes.Buffer
	command.Stderr = &said
	output, err := command.Output()
	if err != nil {
		t.Fatalf("no scanner: run `make .tools/bin/scan`: %v\n%s", err, said.String())
	}
	var s scanned
	if err := json.Unmarshal(output, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// templateOf is the ARM template of an example, as make rehearse writes it.
func templateOf(t *testing.T, file string) []byte {
	t.Helper()
	s := start(t, file)
	mustUp(t, s)
	var text bytes.Buffer
	if err := report.WriteTemplate(&text, s.Azure.Resources(), s.Secrets.Texts()); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

// unexcused are the findings without an exception that holds for each resource they may be about.
func unexcused(t *testing.T, s scanned, templates map[string][]byte, used map[string]bool) []string {
	t.Helper()
	var all []string
	for _, f := range s.Findings {
		at := slices.IndexFunc(exceptions, func(e exception) bool {
			return e.query == f.Query && !slices.ContainsFunc(resourcesOf(t, templates[f.Template], e.of),
				func(r map[string]any) bool { return !e.holds(r) })
		})
		if at < 0 {
			all = append(all, fmt.Sprintf("%s: %s (%s) at %s: %s", f.Template, f.Query, f.Severity, f.Place, f.Actual))
			continue
		}
		used[f.Query] = true
	}
	return all
}

func resourcesOf(t *testing.T, template []byte, of string) []map[string]any {
	t.Helper()
	var parsed struct{ Resources []map[string]any }
	if err := json.Unmarshal(template, &parsed); err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(parsed.Resources, func(r map[string]any) bool { return r["type"] != of })
}

func TestAScannerFindsNothingInTheTemplateOfAnyExample(t *testing.T) {
	templates := map[string][]byte{}
	for _, file := range exampleFiles(t) {
		templates[stackfile.Name(file)+".json"] = templateOf(t, file)
	}
	s := scan(t, templates)
	used := map[string]bool{}
	for _, finding := range unexcused(t, s, templates, used) {
		t.Error(finding)
	}
	for _, e := range exceptions {
		if !used[e.query] {
			t.Errorf("%q is an exception of nothing", e.query)
		}
	}
	checkScannerPage(t, s.Queries)
	t.Logf("counted: %d queries of KICS asked of the templates of %d examples, named exceptions: %d", s.Queries,
		len(templates), len(exceptions))
}

// What the scanner is for: a template that is made worse is found out, exception or not.
func TestTheScannerFindsWhatIsMadeWorse(t *testing.T) {
	good := templateOf(t, smallest)
	for what, c := range map[string]struct{ from, to, query string }{
		"flows are kept for a week": {`"days": 90`, `"days": 7`, exceptions[0].query},
		"storage takes plain HTTP": {`"supportsHttpsTrafficOnly": true`, `"supportsHttpsTrafficOnly": false`,
			"Storage Account Allows Unsecure Transfer"},
		"storage is open to every network": {`"defaultAction": "Deny"`, `"defaultAction": "Allow"`,
			"Default Azure Storage Account Network Access Is Too Permissive"},
	} {
		bad := bytes.ReplaceAll(good, []byte(c.from), []byte(c.to))
		if bytes.Equal(bad, good) {
			t.Errorf("%s: the template has no %s", what, c.from)
			continue
		}
		templates := map[string][]byte{"bad.json": bad}
		found := unexcused(t, scan(t, templates), templates, map[string]bool{})
		if !slices.ContainsFunc(found, func(f string) bool { return strings.Contains(f, c.query) }) {
			t.Errorf("%s: found %q", what, found)
		}
	}
}

func checkScannerPage(t *testing.T, queries int) {
	t.Helper()
	var b bytes.Buffer
	fmt.Fprintf(&b, `# What a scanner finds

A rehearsal writes an ARM template of what it built (`+"`-arm FILE`"+`), which scanners of templates read. `+
		"`make test`"+` has
the %d queries of [KICS](https://docs.kics.io) for Azure Resource Manager asked of the template of each example. They
find this and nothing else:

| query | finds | why that stays |
|---|---|---|
`, queries)
	for _, e := range exceptions {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", e.query, e.where, e.why)
	}
	if *update {
		if err := os.WriteFile(scannerPage, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if kept, err := os.ReadFile(scannerPage); err != nil || !bytes.Equal(kept, b.Bytes()) {
		t.Errorf("%s is out of date (%v): run this test with -update", scannerPage, err)
	}
}

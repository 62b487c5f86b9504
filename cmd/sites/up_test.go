package main

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// fleetWith is a checkout of n sites, plant-000 and so on, that have no collision.
func fleetWith(t *testing.T, n int, waves string) pulumiLog {
	t.Helper()
	files := fleetOf(n)
	files["sites.yaml"] += waves
	return withPulumi(t, files)
}

const threeWaves = "waves: [{name: canaries, stacks: [plant-002]}, {name: west, regions: [westeurope], batch: 2}]\n"

func TestAFleetIsBroughtUpInWaves(t *testing.T) {
	log := fleetWith(t, 4, threeWaves)
	code, out, errs := sites(t, "up", "--dry-run")
	want := `wave 1 of 3, canaries: plant-002
wave 2 of 3, west, 1 of 2: plant-000, plant-001
wave 3 of 3, west, 2 of 2: plant-003
`
	if code != succeeded || out != want || log.lines("commands.txt") != nil {
		t.Errorf("exit %d\n%s%s\nwant\n%s", code, out, errs, want)
	}
	code, out, _ = sites(t, "up", "--org", "acme", "--parallel", "1", "--create", "--refresh", "--json", "ups.json")
	hasAll(t, out, `wave 1 of 3, canaries: 1 site
 plant-002 # s 24 created
wave 2 of 3, west, 1 of 2: 2 sites
 plant-000 # s 24 created
 plant-001 # s 24 created
wave 3 of 3, west, 2 of 2: 1 site
 plant-003 # s 24 created

4 sites: 4 up to date, 0 failed, 0 not begun
`)
	if code != succeeded {
		t.Errorf("exit %d", code)
	}
	ups := strings.Join(log.lines("ups.txt"), ", ")
	if ups != "begin plant-002, end plant-002, begin plant-000, end plant-000, begin plant-001, end plant-001, "+
		"begin plant-003, end plant-003" {
		t.Errorf("ups: %s", ups)
	}
	first := "stack ls --json --organization acme --non-interactive\n" +
		"stack init --no-select acme/plant-002 --non-interactive\n" +
		"stack export --stack acme/plant-002 --non-interactive\n" +
		"up --yes --skip-preview --suppress-outputs --refresh --stack acme/plant-002\n"
	if got := log.commands(); !strings.HasPrefix(got, first) {
		t.Errorf("pulumi is asked for\n%s\nwant first\n%s", got, first)
	}
	var report struct {
		Waves []struct {
			Name   string
			Stacks []stackJSON
		}
	}
	text, err := os.ReadFile("ups.json")
	if err == nil {
		err = json.Unmarshal(text, &report)
	}
	if err != nil || len(report.Waves) != 3 || report.Waves[1].Stacks[1].Stack != "plant-001" ||
		report.Waves[1].Stacks[1].Creates != 24 || report.Waves[1].Stacks[1].Result != "changes" {
		t.Errorf("%v\n%s", err, text)
	}
	_, out, _ = sites(t, "up", "plant-003", "plant-001")
	hasAll(t, out, "wave 1 of 2, west, 1 of 2: 1 site\n plant-001 # s 24 unchanged\n",
		"wave 2 of 2, west, 2 of 2: 1 site\n")
}

func TestAWaveThatFailsLeavesLaterOnesUntouched(t *testing.T) {
	log := fleetWith(t, 4, threeWaves)
	log.mark(t, "fail.plant-000", true)
	code, out, _ := sites(t, "up", "--parallel", "1", "--json", "ups.json")
	hasAll(t, out, " plant-002 # s 24 created\n", " plant-000 # s failed\n",
		"── plant-000\nerror: the gate stayed shut\n",
		"4 sites: 1 up to date, 1 failed, 2 not begun\n",
		"Stopped: plant-000 failed. Not begun: plant-001, plant-003.\nRun sites up again")
	if code != oneFailed || strings.Contains(log.commands(), "plant-001") ||
		strings.Contains(log.commands(), "plant-003") {
		t.Errorf("exit %d, and pulumi is asked for\n%s", code, log.commands())
	}
	if text, err := os.ReadFile("ups.json"); err != nil || strings.Count(string(text), `"not begun"`) != 2 ||
		!strings.Contains(string(text), `"the gate stayed shut"`) {
		t.Errorf("%v\n%s", err, text)
	}
	log.mark(t, "fail.plant-000", false)
	code, out, _ = sites(t, "up", "--parallel", "1")
	hasAll(t, out, " plant-002 # s 24 unchanged\n", " plant-000 # s 24 created\n", " plant-003 # s 24 created\n",
		"4 sites: 4 up to date, 0 failed, 0 not begun\n")
	if code != succeeded {
		t.Errorf("exit %d", code)
	}
}

// Those that run beside one that fails come to their end.
func TestUpsBesideOneThatFailsGoOn(t *testing.T) {
	log := fleetWith(t, 4, "waves: [{name: all}]\n")
	log.mark(t, "fail.plant-000", true)
	if code, out, _ := sites(t, "up", "--parallel", "4"); code != oneFailed ||
		!strings.Contains(out, "4 sites: 3 up to date, 1 failed, 0 not begun") {
		t.Errorf("exit %d\n%s", code, out)
	}
}

// Whatever the gate is, it is asked once after each wave, about that wave.
func TestAGateThatStaysShutStopsBeforeTheNextWave(t *testing.T) {
	log := fleetWith(t, 4, threeWaves)
	gate := `echo "$SITES" >> "$LOG/asked.txt"; [ ! -e "$LOG/alert" ] || { echo plant-000: no-healthy-proxy; exit 3; }`
	code, out, _ := sites(t, "up", "--parallel", "1", "--gate", gate, "plant-002")
	hasAll(t, out, " asks the gate: echo ", "1 site: 1 up to date, 0 failed, 0 not begun\n")
	if got := log.lines("asked.txt"); code != succeeded || !slices.Equal(got, []string{"plant-002"}) {
		t.Errorf("exit %d, and the gate is asked about %q", code, got)
	}
	log.mark(t, "alert", true)
	code, out, _ = sites(t, "up", "--parallel", "1", "--gate", `echo "$SITES" | grep -q plant-002 || { `+gate+`; }`)
	hasAll(t, out, "wave 2 of 3, west, 1 of 2: 2 sites\n", "plant-000: no-healthy-proxy\n",
		"4 sites: 3 up to date, 0 failed, 1 not begun\n",
		"Stopped: the gate did not open: exit status 3. Not begun: plant-003.\nRun sites up again")
	if code != oneFailed || strings.Contains(strings.Join(log.lines("ups.txt"), " "), "plant-003") {
		t.Errorf("exit %d, and these ups began: %q", code, log.lines("ups.txt"))
	}
	log.mark(t, "alert", false)
	code, out, _ = sites(t, "up", "--parallel", "1", "--gate", gate)
	hasAll(t, out, " plant-003 # s 24 created\n", "4 sites: 4 up to date, 0 failed, 0 not begun\n")
	want := []string{"plant-002", "plant-000 plant-001", "plant-002", "plant-000 plant-001", "plant-003"}
	if got := log.lines("asked.txt"); code != succeeded || !slices.Equal(got, want) {
		t.Errorf("exit %d, and the gate is asked about %q, want %q", code, got, want)
	}
	// Of the last wave too: whoever runs it hears that the fleet is not well.
	log.mark(t, "alert", true)
	if code, out, _ := sites(t, "up", "--gate", gate, "plant-003"); code != oneFailed {
		t.Errorf("exit %d\n%s", code, out)
	}
}

func TestAFleetWithErrorsIsNotBegun(t *testing.T) {
	files := fleetOf(3)
	files["Pulumi.plant-001.yaml"] = strings.ReplaceAll(stackFileOf(1), "10.40.1.0/26", "10.40.0.0/26")
	files["sites.yaml"] += "waves: [{name: canaries, stacks: [plant-0]}, {name: west, batch: 0}]\n"
	log := withPulumi(t, files)
	code, out, errs := sites(t, "up", "plant-002")
	hasAll(t, errs, "nothing was begun: sites check finds 3 errors\n", "addressSpace = 10.40.0.0/26",
		"waves[1].batch = 0\n")
	if code != notRun || out != "" || log.lines("commands.txt") != nil {
		t.Errorf("exit %d, %q", code, out)
	}
}

func TestAStackWithALostResourceIsNotBroughtUp(t *testing.T) {
	files := fleetOf(1)
	files["Pulumi.lost.yaml"] = stackFileOf(1)
	log := withPulumi(t, files)
	code, out, _ := sites(t, "up")
	hasAll(t, out, "── lost\nan up was killed while it made nat-gateway. Azure may have it", "Not begun: plant-000.")
	if code != oneFailed || log.lines("ups.txt") != nil {
		t.Errorf("exit %d, and an up begins: %v", code, log.lines("ups.txt"))
	}
}

// What a document promises about an interrupted up is where the message leads.
func TestTheMessageLeadsToAHeading(t *testing.T) {
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil || !regexp.MustCompile("(?m)^## When an `up` was interrupted$").Match(page) {
		t.Errorf("docs/operations.md has no such heading: %v", err)
	}
}

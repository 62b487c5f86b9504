package engine

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/browser"
)

// bringUp is what an operator types, until the whole fleet is up.
const bringUp = "~/sites up --create --refresh --parallel 2 --gate 'tools/no-alerts.sh 0' && echo code 0 || " +
	"echo code $?"

// TestAFleetIsRolledOutAsOneThing has the sites of two regions on one Azure.
func TestAFleetIsRolledOutAsOneThing(t *testing.T) {
	f := newFleetOperator(t)
	f.isStoppedByAnAlert(t)
	f.isStoppedByAFailure(t)
	said := ""
	for runs := 1 + len(f.stacks)/10; runs > 0 && !strings.Contains(said, "code 0\n"); runs-- {
		said = f.says(bringUp)
	}
	if !strings.Contains(said, fmt.Sprintf("\n%[1]d sites: %[1]d up to date, 0 failed, 0 not begun\n", len(f.stacks))) {
		t.Fatalf("the last run says\n%s", said)
	}
	if sites := f.groups(); !slices.Equal(sites, f.proxied) {
		t.Errorf("Azure has %v", sites)
	}
	t.Logf("counted: %d sites rolled out on one Azure", len(f.stacks))
	f.isTold(t)
	f.survivesKills(t)
}

// isStoppedByAnAlert brings the canary up, whose proxy then fails. Meanwhile somebody else tries to.
func (f *fleetOperator) isStoppedByAnAlert(t *testing.T) {
	f.sick.Store(true)
	var second string
	once := func(string) {
		f.built.Store(nil)
		// a shell of its own, since the operator's waits for the first run
		other := &operator{t: t, clone: f.clone, env: slices.Clone(f.env)}
		second = other.says("~/sites up && echo 'begun a second time'")
	}
	f.built.Store(&once)
	said := f.says(bringUp)
	if !strings.Contains(second, "another sites up runs in this checkout (process ") ||
		strings.Contains(second, "begun a second time") {
		t.Errorf("a second run, during the first, says\n%s", second)
	}
	f.stopped(t, said, "wave 1 of 4, canary: 1 site\n", "\neu-00: ", "no-healthy-proxy",
		"Stopped: the gate did not open: exit status 1. Not begun: eu-01, ")
	if sites := f.groups(); !slices.Equal(sites, f.proxied[:1]) {
		t.Errorf("after the gate that stayed shut Azure has %v", sites)
	}
	f.sick.Store(false)
}

// stopped holds what a run that was stopped says.
func (f *fleetOperator) stopped(t *testing.T, said string, wants ...string) {
	t.Helper()
	for _, want := range append(wants, "code 1\n") {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in\n%s", want, said)
		}
	}
}

// isStoppedByAFailure goes on, until a proxy of the second wave does not serve.
func (f *fleetOperator) isStoppedByAFailure(t *testing.T) {
	shut := "eu-01"
	f.shut.Store(&shut)
	said := f.says(bringUp)
	f.stopped(t, said, "not ready: Squid does not run", "\n── eu-01\n", "Not begun: ")
	stacks := f.meanwhile("pulumi stack ls")
	for _, stack := range f.stacks[1+len(f.stacks)/4:] {
		if strings.Contains(stacks, stack) || slices.Contains(f.groups(), stack) {
			t.Errorf("%s is touched, and of a later wave", stack)
		}
	}
	f.looksWell(t)
	f.shut.Store(nil)
}

// looksWell shows the page of a fleet with sites that are up, that failed, that are not there yet and that cannot be
// read, on every screen and on paper.
func (f *fleetOperator) looksWell(t *testing.T) {
	b := browser.Open(t, "../..")
	broken := filepath.Join(f.home(), ".pulumi", "history", project, "eu-00", "eu-00-1.history.json")
	if err := os.WriteFile(broken, []byte("half a fi"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, drift := range []string{"", "--drift "} {
		said := f.says("~/sites status " + drift + "--html status.html || true")
		page := f.meanwhile("cat status.html")
		for _, want := range []string{fmt.Sprintf("<h1>%d sites, ", len(f.stacks)), ">succeeded<", ">failed<", ">none<",
			"eu-00-1.history.json"} {
			if !strings.Contains(page, want) {
				t.Errorf("no %q in the page; sites status says\n%s", want, said)
			}
		}
		b.Show(page)
		for _, view := range []browser.View{{Width: 390}, {Width: 390, Dark: true}, {Width: 800}, {Width: 1280},
			{Width: 1280, Dark: true}, {Width: 718, Print: true}, {Width: 718, Print: true, Dark: true}} {
			for _, unfolded := range []bool{false, true} {
				b.Run(fmt.Sprintf("document.querySelectorAll('details').forEach((d) => { d.open = %t; })", unfolded),
					nil)
				for _, problem := range b.Problems(view) {
					t.Errorf("%sat %v, details open %t: %s", drift, view, unfolded, problem)
				}
			}
		}
	}
	if err := os.Remove(broken); err != nil {
		t.Fatal(err)
	}
}

// isTold looks at what sites status and sites preview say of the fleet.
func (f *fleetOperator) isTold(t *testing.T) {
	f.meanwhile("~/sites status --json status.json --html status.html eu-00 us-00 us-09")
	var told struct {
		Stacks []struct {
			Stack, Result string
			Images        []string
			Outputs       map[string]any
		}
	}
	if err := json.Unmarshal([]byte(f.meanwhile("cat status.json")), &told); err != nil || len(told.Stacks) != 3 {
		t.Fatalf("%v: %+v", err, told)
	}
	for i, images := range []int{1, 1, 0} {
		s := told.Stacks[i]
		if s.Result != "succeeded" || len(s.Images) != images || s.Outputs["sensorEndpoints"] == nil {
			t.Errorf("%+v", s)
		}
	}
	f.meanwhile("pulumi config set --stack us-00 proxyPort 8080 && pulumi config set --stack eu-00 --path " +
		"'extraDomains[0]' updates.example.org")
	said := f.says("~/sites preview --json previews.json eu-00 us-00 us-09")
	f.meanwhile("pulumi config rm --stack us-00 proxyPort && pulumi config rm --stack eu-00 extraDomains")
	var previews struct {
		Stacks []struct {
			Result    string
			Rolls     int
			Refusals  []string
			Unchanged int
		}
	}
	if err := json.Unmarshal([]byte(f.meanwhile("cat previews.json")), &previews); err != nil ||
		len(previews.Stacks) != 3 {
		t.Fatalf("%v\n%s", err, said)
	}
	roll, refused, same := previews.Stacks[0], previews.Stacks[1], previews.Stacks[2]
	if roll.Rolls != 1 || roll.Result != "changes" || same.Result != "unchanged" || same.Unchanged == 0 ||
		refused.Result != "failed" || len(refused.Refusals) != 1 ||
		!strings.Contains(refused.Refusals[0], "proxyPort changes from 3128 to 8080") {
		t.Errorf("%+v\n%s", previews, said)
	}
}

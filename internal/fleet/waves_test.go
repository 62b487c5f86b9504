package fleet

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// inRegions are stacks without a collision, by the region that each is in.
func inRegions(t *testing.T, regions map[string]string) []Stack {
	t.Helper()
	files, n := map[string]like{}, 0
	for name, region := range regions {
		files[name] = plain(n, set{"azure-native:location": region})
		n++
	}
	return parsed(t, files)
}

func inWords(waves []Wave) (lines []string) {
	for _, w := range waves {
		lines = append(lines, w.Name+": "+strings.Join(w.Stacks, " "))
	}
	return lines
}

func TestEveryStackIsInTheFirstWaveThatTakesIt(t *testing.T) {
	stacks := inRegions(t, map[string]string{"eu-1": "westeurope", "eu-2": "West Europe", "eu-3": "westeurope",
		"us-1": "eastus", "us-2": "eastus", "lab": "northeurope"})
	for text, want := range map[string][]string{
		`waves:
  - {name: canaries, stacks: [eu-2, us-1]}
  - {name: Europe, regions: [west europe], batch: 1}
`: {"canaries: eu-2 us-1", "Europe, 1 of 2: eu-1", "Europe, 2 of 2: eu-3", "all others: lab us-2"},
		`waves: [{name: plants, stacks: ["eu-*"], batch: 2}, {name: the rest, batch: 100}]`: {
			"plants, 1 of 2: eu-1 eu-2", "plants, 2 of 2: eu-3", "the rest: lab us-1 us-2"},
		`waves: [{name: all}]`: {"all: eu-1 eu-2 eu-3 lab us-1 us-2"},
		``:                     {"canary: eu-1", "all others: eu-2 eu-3 lab us-1 us-2"},
	} {
		own := owned(wide + text)
		if report := Check(stacks, own); report.Errors > 0 {
			t.Errorf("%s: %v", text, allSaid(report))
		}
		if got := inWords(own.Waves(stacks)); !slices.Equal(got, want) {
			t.Errorf("%s comes to\n%s\nwant\n%s", text, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

func TestAFleetComesInWavesOfTen(t *testing.T) {
	regions := map[string]string{}
	for i := range 23 {
		regions[fmt.Sprintf("plant-%02d", i)] = "westeurope"
	}
	own := owned("")
	var sizes []int
	for _, w := range own.Waves(inRegions(t, regions)) {
		sizes = append(sizes, len(w.Stacks))
	}
	if !slices.Equal(sizes, []int{1, 10, 10, 2}) {
		t.Errorf("waves of %v", sizes)
	}
	if waves := own.Waves(nil); waves != nil {
		t.Errorf("no stack comes in %v", waves)
	}
}

// All mistakes are found at once, each with its key, what is allowed and what to do.
func TestMistakesInTheWavesSayWhatIsAllowed(t *testing.T) {
	stacks := inRegions(t, map[string]string{"eu-1": "westeurope", "us-1": "eastus"})
	for _, c := range []struct{ text, key, says string }{
		{"waves: canaries", "waves", "is not a list of waves"},
		{"waves: {name: canaries}", "waves", "is not a list of waves"},
		{"waves: [eu-1]", "waves[0]", "is not a wave"},
		{"waves: [{stacks: [eu-1]}]", "waves[0].name", "is missing"},
		{"waves: [{name: a, stacks: [eu-1]}, {name: a}]", "waves[1].name", "is the name of an earlier wave"},
		{"waves: [{name: a, stack: [eu-1]}]", "waves[0].stack", "Did you mean stacks?"},
		{"waves: [{name: a, stacks: eu-1}]", "waves[0].stacks", "is not a list of names"},
		{"waves: [{name: a, stacks: 7}, {name: b, stacks: [eu-1]}]", "waves[0].stacks", "is not a list of names"},
		{"waves: [{name: a, stacks: ['[']}]", "waves[0].stacks[0]", "is not a pattern"},
		{"waves: [{name: a, stacks: [eu-1], regions: [eastus]}]", "waves[0]", "Make two waves of it"},
		{"waves: [{name: a, batch: 0}]", "waves[0].batch", "1 to 100"},
		{"waves: [{name: a, batch: 101}]", "waves[0].batch", "1 to 100"},
		{"waves: [{name: a, batch: some}]", "waves[0].batch", "1 to 100"},
		{"waves: [{name: a, stacks: [eu-1, eu-7]}]", "waves[0].stacks[1]", "is the name of no stack"},
		{"waves: [{name: a, regions: [eastus, estus]}]", "waves[0].regions[1]", "is the region of no stack"},
		{"waves: [{name: a}, {name: b, stacks: [eu-1]}]", "waves[1]", "has no stack"},
	} {
		report := Check(stacks, owned(wide+c.text))
		var found []string
		for _, f := range report.Findings {
			if f.Kind == "sites-file" {
				found = append(found, f.Places[0].Key+": "+f.sentences())
			}
		}
		if len(found) != 1 || !strings.HasPrefix(found[0], c.key+": ") || !strings.Contains(found[0], c.says) ||
			!strings.Contains(found[0], "Allowed: ") {
			t.Errorf("%s: found %q; want one at %s: %s", c.text, found, c.key, c.says)
		}
	}
	report := Check(stacks, owned(wide+"waves: [{name: a, batch: 0, stack: [x]}, {regions: []}]"))
	if report.Errors != 4 {
		t.Errorf("of four mistakes it finds %v", allSaid(report))
	}
}

package fleet

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// Wave is a group of stacks that are brought up side by side, after all waves before it.
type Wave struct {
	Name   string   `json:"name"`
	Stacks []string `json:"stacks"` // names, sorted
}

// A wave has at most so many stacks; more become several waves.
const (
	usualBatch = 10
	mostBatch  = 100 // in a workflow each stack of a wave is a job, and GitHub allows 256 of one matrix
)

// selection is a wave as the fleet's own file describes it: stacks by name, or by region, or all that are left.
type selection struct {
	key, name       string
	stacks, regions []string // patterns of names; regions in Azure's short form
	batch           int
	broken          bool // it has a mistake, and takes no stack
}

var waveKeys = []string{"name", "stacks", "regions", "batch"}

// readWaves reads the list of waves.
func (o *Own) readWaves(value any) {
	list, isList := value.([]any)
	if !isList || len(list) == 0 {
		o.fail("waves", "", "is not a list of waves", "a list, each with a name, and stacks, regions or neither",
			"Write a dash before the first key of each wave")
		return
	}
	seen := map[string]bool{}
	for i, item := range list {
		key := fmt.Sprintf("waves[%d]", i)
		values, isGroup := item.(map[string]any)
		if !isGroup {
			o.fail(key, fmt.Sprint(item), "is not a wave", "keys and values: "+strings.Join(waveKeys, ", "),
				"Indent them below the dash")
			continue
		}
		found := len(o.findings)
		s := o.readWave(key, values)
		s.broken = len(o.findings) > found
		if s.name != "" && seen[s.name] {
			o.fail(key+".name", s.name, "is the name of an earlier wave", "a name of its own for each wave",
				"Choose another name")
		}
		seen[s.name] = true
		o.waves = append(o.waves, s)
	}
}

func (o *Own) readWave(key string, values map[string]any) selection {
	s := selection{key: key, batch: usualBatch}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		at, value := key+"."+name, values[name]
		switch name {
		case "name":
			s.name, _ = value.(string)
		case "stacks":
			s.stacks = o.readPatterns(at, value)
		case "regions":
			for _, region := range o.readPatterns(at, value) {
				s.regions = append(s.regions, shortRegion(region))
			}
		case "batch":
			if batch, ok := wholeNumber(value); ok && batch <= mostBatch {
				s.batch = batch
				continue
			}
			o.fail(at, fmt.Sprint(value), "is not a number of stacks", fmt.Sprintf("1 to %d", mostBatch),
				fmt.Sprintf("Without it, a wave has at most %d", usualBatch))
		default:
			do := "Remove it"
			if near, ok := site.Nearest(name, waveKeys); ok {
				do = "Did you mean " + near + "?"
			}
			o.fail(at, "", "is not a key of a wave", strings.Join(waveKeys, ", "), do)
		}
	}
	if s.name == "" {
		o.fail(key+".name", "", "is missing", "a name for people, such as canaries", "Add it")
	}
	if values["stacks"] != nil && values["regions"] != nil {
		o.fail(key, "", "has both stacks and regions", "one of them, or neither for all stacks that are left",
			"Make two waves of it")
	}
	return s
}

// readPatterns reads a list of names, each a pattern as path.Match has them.
func (o *Own) readPatterns(key string, value any) (patterns []string) {
	list, _ := value.([]any)
	if len(list) == 0 {
		o.fail(key, "", "is not a list of names", "names, with * for any letters",
			"Write each name on a line of its own, with a dash before it")
	}
	for i, item := range list {
		pattern := fmt.Sprint(item)
		if _, err := path.Match(pattern, ""); err != nil {
			o.fail(fmt.Sprintf("%s[%d]", key, i), pattern, "is not a pattern of names",
				"a name, with * for any letters", "Correct it")
			continue
		}
		patterns = append(patterns, pattern)
	}
	return patterns
}

// Waves are the waves in which stacks are brought up, the first one first; each stack is in one. What no wave of the
// fleet's own file takes comes last. Without such a file, one stack goes first.
func (o *Own) Waves(stacks []Stack) []Wave {
	waves, _ := o.plan(stacks)
	return waves
}

// plan distributes the stacks, and finds what of the waves is not so.
func (o *Own) plan(stacks []Stack) (waves []Wave, all []Finding) {
	left := slices.SortedFunc(slices.Values(stacks), func(a, b Stack) int { return strings.Compare(a.Name, b.Name) })
	for _, s := range o.waves {
		unknown := s.unknown(stacks)
		all = append(all, unknown...)
		var taken []Stack
		left = slices.DeleteFunc(left, func(stack Stack) bool {
			if s.takes(stack) {
				taken = append(taken, stack)
				return true
			}
			return false
		})
		if len(taken) == 0 && len(unknown) == 0 && !s.broken {
			all = append(all, Finding{Severity: Error, Kind: "sites-file", Places: []Place{{OwnFile, s.key, s.name}},
				Problem: "has no stack: the waves before it take all of them",
				Allowed: "waves that have stacks of their own", Do: "Move it up, or remove it"})
		}
		waves = append(waves, s.batches(taken)...)
	}
	if o.waves == nil && len(left) > 1 {
		waves, left = []Wave{{"canary", []string{left[0].Name}}}, left[1:]
	}
	return append(waves, selection{name: "all others", batch: usualBatch}.batches(left)...), all
}

// takes tells whether a stack belongs to the wave, if no wave before has taken it.
func (s selection) takes(stack Stack) bool {
	everything := s.stacks == nil && s.regions == nil
	return !s.broken && (everything || matches(s.stacks, stack.Name) || matches(s.regions, stack.region()))
}

func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		fits, _ := path.Match(pattern, name)
		return fits
	})
}

// unknown are findings about names that no stack has.
func (s selection) unknown(stacks []Stack) (all []Finding) {
	look := func(key, what string, patterns []string, name func(Stack) string) {
		for i, pattern := range patterns {
			if slices.ContainsFunc(stacks, func(stack Stack) bool { return matches([]string{pattern}, name(stack)) }) {
				continue
			}
			all = append(all, Finding{Severity: Error, Kind: "sites-file",
				Places:  []Place{{OwnFile, fmt.Sprintf("%s.%s[%d]", s.key, key, i), pattern}},
				Problem: "is the " + what + " of no stack",
				Allowed: what + "s of stacks that are checked, with * for any letters", Do: "Correct or remove it"})
		}
	}
	look("stacks", "name", s.stacks, func(stack Stack) string { return stack.Name })
	look("regions", "region", s.regions, Stack.region)
	return all
}

// batches are the waves that a selection's stacks come to.
func (s selection) batches(stacks []Stack) (waves []Wave) {
	for batch := range slices.Chunk(stacks, s.batch) {
		w := Wave{Name: s.name}
		for _, stack := range batch {
			w.Stacks = append(w.Stacks, stack.Name)
		}
		waves = append(waves, w)
	}
	for i := range waves {
		if len(waves) > 1 {
			waves[i].Name = fmt.Sprintf("%s, %d of %d", s.name, i+1, len(waves))
		}
	}
	return waves
}

// region is where the stack's resources are, in Azure's short form: westeurope.
func (s Stack) region() string {
	text, _ := s.values["azure-native:location"].(string)
	return shortRegion(text)
}

func shortRegion(text string) string { return strings.ToLower(strings.ReplaceAll(text, " ", "")) }

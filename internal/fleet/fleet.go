// Package fleet compares the sites of many stacks: what two of them cannot both have, what all of them together ask of
// Azure, and where they differ from their owner's defaults. It reads stack files and asks nobody: neither Azure nor
// Pulumi.
package fleet

import (
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// Stack is one stack file, and the site that it describes.
type Stack struct {
	File string // its path, as it was given
	Name string // the stack's name: Pulumi.prod.yaml is prod
	// Subscription is the ID of the site's subscription, in lower case; empty: the one that its deployer is logged in
	// to, which the file does not say.
	Subscription string
	Site         *site.Site  // nil: there is nothing that could be compared
	Errors       site.Errors // of the file itself
	Warnings     []string    // of the file itself
	Unread       []string    // keys whose values cannot be read here; the site is then nil

	values map[string]any // the configuration by full key, objects and lists decoded, encrypted values left out
	hidden map[string]bool
}

// Values are the configuration by full key, with objects and lists decoded. Encrypted secrets are placeholders, and
// other encrypted values are left out.
func (s Stack) Values() map[string]any { return s.values }

// Check compares the sites of stacks, each with all others, and holds them against the fleet's own file. It returns
// everything that it finds.
func Check(stacks []Stack, own Own) Report {
	stacks = slices.Clone(stacks)
	report := Report{Sites: len(stacks)}
	report.Findings = append(ownFindings(stacks), own.findings...)
	report.add(own.assign(stacks)...)
	_, misplaced := own.plan(stacks)
	report.add(misplaced...)

	members := reachable(stacks)
	for _, rule := range slices.Concat(names, existing, partners, sensors) {
		report.add(rule.check(members)...)
	}
	report.add(overlaps(members)...)
	report.add(connections(members)...)
	report.add(shares(members)...)
	report.Totals = totals(members)
	report.add(quotas(report.Totals, own.limits)...)
	report.add(own.differences(stacks)...)
	report.sort()
	return report
}

// ownFindings are what is wrong with each file by itself. What several files have alike is told once.
func ownFindings(stacks []Stack) []Finding {
	var all []Finding
	told := map[string]int{}
	tell := func(f Finding, place Place) {
		id := strings.Join([]string{string(f.Severity), string(f.Kind), place.Key, place.Value, f.Problem}, "\n")
		at, known := told[id]
		if !known {
			at = len(all)
			told[id] = at
			all = append(all, f)
		}
		all[at].Places = append(all[at].Places, place)
	}
	for _, s := range stacks {
		for _, e := range s.Errors {
			tell(Finding{Severity: Error, Kind: "file", Problem: e.Problem, Allowed: e.Allowed, Do: e.Do},
				Place{s.File, e.Key, unquoted(e.Value)})
		}
		for _, text := range s.Warnings {
			tell(Finding{Severity: Warning, Kind: "file", Problem: text}, Place{File: s.File, Key: keyOf(text)})
		}
		for _, key := range s.Unread {
			tell(Finding{Severity: Warning, Kind: "unread",
				Problem: "cannot be read here, so the site is compared with no other",
				Allowed: "secrets that are encrypted, everything else in plain text in the stack file",
				Do:      "Set the values that are no secrets in the stack file itself, without --secret"},
				Place{File: s.File, Key: key})
		}
	}
	return all
}

// keyOf is the key at the beginning of a warning.
func keyOf(warning string) string {
	key, _, _ := strings.Cut(warning, ": ")
	key, _, _ = strings.Cut(key, " = ")
	return key
}

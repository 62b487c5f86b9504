package lab

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

var update = flag.Bool("update", false, "rewrite what the tests keep in docs")

const mutationsPage = "../../docs/mutations.md"

// mutations is what was broken on purpose in this run, each with a check that has noticed.
var mutations = struct {
	sync.Mutex
	checks map[string]string
}{checks: map[string]string{}}

// onPage are the mutations of the page.
var onPage = sync.OnceValue(func() map[string]string {
	text, err := os.ReadFile(mutationsPage)
	if err != nil {
		panic(err)
	}
	checks := map[string]string{}
	_, rows, _ := strings.Cut(string(text), "\n|---|---|\n")
	for _, row := range mutationRow.FindAllStringSubmatch(rows, -1) {
		checks[row[1]] = row[2]
	}
	return checks
})

var mutationRow = regexp.MustCompile(`(?m)^\| (.+?) \| (.+) \|$`)

// noticedBy fails where nothing has noticed what was broken, or where no check says one of these words, or not what the
// page has.
func noticedBy(t *testing.T, what string, broken []string, words ...string) {
	t.Helper()
	if len(broken) == 0 {
		t.Error("no check noticed")
		return
	}
	t.Logf("%d: %s", len(broken), strings.Join(broken, "\n"))
	shown := broken[0]
	for _, word := range words {
		i := slices.IndexFunc(broken, func(check string) bool { return strings.Contains(check, word) })
		if i < 0 {
			t.Errorf("no check says %q", word)
			return
		}
		shown = broken[i]
	}
	what, shown = cell(what), cell(inShort(shown))
	mutations.Lock()
	defer mutations.Unlock()
	if _, twice := mutations.checks[what]; twice {
		t.Errorf("broken twice: %s", what)
	}
	mutations.checks[what] = shown
	if stored := onPage()[what]; !*update && !slices.ContainsFunc(broken, func(check string) bool {
		return alike(cell(inShort(check)), stored)
	}) {
		t.Errorf("docs/mutations.md has it noticed by %q and not by %q: if that is meant, run the tests with -update",
			stored, shown)
	}
}

// cell is a text as a cell of a table has it.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// uncell is the text of a cell.
func uncell(cell string) string { return strings.ReplaceAll(cell, `\|`, "|") }

// telling are the lines of a boot that failed which say why, the most telling first.
var telling = []*regexp.Regexp{
	regexp.MustCompile(`(?m)\bFATAL: .+$`), regexp.MustCompile(`(?m)\bE: .+$`),
	regexp.MustCompile(`(?m)\S+ not found.*$`),
	regexp.MustCompile(`(?m)^(kernel settings|password helper|\S+\.service|/etc/squid/squid.conf): .+$`),
	regexp.MustCompile(`(?m)\bnot ready: .+$`),
}

// inShort is what a check has found, in one line: of a boot why it failed, of many connections how the first ended.
func inShort(check string) string {
	const long = 130
	const notOpen = " not open"
	first, rest, _ := strings.Cut(check, "\n")
	for _, line := range telling {
		if found := line.FindString(rest); found != "" {
			first = strings.TrimSuffix(first, ":") + ": " + found
			break
		}
	}
	first = clock.ReplaceAllString(temporary.ReplaceAllString(first, "$1"), "")
	if none := noneRefused.FindString(first); none != "" {
		first = none // which of them comes first, and how it ends, is chance
	}
	first = restarting.ReplaceAllString(first, "$1")
	if at := strings.Index(first, notOpen); at >= 0 {
		first = first[:at+len(notOpen)]
	}
	if runes := []rune(first); len(runes) > long {
		first = string(runes[:long]) + "…"
	}
	return first
}

// temporary is a file's name on its way to its place.
var temporary = regexp.MustCompile(`(/squid\.conf)\.\w{6}`)

// clock is Squid's before a line of its log.
var clock = regexp.MustCompile(`\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\| `)

// restarting is a script that leaves Squid starting again and again: what of that is seen is chance.
var restarting = regexp.MustCompile(`(rejects: exit 4), .+$`)

// noneRefused is a family of bypass cases of which every one led through.
var noneRefused = regexp.MustCompile(`^.*bypass: .* \(0 of \d+\)`)

var figures = regexp.MustCompile(`\d+`)

// alike tells whether two texts differ in figures only, as two runs may.
func alike(a, b string) bool {
	return figures.ReplaceAllString(a, "#") == figures.ReplaceAllString(b, "#")
}

const mutationsHead = `# What each line is there for

Each row breaks one thing on purpose, in what is deployed or around it, and has one of the checks that turn red: by
packets, by the real cloud-init, by the real Squid. The tests break all of them and compare. After a change of the
program, write it anew with

` + "```sh" + `
go -C rehearsal test ./lab -timeout 40m -update
` + "```" + `

| broken | noticed by |
|---|---|
`

// keepMutations compares what the whole run has broken with the page, or writes it; a run of some tests changes their
// rows.
func keepMutations() error {
	whole := flag.Lookup("test.run").Value.String() == ""
	all := maps.Clone(mutations.checks)
	if !whole {
		for what, check := range onPage() {
			if _, now := all[what]; !now {
				all[what] = check
			}
		}
	}
	if *update {
		page := mutationsHead
		for _, what := range slices.Sorted(maps.Keys(all)) {
			page += fmt.Sprintf("| %s | %s |\n", what, all[what])
		}
		return os.WriteFile(mutationsPage, []byte(page), 0o600)
	}
	for what := range onPage() {
		if _, broken := all[what]; !broken {
			return fmt.Errorf("docs/mutations.md: nothing breaks %q any more; run the tests with -update", what)
		}
	}
	return nil
}

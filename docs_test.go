package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheReadmeNamesEveryConfigKeyAndExample(t *testing.T) {
	readme := read(t, "README.md")
	_, keys, _ := strings.Cut(readme, "\n## Configuration\n")
	_, keys, _ = strings.Cut(keys, "\n| key | what it sets |\n")
	keys, _, _ = strings.Cut(keys, "\n\n")
	for _, key := range site.Schema() {
		if !strings.Contains(keys, "`"+key.Name+"`") {
			t.Errorf("the README's table of keys does not name %s", key.Name)
		}
	}
	examples, err := filepath.Glob("examples/*.yaml")
	if err != nil || len(examples) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, example := range examples {
		if !strings.Contains(readme, "]("+example+")") {
			t.Errorf("the README does not lead to %s", example)
		}
	}
}

func TestThePageOfTheComponentsNamesEveryOne(t *testing.T) {
	files, err := filepath.Glob("components/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no components: %v", err)
	}
	page, found := read(t, "docs/components.md"), 0
	for _, file := range files {
		for _, constructor := range regexp.MustCompile(`(?m)^func New(\w+)\(ctx `).
			FindAllStringSubmatch(read(t, file), -1) {
			found++
			if !strings.Contains(page, "\n| `"+constructor[1]+"` |") {
				t.Errorf("docs/components.md has no row for %s", constructor[1])
			}
		}
	}
	if found < 9 {
		t.Errorf("only %d constructors", found)
	}
}

// A table that follows another without an empty line is shown as rows of that one.
func TestEveryTableStandsByItself(t *testing.T) {
	pages, err := filepath.Glob("docs/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	delimiter := regexp.MustCompile(`^\|(:?-+:?\|)+$`)
	for _, page := range append(pages, "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md") {
		lines := strings.Split(read(t, page), "\n")
		for i, line := range lines {
			if delimiter.MatchString(line) && i > 1 && lines[i-2] != "" {
				t.Errorf("%s:%d: a table begins, and the line before it is not empty", page, i)
			}
		}
	}
}

// What a size serves, by two descriptors and 33 KB a tunnel and sixteen tunnels a sensor.
func TestTheTableOfSizesIsWhatTheirSquidsHave(t *testing.T) {
	row := regexp.MustCompile("(?m)^\\| `(\\w+)` \\| (\\d+) \\| (\\d+) \\| ([\\d,]+) \\| " +
		`([\d.]+) GB \| ([\d,]+) \|$`)
	rows := row.FindAllStringSubmatch(read(t, "docs/operations.md"), -1)
	if len(rows) < 5 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, r := range rows {
		set := site.ScaleSet{VMSize: r[1]}
		proxy := set.Proxy()
		tunnels := proxy.Workers * proxy.Descriptors / 2
		want := []string{strconv.Itoa(set.VCPUs()), strconv.Itoa(proxy.Workers), thousands(tunnels),
			fmt.Sprintf("%.1f", float64(tunnels)*33e3/1e9), thousands(tunnels / 16)}
		if !slices.Equal(r[2:], want) {
			t.Errorf("%s: %q, want %q", r[1], r[2:], want)
		}
	}
}

// thousands writes a number with a comma before its last three digits.
func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}

func TestEveryLinkIntoTheProjectLeadsSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#]*)(?:#([^)]*))?\)`)
	for _, page := range []string{
		"README.md", "docs/operations.md", "docs/migration.md", "docs/changes.md", "docs/configuration.md",
		"docs/mistakes.md", "docs/components.md", "docs/attacks.md", "docs/state.md", "docs/live.md", "CHANGELOG.md",
		"ARCHITECTURE.md", "CONTRIBUTING.md",
	} {
		for _, match := range link.FindAllStringSubmatch(read(t, page), -1) {
			target, anchor := match[1], match[2]
			if strings.Contains(target, "://") || target+anchor == "" {
				continue
			}
			if target == "" {
				target = filepath.Base(page)
			}
			target = filepath.Join(filepath.Dir(page), target)
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s leads to %s: %v", page, match[1], err)
			} else if anchor != "" && !slices.Contains(anchors(read(t, target)), anchor) {
				t.Errorf("%s leads to #%s in %s, which has no such heading", page, anchor, target)
			}
		}
	}
}

// anchors are the headings of a page as GitHub names them.
func anchors(page string) []string {
	var all []string
	for line := range strings.Lines(page) {
		heading, found := strings.CutPrefix(strings.TrimLeft(line, "#"), " ")
		if !found || !strings.HasPrefix(line, "#") {
			continue
		}
		name := strings.ToLower(strings.TrimSpace(heading))
		name = regexp.MustCompile(`[^\w\- ]`).ReplaceAllString(name, "")
		all = append(all, strings.ReplaceAll(name, " ", "-"))
	}
	return all
}

// What the documents' commands write may hold secrets, and is not to be committed by accident.
func TestGitIgnoresWhatTheDocumentsCommandsWrite(t *testing.T) {
	written := map[string]bool{"plan.json": true, "state.json": true, "checkpoint.json": true, "waves.json": true,
		"reports/dev.report.json": true}
	for _, page := range []string{"README.md", "docs/operations.md", "docs/migration.md", "docs/state.md"} {
		for _, match := range regexp.MustCompile(`(?m)^pulumi .* > (\S+)$`).FindAllStringSubmatch(read(t, page), -1) {
			written[match[1]] = true
		}
	}
	if !written["outputs.json"] {
		t.Error("no document writes outputs.json any more")
	}
	for file := range written {
		if err := exec.Command("git", "-c", "safe.directory=*", "check-ignore", "--quiet", file).Run(); err != nil {
			t.Errorf("git does not ignore %s: %v", file, err)
		}
	}
}

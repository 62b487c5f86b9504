package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// writeTexts writes what each preview has said to a file of its own.
func writeTexts(folder string, previews []operation) error {
	if folder == "" {
		return nil
	}
	errs := []error{os.MkdirAll(folder, 0o755)}
	for _, p := range previews {
		errs = append(errs, os.WriteFile(filepath.Join(folder, p.stack+".txt"), []byte(p.text+"\n"), 0o644))
	}
	return errors.Join(errs...)
}

// commentLimit bounds what a comment on a pull request holds: GitHub takes 65,536 characters, and some are for what is
// around it.
const commentLimit = 60_000

// diagnostics are the program's errors and warnings, as the CLI shows them: below a heading, and indented.
var diagnostics = regexp.MustCompile(`(?m)^Diagnostics:\n((?:  .*\n|\n)+)`)

func (o operation) diagnostics() string {
	if match := diagnostics.FindStringSubmatch(o.text + "\n"); match != nil {
		return strings.TrimRight(match[1], "\n")
	}
	return ""
}

// writeMarkdown writes a table of all stacks, and below it what those say that would change, warn or have failed, as
// far as it fits. Errors and warnings are not folded.
func writeMarkdown(file string, previews []operation) error {
	if file == "" {
		return nil
	}
	var page strings.Builder
	if len(previews) == 0 {
		fmt.Fprintln(&page, noStack)
	} else {
		fmt.Fprintf(&page, "| site | %s |\n|---|%s\n", strings.Join(columns, " | "),
			strings.Repeat("---:|", len(columns)))
	}
	for _, p := range previews {
		fmt.Fprintf(&page, "| %s | %s |\n", p.stack, strings.Join(p.cells(), " | "))
	}
	left := 0
	for _, p := range previews {
		if p.err == nil && !p.changes() && len(p.Warnings) == 0 {
			continue
		}
		text := p.text
		if text == "" && p.err != nil {
			text = p.said()
		}
		text = fmt.Sprintf("\n<details><summary>%s: %s</summary>\n\n%s\n</details>\n", p.stack,
			p.summary(), fenced(text))
		if said := p.diagnostics(); said != "" {
			text = fmt.Sprintf("\n**%s**\n\n%s", p.stack, fenced(said)) + text
		}
		if page.Len()+len(text) > commentLimit {
			left++
			continue
		}
		page.WriteString(text)
	}
	if left > 0 {
		fmt.Fprintf(&page, "\n%d more stacks would change, warn or failed: their text does not fit here, see the "+
			"workflow's artifacts.\n", left)
	}
	return os.WriteFile(file, []byte(page.String()), 0o644)
}

// fenced is a text that is shown as it is.
func fenced(text string) string {
	fence := strings.Repeat("`", max(3, longestRun(text)+1))
	return fence + "\n" + text + "\n" + fence + "\n"
}

// longestRun is the length of the longest run of backquotes.
func longestRun(text string) int {
	longest, run := 0, 0
	for _, r := range text {
		if run++; r != '`' {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}

// stackJSON is an operation as programs read it.
type stackJSON struct {
	Stack  string `json:"stack"`
	Result string `json:"result"` // changes, unchanged or failed; of an up also: not begun
	counts
	Said    string  `json:"said,omitempty"` // of an operation that failed
	Seconds float64 `json:"seconds"`
}

func (o operation) json() stackJSON {
	j := stackJSON{Stack: o.stack, Result: "unchanged", counts: o.counts,
		Seconds: float64(o.took.Milliseconds()) / 1000}
	j.Refusals = append([]string{}, j.Refusals...)
	j.Warnings = append([]string{}, j.Warnings...)
	switch {
	case o.err != nil:
		j.Result, j.Said = "failed", o.said()
	case o.changes():
		j.Result = "changes"
	}
	return j
}

// jsonOf is what preview writes: {"stacks": [...]}.
func jsonOf(all []operation) any {
	list := []stackJSON{}
	for _, o := range all {
		list = append(list, o.json())
	}
	return map[string]any{"stacks": list}
}

func writeJSON(file string, value any) error {
	if file == "" {
		return nil
	}
	text, err := indented(value)
	if err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o644)
}

// indented is a value as JSON, with < and > as they are.
func indented(value any) (string, error) {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(value)
	return text.String(), err
}

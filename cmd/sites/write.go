package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// writeTexts writes what each preview has said to a file of its own.
func writeTexts(folder string, previews []preview) error {
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

// writeMarkdown writes a table of all stacks, and below it what those say that would change, warn or have failed, as
// far as it fits. Errors and warnings are not folded.
func writeMarkdown(file string, previews []preview) error {
	if file == "" {
		return nil
	}
	var page strings.Builder
	fmt.Fprint(&page, "| stack | preview |\n|---|---|\n")
	for _, p := range previews {
		fmt.Fprintf(&page, "| %s | %s |\n", p.stack, p.summary())
	}
	left := 0
	for _, p := range previews {
		if p.err == nil && !p.changes() && p.warnings() == 0 {
			continue
		}
		text := fmt.Sprintf("\n<details><summary>%s: %s</summary>\n\n%s\n</details>\n", p.stack,
			p.summary(), fenced(p.text))
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

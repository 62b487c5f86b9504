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

// commentLimit bounds what a comment on a pull request holds: GitHub takes 65,536 characters, and some are for what is around it.
const commentLimit = 60_000

// writeMarkdown writes a table of all stacks, and below it what those say that would change or have failed, as far as it fits.
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
		if p.err == nil && !p.changes() {
			continue
		}
		fence := strings.Repeat("`", max(3, longestRun(p.text)+1))
		details := fmt.Sprintf("\n<details><summary>%s: %s</summary>\n\n%s\n%s\n%s\n\n</details>\n", p.stack, p.summary(), fence, p.text, fence)
		if page.Len()+len(details) > commentLimit {
			left++
			continue
		}
		page.WriteString(details)
	}
	if left > 0 {
		fmt.Fprintf(&page, "\n%d more stacks would change or failed: their text does not fit here, see the workflow's artifacts.\n", left)
	}
	return os.WriteFile(file, []byte(page.String()), 0o644)
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

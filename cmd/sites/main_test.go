package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// fakePulumi answers as the CLI does. It notes each command in commands.txt, and in running.txt how many previews run
// then.
const fakePulumi = `#!/bin/sh
echo "$*" >> "$LOG/commands.txt"
case "$*" in
  'stack ls'*) echo '[{"name": "acme/plant-1"}, {"name": "plant-2"}]' ;;
  'stack init'*) ;;
  'stack export'*plant-2*)
    echo '{"deployment": {"resources": [{"urn": "a"}, {"urn": "b", "initErrors": ["timed out"]}]}}' ;;
  'stack export'*) echo '{"deployment": {"resources": [{"urn": "a"}]}}' ;;
  preview*)
    mkdir "$LOG/running.$$"
    find "$LOG" -type d -name 'running.*' | wc -l >> "$LOG/running.txt"
    sleep 0.05
    rmdir "$LOG/running.$$"
    case "$*" in
      *plant-1*) printf 'Previewing update (plant-1):\n\nResources:\n    ~ 2 to update\n    22 unchanged\n' ;;
      *plant-3*) echo 'error: addressSpace is missing' >&2; exit 255 ;;
      *plant-4*)
        printf 'Diagnostics:\n  a stack:\n    warning: old sensors\n\n    warning: new size\n\n'
        printf 'Resources:\n    24 unchanged\n' ;;
      *) printf 'Resources:\n    24 unchanged\n' ;;
    esac ;;
esac
`

// stackFiles is a folder with a stack file for each name, in which the command runs; log is where the CLI notes what it
// is asked.
func stackFiles(t *testing.T, stacks ...string) (log func(name string) []string) {
	t.Helper()
	folder, notes, bin := t.TempDir(), t.TempDir(), t.TempDir()
	for _, stack := range stacks {
		if err := os.WriteFile(filepath.Join(folder, "Pulumi."+stack+".yaml"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(bin, "pulumi"), []byte(fakePulumi), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	t.Setenv("LOG", notes)
	t.Chdir(folder)
	return func(name string) []string {
		text, err := os.ReadFile(filepath.Join(notes, name))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Fields(strings.ReplaceAll(strings.TrimSpace(string(text)),
			" --non-interactive --color never --suppress-progress", "\n"))
	}
}

func sites(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, &out, &errs)
	return code, regexp.MustCompile(`\d+\.\d+ s`).ReplaceAllString(out.String(), "# s"), errs.String()
}

func commands(log func(string) []string) string { return strings.Join(log("commands.txt"), " ") }

func TestEveryStackIsPreviewedAndCounted(t *testing.T) {
	log := stackFiles(t, "plant-1", "plant-2")
	code, out, errs := sites(t, "preview", "--parallel", "1")
	want := `plant-1    # s  2 to update, 22 unchanged
plant-2    # s  24 unchanged

2 stacks: 1 would change, 1 would not, 0 failed; # s, # s a stack
`
	if code != succeeded || out != want || errs != "" {
		t.Errorf("exit %d\n%s%s\nwant\n%s", code, out, errs, want)
	}
	if got, want := commands(log), "preview --stack plant-1 preview --stack plant-2"; got != want {
		t.Errorf("pulumi is asked for %q, want %q", got, want)
	}
}

func TestAPreviewThatFailsFailsTheRunAndIsShown(t *testing.T) {
	stackFiles(t, "plant-1", "plant-3")
	code, out, _ := sites(t, "preview", "--org", "acme")
	for _, want := range []string{"plant-3    # s  failed\n", "── plant-3\nerror: addressSpace is missing\n",
		"2 stacks: 1 would change, 0 would not, 1 failed"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if code != oneFailed {
		t.Errorf("exit %d", code)
	}
}

func TestNoMorePreviewsRunThanAskedFor(t *testing.T) {
	var stacks []string
	for i := range 12 {
		stacks = append(stacks, fmt.Sprintf("site-%02d", i))
	}
	log := stackFiles(t, stacks...)
	if code, out, errs := sites(t, "preview", "--parallel", "3"); code != succeeded {
		t.Fatalf("exit %d\n%s%s", code, out, errs)
	}
	running := log("running.txt")
	if len(running) != 12 {
		t.Errorf("%d previews of 12 stacks", len(running))
	}
	if most := slices.Max(running); most != "3" {
		t.Errorf("%s previews at a time, want 3", most)
	}
}

func TestAnUnfinishedStackIsNotRefreshed(t *testing.T) {
	log := stackFiles(t, "plant-1", "plant-2")
	if code, out, errs := sites(t, "preview", "--refresh", "--org", "acme", "--parallel", "1"); code != succeeded {
		t.Fatalf("exit %d\n%s%s", code, out, errs)
	}
	want := "stack export --stack acme/plant-1 --non-interactive preview --stack acme/plant-1 --refresh " +
		"stack export --stack acme/plant-2 --non-interactive preview --stack acme/plant-2"
	if got := commands(log); got != want {
		t.Errorf("pulumi is asked for\n%s\nwant\n%s", got, want)
	}
}

func TestANewStackFileIsANewStack(t *testing.T) {
	log := stackFiles(t, "plant-1", "plant-2", "plant-4")
	if code, out, errs := sites(t, "preview", "--create"); code != succeeded {
		t.Fatalf("exit %d\n%s%s", code, out, errs)
	}
	got := commands(log)
	if !strings.Contains(got, "stack init --no-select plant-4") || strings.Count(got, "stack init") != 1 {
		t.Errorf("pulumi is asked for %s", got)
	}
}

func TestWhatAPreviewSaysIsKept(t *testing.T) {
	stackFiles(t, "plant-1", "plant-2", "plant-3", "plant-4")
	if code, _, _ := sites(t, "preview", "--out", "previews", "--markdown", "comment.md"); code != oneFailed {
		t.Errorf("exit %d", code)
	}
	text, err := os.ReadFile(filepath.Join("previews", "plant-3.txt"))
	if err != nil || string(text) != "error: addressSpace is missing\n" {
		t.Errorf("%q, %v", text, err)
	}
	page, err := os.ReadFile("comment.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| plant-1 | 2 to update, 22 unchanged |\n",
		"<details><summary>plant-3: failed</summary>\n\n```\nerror: addressSpace is missing\n```\n",
		"| plant-4 | 24 unchanged, 2 warnings |\n",
		"\n**plant-4**\n\n```\n  a stack:\n    warning: old sensors\n\n    warning: new " +
			"size\n```\n\n<details><summary>plant-4: 24 unchanged, 2 warnings</summary>",
	} {
		if !strings.Contains(string(page), want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	if strings.Contains(string(page), "<summary>plant-2") {
		t.Error("a stack that would not change fills the comment")
	}
}

func TestACommentFitsWhatGitHubTakes(t *testing.T) {
	var previews []preview
	for i := range 500 {
		previews = append(previews, preview{stack: fmt.Sprintf("plant-%d", i),
			text: strings.Repeat("```\n", 300) + "Resources:\n    + 24 to create\n"})
	}
	file := filepath.Join(t.TempDir(), "comment.md")
	if err := writeMarkdown(file, previews); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := len([]rune(string(page))); n > 65_536 {
		t.Errorf("%d characters", n)
	}
	if !strings.Contains(string(page), "| plant-499 |") ||
		!strings.Contains(string(page), "more stacks would change") || !strings.Contains(string(page), "````\n```") {
		t.Error("the comment lacks a stack, the word that it is not all, or a fence that its text does not close")
	}
}

func TestBadCommandLinesSayWhatIsAllowed(t *testing.T) {
	stackFiles(t, "plant-1")
	for line, want := range map[string]string{
		"":                     "allowed is preview",
		"destroy":              `command "destroy" is not known; allowed is preview`,
		"preview --parallel 0": "allowed is 1 and more",
		"preview --colour":     "flag provided but not defined: -colour. See sites --help",
		"preview plant-9":      "there is no Pulumi.plant-9.yaml; there is plant-1",
	} {
		if code, out, errs := sites(t, strings.Fields(line)...); code != notRun ||
			!strings.Contains(errs, want) || out != "" {
			t.Errorf("sites %s: exit %d, %q, %q; want %q", line, code, out, errs, want)
		}
	}
	if code, out, _ := sites(t, "--help"); code != succeeded || !strings.HasPrefix(out, "Usage:") {
		t.Errorf("--help: exit %d, %q", code, out)
	}
	t.Chdir(t.TempDir())
	if code, _, errs := sites(t, "preview"); code != notRun || !strings.Contains(errs, "run this in the checkout") {
		t.Errorf("without a stack file: exit %d, %q", code, errs)
	}
}

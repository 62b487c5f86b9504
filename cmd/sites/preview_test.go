package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestEveryStackIsPreviewedAndCounted(t *testing.T) {
	log := stackFiles(t, "plant-1", "plant-2")
	code, out, errs := sites(t, "preview", "--parallel", "1")
	want := `site     create  update  roll  replace  delete  refused  warnings
plant-1  -       2       1     2        -       -        -
plant-2  -       -       -     -        -       -        -

2 stacks: 1 would change, 1 would not, 0 failed; # s, # s a stack
`
	if code != succeeded || out != want {
		t.Errorf("exit %d\n%s\nwant\n%s", code, out, want)
	}
	if want := "1 of 2 previewed; plant-1: 2 to update, 1 to roll, 2 to replace, 22 unchanged\n" +
		"2 of 2 previewed; plant-2: 24 unchanged\n"; errs != want {
		t.Errorf("meanwhile it says\n%s\nwant\n%s", errs, want)
	}
	if got, want := log.commands(), "preview --stack plant-1\npreview --stack plant-2"; got != want {
		t.Errorf("pulumi is asked for %q, want %q", got, want)
	}
}

func TestAPreviewThatFailsHidesNoOther(t *testing.T) {
	stackFiles(t, "plant-1", "plant-3", "plant-5")
	code, out, _ := sites(t, "preview", "--org", "acme")
	hasAll(t, out, "plant-1 - 2 1 2 - - -\n", "plant-3 - - - - - failed -\n", "plant-5 - - - - - 1 -\n",
		"── plant-3\nerror: no passphrase\n", " error: addressSpace is missing\n",
		"3 stacks: 1 would change, 0 would not, 2 failed")
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
	running := log.lines("running.txt")
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
	want := "stack export --stack acme/plant-1 --non-interactive\npreview --refresh --stack acme/plant-1\n" +
		"stack export --stack acme/plant-2 --non-interactive\npreview --stack acme/plant-2"
	if got := log.commands(); got != want {
		t.Errorf("pulumi is asked for\n%s\nwant\n%s", got, want)
	}
}

func TestANewStackFileIsANewStack(t *testing.T) {
	log := stackFiles(t, "plant-1", "plant-2", "plant-4")
	if code, out, errs := sites(t, "preview", "--create"); code != succeeded {
		t.Fatalf("exit %d\n%s%s", code, out, errs)
	}
	got := log.commands()
	if !strings.Contains(got, "stack init --no-select plant-4") || strings.Count(got, "stack init") != 1 {
		t.Errorf("pulumi is asked for %s", got)
	}
}

func TestWhatAPreviewSaysIsKept(t *testing.T) {
	stackFiles(t, "plant-1", "plant-2", "plant-3", "plant-4", "plant-5")
	if code, _, _ := sites(t, "preview", "--out", "previews", "--markdown", "comment.md", "--json",
		"previews.json"); code != oneFailed {
		t.Errorf("exit %d", code)
	}
	text, err := os.ReadFile(filepath.Join("previews", "plant-3.txt"))
	if err != nil || string(text) != "error: no passphrase\n" {
		t.Errorf("%q, %v", text, err)
	}
	page, err := os.ReadFile("comment.md")
	if err != nil {
		t.Fatal(err)
	}
	hasAll(t, string(page), "| site | create | update | roll | replace | delete | refused | warnings |\n",
		"| plant-1 | - | 2 | 1 | 2 | - | - | - |\n", "| plant-4 | - | - | - | - | - | - | 2 |\n",
		"<details><summary>plant-3: failed</summary>\n\n```\nerror: no passphrase\n```\n",
		"\n**plant-5**\n\n```\n a stack:\n error: addressSpace is missing\n```\n",
		"\n**plant-4**\n\n```\n a stack:\n warning: old sensors\n\n warning: new "+
			"size\n```\n\n<details><summary>plant-4: 24 unchanged, 2 warnings</summary>")
	if strings.Contains(string(page), "<summary>plant-2") {
		t.Error("a stack that would not change fills the comment")
	}
	var report struct{ Stacks []map[string]any }
	if text, err = os.ReadFile("previews.json"); err == nil {
		err = json.Unmarshal(text, &report)
	}
	if err != nil || len(report.Stacks) != 5 {
		t.Fatalf("%v\n%s", err, text)
	}
	for i, want := range []string{"changes", "unchanged", "failed", "unchanged", "failed"} {
		if report.Stacks[i]["result"] != want {
			t.Errorf("%v, want %s", report.Stacks[i], want)
		}
	}
	if got := fmt.Sprint(report.Stacks[4]["refusals"], report.Stacks[3]["warnings"], report.Stacks[0]["rolls"],
		report.Stacks[1]["refusals"]); got != "[addressSpace is missing] [old sensors new size] 1 []" {
		t.Errorf("JSON has %s", got)
	}
}

func TestACommentFitsWhatGitHubTakes(t *testing.T) {
	var previews []operation
	for i := range 500 {
		previews = append(previews, operation{stack: fmt.Sprintf("plant-%d", i), counts: counts{Creates: 24},
			text: strings.Repeat("```\n", 300)})
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

// gitIn runs git in the checkout, with nobody's own settings.
func gitIn(t *testing.T, arguments ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "git", append([]string{"-c", "user.name=o", "-c",
		"user.email=o@example.org", "-c", "init.defaultBranch=main"}, arguments...)...)
	command.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", arguments, err, out)
	}
}

func TestOnlyStacksThatAChangeTouchesArePreviewed(t *testing.T) {
	log := stackFiles(t, "plant-1", "plant-2", "plant-4")
	gitIn(t, "init", "--quiet")
	gitIn(t, "add", ".")
	gitIn(t, "commit", "--quiet", "--message", "first")
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("README.md", "words")
	if code, out, _ := sites(t, "preview", "--since", "HEAD", "--markdown", "comment.md"); code != succeeded ||
		out != noStack+"\n" {
		t.Errorf("a change of words: exit %d\n%s", code, out)
	}
	if page, err := os.ReadFile("comment.md"); err != nil || string(page) != noStack+"\n" {
		t.Errorf("the comment is %q, %v", page, err)
	}
	write("Pulumi.plant-4.yaml", "config: {}\n")
	gitIn(t, "commit", "--quiet", "--all", "--message", "second")
	write("Pulumi.plant-5.yaml", "")
	sites(t, "preview", "--since", "HEAD~1", "--parallel", "1")
	if got, want := log.commands(), "preview --stack plant-4\npreview --stack plant-5"; got != want {
		t.Errorf("pulumi is asked for %q, want %q", got, want)
	}
	gitIn(t, "checkout", "--quiet", "-b", "branch", "HEAD~1")
	if code, out, _ := sites(t, "preview", "--since", "main", "plant-1", "plant-4"); code != succeeded ||
		out != noStack+"\n" {
		t.Errorf("what others have changed meanwhile: exit %d\n%s", code, out)
	}
	write("go.mod", "module site\n")
	if _, out, _ := sites(t, "preview", "--since", "main", "plant-1", "plant-4"); !strings.Contains(out, "2 stacks: ") {
		t.Errorf("a change of the program:\n%s", out)
	}
	if code, _, errs := sites(t, "preview", "--since", "v9"); code != notRun ||
		!strings.Contains(errs, "--since v9 is no commit that this clone has; allowed is") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestBadCommandLinesSayWhatIsAllowed(t *testing.T) {
	stackFiles(t, "plant-1", "plant-1.deploy") // settings for Pulumi Deployments, and no stack
	for line, want := range map[string]string{
		"":                     "allowed is check, preview, up or status",
		"destroy":              `command "destroy" is not known; allowed is check, preview, up or status`,
		"preview --parallel 0": "allowed is 1 and more",
		"up --parallel -2":     "--parallel -2 is not a number of stacks; allowed is 1 and more",
		"preview --colour":     "flag provided but not defined: -colour. See sites --help",
		"preview --dry-run":    "flag provided but not defined: -dry-run. See sites --help",
		"status --refresh":     "flag provided but not defined: -refresh. See sites --help",
		"preview plant-9":      "there is no Pulumi.plant-9.yaml; there is plant-1\n",
		"up plant-9":           "there is no Pulumi.plant-9.yaml; there is plant-1\n",
		"status plant-9":       "there is no Pulumi.plant-9.yaml; there is plant-1\n",
	} {
		if code, out, errs := sites(t, strings.Fields(line)...); code != notRun ||
			!strings.Contains(errs, want) || out != "" {
			t.Errorf("sites %s: exit %d, %q, %q; want %q", line, code, out, errs, want)
		}
	}
	for _, line := range []string{"--help", "up --help", "status -h"} {
		if code, out, _ := sites(t, strings.Fields(line)...); code != succeeded || !strings.HasPrefix(out, "Usage:") {
			t.Errorf("%s: exit %d, %q", line, code, out)
		}
	}
	t.Chdir(t.TempDir())
	for _, command := range []string{"preview", "up", "status"} {
		if code, _, errs := sites(t, command); code != notRun || !strings.Contains(errs, "run this in the checkout") {
			t.Errorf("%s without a stack file: exit %d, %q", command, code, errs)
		}
	}
}

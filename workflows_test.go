package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/fleet"
)

func TestEveryActionIsPinnedByItsCommit(t *testing.T) {
	pinned := regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*$`)
	workflows, err := filepath.Glob(".github/workflows/*.yml")
	if err != nil || len(workflows) == 0 {
		t.Fatalf("%d workflows: %v", len(workflows), err)
	}
	for _, workflow := range workflows {
		for line := range strings.Lines(read(t, workflow)) {
			_, action, uses := strings.Cut(strings.TrimSpace(line), "uses: ")
			if uses && !strings.HasPrefix(action, "./") && !pinned.MatchString(action) {
				t.Errorf("%s: %q is not a commit of 40 digits with its version behind it", workflow, action)
			}
		}
	}
}

// A refusal has to be where the author of a pull request looks, so the comment does not depend on how the preview ends.
func TestAPreviewIsCommentedOnHoweverItEnds(t *testing.T) {
	_, comment, found := strings.Cut(read(t, ".github/workflows/preview.yml"),
		"      - if: ${{ !cancelled() && hashFiles('comment.md') != '' }}\n")
	if !found || !strings.Contains(comment, `run: tools/comment.sh "preview $NUMBER" comment.md`) {
		t.Error("preview.yml does not comment on a preview that was refused")
	}
}

func TestACommentTakesThePlaceOfTheOneBefore(t *testing.T) {
	for former, want := range map[string]string{
		"":   "--method POST repos/acme/sites/issues/7/comments --field body=@-",
		"42": "--method PATCH repos/acme/sites/issues/comments/42 --field body=@-",
	} {
		bin, page := t.TempDir(), filepath.Join(t.TempDir(), "comment.md")
		github := "#!/bin/sh\ncase $* in *--paginate*) [ -z \"$FORMER\" ] || echo \"$FORMER\" ;; *) echo \"$*\"; " +
			"cat ;; esac\n"
		if err := os.WriteFile(filepath.Join(bin, "gh"), []byte(github), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(page, []byte("| dev | failed |\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		command := exec.Command("tools/comment.sh", "preview 0", page)
		command.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "GITHUB_REPOSITORY=acme/sites",
			"PULL_REQUEST=7", "FORMER="+former)
		output, err := command.CombinedOutput()
		if want := "api --silent " + want + "\n<!-- preview 0 -->\n| dev | failed |\n"; err != nil ||
			string(output) != want {
			t.Errorf("with the comment %q: %v\n%s\nwant\n%s", former, err, output, want)
		}
	}
}

// In the project's own repository the stack files are samples without an SSH key; everywhere else they are sites.
func TestTheWorkflowsRehearsalHelpsNoStackFileOut(t *testing.T) {
	rehearsal := read(t, ".github/workflows/rehearsal.yml")
	for _, want := range []string{
		"STRICT: ${{ github.repository != 'defender-iot-proxy/pulumi-defender-iot-proxy' && '-strict' || '' }}\n",
		`.tools/bin/rehearsal -stack "$stack" $STRICT `,
	} {
		if !strings.Contains(rehearsal, want) {
			t.Errorf("rehearsal.yml has no %q", want)
		}
	}
}

// GitHub allows 256 jobs of one matrix. A fleet of 500 sites needs fewer, and loses none.
func TestAFleetOfFiveHundredStacksFitsIntoTheWorkflows(t *testing.T) {
	folder := t.TempDir()
	for n := range 500 {
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("Pulumi.plant-%d.yaml", n)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	settings := filepath.Join(folder, "Pulumi.plant-7.deploy.yaml") // for Pulumi Deployments
	if err := os.WriteFile(settings, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	script, err := filepath.Abs("tools/stacks.sh")
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(script)
	command.Dir = folder
	output, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var groups []string
	if err := json.Unmarshal([]byte(strings.TrimPrefix(string(output), "groups=")), &groups); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	all := map[string]bool{}
	for _, group := range groups {
		var stacks []string
		if err := json.Unmarshal([]byte(group), &stacks); err != nil {
			t.Fatalf("%v: %s", err, group)
		}
		for _, stack := range stacks {
			all[stack] = true
		}
	}
	if len(groups) != 50 || len(all) != 500 {
		t.Errorf("%d stacks in %d groups", len(all), len(groups))
	}
	for _, file := range []string{"preview.yml", "rehearsal.yml"} {
		if !strings.Contains(read(t, ".github/workflows/"+file),
			"group: ${{ fromJSON(needs.stacks.outputs.groups) }}") {
			t.Errorf("%s has a job for each stack, or for some", file)
		}
	}
}

// A wave is a job that has one for each of its stacks. Waves come one after the other, and none after one that failed.
func TestTheWorkflowBringsAFleetUpInItsWaves(t *testing.T) {
	up, group := read(t, ".github/workflows/up.yml"), read(t, ".github/workflows/up-group.yml")
	for _, want := range []string{"go run ./cmd/sites up --dry-run --json waves.json ", "      max-parallel: 1 ",
		"      fail-fast: true ", "wave: ${{ fromJSON(needs.waves.outputs.waves) }}",
		"stacks: ${{ matrix.wave.stacks }}", "needs: [waves, program]"} {
		if !strings.Contains(up, want) {
			t.Errorf("up.yml has no %q", want)
		}
	}
	if !strings.Contains(group, "run: go run ./cmd/sites up --refresh --create ") ||
		!strings.Contains(group, ` --gate "$GATE" "$NAME"`) || !strings.Contains(group,
		"      fail-fast: false ") || strings.Contains(group, "command: up") {
		t.Error("up-group.yml does not leave the up to cmd/sites, or cancels one for another")
	}
	stacks := make([]fleet.Stack, 500)
	for i := range stacks {
		stacks[i].Name = fmt.Sprintf("plant-%d", i)
	}
	waves := new(fleet.Own).Waves(stacks)
	if len(waves) > 256 || slices.ContainsFunc(waves, func(w fleet.Wave) bool { return len(w.Stacks) > 256 }) {
		t.Errorf("%d waves: a matrix has at most 256 jobs", len(waves))
	}
}

// What is compiled in each job costs each minutes.
func TestTheWorkflowsCompileTheProgramOnce(t *testing.T) {
	for _, file := range []string{"preview.yml", "up-group.yml"} {
		if !strings.Contains(read(t, ".github/workflows/"+file), "run: tar -xzf program.tar.gz") {
			t.Errorf("%s compiles the program again", file)
		}
	}
	if rehearsal := read(t, ".github/workflows/rehearsal.yml"); strings.Count(rehearsal, "tools/compile.sh") != 1 ||
		!strings.Contains(rehearsal, "run: tar -xzf rehearsal.tar.gz") {
		t.Error("rehearsal.yml compiles the rehearsal again")
	}
}

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
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
	_, comment, found := strings.Cut(read(t, ".github/workflows/preview.yml"), "      - if: ${{ !cancelled() && hashFiles('comment.md') != '' }}\n")
	if !found || !strings.Contains(comment, `run: tools/comment.sh "preview of $STACK" comment.md`) {
		t.Error("preview.yml does not comment on a preview that was refused")
	}
}

func TestACommentTakesThePlaceOfTheOneBefore(t *testing.T) {
	for former, want := range map[string]string{
		"":   "--method POST repos/acme/sites/issues/7/comments --field body=@-",
		"42": "--method PATCH repos/acme/sites/issues/comments/42 --field body=@-",
	} {
		bin, page := t.TempDir(), filepath.Join(t.TempDir(), "comment.md")
		github := "#!/bin/sh\ncase $* in *--paginate*) [ -z \"$FORMER\" ] || echo \"$FORMER\" ;; *) echo \"$*\"; cat ;; esac\n"
		if err := os.WriteFile(filepath.Join(bin, "gh"), []byte(github), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(page, []byte("| dev | failed |\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		command := exec.Command("tools/comment.sh", "preview of dev", page)
		command.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "GITHUB_REPOSITORY=acme/sites", "PULL_REQUEST=7", "FORMER="+former)
		output, err := command.CombinedOutput()
		if want := "api --silent " + want + "\n<!-- preview of dev -->\n| dev | failed |\n"; err != nil || string(output) != want {
			t.Errorf("with the comment %q: %v\n%s\nwant\n%s", former, err, output, want)
		}
	}
}

// In the project's own repository the stack files are samples without an SSH key; everywhere else they are sites.
func TestTheWorkflowsRehearsalHelpsNoStackFileOut(t *testing.T) {
	rehearsal := read(t, ".github/workflows/rehearsal.yml")
	for _, want := range []string{
		"STRICT: ${{ github.repository != 'defender-iot-proxy/pulumi-defender-iot-proxy' && '-strict' || '' }}\n",
		`make rehearse ARGS="$STRICT `,
	} {
		if !strings.Contains(rehearsal, want) {
			t.Errorf("rehearsal.yml has no %q", want)
		}
	}
}

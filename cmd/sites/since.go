package main

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
)

// touchedSince are the stacks that the changes since this branch left a revision touch, committed or not.
func touchedSince(ctx context.Context, revision string) ([]string, error) {
	if _, err := git(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", revision+"^{commit}"); err != nil {
		return nil, fmt.Errorf("--since %s is no commit that this clone has; allowed is a commit, branch or tag. "+
			"Fetch it, with its history", revision)
	}
	changed, err := git(ctx, "diff", "--name-only", "--no-renames", "--relative", "-z", "--merge-base", revision, "--")
	if err != nil {
		return nil, err
	}
	added, err := git(ctx, "ls-files", "--others", "--exclude-standard", "-z")
	if err != nil {
		return nil, err
	}
	here, err := readAll()
	if err != nil {
		return nil, err
	}
	files := strings.FieldsFunc(changed+added, func(r rune) bool { return r == 0 })
	return here.project.Touched(files, here.stacks), nil
}

func git(ctx context.Context, arguments ...string) (string, error) {
	var stdout, stderr strings.Builder
	command := exec.CommandContext(ctx, "git", arguments...)
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("git %s: %w\n%s", arguments[0], err, strings.TrimSpace(stderr.String()))
	}
	return stdout.String(), nil
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// prepare looks for the CLI, and compiles the program.
func prepare(ctx context.Context, stderr io.Writer) error {
	if _, err := exec.LookPath("pulumi"); err != nil {
		return errors.New("the Pulumi CLI is not on the PATH: https://www.pulumi.com/docs/install/")
	}
	return compile(ctx, stderr)
}

// stackFile is the file of a stack, by what Pulumi accepts as a stack's name.
var stackFile = regexp.MustCompile(`^Pulumi\.([A-Za-z0-9._-]+)\.yaml$`)

// deploymentSettings is how the name of a file ends that has a stack's settings for Pulumi Deployments.
// https://www.pulumi.com/docs/iac/cli/commands/pulumi_deployment/
const deploymentSettings = ".deploy.yaml"

// stacksHere are the stacks that have a file here.
func stacksHere() ([]string, error) {
	files, err := filepath.Glob("Pulumi.*.yaml")
	if err != nil {
		return nil, err
	}
	var all []string
	for _, file := range files {
		if match := stackFile.FindStringSubmatch(file); match != nil && !strings.HasSuffix(file, deploymentSettings) {
			all = append(all, match[1])
		}
	}
	if len(all) == 0 {
		return nil, errors.New("there is no Pulumi.STACK.yaml here: run this in the checkout")
	}
	return all, nil
}

// find takes every stack file where no stack is named, and makes sure that each has one. Of them it leaves those that a
// change touches, where that is asked for.
func find(ctx context.Context, o *options) error {
	all, err := stacksHere()
	if err != nil {
		return err
	}
	if len(o.stacks) == 0 {
		o.stacks = all
	}
	o.stacks = slices.Compact(slices.Sorted(slices.Values(o.stacks)))
	for _, stack := range o.stacks {
		if !slices.Contains(all, stack) {
			return fmt.Errorf("there is no Pulumi.%s.yaml; there is %s", stack, strings.Join(all, ", "))
		}
	}
	if o.since == "" {
		return nil
	}
	touched, err := touchedSince(ctx, o.since)
	o.stacks = slices.DeleteFunc(o.stacks, func(stack string) bool { return !slices.Contains(touched, stack) })
	return err
}

// compile makes the program, so that previews which begin at once do not each compile it. On Windows the first one
// does.
func compile(ctx context.Context, stderr io.Writer) error {
	site := filepath.Join("tools", "site")
	if _, err := os.Stat(site); err != nil || runtime.GOOS == "windows" {
		return nil
	}
	command := exec.CommandContext(ctx, site, "build")
	command.Stdout, command.Stderr = stderr, stderr
	if err := command.Run(); err != nil {
		return fmt.Errorf("compiling the program: %w", err)
	}
	return nil
}

// known are the stacks that the backend has.
func known(ctx context.Context, org string) (map[string]bool, error) {
	arguments := []string{"stack", "ls", "--json"}
	if org != "" {
		arguments = append(arguments, "--organization", org)
	}
	text, err := pulumi(ctx, arguments...)
	if err != nil {
		return nil, err
	}
	var list []struct{ Name string }
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("reading the list of stacks: %w", err)
	}
	have := map[string]bool{}
	for _, stack := range list {
		have[stack.Name[strings.LastIndex(stack.Name, "/")+1:]] = true
	}
	return have, nil
}

// create makes those stacks that the backend does not have.
func create(ctx context.Context, stacks []string, org string) error {
	have, err := known(ctx, org)
	if err != nil {
		return err
	}
	for _, stack := range stacks {
		if have[stack] {
			continue
		}
		if _, err := pulumi(ctx, "stack", "init", "--no-select", qualified(stack, org)); err != nil {
			return err
		}
	}
	return nil
}

// qualified is a stack's name with its organization.
func qualified(stack, org string) string {
	if org == "" {
		return stack
	}
	return org + "/" + stack
}

// pulumi runs the CLI to its end, and gives what it prints.
func pulumi(ctx context.Context, arguments ...string) (string, error) {
	command := exec.CommandContext(ctx, "pulumi", append(arguments, "--non-interactive")...)
	detach(command) // Ctrl-C is for this process, which decides
	var stdout, stderr strings.Builder
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("pulumi %s: %w\n%s", strings.Join(arguments, " "), err,
			strings.TrimSpace(stdout.String()+stderr.String()))
	}
	return stdout.String(), nil
}

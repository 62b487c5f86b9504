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

// prepare finds the stacks, compiles the program, and makes the stacks that are not there yet where that is asked for.
func prepare(ctx context.Context, o *options, stderr io.Writer) error {
	if err := find(o); err != nil {
		return err
	}
	if _, err := exec.LookPath("pulumi"); err != nil {
		return errors.New("the Pulumi CLI is not on the PATH: https://www.pulumi.com/docs/install/")
	}
	if err := compile(ctx, stderr); err != nil {
		return err
	}
	if o.create {
		return create(ctx, *o)
	}
	return nil
}

// stackFile is the file of a stack, by what Pulumi accepts as a stack's name.
var stackFile = regexp.MustCompile(`^Pulumi\.([A-Za-z0-9._-]+)\.yaml$`)

// stacksHere are the stacks that have a file here.
func stacksHere() ([]string, error) {
	files, err := filepath.Glob("Pulumi.*.yaml")
	if err != nil {
		return nil, err
	}
	var all []string
	for _, file := range files {
		if match := stackFile.FindStringSubmatch(file); match != nil {
			all = append(all, match[1])
		}
	}
	if len(all) == 0 {
		return nil, errors.New("there is no Pulumi.STACK.yaml here: run this in the checkout")
	}
	return all, nil
}

// find takes every stack file where no stack is named, and makes sure that each has one.
func find(o *options) error {
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
	return nil
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

// create makes the stacks that the backend does not have.
func create(ctx context.Context, o options) error {
	arguments := []string{"stack", "ls", "--json"}
	if o.org != "" {
		arguments = append(arguments, "--organization", o.org)
	}
	text, err := pulumi(ctx, arguments...)
	if err != nil {
		return err
	}
	var known []struct{ Name string }
	if err := json.Unmarshal([]byte(text), &known); err != nil {
		return fmt.Errorf("reading the list of stacks: %w", err)
	}
	have := map[string]bool{}
	for _, stack := range known {
		have[stack.Name[strings.LastIndex(stack.Name, "/")+1:]] = true
	}
	for _, stack := range o.stacks {
		if have[stack] {
			continue
		}
		if _, err := pulumi(ctx, "stack", "init", "--no-select", qualified(stack, o.org)); err != nil {
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
	var stdout, stderr strings.Builder
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("pulumi %s: %w\n%s", strings.Join(arguments, " "), err,
			strings.TrimSpace(stdout.String()+stderr.String()))
	}
	return stdout.String(), nil
}

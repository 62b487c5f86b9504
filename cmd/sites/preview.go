package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// preview is what one stack's preview came to.
type preview struct {
	stack string
	text  string // all that it said
	err   error
	took  time.Duration
}

// previewAll runs the previews, some at a time, and prints a line for each that has ended and a last one for all.
func previewAll(ctx context.Context, o options, stdout io.Writer) []preview {
	start := time.Now()
	previews := make([]preview, len(o.stacks))
	next, ended := make(chan int), make(chan int)
	var workers sync.WaitGroup
	for range min(o.parallel, len(o.stacks)) {
		workers.Go(func() {
			for i := range next {
				previews[i] = previewOne(ctx, o.stacks[i], o)
				ended <- i
			}
		})
	}
	go func() {
		for i := range o.stacks {
			next <- i
		}
		close(next)
		workers.Wait()
		close(ended)
	}()
	width := len(slices.MaxFunc(o.stacks, func(a, b string) int { return len(a) - len(b) }))
	for i := range ended {
		p := previews[i]
		fmt.Fprintf(stdout, "%-*s  %5.1f s  %s\n", width, p.stack, p.took.Seconds(), p.summary())
	}
	printEnd(stdout, previews, time.Since(start))
	return previews
}

// previewOne previews one stack.
func previewOne(ctx context.Context, stack string, o options) preview {
	start := time.Now()
	p := preview{stack: stack}
	arguments := []string{"preview", "--stack", qualified(stack, o.org), "--non-interactive", "--color", "never",
		"--suppress-progress"}
	if o.refresh {
		unfinished, err := unfinished(ctx, qualified(stack, o.org))
		if err != nil {
			p.err, p.text, p.took = err, err.Error(), time.Since(start)
			return p
		}
		if !unfinished {
			arguments = append(arguments, "--refresh")
		}
	}
	output, err := exec.CommandContext(ctx, "pulumi", arguments...).CombinedOutput()
	p.text, p.err, p.took = strings.TrimSpace(string(output)), err, time.Since(start)
	return p
}

// unfinished tells whether the last up has left a resource unfinished. Azure-native reports that when it fails and
// never again: a refresh takes the resource for done (https://github.com/pulumi/pulumi/issues/17949).
func unfinished(ctx context.Context, stack string) (bool, error) {
	text, err := pulumi(ctx, "stack", "export", "--stack", stack)
	if err != nil {
		return false, err
	}
	var state struct {
		Deployment struct {
			Resources []struct {
				InitErrors []string `json:"initErrors"`
			} `json:"resources"`
		} `json:"deployment"`
	}
	if err := json.Unmarshal([]byte(text), &state); err != nil {
		return false, fmt.Errorf("reading the state of %s: %w", stack, err)
	}
	for _, resource := range state.Deployment.Resources {
		if len(resource.InitErrors) > 0 {
			return true, nil
		}
	}
	return false, nil
}

// counted is a line of what pulumi counts under "Resources:", such as "    + 24 to create".
var counted = regexp.MustCompile(`^ +\D*(\d+ .+)$`)

// todo is such a count of what an up would do.
var todo = regexp.MustCompile(`\d+ to `)

// counts is what a preview would do, "2 to update, 22 unchanged".
func (p preview) counts() string {
	_, after, found := strings.Cut("\n"+p.text, "\nResources:\n")
	if !found {
		return "nothing to change"
	}
	var parts []string
	for line := range strings.Lines(after) {
		match := counted.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if match == nil {
			break
		}
		parts = append(parts, match[1])
	}
	return strings.Join(parts, ", ")
}

// changes tells whether an up would do anything.
func (p preview) changes() bool {
	return p.err == nil && todo.MatchString(p.counts())
}

// diagnostics are the program's errors and warnings, as the CLI shows them: below a heading, and indented.
var diagnostics = regexp.MustCompile(`(?m)^Diagnostics:\n((?:  .*\n|\n)+)`)

func (p preview) diagnostics() string {
	if match := diagnostics.FindStringSubmatch(p.text + "\n"); match != nil {
		return strings.TrimRight(match[1], "\n")
	}
	return ""
}

// warning begins a warning among the diagnostics.
var warning = regexp.MustCompile(`(?m)^    warning: `)

func (p preview) warnings() int {
	return len(warning.FindAllString(p.diagnostics(), -1))
}

// summary is what a preview came to, in a line.
func (p preview) summary() string {
	summary := p.counts()
	if p.err != nil {
		summary = "failed"
	}
	switch n := p.warnings(); n {
	case 0:
		return summary
	case 1:
		return summary + ", 1 warning"
	default:
		return fmt.Sprintf("%s, %d warnings", summary, n)
	}
}

func failed(previews []preview) int {
	n := 0
	for _, p := range previews {
		if p.err != nil {
			n++
		}
	}
	return n
}

// printEnd says what all previews came to, and what those that failed have said.
func printEnd(stdout io.Writer, previews []preview, took time.Duration) {
	change := 0
	for _, p := range previews {
		if p.changes() {
			change++
		}
		var exit *exec.ExitError
		if p.err != nil {
			fmt.Fprintf(stdout, "\n── %s\n%s\n", p.stack, p.text)
			if !errors.As(p.err, &exit) {
				fmt.Fprintln(stdout, p.err)
			}
		}
	}
	fmt.Fprintf(stdout, "\n%d stacks: %d would change, %d would not, %d failed; %.1f s, %.2f s a stack\n",
		len(previews), change, len(previews)-change-failed(previews), failed(previews), took.Seconds(),
		took.Seconds()/float64(len(previews)))
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// operation is what one run of the CLI over one stack came to.
type operation struct {
	counts
	stack string
	text  string // all that it said
	err   error
	took  time.Duration
}

// operationOf is a command of the CLI that changes or previews a stack, and logs its events to a file.
func operationOf(ctx context.Context, stack, events string, arguments ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, "pulumi", append(arguments, "--stack", stack, "--non-interactive", "--color",
		"never", "--suppress-progress", "--event-log", events)...)
	c.Env = append(os.Environ(), "PULUMI_DEBUG_COMMANDS=true") // which has --event-log
	return c
}

// summary is what a preview came to, in a line.
func (o operation) summary() string {
	summary := o.counts.String()
	if o.err != nil {
		summary = "failed"
	}
	switch n := len(o.Warnings); n {
	case 0:
		return summary
	case 1:
		return summary + ", 1 warning"
	default:
		return fmt.Sprintf("%s, %d warnings", summary, n)
	}
}

// said is what explains an operation that failed: what the CLI has printed, from its diagnostics on if there are any,
// or why it did not run.
func (o operation) said() string {
	text := o.text
	if at := strings.Index("\n"+text, "\nDiagnostics:\n"); at >= 0 {
		text = text[at:]
	}
	var exit *exec.ExitError
	if text == "" || !errors.As(o.err, &exit) {
		return strings.TrimSpace(text + "\n" + o.err.Error())
	}
	return text
}

func failed(all []operation) int {
	n := 0
	for _, o := range all {
		if o.err != nil {
			n++
		}
	}
	return n
}

// sideBySide runs a function for each of n things, so many at a time, and another one for each that has ended, one at a
// time.
func sideBySide(n, parallel int, run, ended func(i int)) {
	next, done := make(chan int), make(chan int)
	var workers sync.WaitGroup
	for range min(parallel, n) {
		workers.Go(func() {
			for i := range next {
				run(i)
				done <- i
			}
		})
	}
	go func() {
		for i := range n {
			next <- i
		}
		close(next)
		workers.Wait()
		close(done)
	}()
	for i := range done {
		ended(i)
	}
}

// state is what a stack's state tells about its last up.
type state struct {
	Deployment struct {
		Resources []struct {
			Type            string
			Inputs, Outputs map[string]any
			InitErrors      []string
		}
		Pending []struct {
			Type     string
			Resource struct{ URN string }
		} `json:"pending_operations"`
	}
}

// readState has the CLI export a stack's state, in which secrets stay encrypted.
func readState(ctx context.Context, stack string) (s state, err error) {
	text, err := pulumi(ctx, "stack", "export", "--stack", stack)
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return s, fmt.Errorf("reading the state of %s: %w", stack, err)
	}
	return s, nil
}

// unfinished tells whether the last up has left a resource unfinished. Azure-native reports that when it fails and
// never again: a refresh takes the resource for done (https://github.com/pulumi/pulumi/issues/17949).
func (s state) unfinished() bool {
	for _, resource := range s.Deployment.Resources {
		if len(resource.InitErrors) > 0 {
			return true
		}
	}
	return false
}

// lost are the names of resources that an up was killed over while it made them: Azure may have them, and the state
// does not know.
func (s state) lost() (names []string) {
	for _, pending := range s.Deployment.Pending {
		if pending.Type == "creating" {
			names = append(names, pending.Resource.URN[strings.LastIndex(pending.Resource.URN, ":")+1:])
		}
	}
	return names
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/fleet"
)

// notes is the folder for what ups say, and for the lock. Git ignores it.
const notes = ".sites"

// up is the command up.
func up(ctx context.Context, args []string, stdout, stderr io.Writer) (int, error) {
	o, err := parse("up", args)
	if err == nil {
		err = find(ctx, &o)
	}
	if err != nil {
		return notRun, err
	}
	waves, err := wavesOf(o.stacks)
	if err != nil {
		return notRun, err
	}
	if o.dryRun || len(waves) == 0 {
		printWaves(stdout, waves)
		if err := writeJSON(o.json, map[string]any{"waves": waves}); err != nil {
			return oneFailed, err
		}
		return succeeded, nil
	}
	lock, err := lockFleet()
	if err != nil {
		return notRun, err
	}
	defer lock.Close()
	if err := prepare(ctx, stderr); err != nil {
		return notRun, err
	}
	r := &rollout{options: o, lock: lock, stdout: stdout, running: map[*exec.Cmd]bool{}}
	r.interrupted, r.interrupt = context.WithCancel(context.Background())
	defer r.interrupt()
	defer r.heed()()
	r.run(waves)
	r.printEnd()
	if err := writeJSON(o.json, r.json(waves)); err != nil || len(r.ended) < len(o.stacks) || failed(r.ended) > 0 ||
		r.shut {
		return oneFailed, err
	}
	return succeeded, nil
}

// wavesOf are the waves of the stacks that are to be brought up. It refuses a fleet in which sites check finds errors.
func wavesOf(stacks []string) (waves []fleet.Wave, err error) {
	here, err := readAll()
	if err != nil {
		return nil, err
	}
	if report := fleet.Check(here.stacks, here.own); report.Errors > 0 {
		var text strings.Builder
		report.Findings = slices.DeleteFunc(report.Findings, func(f fleet.Finding) bool {
			return f.Severity != fleet.Error
		})
		report.Totals = nil
		if err := report.WriteText(&text); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("nothing was begun: sites check finds %s\n\n%s", counted(report.Errors, "error"),
			strings.TrimSpace(text.String()))
	}
	for _, w := range here.own.Waves(here.stacks) {
		w.Stacks = slices.DeleteFunc(w.Stacks, func(stack string) bool { return !slices.Contains(stacks, stack) })
		if len(w.Stacks) > 0 {
			waves = append(waves, w)
		}
	}
	return waves, nil
}

func printWaves(stdout io.Writer, waves []fleet.Wave) {
	if len(waves) == 0 {
		fmt.Fprintln(stdout, noStack)
	}
	for i, w := range waves {
		fmt.Fprintf(stdout, "wave %d of %d, %s: %s\n", i+1, len(waves), w.Name, strings.Join(w.Stacks, ", "))
	}
}

// rollout is a run of the waves. It remembers nothing beyond its end: what a stack has reached is in Pulumi's state,
// and the next run begins with the first wave again.
type rollout struct {
	options options
	lock    *os.File
	stdout  io.Writer
	ended   []operation // in this order
	left    []string    // stacks that were not begun
	shut    bool        // the gate of the last wave has not opened

	mu      sync.Mutex
	stopped string // why no other up begins; empty: they do
	running map[*exec.Cmd]bool

	interrupted context.Context // ends with the first signal
	interrupt   context.CancelFunc
}

// run runs one wave after the other, for as long as all goes well.
func (r *rollout) run(waves []fleet.Wave) {
	for i, w := range waves {
		if r.isStopped() {
			r.left = append(r.left, w.Stacks...)
			continue
		}
		fmt.Fprintf(r.stdout, "wave %d of %d, %s: %s\n", i+1, len(waves), w.Name, counted(len(w.Stacks), "site"))
		r.runWave(w.Stacks)
		r.gate(w.Stacks)
	}
}

// runWave brings the stacks of a wave up, some at a time.
func (r *rollout) runWave(stacks []string) {
	if r.options.create {
		if err := create(context.Background(), stacks, r.options.org); err != nil {
			r.stop("a stack could not be made: " + err.Error())
		}
	}
	ups := make([]*operation, len(stacks))
	width := len(slices.MaxFunc(stacks, func(a, b string) int { return len(a) - len(b) }))
	sideBySide(len(stacks), r.options.parallel, func(i int) {
		if r.isStopped() {
			return
		}
		start, u := time.Now(), r.upOne(stacks[i])
		u.took = time.Since(start)
		if u.err != nil {
			r.stop(u.stack + " failed")
		}
		ups[i] = &u
	}, func(i int) {
		if ups[i] == nil {
			r.left = append(r.left, stacks[i])
			return
		}
		r.ended = append(r.ended, *ups[i])
		fmt.Fprintf(r.stdout, "  %-*s  %6.1f s  %s\n", width, stacks[i], ups[i].took.Seconds(), ups[i].done())
	})
}

// done is what an up came to, in a line.
func (o operation) done() string {
	return strings.NewReplacer("to create", "created", "to update", "updated", "to roll", "rolled", "to replace",
		"replaced", "to delete", "deleted").Replace(o.summary())
}

// upOne brings one stack up. The CLI writes to files and is in a process group of its own: it lives on when this
// process ends, however that ends, and a terminal's Ctrl-C does not reach it.
func (r *rollout) upOne(stack string) (u operation) {
	u.stack = stack
	name := qualified(stack, r.options.org)
	state, err := readState(context.Background(), name)
	if err != nil {
		u.err = err
		return u
	}
	if lost := state.lost(); len(lost) > 0 {
		u.err = fmt.Errorf("an up was killed while it made %s. Azure may have it, and this up would make it again. "+
			"docs/operations.md says how to go on: When an up was interrupted", strings.Join(lost, ", "))
		return u
	}
	arguments := []string{"up", "--yes", "--skip-preview", "--suppress-outputs"}
	if r.options.refresh && !state.unfinished() {
		arguments = append(arguments, "--refresh")
	}
	said, events := filepath.Join(notes, stack+".txt"), filepath.Join(notes, stack+".events.json")
	defer os.Remove(events)
	log, err := os.Create(said)
	if err == nil {
		err = os.RemoveAll(events) // of an up that outlived its run
	}
	if err != nil {
		u.err = err
		return u
	}
	defer log.Close()
	command := operationOf(context.Background(), name, events, arguments...)
	command.Stdout, command.Stderr = log, log
	detach(command)
	share(command, r.lock)
	u.err = r.await(command)
	text, err := os.ReadFile(said)
	u.text = strings.TrimSpace(string(text))
	counts, eventsErr := readEvents(events)
	u.counts = counts
	u.err = errors.Join(u.err, err, eventsErr)
	return u
}

// await runs a command to its end, and knows of it meanwhile.
func (r *rollout) await(command *exec.Cmd) error {
	if err := command.Start(); err != nil {
		return err
	}
	r.mu.Lock()
	r.running[command] = true
	r.mu.Unlock()
	err := command.Wait()
	r.mu.Lock()
	delete(r.running, command)
	r.mu.Unlock()
	return err
}

// heed listens to signals, until the returned function is called. The first one lets the ups that run end, and no other
// begin. A second one is passed on to Pulumi, which then ends after what it has under way, and keeps its state whole.
// That the terminal hangs up is one too, except under nohup.
func (r *rollout) heed() (end func()) {
	signals, ended := make(chan os.Signal, 1), make(chan struct{})
	heeded := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		heeded = append(heeded, syscall.SIGHUP)
	}
	signal.Notify(signals, heeded...)
	go func() {
		for n := 0; ; n++ {
			select {
			case <-ended:
				return
			case <-signals:
			}
			if n == 0 {
				r.stop("it was interrupted")
				r.interrupt()
				fmt.Fprintln(r.stdout, "Interrupted: no other up begins. Those that run go on to their end; "+
					"interrupt again to have Pulumi cancel them.")
				continue
			}
			fmt.Fprintln(r.stdout, "Interrupted again: Pulumi cancels the ups that run.")
			r.cancel()
		}
	}()
	return func() { signal.Stop(signals); close(ended) }
}

func (r *rollout) cancel() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for command := range r.running {
		_ = command.Process.Signal(os.Interrupt) // it may have ended; Windows has no such signal
	}
}

// stop has no other up begin. The first reason counts.
func (r *rollout) stop(why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped == "" {
		r.stopped = why
	}
}

func (r *rollout) isStopped() bool { return r.why() != "" }

// why is why no other up begins; empty: they do.
func (r *rollout) why() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stopped
}

// printEnd says what all ups came to, what those that failed have said, and how to go on.
func (r *rollout) printEnd() {
	for _, u := range r.ended {
		if u.err != nil {
			fmt.Fprintf(r.stdout, "\n── %s\n%s\n", u.stack, u.said())
		}
	}
	bad := failed(r.ended)
	fmt.Fprintf(r.stdout, "\n%s: %d up to date, %d failed, %d not begun\n", counted(len(r.ended)+len(r.left), "site"),
		len(r.ended)-bad, bad, len(r.left))
	if why := r.why(); why != "" {
		fmt.Fprintf(r.stdout, "Stopped: %s. Not begun: %s.\nRun sites up again to go on. Sites that are up to date "+
			"stay as they are.\n", why, orNone(r.left))
	}
}

func orNone(stacks []string) string {
	if len(stacks) == 0 {
		return "none"
	}
	return strings.Join(stacks, ", ")
}

// json is what up writes: {"waves": [{"name", "stacks": [...]}]}.
func (r *rollout) json(waves []fleet.Wave) any {
	type wave struct {
		Name   string      `json:"name"`
		Stacks []stackJSON `json:"stacks"`
	}
	list := []wave{}
	for _, w := range waves {
		one := wave{Name: w.Name}
		for _, stack := range w.Stacks {
			at := slices.IndexFunc(r.ended, func(u operation) bool { return u.stack == stack })
			j := operation{stack: stack}.json()
			j.Result = "not begun"
			if at >= 0 {
				j = r.ended[at].json()
			}
			one.Stacks = append(one.Stacks, j)
		}
		list = append(list, one)
	}
	return map[string]any{"waves": list}
}

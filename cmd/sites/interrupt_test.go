package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestMain is the command itself where a test starts it as a process, to be killed.
func TestMain(m *testing.M) {
	if os.Getenv("SITES_COMMAND") != "" {
		main()
	}
	os.Exit(m.Run())
}

// said is what a process that runs has said so far.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// started starts the command as a process, in a process group of its own as a shell would.
func started(t *testing.T, out *said, args ...string) *exec.Cmd {
	t.Helper()
	command := exec.Command(os.Args[0], args...)
	command.Env = append(os.Environ(), "SITES_COMMAND=1")
	command.Stdout, command.Stderr = out, out
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill() })
	return command
}

// eventually waits for something that is bound to happen.
func eventually(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !happened(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

// A gate that waits for alerts takes minutes, and an interrupt does not.
func TestAnInterruptedRunDoesNotWaitForItsGate(t *testing.T) {
	log := fleetWith(t, 2, "")
	var out said
	command := started(t, &out, "up", "--gate", `touch "$LOG/asked"; exec sleep 600`)
	eventually(t, "the gate is asked", func() bool {
		_, err := os.Stat(filepath.Join(log.folder, "asked"))
		return err == nil
	})
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := command.Wait(); !errors.As(err, &exit) || exit.ExitCode() != oneFailed {
		t.Errorf("%v", err)
	}
	hasAll(t, out.String(), "2 sites: 1 up to date, 0 failed, 1 not begun\n",
		"Stopped: it was interrupted. Not begun: plant-001.\n")
}

func TestTwoRunsAtOnce(t *testing.T) {
	log := fleetWith(t, 2, "")
	log.mark(t, "slow", true)
	var out said
	first := started(t, &out, "up")
	eventually(t, "the first up begins", func() bool { return log.lines("ups.txt") != nil })
	code, _, errs := sites(t, "up")
	want := fmt.Sprintf("another sites up runs in this checkout (process %d, since ", first.Process.Pid)
	if code != notRun || !strings.Contains(errs, want) {
		t.Errorf("exit %d: %s", code, errs)
	}
	if code, _, errs := sites(t, "up", "--dry-run"); code != succeeded {
		t.Errorf("a dry run waits for the lock: exit %d: %s", code, errs)
	}
	log.mark(t, "slow", false)
	if err := first.Wait(); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	if code, out, errs := sites(t, "up"); code != succeeded {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}
}

// An up outlives the run that began it, comes to its end, and keeps other runs away until then.
func TestTheUpsOfAKilledRunKeepItsLock(t *testing.T) {
	log := fleetWith(t, 2, "")
	log.mark(t, "slow", true)
	first := started(t, &said{}, "up")
	eventually(t, "the first up begins", func() bool { return log.lines("ups.txt") != nil })
	if err := errors.Join(first.Process.Kill(), ignore(first.Wait())); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := sites(t, "up"); code != notRun || !strings.Contains(errs, "wait for their end") {
		t.Errorf("exit %d: %s", code, errs)
	}
	log.mark(t, "slow", false)
	eventually(t, "the lock is free", func() bool { code, _, _ := sites(t, "up"); return code == succeeded })
	if got := log.lines("ups.txt")[:2]; !slices.Equal(got, []string{"begin plant-000", "end plant-000"}) {
		t.Errorf("the up of the killed run: %q", got)
	}
}

// ignore is for how a killed process ends.
func ignore(error) error { return nil }

// A terminal sends Ctrl-C to the whole process group.
func TestTheFirstInterruptLetsUpsEndAndTheSecondCancelsThem(t *testing.T) {
	for _, c := range []struct {
		interrupts int
		ups        []string
		says       []string
	}{
		{1, []string{"begin plant-000", "end plant-000"}, []string{"Interrupted: no other up begins.",
			"3 sites: 1 up to date, 0 failed, 2 not begun",
			"Stopped: it was interrupted. Not begun: plant-001, plant-002."}},
		{2, []string{"begin plant-000", "cancel plant-000"}, []string{"Interrupted again: Pulumi cancels",
			"3 sites: 0 up to date, 1 failed, 2 not begun"}},
	} {
		log := fleetWith(t, 3, "")
		log.mark(t, "slow", true)
		var out said
		command := started(t, &out, "up")
		eventually(t, "an up begins", func() bool { return log.lines("ups.txt") != nil })
		interrupt := func() {
			if err := syscall.Kill(-command.Process.Pid, syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
		}
		interrupt()
		if c.interrupts == 2 {
			// signals of one kind that come at once are one
			eventually(t, "the up is cancelled", func() bool {
				time.Sleep(20 * time.Millisecond)
				if len(log.lines("ups.txt")) > 1 {
					return true
				}
				interrupt()
				return false
			})
		} else {
			eventually(t, "it is heeded", func() bool { return strings.Contains(out.String(), "Interrupted") })
		}
		log.mark(t, "slow", false)
		var exit *exec.ExitError
		if err := command.Wait(); !errors.As(err, &exit) || exit.ExitCode() != oneFailed {
			t.Errorf("%v", err)
		}
		if got := log.lines("ups.txt"); !slices.Equal(got, c.ups) {
			t.Errorf("after %d interrupts: %q, want %q", c.interrupts, got, c.ups)
		}
		hasAll(t, out.String(), c.says...)
	}
}

// A terminal that hangs up interrupts the run, and nohup is how somebody says that it must not.
func TestUnderNohupTheRunGoesOnWhenTheTerminalHangsUp(t *testing.T) {
	hangups := make(chan os.Signal, 1)
	t.Cleanup(func() { signal.Reset(syscall.SIGHUP) })
	for _, c := range []struct {
		name string
		set  func() // what a process that is started now does at the signal
		code int
		says string
	}{
		{"nohup", func() { signal.Ignore(syscall.SIGHUP) }, succeeded, "2 sites: 2 up to date, 0 failed, 0 not begun"},
		{"no nohup", func() { signal.Notify(hangups, syscall.SIGHUP) }, oneFailed,
			"2 sites: 1 up to date, 0 failed, 1 not begun"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.set()
			log := fleetWith(t, 2, "")
			log.mark(t, "slow", true)
			var out said
			command := started(t, &out, "up")
			eventually(t, "an up begins", func() bool { return log.lines("ups.txt") != nil })
			if err := syscall.Kill(-command.Process.Pid, syscall.SIGHUP); err != nil {
				t.Fatal(err)
			}
			if c.code == succeeded {
				time.Sleep(50 * time.Millisecond) // in which it would be heeded
			} else {
				eventually(t, "it is heeded", func() bool { return strings.Contains(out.String(), "Interrupted") })
			}
			log.mark(t, "slow", false)
			err := command.Wait()
			if code := command.ProcessState.ExitCode(); code != c.code {
				t.Errorf("exit %d, want %d: %v", code, c.code, err)
			}
			hasAll(t, out.String(), c.says)
		})
	}
}

// kills is how often the command is killed.
const kills = 30

// Whenever the command is killed, the ups that it began end well, nobody begins a second one beside them, and the next
// run goes on.
func TestAKilledRunIsGoneOnWith(t *testing.T) {
	log := fleetWith(t, 5, threeWaves)
	random := rand.New(rand.NewPCG(1, 2))
	killed := 0
	for killed < kills {
		command := started(t, &said{}, "up", "--parallel", "2")
		time.AfterFunc(time.Duration(random.IntN(300))*time.Millisecond, func() { _ = command.Process.Kill() })
		var exit *exec.ExitError
		err := command.Wait()
		switch {
		case err == nil:
		case errors.As(err, &exit) && exit.ExitCode() == notRun:
			// an up of the run before still has the lock
		case errors.As(err, &exit) && exit.ExitCode() < 0:
			killed++
		default:
			t.Fatal(err)
		}
	}
	eventually(t, "a run that is not killed comes to its end", func() bool {
		code, out, errs := sites(t, "up")
		if code == oneFailed {
			t.Fatalf("%s%s", out, errs)
		}
		return code == succeeded
	})
	running := map[string]bool{}
	for _, line := range log.lines("ups.txt") {
		what, stack, _ := strings.Cut(line, " ")
		if running[stack] != (what == "end") {
			t.Fatalf("%s comes when %v run", line, running)
		}
		running[stack] = what == "begin"
	}
	for stack, runs := range running {
		if runs {
			t.Errorf("an up of %s did not end", stack)
		}
	}
	if len(running) != 5 {
		t.Errorf("%d stacks were brought up", len(running))
	}
	t.Logf("counted: %d kills of sites up survived", killed)
}

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
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

// fleetWith is a checkout of n sites, plant-000 and so on, that have no collision.
func fleetWith(t *testing.T, n int, waves string) pulumiLog {
	t.Helper()
	files := fleetOf(n)
	files["sites.yaml"] += waves
	return withPulumi(t, files)
}

// started starts the command as a process, in a process group of its own as a shell would.
func started(t *testing.T, out *bytes.Buffer, args ...string) *exec.Cmd {
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

const threeWaves = "waves: [{name: canaries, stacks: [plant-002]}, {name: west, regions: [westeurope], batch: 2}]\n"

func TestAFleetIsBroughtUpInWaves(t *testing.T) {
	log := fleetWith(t, 4, threeWaves)
	code, out, errs := sites(t, "up", "--dry-run")
	want := `wave 1 of 3, canaries: plant-002
wave 2 of 3, west, 1 of 2: plant-000, plant-001
wave 3 of 3, west, 2 of 2: plant-003
`
	if code != succeeded || out != want || log.lines("commands.txt") != nil {
		t.Errorf("exit %d\n%s%s\nwant\n%s", code, out, errs, want)
	}
	code, out, _ = sites(t, "up", "--org", "acme", "--parallel", "1", "--create", "--refresh", "--json", "ups.json")
	hasAll(t, out, `wave 1 of 3, canaries: 1 site
 plant-002 # s 24 created
wave 2 of 3, west, 1 of 2: 2 sites
 plant-000 # s 24 created
 plant-001 # s 24 created
wave 3 of 3, west, 2 of 2: 1 site
 plant-003 # s 24 created

4 sites: 4 up to date, 0 failed, 0 not begun
`)
	if code != succeeded {
		t.Errorf("exit %d", code)
	}
	ups := strings.Join(log.lines("ups.txt"), ", ")
	if ups != "begin plant-002, end plant-002, begin plant-000, end plant-000, begin plant-001, end plant-001, "+
		"begin plant-003, end plant-003" {
		t.Errorf("ups: %s", ups)
	}
	first := "stack ls --json --organization acme --non-interactive\n" +
		"stack init --no-select acme/plant-002 --non-interactive\n" +
		"stack export --stack acme/plant-002 --non-interactive\n" +
		"up --yes --skip-preview --suppress-outputs --refresh --stack acme/plant-002\n"
	if got := log.commands(); !strings.HasPrefix(got, first) {
		t.Errorf("pulumi is asked for\n%s\nwant first\n%s", got, first)
	}
	var report struct {
		Waves []struct {
			Name   string
			Stacks []stackJSON
		}
	}
	text, err := os.ReadFile("ups.json")
	if err == nil {
		err = json.Unmarshal(text, &report)
	}
	if err != nil || len(report.Waves) != 3 || report.Waves[1].Stacks[1].Stack != "plant-001" ||
		report.Waves[1].Stacks[1].Creates != 24 || report.Waves[1].Stacks[1].Result != "changes" {
		t.Errorf("%v\n%s", err, text)
	}
	_, out, _ = sites(t, "up", "plant-003", "plant-001")
	hasAll(t, out, "wave 1 of 2, west, 1 of 2: 1 site\n plant-001 # s 24 unchanged\n",
		"wave 2 of 2, west, 2 of 2: 1 site\n")
}

func TestAWaveThatFailsLeavesLaterOnesUntouched(t *testing.T) {
	log := fleetWith(t, 4, threeWaves)
	log.mark(t, "fail.plant-000", true)
	code, out, _ := sites(t, "up", "--parallel", "1", "--json", "ups.json")
	hasAll(t, out, " plant-002 # s 24 created\n", " plant-000 # s failed\n",
		"── plant-000\nerror: the gate stayed shut\n",
		"4 sites: 1 up to date, 1 failed, 2 not begun\n",
		"Stopped: plant-000 failed. Not begun: plant-001, plant-003.\nRun sites up again")
	if code != oneFailed || strings.Contains(log.commands(), "plant-001") ||
		strings.Contains(log.commands(), "plant-003") {
		t.Errorf("exit %d, and pulumi is asked for\n%s", code, log.commands())
	}
	if text, err := os.ReadFile("ups.json"); err != nil || strings.Count(string(text), `"not begun"`) != 2 ||
		!strings.Contains(string(text), `"the gate stayed shut"`) {
		t.Errorf("%v\n%s", err, text)
	}
	log.mark(t, "fail.plant-000", false)
	code, out, _ = sites(t, "up", "--parallel", "1")
	hasAll(t, out, " plant-002 # s 24 unchanged\n", " plant-000 # s 24 created\n", " plant-003 # s 24 created\n",
		"4 sites: 4 up to date, 0 failed, 0 not begun\n")
	if code != succeeded {
		t.Errorf("exit %d", code)
	}
}

// Those that run beside one that fails come to their end.
func TestUpsBesideOneThatFailsGoOn(t *testing.T) {
	log := fleetWith(t, 4, "waves: [{name: all}]\n")
	log.mark(t, "fail.plant-000", true)
	if code, out, _ := sites(t, "up", "--parallel", "4"); code != oneFailed ||
		!strings.Contains(out, "4 sites: 3 up to date, 1 failed, 0 not begun") {
		t.Errorf("exit %d\n%s", code, out)
	}
}

// Whatever the gate is, it is asked once after each wave, about that wave.
func TestAGateThatStaysShutStopsBeforeTheNextWave(t *testing.T) {
	log := fleetWith(t, 4, threeWaves)
	gate := `echo "$SITES" >> "$LOG/asked.txt"; [ ! -e "$LOG/alert" ] || { echo plant-000: no-healthy-proxy; exit 3; }`
	code, out, _ := sites(t, "up", "--parallel", "1", "--gate", gate, "plant-002")
	hasAll(t, out, " asks the gate: echo ", "1 site: 1 up to date, 0 failed, 0 not begun\n")
	if got := log.lines("asked.txt"); code != succeeded || !slices.Equal(got, []string{"plant-002"}) {
		t.Errorf("exit %d, and the gate is asked about %q", code, got)
	}
	log.mark(t, "alert", true)
	code, out, _ = sites(t, "up", "--parallel", "1", "--gate", `echo "$SITES" | grep -q plant-002 || { `+gate+`; }`)
	hasAll(t, out, "wave 2 of 3, west, 1 of 2: 2 sites\n", "plant-000: no-healthy-proxy\n",
		"4 sites: 3 up to date, 0 failed, 1 not begun\n",
		"Stopped: the gate did not open: exit status 3. Not begun: plant-003.\nRun sites up again")
	if code != oneFailed || strings.Contains(strings.Join(log.lines("ups.txt"), " "), "plant-003") {
		t.Errorf("exit %d, and these ups began: %q", code, log.lines("ups.txt"))
	}
	log.mark(t, "alert", false)
	code, out, _ = sites(t, "up", "--parallel", "1", "--gate", gate)
	hasAll(t, out, " plant-003 # s 24 created\n", "4 sites: 4 up to date, 0 failed, 0 not begun\n")
	want := []string{"plant-002", "plant-000 plant-001", "plant-002", "plant-000 plant-001", "plant-003"}
	if got := log.lines("asked.txt"); code != succeeded || !slices.Equal(got, want) {
		t.Errorf("exit %d, and the gate is asked about %q, want %q", code, got, want)
	}
	// Of the last wave too: whoever runs it hears that the fleet is not well.
	log.mark(t, "alert", true)
	if code, out, _ := sites(t, "up", "--gate", gate, "plant-003"); code != oneFailed {
		t.Errorf("exit %d\n%s", code, out)
	}
}

// A gate that waits for alerts takes minutes, and an interrupt does not.
func TestAnInterruptedRunDoesNotWaitForItsGate(t *testing.T) {
	log := fleetWith(t, 2, "")
	var out bytes.Buffer
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

func TestAFleetWithErrorsIsNotBegun(t *testing.T) {
	files := fleetOf(3)
	files["Pulumi.plant-001.yaml"] = strings.ReplaceAll(stackFileOf(1), "10.40.1.0/26", "10.40.0.0/26")
	files["sites.yaml"] += "waves: [{name: canaries, stacks: [plant-0]}, {name: west, batch: 0}]\n"
	log := withPulumi(t, files)
	code, out, errs := sites(t, "up", "plant-002")
	hasAll(t, errs, "nothing was begun: sites check finds 3 errors\n", "addressSpace = 10.40.0.0/26",
		"waves[1].batch = 0\n")
	if code != notRun || out != "" || log.lines("commands.txt") != nil {
		t.Errorf("exit %d, %q", code, out)
	}
}

func TestAStackWithALostResourceIsNotBroughtUp(t *testing.T) {
	files := fleetOf(1)
	files["Pulumi.lost.yaml"] = stackFileOf(1)
	log := withPulumi(t, files)
	code, out, _ := sites(t, "up")
	hasAll(t, out, "── lost\nan up was killed while it made nat-gateway. Azure may have it", "Not begun: plant-000.")
	if code != oneFailed || log.lines("ups.txt") != nil {
		t.Errorf("exit %d, and an up begins: %v", code, log.lines("ups.txt"))
	}
}

func TestTwoRunsAtOnce(t *testing.T) {
	log := fleetWith(t, 2, "")
	log.mark(t, "slow", true)
	var out bytes.Buffer
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
	first := started(t, &bytes.Buffer{}, "up")
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
		var out bytes.Buffer
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
			time.Sleep(50 * time.Millisecond)
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
	t.Cleanup(func() { signal.Reset(syscall.SIGHUP) })
	for _, c := range []struct {
		name string
		set  func() // what a process that is started now does of the signal
		code int
	}{
		{"nohup", func() { signal.Ignore(syscall.SIGHUP) }, succeeded},
		{"no nohup", func() { signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP) }, oneFailed},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.set()
			log := fleetWith(t, 2, "")
			log.mark(t, "slow", true)
			var out bytes.Buffer
			command := started(t, &out, "up")
			eventually(t, "an up begins", func() bool { return log.lines("ups.txt") != nil })
			if err := syscall.Kill(-command.Process.Pid, syscall.SIGHUP); err != nil {
				t.Fatal(err)
			}
			time.Sleep(50 * time.Millisecond)
			log.mark(t, "slow", false)
			var exit *exec.ExitError
			err := command.Wait()
			if code := command.ProcessState.ExitCode(); code != c.code || err != nil && !errors.As(err, &exit) {
				t.Errorf("exit %d, want %d: %v\n%s", code, c.code, err, out.String())
			}
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
		command := started(t, &bytes.Buffer{}, "up", "--parallel", "2")
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

// What a document promises about an interrupted up is where the message leads.
func TestTheMessageLeadsToAHeading(t *testing.T) {
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil || !regexp.MustCompile("(?m)^## When an `up` was interrupted$").Match(page) {
		t.Errorf("docs/operations.md has no such heading: %v", err)
	}
}

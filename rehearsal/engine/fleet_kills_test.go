package engine

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

// survivesKills kills sites up at moments that are drawn: itself alone, or every up with it. Whatever is left is mended
// as docs/operations.md says, and no more.
func (f *fleetOperator) survivesKills(t *testing.T) {
	want := inventory(f.azure.Engine)
	up := "~/sites up --refresh --parallel 2 " + strings.Join(f.killed(), " ")
	random := rand.New(rand.NewPCG(1, 16))
	killed := 0
	for round := 1; killed < *fleetKills; round++ {
		f.tag(round)
		left, alone := 1+random.IntN(40), random.IntN(3) > 0
		var died atomic.Bool
		_, err := f.shell(up, func(group int) {
			f.azure.killBy(func(*http.Request) bool {
				if left--; left != 0 {
					return false
				}
				died.Store(syscall.Kill(-group, syscall.SIGKILL) == nil)
				return !alone && f.killUps()
			})
		})
		for strings.Contains(f.says("~/sites up --refresh "+f.stacks[len(f.stacks)-1]), "another sites up runs") {
			// the ups that it began still run
		}
		upsDied := f.azure.rest()
		if !died.Load() && err != nil {
			t.Fatalf("an up that nobody killed: %v", err)
		}
		if died.Load() {
			killed++
		}
		if upsDied {
			f.mend(t)
		}
	}
	if said := f.says(up + " && echo code 0"); !strings.Contains(said, "code 0\n") {
		t.Fatalf("after %d kills it says\n%s", killed, said)
	}
	if have := inventory(f.azure.Engine); !slices.Equal(have, want) {
		t.Errorf("Azure has\n%v\ninstead of\n%v", have, want)
	}
	t.Logf("counted: %d kills of sites up on the engine survived", killed)
}

// killUps kills every up that runs, by the locks that they have in the state.
func (f *fleetOperator) killUps() (killed bool) {
	for _, pid := range f.locks() {
		killed = syscall.Kill(pid, syscall.SIGKILL) == nil || killed
	}
	return killed
}

// locks are the process IDs of those that have locked a stack, by the stack.
func (f *fleetOperator) locks() map[string]int {
	files, err := filepath.Glob(filepath.Join(f.home(), ".pulumi", "locks", "*", "*", "*", "*.json"))
	if err != nil {
		f.t.Error(err)
	}
	pids := map[string]int{}
	for _, file := range files {
		var lock struct{ PID int }
		if text, err := os.ReadFile(file); err == nil && json.Unmarshal(text, &lock) == nil && lock.PID > 0 {
			pids[filepath.Base(filepath.Dir(file))] = lock.PID
		}
	}
	return pids
}

// mend does what docs/operations.md says after an interrupted up, for each stack that is still locked.
func (f *fleetOperator) mend(t *testing.T) {
	known := map[string]bool{}
	states := map[string]deployment{}
	for _, stack := range f.proxied {
		var file struct{ Checkpoint struct{ Latest deployment } }
		text, err := os.ReadFile(filepath.Join(f.home(), ".pulumi", "stacks", project, stack+".json"))
		if err == nil {
			err = json.Unmarshal(text, &file)
		}
		if err != nil {
			t.Fatal(err)
		}
		states[stack] = file.Checkpoint.Latest
		for _, r := range file.Checkpoint.Latest.Resources {
			known[r.ID] = true
		}
	}
	for stack := range f.locks() {
		f.meanwhile("pulumi cancel --yes --stack " + stack)
		for _, r := range f.azure.Azure.Resources() {
			made := func(p pending) bool { return p.creates(r) }
			if !known[r.ID] && slices.ContainsFunc(states[stack].Pending, made) {
				f.azure.delete(t, r)
			}
		}
		f.meanwhile("pulumi refresh --clear-pending-creates --yes --skip-preview --stack " + stack)
	}
	for _, r := range f.azure.Azure.Resources() {
		if !known[r.ID] {
			t.Fatalf("no stack knows %s", r.ID)
		}
	}
}

package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

// kills is how often an up is killed, in a row on each of the stacks, which two cores can serve side by side.
const kills, stacks = 100, 2

func TestAKilledUpEndsWhereAnUndisturbedOneDoes(t *testing.T) {
	undisturbed := start(t, "examples/smallest.yaml")
	up(t, undisturbed)
	var survived atomic.Int64
	t.Run("stacks", func(t *testing.T) {
		for n := range stacks {
			t.Run(fmt.Sprint(n), func(t *testing.T) {
				t.Parallel()
				k := &killer{}
				k.engine = startWith(t, "examples/smallest.yaml", Options{Engine: &bytes.Buffer{}, Between: k.between})
				v := &victim{Engine: k.engine, killer: k, random: rand.New(rand.NewPCG(1, uint64(n)))}
				for left := kills / stacks; left > 0; {
					left -= v.live(t, left, inventory(undisturbed))
				}
				survived.Add(int64(v.survived))
			})
		}
	})
	t.Logf("counted: %d kills of the engine survived", survived.Load())
}

func TestTheReadmeSaysHowOftenTheEngineIsKilled(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if claim := fmt.Sprintf("%d kills", kills); err != nil || !strings.Contains(string(text), claim) {
		t.Errorf("the README does not say %q: %v", claim, err)
	}
}

// victim is a stack whose ups are killed.
type victim struct {
	*Engine
	killer   *killer
	random   *rand.Rand
	survived int // kills
}

// live brings the stack up from nothing, changes it, and destroys it. Its ups are killed at most so many times, which
// it returns, and its destroy may be, too.
func (v *victim) live(t *testing.T, most int, want []string) (killed int) {
	changes := map[string]string{"tags": `{"owner":"ot"}`, "extraDomains": `["updates.example.org"]`}
	first := v.values
	for _, values := range []map[string]string{first, with(first, changes)} {
		v.values = values
		for killed < most && v.isKilled(t, v.up, drawMoment(v.random)) {
			killed++
		}
		if killed == most {
			v.isKilled(t, v.up, never)
		}
		if have := inventory(v.Engine); !slices.Equal(have, want) {
			t.Fatalf("Azure has\n%v\ninstead of\n%v", have, want)
		}
	}
	if changes := up(t, v.Engine); changes["same"] == 0 || len(changes) != 1 {
		t.Fatalf("another up: %v", changes)
	}
	v.values = first
	if v.isKilled(t, v.destroy, drawMoment(v.random)) {
		v.isKilled(t, v.destroy, never)
	}
	if left := inventory(v.Engine); len(left) > 0 {
		t.Fatalf("left in Azure: %v", left)
	}
	return killed
}

func (v *victim) up(ctx context.Context) error {
	_, err := v.Up(ctx)
	return err
}

func (v *victim) destroy(ctx context.Context) error {
	_, err := v.Destroy(ctx)
	return err
}

func with(values, changes map[string]string) map[string]string {
	changed := maps.Clone(values)
	for key, value := range changes {
		changed[project+":"+key] = value
	}
	return changed
}

// isKilled has the engine do something and, when it is killed over it, mends what is left.
func (v *victim) isKilled(t *testing.T, act func(context.Context) error, at moment) bool {
	v.killer.wait(at)
	err := act(t.Context())
	killed := v.killer.hasKilled()
	v.killer.wait(never)
	if !killed {
		if err != nil {
			t.Fatalf("%v\n%s", err, v.options.Engine)
		}
		return false
	}
	v.mend(t)
	if strangers := v.unrecorded(t); len(strangers) > 0 {
		t.Fatalf("killed at %v: the stack does not know %v", at, strangers)
	}
	v.survived++
	return true
}

// mend does what docs/operations.md says after an interrupted up, and no more.
func (v *victim) mend(t *testing.T) {
	if err := v.pulumi(t.Context(), "cancel", "--yes"); err != nil {
		t.Fatal(err)
	}
	for _, r := range v.unrecorded(t) {
		if slices.ContainsFunc(v.state(t).Pending, func(p pending) bool { return p.creates(r) }) {
			v.delete(t, r)
		}
	}
	if err := v.pulumi(t.Context(), "refresh", "--clear-pending-creates", "--yes", "--skip-preview"); err != nil {
		t.Fatal(err)
	}
}

// unrecorded are the resources in Azure that the stack does not know.
func (v *victim) unrecorded(t *testing.T) []arm.Resource {
	known := map[string]bool{}
	for _, r := range v.state(t).Resources {
		known[r.ID] = true
	}
	return slices.DeleteFunc(v.Azure.Resources(), func(r arm.Resource) bool { return known[r.ID] })
}

// deployment is a stack's state, as pulumi stack export shows it, as far as it matters here.
type deployment struct {
	Resources []struct{ ID string }
	Pending   []pending `json:"pending_operations"`
}

type pending struct {
	Type     string
	Resource struct{ Inputs map[string]any }
}

// creates tells whether the operation was to make a resource: its name is among the inputs.
func (p pending) creates(r arm.Resource) bool {
	return p.Type == "creating" && slices.Contains(slices.Collect(maps.Values(p.Resource.Inputs)), any(r.Name))
}

func (v *victim) state(t *testing.T) deployment {
	var file struct{ Checkpoint struct{ Latest deployment } }
	text, err := os.ReadFile(filepath.Join(v.dir, ".pulumi", "stacks", project, v.stack.Name()+".json"))
	if err == nil {
		err = json.Unmarshal(text, &file)
	}
	if err != nil {
		t.Fatalf("the state: %v", err)
	}
	return file.Checkpoint.Latest
}

// delete deletes a resource as an operator does in the portal.
func (v *victim) delete(t *testing.T, r arm.Resource) {
	if err := v.remove(t.Context(), r); err != nil {
		t.Fatal(err)
	}
}

var randomSuffix = regexp.MustCompile(`[0-9a-f]{8}$`)

// inventory is what is in Azure, by type and logical name.
func inventory(e *Engine) []string {
	var all []string
	for _, r := range e.Azure.Resources() {
		all = append(all, r.Type+" "+randomSuffix.ReplaceAllString(r.Name, ""))
	}
	slices.Sort(all)
	return all
}

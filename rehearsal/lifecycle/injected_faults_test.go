package lifecycle

import (
	"flag"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/stackfile"
)

var everyFault = flag.Bool("faults", false,
	"every injected fault at every operation of every example, instead of one at each of a few examples")

// injectedFault is one that can be planned: once, so that the plugin's own patience gets over it, or for as long as the
// operation lasts.
type injectedFault struct {
	kind    arm.InjectedFault
	lasting bool
}

var injectedFaults = []injectedFault{
	{arm.FailsLater, false}, {arm.Throttled, true}, {arm.Endless, false}, {arm.Conflicting, true}, {arm.Reset, false},
	{arm.InternalError, true},
	{arm.Throttled, false}, {arm.Conflicting, false}, {arm.InternalError, false},
}

// plan lets an injected fault happen to the nth write or delete, and counts them.
type plan struct {
	mu            sync.Mutex
	armed         bool
	n             int
	injectedFault injectedFault
	seen          map[string]bool
	target        string
	happens       int
}

func (p *plan) ask(method, id string, lasts bool) arm.InjectedFault {
	p.mu.Lock()
	defer p.mu.Unlock()
	operation := method + " " + id
	if !p.armed || p.target != "" && (p.target != operation || !p.injectedFault.lasting) {
		return arm.NoInjectedFault
	}
	if p.target == "" {
		if p.seen[operation] || len(p.seen) != p.n {
			p.seen[operation] = true
			return arm.NoInjectedFault
		}
		p.seen[operation], p.target = true, operation
	}
	if kind := p.injectedFault.kind; (kind == arm.FailsLater || kind == arm.Endless) && !lasts {
		return arm.NoInjectedFault
	}
	p.happens++
	return p.injectedFault.kind
}

// arm makes the plan effective from now on, or ends it.
func (p *plan) arm(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.armed = on
}

// phase is the operation that an injected fault befalls, and the configuration it comes with.
type phase struct {
	name    string
	changes map[string]string // nil and not fresh: destroy
	fresh   bool
}

var phases = []phase{
	{name: "up", fresh: true},
	{name: "new allow-list", changes: map[string]string{"extraDomains": `["updates.example.org"]`}},
	{name: "new tag", changes: map[string]string{"tags": `{"owner":"ot"}`}},
	{name: "destroy"},
}

func (p phase) destroys() bool { return !p.fresh && p.changes == nil }

// prepare brings a stack to where the phase begins.
func (p phase) prepare(t *testing.T, file string, azure arm.Options) *Stack {
	t.Helper()
	s := startWith(t, file, azure)
	if !p.fresh {
		mustUp(t, s)
	}
	for key, value := range p.changes {
		s.Values[stackfile.Project+":"+key] = value
	}
	return s
}

// play plays the phase with a plan, and watches that a proxy serves at every moment.
func (p phase) play(t *testing.T, file string, plan *plan, refreshes bool) (*Stack, *watch, error) {
	t.Helper()
	plan.seen = map[string]bool{}
	w := &watch{}
	s := p.prepare(t, file, arm.Options{InjectedFaults: w.ask(plan.ask)})
	if !p.destroys() {
		w.on(s)
	}
	plan.arm(true)
	act := s.Up
	switch {
	case p.destroys():
		act = s.Destroy
	case refreshes:
		act = s.UpRefreshed
	}
	_, err := act(t.Context())
	plan.arm(false)
	s.Azure.EndEndless()
	return s, w, err
}

func (p phase) act(t *testing.T, s *Stack) error {
	act := s.UpAsWorkflow
	if p.destroys() {
		act = s.Destroy
	}
	_, err := act(t.Context())
	return err
}

// refreshings are the ways to run what an injected fault befalls. A sample has them in turns.
func (p phase) refreshings(n int) []bool {
	switch {
	case p.destroys():
		return []bool{false}
	case *everyFault:
		return []bool{false, true}
	}
	return []bool{n%2 == 1}
}

func TestTheNextUpMendsWhatAnInjectedFaultLeft(t *testing.T) {
	files := []string{"examples/smallest.yaml", "examples/production.yaml", "examples/vpn.yaml", "examples/aws.yaml"}
	if *everyFault {
		files = exampleFiles(t)
	}
	var survived, refreshed, unnoticed atomic.Int64
	t.Run("injected faults", func(t *testing.T) {
		for _, file := range files {
			for _, phase := range phases {
				t.Run(file+" "+phase.name, func(t *testing.T) {
					t.Parallel()
					count := &plan{n: -1}
					undisturbed, _, err := phase.play(t, file, count, false)
					if err != nil {
						t.Fatal(err)
					}
					for n := range len(count.seen) {
						for i, m := range injectedFaults {
							if i != n%len(injectedFaults) && !*everyFault {
								continue
							}
							for _, refreshes := range phase.refreshings(n) {
								p := &plan{n: n, injectedFault: m}
								s, w, err := phase.play(t, file, p, refreshes)
								if problem := mended(t, s, w, phase, undisturbed); problem != "" {
									t.Errorf("%s (lasting: %t, refresh: %t) at %s:\nfirst %v\nthen %s", m.kind,
										m.lasting, refreshes, p.target, err, problem)
								} else if p.happens > 0 {
									add(refreshes, &survived, &refreshed)
									if err == nil {
										unnoticed.Add(1)
									}
								}
								if err := s.Close(); err != nil {
									t.Error(err)
								}
							}
						}
					}
				})
			}
		}
	})
	t.Logf("counted: %d faults of Azure survived without a refresh and %d with one, %d of them without the user's "+
		"noticing, none without a serving proxy",
		survived.Load(), refreshed.Load(), unnoticed.Load())
}

func add(refreshes bool, without, with *atomic.Int64) {
	if refreshes {
		with.Add(1)
		return
	}
	without.Add(1)
}

// mended repeats what the injected fault befell, without it and as the workflow does, and says what is not as if it had
// never been.
func mended(t *testing.T, s *Stack, w *watch, phase phase, undisturbed *Stack) string {
	if err := phase.act(t, s); err != nil {
		return fmt.Sprintf("again: %v", err)
	}
	if phase.destroys() {
		if ids := left(s); len(ids) > 0 || len(s.Snapshot.Resources) > 0 {
			return fmt.Sprintf("left in Azure: %v, in the state: %d resources", ids, len(s.Snapshot.Resources))
		}
		return ""
	}
	if len(w.lost) > 0 {
		return fmt.Sprintf("no proxy served: %v", w.lost)
	}
	if ids := failed(s); len(ids) > 0 {
		return fmt.Sprintf("left failed: %v", ids)
	}
	if have, want := inventory(s), inventory(undisturbed); !maps.Equal(have, want) {
		return fmt.Sprintf("Azure has\n%v\ninstead of\n%v", have, want)
	}
	if changes, err := s.Up(t.Context()); err != nil || len(loud(s.Steps, true)) > 0 {
		return fmt.Sprintf("nothing should change: %v, %v", changes, err)
	}
	if changes, err := s.PreviewRefreshed(t.Context()); err != nil || len(loud(s.Steps, true)) > 0 {
		return fmt.Sprintf("nothing should change against Azure: %v, %v: %v", changes, err, s.Steps)
	}
	w.stack = nil // the rest is a destroy
	if _, err := s.Destroy(t.Context()); err != nil || len(left(s)) > 0 {
		return fmt.Sprintf("destroy: %v, left %v", err, left(s))
	}
	return ""
}

var randomSuffix = regexp.MustCompile(`[0-9a-f]{8}$`)

// inventory counts what is in Azure, by type and logical name.
func inventory(s *Stack) map[string]int {
	all := map[string]int{}
	for _, r := range s.Azure.Resources() {
		all[r.Type+" "+randomSuffix.ReplaceAllString(r.Name, "")]++
	}
	return all
}

func mustUp(t *testing.T, s *Stack) {
	t.Helper()
	if _, err := s.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestARefusalThatPassesIsNotNoticed(t *testing.T) {
	for _, kind := range []arm.InjectedFault{arm.Throttled, arm.Conflicting, arm.InternalError, arm.Reset} {
		p := &plan{n: 3, injectedFault: injectedFault{kind: kind}}
		if _, _, err := phases[0].play(t, "examples/smallest.yaml", p, false); err != nil || p.happens != 1 {
			t.Errorf("%s at %s: %v", kind, strings.TrimSpace(p.target), err)
		}
	}
}

func TestARefusalThatLastsIsReported(t *testing.T) {
	for _, kind := range []arm.InjectedFault{arm.Throttled, arm.Conflicting, arm.InternalError} {
		p := &plan{n: 3, injectedFault: injectedFault{kind: kind, lasting: true}}
		if _, _, err := phases[0].play(t, "examples/smallest.yaml", p, false); err == nil || p.happens != 4 {
			t.Errorf("%s was tried %d times: %v", kind, p.happens, err)
		}
	}
}

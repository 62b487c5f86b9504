package lifecycle

import (
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/stackfile"
)

// A refresh after a roll that failed makes Pulumi forget the failure. The former scale set must stay until one serves
// in its place.
func TestARefreshAfterAFailedRollDeletesNothing(t *testing.T) {
	p := &plan{n: 0, seen: map[string]bool{}, injectedFault: injectedFault{kind: arm.FailsLater}}
	w := &watch{}
	s := startWith(t, "examples/production.yaml", arm.Options{InjectedFaults: w.ask(p.ask)})
	mustUp(t, s)
	w.on(s)
	s.Values[stackfile.Project+":extraDomains"] = `["updates.example.org"]`
	p.arm(true)
	_, err := s.Up(t.Context())
	p.arm(false)
	if err == nil || p.happens != 1 || !strings.Contains(p.target, "virtualMachineScaleSets") {
		t.Fatalf("the roll was to fail, and %s failed %d times: %v", p.target, p.happens, err)
	}
	for _, act := range []struct {
		name string
		up   func() (Changes, error)
	}{
		{"up --refresh", func() (Changes, error) { return s.UpRefreshed(t.Context()) }},
		{"up", func() (Changes, error) { return s.Up(t.Context()) }},
	} {
		if _, err := act.up(); err == nil || !strings.Contains(err.Error(), "--replace '**proxies-vmss'") {
			t.Errorf("%s ends with %v", act.name, err)
		}
		if n := inventoryOf(s, scaleSet); n != 2 {
			t.Errorf("after %s there are %d scale sets", act.name, n)
		}
	}
	if _, err := s.UpReplacing(t.Context(), "**proxies-vmss"); err != nil {
		t.Errorf("the way out: %v", err)
	}
	if n := inventoryOf(s, scaleSet); n != 1 || len(failed(s)) > 0 || len(w.lost) > 0 {
		t.Errorf("in the end there are %d scale sets, failed: %v, no proxy served: %v", n, failed(s), w.lost)
	}
}

// inventoryOf counts the resources of a type.
func inventoryOf(s *Stack, kind string) (n int) {
	for _, r := range s.Azure.Resources() {
		if r.Type == kind {
			n++
		}
	}
	return n
}

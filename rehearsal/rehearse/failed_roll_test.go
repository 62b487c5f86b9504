package rehearse

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"
)

// A mirror is down while the proxies are replaced, somebody refreshes, and all the while sensors are at work.
func TestAFailedRollAndARefreshCutNobodyOff(t *testing.T) {
	var log bytes.Buffer
	options := Options{Root: root, Out: &log, Engine: &log, Instant: true, Disks: t.TempDir()}
	_, err := perform(t.Context(), options, []string{filepath.Join(root, "Pulumi.prod.yaml")},
		func(ctx context.Context, all []*run) error {
			r := all[0]
			if err := r.up(ctx); err != nil {
				return err
			}
			if err := r.machines.lab.Drive(); err != nil {
				return err
			}
			if err := r.engine.Reconfigure(ctx, allowLater); err != nil {
				return err
			}
			r.NoSquidInImage = true
			if _, err := r.engine.Up(ctx); err == nil {
				t.Error("the roll was to fail")
			}
			r.NoSquidInImage = false
			if _, err := r.engine.UpRefreshed(ctx); err == nil ||
				!strings.Contains(log.String(), "--replace '**proxies-vmss'") {
				t.Errorf("up --refresh after a failed roll: %v", err)
			}
			if _, err := r.engine.UpReplacing(ctx, "**proxies-vmss"); err != nil {
				return err
			}
			for _, instance := range r.machines.running() {
				if err := r.machines.lab.AwaitReturn(instance); err != nil {
					return err
				}
			}
			checks, err := r.machines.lab.Halt()
			if err != nil {
				return err
			}
			for _, c := range checks {
				if !c.Passed() {
					t.Errorf("%s: %s, want %s", c.Target, c.Got, c.Expect)
				}
				t.Logf("%s: %s", c.Target, c.Got)
			}
			if site, err := Deployed(ctx, r.engine); err != nil || len(site.Instances) == 0 {
				t.Errorf("in the end there is not one scale set: %v", err)
			}
			later, err := r.machines.lab.Try(laterHost+":443", "open")
			for _, c := range later {
				if !c.Passed() {
					t.Errorf("%s through the new proxies: %s", c.Target, c.Got)
				}
			}
			return err
		})
	if err != nil || t.Failed() {
		t.Fatalf("%v\n%s", err, log.String())
	}
}

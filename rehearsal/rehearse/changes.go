package rehearse

import (
	"context"
	"fmt"

	"defender-iot-proxy/rehearsal/dataplane"
	"defender-iot-proxy/rehearsal/stackfile"
)

// roll changes the allow-list while sensors hold tunnels and open new ones: a new scale set takes over, and nobody is cut off.
func (r *run) roll(ctx context.Context) error {
	if r.quiet() {
		return nil
	}
	region, target := r.machines.region, laterHost+":443"
	var checks []dataplane.Check
	note := func(more []dataplane.Check, err error) error {
		checks = append(checks, more...)
		return err
	}
	if err := note(region.Try(target, "refused (403: not-listed)")); err != nil {
		return err
	}
	if err := region.Drive(); err != nil {
		return err
	}
	if err := r.engine.Reconfigure(ctx, allowLater); err != nil {
		return err
	}
	changes, _, err := r.engine.Up(ctx)
	if err != nil {
		return err
	}
	for _, instance := range r.machines.running() {
		if err := region.AwaitReturn(instance); err != nil {
			return err
		}
	}
	if err := note(region.Halt()); err != nil {
		return err
	}
	if err := note(region.Try(target, "open")); err != nil {
		return err
	}
	r.sensorChecks("new allow-list under traffic", checks, counts(changes))
	return nil
}

// allowLater adds a host to the allow-list.
func allowLater(config map[string]any) {
	key := stackfile.Project + ":extraDomains"
	domains, _ := config[key].([]any)
	config[key] = append(domains, laterHost)
}

// lose cuts one instance of several off, and finds out how new sensors fare.
func (r *run) lose(context.Context) error {
	if r.quiet() {
		return nil
	}
	instances := r.machines.running()
	if len(instances) < 2 {
		fmt.Fprintln(r.Out, "There is one instance only: without it, nobody gets through until Azure has repaired it.")
		return nil
	}
	region := r.machines.region
	if err := region.Drive(); err != nil {
		return err
	}
	if err := region.Lose(instances[0]); err != nil {
		return err
	}
	checks, err := region.Halt()
	if err != nil {
		return err
	}
	r.sensorChecks("instance lost under traffic", checks, fmt.Sprintf("1 of %d", len(instances)))
	return nil
}

// quiet tells whether there is no proxy in Azure to which anything could happen, or none of it is wanted.
func (r *run) quiet() bool {
	if r.machines.region == nil || r.Calm {
		fmt.Fprintln(r.Out, "Not for this stack.")
		return true
	}
	return false
}

// sensorChecks notes checks of sensors, and whether all of them held.
func (r *run) sensorChecks(name string, checks []dataplane.Check, what string) {
	r.printChecks(checks)
	r.result.Report.SensorChecks = append(r.result.Report.SensorChecks, checks...)
	held := true
	detail := what
	for _, c := range checks {
		held = held && c.Held()
		detail += fmt.Sprintf("; %s: %s", c.Target, c.Got)
	}
	r.check(name, held, "%s", detail)
}

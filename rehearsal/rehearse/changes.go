package rehearse

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/stackfile"
)

// roll changes the allow-list while sensors hold tunnels and open new ones: a new scale set takes over, and nobody is
// cut off.
func (r *run) roll(ctx context.Context) error {
	if r.quiet() {
		return nil
	}
	site, target := r.machines.lab, laterHost+":443"
	before, err := site.Try(target, "refused (403: not-listed)")
	if err != nil {
		return err
	}
	meanwhile, changes, err := r.under(ctx, allowLater)
	if err != nil {
		return err
	}
	after, err := site.Try(target, "open")
	if err != nil {
		return err
	}
	r.sensorChecks("new allow-list under traffic", slices.Concat(before, meanwhile, after), changes)
	return nil
}

// rotate gives the proxies new credentials while sensors present the old ones, which stay good until each sensor has
// the new.
func (r *run) rotate(ctx context.Context) error {
	if r.quiet() {
		return nil
	}
	old := r.told()
	if old.Username == "" {
		fmt.Fprintln(r.Out, "The proxies ask for no credentials.")
		return nil
	}
	site := r.machines.lab
	next := credentials{nextUser, rand.Text()}
	r.engine.Secrets.Add(next.Password)
	before, err := site.TryAs(next.Username, next.Password, "refused (407: credentials)")
	if err != nil {
		return err
	}
	meanwhile, changes, err := r.under(ctx, func(config map[string]any) {
		config[stackfile.Project+":proxyAuth"] = map[string]any{
			"username": next.Username, "password": next.Password, "previous": map[string]any{"username": old.Username,
				"password": old.Password},
		}
	})
	if err != nil {
		return err
	}
	after, err := site.TryAs(next.Username, next.Password, "open")
	if err != nil {
		return err
	}
	r.sensorChecks("new credentials under traffic", slices.Concat(before, meanwhile, after), changes)
	return nil
}

// credentials is what a sensor presents.
type credentials struct{ Username, Password string }

// nextUser is who presents the credentials that come with the rehearsal.
const nextUser = "rehearsal-next"

// told is what the stack tells to enter on the sensors.
func (r *run) told() credentials {
	proxy, _ := r.outputs["sensorProxy"].Value.(map[string]any)
	username, _ := proxy["username"].(string)
	password, _ := proxy["password"].(string)
	return credentials{username, password}
}

// under changes the configuration while sensors are at work, and gives what they met with and what changed.
func (r *run) under(ctx context.Context, change func(config map[string]any)) ([]model.Check, string, error) {
	site := r.machines.lab
	if err := site.Drive(); err != nil {
		return nil, "", err
	}
	if err := r.engine.Reconfigure(ctx, change); err != nil {
		return nil, "", err
	}
	changes, err := r.engine.Up(ctx)
	if err != nil {
		return nil, "", err
	}
	for _, instance := range r.machines.running() {
		if err := site.AwaitReturn(instance); err != nil {
			return nil, "", err
		}
	}
	checks, err := site.Halt()
	return checks, counts(changes), err
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
		fmt.Fprintln(r.Out, "The stack has one instance. If it fails, no sensor can connect until Azure has "+
			"replaced it.")
		return nil
	}
	site := r.machines.lab
	if err := site.Drive(); err != nil {
		return err
	}
	if err := site.Lose(instances[0]); err != nil {
		return err
	}
	checks, err := site.Halt()
	if err != nil {
		return err
	}
	r.sensorChecks("instance lost under traffic", checks, fmt.Sprintf("1 of %d", len(instances)))
	return nil
}

// quiet tells whether there is no proxy in Azure to which anything could happen, or none of it is wanted.
func (r *run) quiet() bool {
	if r.machines.lab == nil || r.SkipTraffic {
		fmt.Fprintln(r.Out, "Skipped: this stack has no proxy in Azure, or traffic was turned off.")
		return true
	}
	return false
}

// sensorChecks notes checks of sensors, and whether all of them passed.
func (r *run) sensorChecks(name string, checks []model.Check, what string) {
	r.printChecks(checks)
	r.result.Report.SensorChecks = append(r.result.Report.SensorChecks, checks...)
	passed := true
	detail := what
	for _, c := range checks {
		passed = passed && c.Passed()
		detail += fmt.Sprintf("; %s: %s", c.Target, c.Got)
	}
	r.check(name, passed, "%s", detail)
}

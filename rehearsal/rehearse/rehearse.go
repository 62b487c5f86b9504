// Package rehearse runs a stack's whole life on one machine: preview, up, a sensor's traffic, a second up, refresh,
// destroy.
package rehearse

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/engine"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/report"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/stackfile"
)

// Options says what to rehearse.
type Options struct {
	Root           string // the checkout
	File           string // the stack file
	Out            io.Writer
	Engine         io.Writer // the engine's own progress; nil: none
	Instant        bool      // Azure answers at once instead of in simulated time
	Strict         bool      // refuse a stack file that lacks what a preview would refuse it for
	SkipTraffic    bool      // leave out what happens to proxies while sensors are at work
	NoSquidInImage bool      // the image has no Squid, and the mirror that would have it is down
	Disks          string    // as model.Site has it; empty: every instance boots from its custom data
}

// Result is what a rehearsal found.
type Result struct {
	Report    report.Report
	Resources []arm.Resource // as they stood after the first up
	Secrets   []string
}

// Passed tells whether every check was run and passed.
func (r Result) Passed() bool {
	return r.Report.Passed()
}

// Run rehearses a stack. An error means that the rehearsal could not go on; what was found until then is in the result.
func Run(ctx context.Context, options Options) (Result, error) {
	results, err := perform(ctx, options, []string{options.File}, func(ctx context.Context, all []*run) error {
		return all[0].acts(ctx)
	})
	return results[0], err
}

// perform starts a stack for each file, all on one Azure, and has them play.
func perform(ctx context.Context, options Options, files []string,
	play func(context.Context, []*run) error) ([]Result, error) {
	options.Out, options.Engine = together(options.Out, options.Engine)
	var all []*run
	for _, file := range files {
		r := &run{Options: options}
		r.File = file
		if len(files) > 1 {
			r.prefix = stackfile.Name(file) + ": "
		}
		r.result.Report.Stack = stackfile.Name(file)
		r.result.Report.SensorChecks = []model.Check{}
		r.machines = &machines{run: r, ctx: ctx}
		all = append(all, r)
	}
	err := start(ctx, all)
	if err == nil {
		err = play(ctx, all)
	}
	var results []Result
	var closed error
	for i := len(all) - 1; i >= 0; i-- {
		closed = errors.Join(closed, all[i].end(err))
	}
	for _, r := range all {
		results = append(results, r.result)
	}
	return results, cmp.Or(err, closed)
}

// start makes an Azure, and each stack on it.
func start(ctx context.Context, all []*run) error {
	for _, r := range all {
		if err := r.substitutions(); err != nil {
			return err
		}
		known, err := provenance(ctx, r.Root, r.File)
		if err != nil {
			return err
		}
		r.result.Report.Provenance = known
	}
	for _, r := range all {
		e, err := engine.Start(ctx, engine.Options{
			Root: r.Root, File: r.File, Log: r.Out, Engine: r.Engine, Instant: r.Instant, Instances: instances(all),
			Beside: all[0].engine,
		})
		if err != nil {
			return err
		}
		r.engine = e
		r.result.Report.Provenance.Versions.Pulumi = e.PulumiVersion()
	}
	return nil
}

// end stops what runs, and notes why the rehearsal could not go on.
func (r *run) end(stopped error) error {
	var closed error
	if r.engine != nil {
		r.result.Secrets = r.engine.Secrets.Texts()
		closed = errors.Join(r.engine.Close(), r.machines.close())
	}
	if stopped != nil {
		r.result.Report.SetStopped(stopped, r.result.Secrets)
	}
	return closed
}

// substitutions says what the rehearsal replaces in the stack file, before anything else. With Strict, it replaces
// nothing for which a preview would refuse the file.
func (r *run) substitutions() error {
	_, all, err := stackfile.Read(r.File)
	if err != nil {
		return err
	}
	for _, s := range all {
		if r.Strict && s.Missing {
			return fmt.Errorf("%s: %s is missing. pulumi preview refuses the file, and -strict adds no "+
				"throw-away value. Add it to the file, as docs/configuration.md describes it",
				filepath.Base(r.File), s.Key)
		}
		r.result.Report.Substituted = append(r.result.Report.Substituted, s.Key)
		fmt.Fprintf(r.Out, "NOTE: %s%s\n", r.prefix, s)
	}
	return nil
}

type run struct {
	Options
	prefix   string // of what it says, beside other stacks
	machines *machines
	engine   *engine.Engine
	outputs  auto.OutputMap
	result   Result
}

func (r *run) acts(ctx context.Context) error {
	for _, act := range slices.Concat([]act{
		{"Preview of the empty stack", r.preview},
		{"pulumi up: create every resource", r.up},
		{"Sensor traffic through the deployed proxies", r.traffic},
		{"pulumi up again: nothing must change", r.again},
		{"Change the allow-list while sensors send traffic", r.roll},
		{"Change the credentials while sensors send traffic", r.rotate},
	}, r.ifWatched(), []act{
		{"Lose an instance while sensors send traffic", r.lose},
		{"pulumi up --refresh, then pulumi refresh: the state must match Azure", r.refresh},
		{"pulumi destroy: nothing must be left", r.destroy},
	}) {
		if err := act.run(ctx, r.Out); err != nil {
			return err
		}
	}
	return nil
}

// act is a part of a rehearsal.
type act struct {
	title string
	play  func(context.Context) error
}

func (a act) run(ctx context.Context, out io.Writer) error {
	fmt.Fprintf(out, "\n── %s\n", a.title)
	if err := a.play(ctx); err != nil {
		return fmt.Errorf("%s: %w", a.title, err)
	}
	return nil
}

func (r *run) check(name string, passed bool, format string, args ...any) {
	r.result.Report.Checks = append(r.result.Report.Checks, report.Check{Name: name, Passed: passed,
		Detail: fmt.Sprintf(format, args...)})
}

func (r *run) preview(ctx context.Context) error {
	start := time.Now()
	changes, err := r.engine.Preview(ctx)
	if err != nil {
		return err
	}
	seconds := time.Since(start).Seconds()
	r.result.Report.Preview.Seconds = seconds
	fmt.Fprintf(r.Out, "%d resources to create, in %.1f s.\n", changes["create"], seconds)
	r.check("preview", onlyOperations(changes, "create"), "%d resources to create, in %.1f s",
		changes["create"], seconds)
	return nil
}

func (r *run) up(ctx context.Context) error {
	changes, err := r.engine.Up(ctx)
	if err != nil {
		return err
	}
	outputs, err := r.engine.Outputs(ctx)
	if err != nil {
		return err
	}
	r.outputs = outputs
	r.result.Resources = r.engine.Resources()
	steps := r.engine.Steps()
	timing := report.Measure(steps, r.engine.Azure.Operations())
	r.result.Report.SetSteps(steps, timing)
	r.result.Report.SetOutputs(outputs, r.engine.Secrets.Texts())
	r.printOutputs(outputs)
	r.check("up", onlyOperations(changes, "create"),
		"%s; simulated time: first proxy ready after %s (shortest possible %s), everything ready after %s (shortest "+
			"possible %s)",
		counts(changes), timing.ProxyReady, timing.ProxyReadyBound, timing.Makespan, timing.CriticalPath)
	return nil
}

// traffic sends a sensor's connections through every path that the stack has built: the proxies in Azure, and each
// chain at the site.
func (r *run) traffic(ctx context.Context) error {
	paths, err := r.paths(ctx)
	if err != nil {
		return err
	}
	if len(paths) == 0 {
		fmt.Fprintln(r.Out, "This stack has no proxy: sensors connect through the site's firewall.")
		return nil
	}
	if missing := lab.Missing(); len(missing) > 0 {
		why := strings.Join(missing, "; ")
		r.result.Report.Checks = append(r.result.Report.Checks, report.Check{Name: "sensor traffic",
			NotRun: true, Detail: why})
		fmt.Fprintf(r.Out, "Not run: %s.\n", why)
		return nil
	}
	passed, open, refused := 0, 0, 0
	var ofAzure []model.Check
	for _, path := range paths {
		check := r.machines.check
		if len(path.Chain) > 0 {
			check = func() ([]model.Check, error) { return lab.Run(ctx, path, r.Out) }
		}
		checks, err := check()
		if err != nil {
			return err
		}
		if len(path.Chain) == 0 {
			ofAzure = checks
		}
		r.printChecks(checks)
		r.result.Report.SensorChecks = append(r.result.Report.SensorChecks, checks...)
		for _, c := range checks {
			if c.Passed() {
				passed++
			}
			switch {
			case c.Expect == "open":
				open++
			case strings.HasPrefix(c.Expect, "refused"), c.Expect == "dropped":
				refused++
			}
		}
	}
	all := len(r.result.Report.SensorChecks)
	r.check("sensor traffic", passed == all,
		"%d of %d checks passed, among them %d tunnels that must open and %d attempts that must be refused", passed,
		all, open, refused)
	if r.machines.lab == nil {
		return nil
	}
	if err := r.access(ctx, ofAzure); err != nil {
		return err
	}
	return r.workbook()
}

// paths is what to drive traffic through.
func (r *run) paths(ctx context.Context) ([]model.Site, error) {
	s, err := r.engine.Site()
	if err != nil {
		return nil, err
	}
	var azure model.Site
	var paths []model.Site
	if s.Azure != nil {
		if azure, err = r.azureSite(ctx); err != nil {
			return nil, err
		}
		paths = append(paths, azure)
	}
	azure.Domains = requiredDomains(s)
	all, err := chains(s, r.outputs, azure.Sensors)
	for _, chain := range all {
		path := azure
		path.Chain = chain
		paths = append(paths, path)
	}
	return paths, err
}

// azureSite is the site as far as it was deployed, and what its sensors must reach.
func (r *run) azureSite(ctx context.Context) (model.Site, error) {
	azure, err := Deployed(ctx, r.engine)
	if err != nil {
		return azure, err
	}
	s, err := r.engine.Site()
	azure.Domains, azure.Disks = requiredDomains(s), r.Disks
	return azure, err
}

// requiredDomains is what the site's sensors must reach, taken from the configuration and not from what was deployed.
func requiredDomains(s site.Site) []string {
	var all []string
	for _, e := range s.Endpoints {
		all = append(all, e.Domain())
	}
	return all
}

func (r *run) again(ctx context.Context) error {
	changes, err := r.engine.Up(ctx)
	if err != nil {
		return err
	}
	r.check("second up", onlyOperations(changes, "same"), "%s", counts(changes))
	return nil
}

// refresh compares with Azure as the workflow does, with an up. That takes over which instances are in the load
// balancer's pool, which Azure writes by itself; then the state must be what Azure has.
func (r *run) refresh(ctx context.Context) error {
	before := len(r.engine.Steps())
	first, err := r.engine.UpRefreshed(ctx)
	if err != nil {
		return err
	}
	expected := true
	for _, step := range r.engine.Steps()[before:] {
		expected = expected && step.Operation == "update" && step.URN.Type().Name() == "LoadBalancer"
	}
	second, err := r.engine.Refresh(ctx)
	if err != nil {
		return err
	}
	r.check("refresh", expected && onlyOperations(second, "same"), "%s; then %s", counts(first), counts(second))
	return nil
}

func (r *run) destroy(ctx context.Context) error { return r.destroyBeside(ctx, nil) }

// destroyBeside removes the stack while others stay.
func (r *run) destroyBeside(ctx context.Context, stay []*run) error {
	changes, err := r.engine.Destroy(ctx)
	if err != nil {
		return err
	}
	var ids []string
	for _, resource := range append(r.engine.Azure.Resources(), r.engine.Azure.Leftovers()...) {
		if !slices.ContainsFunc(stay, func(other *run) bool { return other.engine.Has(resource.ID) }) {
			ids = append(ids, resource.ID)
		}
	}
	if len(ids) > 0 {
		r.check("destroy", false, "still in Azure: %s", strings.Join(ids, ", "))
		return nil
	}
	of := ""
	if len(stay) > 0 {
		of = " of it"
	}
	r.check("destroy", onlyOperations(changes, "delete"), "%s; nothing%s is left in Azure", counts(changes), of)
	return nil
}

func (r *run) printOutputs(outputs auto.OutputMap) {
	masked := r.result.Report.Outputs
	fmt.Fprintln(r.Out, "Outputs:")
	for _, name := range sortedKeys(outputs) {
		fmt.Fprintf(r.Out, "  %-18s %s\n", name, oneLine(masked[name]))
	}
}

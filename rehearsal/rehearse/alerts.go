package rehearse

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/monitor"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/report"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/stackfile"
)

// ifWatched are the acts of a site that has alerts; none of one that has none.
func (r *run) ifWatched() []act {
	if s, err := r.engine.Site(); err != nil || s.Azure == nil || s.Azure.Alerts == nil {
		return nil
	}
	return []act{{"Bring about what each alert is for", r.alerts}}
}

// alerts brings about what each of the site's alerts is for, and has the rules evaluated as they are in Azure: that one
// fires, and no other. What proxies and NAT gateway do is measured in the lab. What nothing in the lab can do, such as
// a tunnel that is down, is modelled.
func (r *run) alerts(ctx context.Context) error {
	if r.quiet() {
		return nil
	}
	rules, err := monitor.Rules(r.engine.Resources())
	if err != nil {
		return err
	}
	// One after the other: the roll that fails leaves a healthy site behind, the loss of all instances does not.
	inLab := []struct {
		alert string
		bring func(context.Context) (monitor.State, string, error)
	}{
		{"", r.healthyHour}, {"snat-failures", r.portsRunOut}, {"roll-failed", r.failRoll},
		{"few-healthy-proxies", r.loseMost}, {"no-healthy-proxy", r.loseAll}, {"", r.recover},
	}
	measured := map[string]bool{}
	for _, one := range inLab {
		if one.alert != "" && !slices.Contains(rules, one.alert) {
			continue
		}
		measured[one.alert] = true
		state, what, err := one.bring(ctx)
		if err != nil {
			return err
		}
		if err := r.evaluate(one.alert, what, true, state); err != nil {
			return err
		}
	}
	healthy, err := r.state()
	if err != nil {
		return err
	}
	for _, cause := range monitor.Causes {
		if measured[cause.Alert] || !slices.Contains(rules, cause.Alert) {
			continue
		}
		state := healthy
		cause.Bring(&state)
		if err := r.evaluate(cause.Alert, cause.What, false, state); err != nil {
			return err
		}
	}
	r.printAlerts(len(rules))
	return nil
}

// state is that of the site: what the lab measures, and nothing wrong besides.
func (r *run) state() (monitor.State, error) {
	seen, err := r.machines.lab.Watch()
	state := monitor.Healthy(len(r.machines.running()))
	state.Healthy, state.Connections = seen.Healthy, float64(seen.Connections)
	return state, err
}

// evaluate has the rules evaluated in that state, and notes what fired.
func (r *run) evaluate(alert, what string, measured bool, state monitor.State) error {
	ask := monitor.Fired
	if alert == "" {
		ask = monitor.FiredInAnHour
	}
	fired, err := ask(r.engine.Azure, state.Telemetry(r.engine.Resources()))
	r.result.Report.Alerts = append(r.result.Report.Alerts, report.Alert{Name: alert, Cause: what, Measured: measured,
		Fired: fired})
	return err
}

func (r *run) healthyHour(context.Context) (monitor.State, string, error) {
	if err := r.serving(); err != nil {
		return monitor.State{}, "", err
	}
	state, err := r.state()
	state.Events = r.engine.Azure.ActivityLog()
	return state, fmt.Sprintf("an hour with all %d instances healthy, after %.0f connections", state.Healthy,
		state.Connections), err
}

// serving waits until all instances that there are answer the load balancer's probe.
func (r *run) serving() error {
	for _, instance := range r.machines.running() {
		if err := r.machines.lab.AwaitReturn(instance); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) portsRunOut(context.Context) (monitor.State, string, error) {
	refused, err := r.machines.lab.RunOutOfPorts()
	if err != nil {
		return monitor.State{}, "", err
	}
	state, err := r.state()
	state.Failed = float64(refused)
	return state, fmt.Sprintf("the NAT gateway finds no port for a sensor's connection, and drops %d packets",
		refused), err
}

// failRoll has a roll fail, as by a mirror that is down.
func (r *run) failRoll(ctx context.Context) (monitor.State, string, error) {
	before := len(r.engine.Azure.ActivityLog())
	if err := r.engine.Reconfigure(ctx, allowAnother); err != nil {
		return monitor.State{}, "", err
	}
	wanted := r.NoSquidInImage
	r.NoSquidInImage = true
	_, err := r.engine.Up(ctx)
	r.NoSquidInImage = wanted
	if err == nil {
		return monitor.State{}, "", errors.New("a roll of proxies without Squid was to fail")
	}
	state, err := r.state()
	state.Events = r.engine.Azure.ActivityLog()[before:]
	if err == nil {
		err = r.replaceProxies(ctx)
	}
	return state, "new proxies find no Squid to install", err
}

// allowAnother adds a host to the allow-list, so that new proxies take over.
func allowAnother(config map[string]any) {
	key := stackfile.Project + ":extraDomains"
	domains, _ := config[key].([]any)
	config[key] = append(domains, "alerts.rehearsal.example")
}

func (r *run) replaceProxies(ctx context.Context) error {
	if _, err := r.engine.UpReplacing(ctx, "**proxies-vmss"); err != nil {
		return err
	}
	return r.serving()
}

func (r *run) loseMost(context.Context) (monitor.State, string, error) {
	all := r.machines.running()
	return r.loseSome(len(all)/2 + 1)
}

func (r *run) loseAll(context.Context) (monitor.State, string, error) {
	return r.loseSome(len(r.machines.running()))
}

// loseSome cuts instances off until so many are.
func (r *run) loseSome(n int) (monitor.State, string, error) {
	all := r.machines.running()
	healthy, err := r.state()
	if err != nil {
		return healthy, "", err
	}
	for _, instance := range all[len(all)-healthy.Healthy : n] {
		if err := r.machines.lab.Lose(instance); err != nil {
			return healthy, "", err
		}
	}
	state, err := r.state()
	return state, fmt.Sprintf("%d of %d instances are lost", n, len(all)), err
}

func (r *run) recover(ctx context.Context) (monitor.State, string, error) {
	if err := r.replaceProxies(ctx); err != nil {
		return monitor.State{}, "", err
	}
	state, err := r.state()
	return state, fmt.Sprintf("new proxies, all %d healthy", state.Healthy), err
}

// printAlerts shows each cause and what fired for it.
func (r *run) printAlerts(rules int) {
	table := tabwriter.NewWriter(r.Out, 0, 0, 2, ' ', 0)
	passed, fired := 0, 0
	for _, a := range r.result.Report.Alerts {
		mark, how := "✗", "modelled"
		if a.Passed() {
			passed++
			mark = "✓"
		}
		if a.Measured {
			how = "measured"
		}
		fires := "no alert fires"
		if len(a.Fired) > 0 {
			fires = strings.Join(a.Fired, ", ") + " fires"
			fired++
		}
		fmt.Fprintf(table, "  %s\t%s (%s)\t%s\n", mark, a.Cause, how, fires)
	}
	table.Flush()
	fmt.Fprintln(r.Out, "Measured: by the lab's load balancer and NAT gateway, and by what Azure answered. "+
		"Modelled: no machine of the lab can do it, so Azure's metrics say that it has happened.")
	all := len(r.result.Report.Alerts)
	r.check("alerts", passed == all && fired == rules, "%d of %d alerts fired for their cause, and no other "+
		"did", fired,
		rules)
}

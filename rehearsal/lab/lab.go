// Package lab boots the proxies of a site and drives a sensor's traffic through them.
//
// Open starts the program anew inside network, mount and process namespaces: the lab. It holds the sensors, the load
// balancer's frontend, a resolver and Defender's endpoints. Each instance of the scale set is a network namespace with
// a root of its own, which the real cloud-init boots from the deployed custom data, up to the real Squid. So is a host
// on site, on which the real install script runs. Or each is a container, which boots from an image of Debian by the
// real systemd: slower, and with every check alike. The lab is process 1 of its namespace: when it ends, everything in
// it ends, and the machine keeps no trace.
//
// This package is the way in. Its rooms depend on each other one way: checks and load on machine, machine on netns, and
// all of them on model.
package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"net/rpc"
	"net/rpc/jsonrpc"
	"strings"
	"sync"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/load"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/machine"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/netns"
)

// Main must be the first call of a program that uses Open, Run or Measure, or of its TestMain. In a process that the
// lab has started, it does that process's work and does not return.
func Main() {
	netns.Play(map[string]func() error{
		netns.RoleLab:      serveRequests,
		netns.RoleInstance: machine.InstanceMain,
		netns.RoleHost:     machine.HostMain,
		netns.RoleFirewall: machine.FirewallMain,
		netns.RoleEndpoint: load.EndpointMain,
		netns.RoleRelay:    load.RelayMain,
	})
}

// Missing names what this machine lacks to run a lab, each with what to do. Empty means that it can.
func Missing() []string { return machine.Missing() }

// Versions are those of the Squid and the cloud-init that instances have. Empty where this machine has none.
func Versions(ctx context.Context) (squid, cloudInit string) { return machine.Versions(ctx) }

// Lab is a site that runs: its proxies in Azure and the sensors around them. It serves one request after the other,
// except for the traffic that it drives meanwhile.
type Lab struct {
	mu       sync.Mutex
	client   *rpc.Client
	wait     func() error // for its process
	canceled func() error
}

// runLimit bounds a run: the boot of the instances, and the checks or the load.
func runLimit(site model.Site) time.Duration { return 3 * site.BootLimit() }

// Run boots the site's proxies and makes every check. A check that fails is no error: an error means that the checks
// could not be made. Progress goes to log.
func Run(ctx context.Context, site model.Site, log io.Writer) ([]model.Check, error) {
	return RunOnly(ctx, site, "", log)
}

// RunOnly is Run with the selected checks.
func RunOnly(ctx context.Context, site model.Site, these model.Selection, log io.Writer) ([]model.Check, error) {
	ctx, cancel := context.WithTimeout(ctx, runLimit(site))
	defer cancel()
	lab, err := Open(ctx, site, log)
	if err != nil {
		return nil, err
	}
	checks, err := lab.run(site, these)
	return checks, errors.Join(err, lab.Close())
}

// run boots the site's scale set, if it has one, and makes the checks.
func (l *Lab) run(site model.Site, these model.Selection) ([]model.Check, error) {
	if site.InAzure() {
		set := model.ScaleSet{Name: "proxies", CustomData: site.CustomData, UserData: site.UserData, Gate: site.Gate,
			Instances: site.Instances}
		if err := l.Provision(set); err != nil {
			return nil, err
		}
	}
	return l.CheckOnly(these)
}

// Measure boots one instance of the site from its custom data, puts load on it and returns its figures. Progress goes
// to log.
func Measure(ctx context.Context, site model.Site, load model.Load, log io.Writer) (model.Figures, error) {
	ctx, cancel := context.WithTimeout(ctx, runLimit(site))
	defer cancel()
	lab, err := start(ctx, log)
	if err != nil {
		return model.Figures{}, err
	}
	var f model.Figures
	err = lab.do("Measure", measurement{site, load}, &f)
	return f, errors.Join(err, lab.Close())
}

// Attack boots one instance of the site, and has an adversary at an allowed address attack it in every way that it
// knows, for so long each. Progress goes to log.
func Attack(ctx context.Context, site model.Site, each time.Duration, log io.Writer) ([]model.Attack, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*runLimit(site))
	defer cancel()
	lab, err := start(ctx, log)
	if err != nil {
		return nil, err
	}
	var all []model.Attack
	err = lab.do("Attack", attacks{site, each}, &all)
	return all, errors.Join(err, lab.Close())
}

// Open starts the lab of a site, with the hosts on site booted and without an instance in Azure. Progress goes to log.
// The caller must close it. It ends with ctx, too.
func Open(ctx context.Context, site model.Site, log io.Writer) (*Lab, error) {
	l, err := start(ctx, log)
	if err != nil {
		return nil, err
	}
	if err := l.do("Open", site, nil); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// start starts the lab's process.
func start(ctx context.Context, log io.Writer) (*Lab, error) {
	if missing := Missing(); len(missing) > 0 {
		return nil, fmt.Errorf("this machine cannot run the lab: %s", strings.Join(missing, "; "))
	}
	process, pipes, err := netns.Piped(ctx, netns.RoleLab)
	if err != nil {
		return nil, err
	}
	process.Stderr = log
	wait, err := netns.StartLocked(process)
	if err != nil {
		return nil, err
	}
	return &Lab{client: jsonrpc.NewClient(pipes), wait: wait, canceled: ctx.Err}, nil
}

// Check makes every check there is.
func (l *Lab) Check() ([]model.Check, error) { return l.CheckOnly("") }

// CheckOnly makes the selected checks.
func (l *Lab) CheckOnly(these model.Selection) ([]model.Check, error) {
	return l.checks("Check", these)
}

// Provision boots a scale set's instances and, once their gates have opened, lets the load balancer find them. If a
// gate does not open, the error is a *GateError.
func (l *Lab) Provision(set model.ScaleSet) error {
	var closed model.GateError
	if err := l.do("Provision", set, &closed); err != nil {
		return err
	}
	if closed.Instance.IsValid() {
		return &closed
	}
	return nil
}

// Terminate ends the instances of a scale set. With a notice, it tells them first, and ends each when it agrees or when
// the notice is over.
func (l *Lab) Terminate(set string, notice time.Duration) error {
	return l.do("Terminate", termination{set, notice}, nil)
}

// Drive has sensors hold tunnels and open new ones without a pause, until Halt.
func (l *Lab) Drive() error { return l.do("Drive", nothing{}, nil) }

// Halt ends the traffic that Drive began, and returns what the sensors met with.
func (l *Lab) Halt() ([]model.Check, error) { return l.checks("Halt", nothing{}) }

// Chaos has things happen to a site of three instances while sensors send traffic, and says how often each did.
func (l *Lab) Chaos(of model.Chaos) (happened map[string]int, err error) {
	err = l.do("Chaos", of, &happened)
	return happened, err
}

// Try makes one attempt of a sensor at a tunnel.
func (l *Lab) Try(target, expect string) ([]model.Check, error) {
	return l.checks("Try", tunnelRequest{target, expect})
}

// TryAs makes one attempt at a tunnel to a host that a sensor must reach, with other credentials than the site's.
func (l *Lab) TryAs(username, password, expect string) ([]model.Check, error) {
	return l.checks("TryAs", credentialsRequest{username, password, expect})
}

// Hold has a sensor open a tunnel, send one request through it and then nothing more.
func (l *Lab) Hold() error { return l.do("Hold", nothing{}, nil) }

// Holds has that sensor send one more request, and returns how the tunnel has ended, if it has.
func (l *Lab) Holds() (ended string, err error) {
	err = l.do("Holds", nothing{}, &ended)
	return ended, err
}

// NameServer changes how Azure's DNS answers, and MetadataService how the instance metadata service does.
func (l *Lab) NameServer(mood model.Mood) error      { return l.do("NameServer", mood, nil) }
func (l *Lab) MetadataService(mood model.Mood) error { return l.do("MetadataService", mood, nil) }

// Around runs a script between sensors, instances and endpoints, whose packets all come by, and returns what it writes.
func (l *Lab) Around(script string) (output string, err error) {
	err = l.do("Around", script, &output)
	return output, err
}

// Technician runs a script on the site's technician's machine, and returns what it writes.
func (l *Lab) Technician(script string) (output string, err error) {
	err = l.do("Technician", script, &output)
	return output, err
}

// Watch is what Azure would measure of the load balancer and the NAT gateway.
func (l *Lab) Watch() (seen model.Watched, err error) {
	err = l.do("Watch", nothing{}, &seen)
	return seen, err
}

// RunOutOfPorts has a sensor try to get through while the NAT gateway has no port left. It returns how many packets of
// new connections the gateway refused.
func (l *Lab) RunOutOfPorts() (refused int, err error) {
	err = l.do("RunOutOfPorts", nothing{}, &refused)
	return refused, err
}

// Lose cuts an instance off without notice, and returns when the load balancer has noticed.
func (l *Lab) Lose(instance netip.Addr) error { return l.do("Lose", instance, nil) }

// Maintain announces an interruption to an instance as Azure does, carries it out, and returns when the instance serves
// again.
func (l *Lab) Maintain(kind model.Maintenance, instance netip.Addr) error {
	return l.do("Maintain", maintenance{kind, instance}, nil)
}

// UpgradeImages gives the instances of a scale set a new image, one after the other. If one does not become healthy, it
// gets its former image back, and the upgrade ends with an error.
func (l *Lab) UpgradeImages(upgrade model.ImageUpgrade) error {
	return l.do("UpgradeImages", upgrade, nil)
}

// AwaitNotice waits until the load balancer has taken an instance out of rotation.
func (l *Lab) AwaitNotice(instance netip.Addr) error {
	return l.do("Await", rotation{instance, false}, nil)
}

// AwaitReturn waits until the load balancer has an instance in rotation again.
func (l *Lab) AwaitReturn(instance netip.Addr) error {
	return l.do("Await", rotation{instance, true}, nil)
}

// Shell runs a script on an instance, and returns what it writes.
func (l *Lab) Shell(instance netip.Addr, script string) (output string, err error) {
	err = l.do("Shell", shellRequest{instance, script}, &output)
	return output, err
}

// Close ends the lab and everything in it.
func (l *Lab) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.client.Close()
	if ended := l.wait(); ended != nil && l.canceled() == nil {
		err = fmt.Errorf("running the lab: %w", ended)
	}
	return err
}

func (l *Lab) checks(method string, with any) (checks []model.Check, err error) {
	err = l.do(method, with, &checks)
	return checks, err
}

// do sends the lab's process a request, and waits for the answer. A nil answer is of no interest.
func (l *Lab) do(method string, with, answer any) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.client.Call(rpcService+"."+method, with, answer)
	var its rpc.ServerError
	switch canceled := l.canceled(); {
	case err == nil || errors.As(err, &its):
		return err
	case canceled != nil:
		err = canceled
	}
	return fmt.Errorf("running the lab: %w", err)
}

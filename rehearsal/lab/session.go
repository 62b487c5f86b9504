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
)

// Region is a site that runs: its proxies in Azure and the sensors around them. It does one thing after the other, but for the
// traffic that it drives meanwhile.
type Region struct {
	mu       sync.Mutex
	client   *rpc.Client
	wait     func() error // for its process
	canceled func() error
}

// ScaleSet is the instances of a scale set, as deployed.
type ScaleSet struct {
	Name       string
	CustomData []byte // decoded #cloud-config
	Gate       string // script of its readiness gate; empty: it has none
	Instances  []netip.Addr
}

// GateError is a readiness gate that did not open, and what it has said.
type GateError struct {
	Instance netip.Addr
	Output   string
}

func (e *GateError) Error() string {
	return fmt.Sprintf("instance %v did not boot:\n%s", e.Instance, e.Output)
}

// Open starts a site's region, with the chain on site installed and without an instance in Azure. Progress goes to log. Close it in
// the end; when ctx ends, the region does.
func Open(ctx context.Context, site Site, log io.Writer) (*Region, error) {
	r, err := call(ctx, log)
	if err != nil {
		return nil, err
	}
	if err := r.do("Open", site, nil); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// call starts the region's process.
func call(ctx context.Context, log io.Writer) (*Region, error) {
	if missing := Missing(); len(missing) > 0 {
		return nil, fmt.Errorf("this machine cannot run the data plane: %s", strings.Join(missing, "; "))
	}
	process, pipes, err := piped(ctx, stageRegion)
	if err != nil {
		return nil, err
	}
	process.Stderr = log
	wait, err := startLocked(process)
	if err != nil {
		return nil, err
	}
	return &Region{client: jsonrpc.NewClient(pipes), wait: wait, canceled: ctx.Err}, nil
}

// Check makes every check there is.
func (r *Region) Check() ([]Check, error) { return r.checks("Check", nothing{}) }

// Provision boots a scale set's instances and, once their gates have opened, lets the load balancer find them. The error is a
// *GateError where one did not open.
func (r *Region) Provision(set ScaleSet) error {
	var shut GateError
	if err := r.do("Provision", set, &shut); err != nil {
		return err
	}
	if shut.Instance.IsValid() {
		return &shut
	}
	return nil
}

// Terminate tells the instances of a scale set of their end, if there is a notice, and ends them when they agree or it is over.
func (r *Region) Terminate(set string, notice time.Duration) error {
	return r.do("Terminate", ending{set, notice}, nil)
}

// Drive has sensors hold tunnels and open new ones without a pause, until Halt says what they met with.
func (r *Region) Drive() error { return r.do("Drive", nothing{}, nil) }

// Halt ends what Drive began.
func (r *Region) Halt() ([]Check, error) { return r.checks("Halt", nothing{}) }

// Try makes a single attempt of a sensor at a tunnel.
func (r *Region) Try(target, expect string) ([]Check, error) {
	return r.checks("Try", wish{Target: target, Expect: expect})
}

// TryAs makes one at a tunnel to a host that a sensor must reach, with other credentials than the site's.
func (r *Region) TryAs(username, password, expect string) ([]Check, error) {
	return r.checks("TryAs", presented{username, password, expect})
}

// Idle has a sensor open a tunnel, ask once through it and say nothing more.
func (r *Region) Idle() error { return r.do("Idle", nothing{}, nil) }

// Lose cuts an instance off without notice, and returns when the load balancer has noticed.
func (r *Region) Lose(instance netip.Addr) error { return r.do("Lose", instance, nil) }

// AwaitNotice waits until the load balancer sends no new connections to an instance any more.
func (r *Region) AwaitNotice(instance netip.Addr) error {
	return r.do("Await", rotation{instance, false}, nil)
}

// AwaitReturn waits until the load balancer sends new connections to an instance again.
func (r *Region) AwaitReturn(instance netip.Addr) error {
	return r.do("Await", rotation{instance, true}, nil)
}

// Shell runs a script on an instance, and returns what it writes.
func (r *Region) Shell(instance netip.Addr, script string) (output string, err error) {
	err = r.do("Shell", errand{instance, script}, &output)
	return output, err
}

// Close ends the region and everything in it.
func (r *Region) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.client.Close()
	if ended := r.wait(); ended != nil && r.canceled() == nil {
		err = fmt.Errorf("running the data plane: %w", ended)
	}
	return err
}

func (r *Region) checks(order string, with any) (checks []Check, err error) {
	err = r.do(order, with, &checks)
	return checks, err
}

// do gives the region an order, and waits for what comes of it. A nil answer is of no interest.
func (r *Region) do(order string, with, answer any) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.client.Call(regionOrders+"."+order, with, answer)
	var its rpc.ServerError
	switch canceled := r.canceled(); {
	case err == nil || errors.As(err, &its):
		return err
	case canceled != nil:
		err = canceled
	}
	return fmt.Errorf("running the data plane: %w", err)
}

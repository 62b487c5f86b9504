package dataplane

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"
)

// Region is a site that runs: its proxies in Azure and the sensors around them. It does one thing after the other, but for the
// traffic that it drives meanwhile.
type Region struct {
	mu       sync.Mutex
	orders   io.WriteCloser
	send     *json.Encoder
	receive  *json.Decoder
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

// order is what a region is told to do, and verdict what it answers.
type order struct {
	Do       string
	ScaleSet ScaleSet
	Notice   time.Duration // before instances go
	Target   string        // of a tunnel
	Expect   string
	Instance netip.Addr
	Script   string // to be run on the instance
	Load     Load   // to be put on the instance

	InRotation bool // what the instance is to come to
}

type verdict struct {
	Checks  []Check
	Figures Figures
	Output  string
	Error   string
	Gate    *GateError
}

// What a region can be told.
const (
	doOpen      = "open"
	doMeasure   = "measure"
	doCheck     = "check"
	doProvision = "provision"
	doTerminate = "terminate"
	doDrive     = "drive"
	doHalt      = "halt"
	doTry       = "try"
	doIdle      = "idle"
	doLose      = "lose"
	doShell     = "shell"
	doAwait     = "await"
)

// Open starts a site's region, with the chain on site installed and without an instance in Azure. Progress goes to log. Close it in
// the end; when ctx ends, the region does.
func Open(ctx context.Context, site Site, log io.Writer) (*Region, error) {
	r, err := call(ctx, site, log)
	if err != nil {
		return nil, err
	}
	if _, err := r.do(order{Do: doOpen}); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// call starts the region's process.
func call(ctx context.Context, site Site, log io.Writer) (*Region, error) {
	if missing := Missing(); len(missing) > 0 {
		return nil, fmt.Errorf("this machine cannot run the data plane: %s", strings.Join(missing, "; "))
	}
	process, err := stage(ctx, stageRegion)
	if err != nil {
		return nil, err
	}
	process.Stderr = log
	orders, err := process.StdinPipe()
	if err != nil {
		return nil, err
	}
	verdicts, err := process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	wait, err := startLocked(process)
	if err != nil {
		return nil, err
	}
	r := &Region{orders: orders, send: json.NewEncoder(orders), receive: json.NewDecoder(verdicts), wait: wait, canceled: ctx.Err}
	if err := r.send.Encode(site); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	if _, err := r.hear(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Check makes every check there is.
func (r *Region) Check() ([]Check, error) { return r.checks(order{Do: doCheck}) }

// Provision boots a scale set's instances and, once their gates have opened, lets the load balancer find them. The error is a
// *GateError where one did not open.
func (r *Region) Provision(set ScaleSet) error {
	_, err := r.do(order{Do: doProvision, ScaleSet: set})
	return err
}

// Terminate tells the instances of a scale set of their end, if there is a notice, and ends them when they agree or it is over.
func (r *Region) Terminate(set string, notice time.Duration) error {
	_, err := r.do(order{Do: doTerminate, ScaleSet: ScaleSet{Name: set}, Notice: notice})
	return err
}

// Drive has sensors hold tunnels and open new ones without a pause, until Halt says what they met with.
func (r *Region) Drive() error {
	_, err := r.do(order{Do: doDrive})
	return err
}

// Halt ends what Drive began.
func (r *Region) Halt() ([]Check, error) { return r.checks(order{Do: doHalt}) }

// Try makes a single attempt of a sensor at a tunnel.
func (r *Region) Try(target, expect string) ([]Check, error) {
	return r.checks(order{Do: doTry, Target: target, Expect: expect})
}

// Idle has a sensor open a tunnel, ask once through it and say nothing more.
func (r *Region) Idle() error {
	_, err := r.do(order{Do: doIdle})
	return err
}

// Lose cuts an instance off without notice, and returns when the load balancer has noticed.
func (r *Region) Lose(instance netip.Addr) error {
	_, err := r.do(order{Do: doLose, Instance: instance})
	return err
}

// AwaitNotice waits until the load balancer sends no new connections to an instance any more, and AwaitReturn until it does again.
func (r *Region) AwaitNotice(instance netip.Addr) error { return r.await(instance, false) }

// AwaitReturn is AwaitNotice's counterpart.
func (r *Region) AwaitReturn(instance netip.Addr) error { return r.await(instance, true) }

func (r *Region) await(instance netip.Addr, in bool) error {
	_, err := r.do(order{Do: doAwait, Instance: instance, InRotation: in})
	return err
}

// Shell runs a script on an instance, and returns what it writes.
func (r *Region) Shell(instance netip.Addr, script string) (string, error) {
	v, err := r.do(order{Do: doShell, Instance: instance, Script: script})
	return v.Output, err
}

// Close ends the region and everything in it.
func (r *Region) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.orders.Close()
	if ended := r.wait(); ended != nil && r.canceled() == nil {
		err = fmt.Errorf("running the data plane: %w", ended)
	}
	return err
}

func (r *Region) checks(o order) ([]Check, error) {
	v, err := r.do(o)
	return v.Checks, err
}

func (r *Region) do(o order) (verdict, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.send.Encode(o); err != nil {
		return verdict{}, r.broken(err)
	}
	return r.hear()
}

func (r *Region) hear() (verdict, error) {
	var v verdict
	if err := r.receive.Decode(&v); err != nil {
		return v, r.broken(err)
	}
	switch {
	case v.Gate != nil:
		return v, v.Gate
	case v.Error != "":
		return v, errors.New(v.Error)
	}
	return v, nil
}

// broken is why the region does not answer.
func (r *Region) broken(err error) error {
	if canceled := r.canceled(); canceled != nil {
		err = canceled
	}
	return fmt.Errorf("running the data plane: %w", err)
}

// regionMain is the region's side: it obeys until nobody has anything to say any more.
func regionMain() error {
	orders, verdicts := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	var site Site
	if err := orders.Decode(&site); err != nil {
		return fmt.Errorf("reading the site: %w", err)
	}
	region, err := newRegion(site, os.Stderr)
	if err := verdicts.Encode(verdict{}.with(err)); err != nil {
		return err
	}
	for {
		var o order
		if err := orders.Decode(&o); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		v, err := region.obey(context.Background(), o)
		if err := verdicts.Encode(v.with(err)); err != nil {
			return err
		}
	}
}

// with is the verdict where something may have gone wrong.
func (v verdict) with(err error) verdict {
	if err != nil && !errors.As(err, &v.Gate) {
		v.Error = err.Error()
	}
	return v
}

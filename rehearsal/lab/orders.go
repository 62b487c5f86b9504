package lab

import (
	"context"
	"errors"
	"net/netip"
	"net/rpc"
	"net/rpc/jsonrpc"
	"os"
	"time"
)

// regionOrders is what the region's orders are called by, each a method of orders.
const regionOrders = "Region"

// orders is the region's side of a Region: it does what it is told, and the first that it is told is what it is.
type orders struct {
	ctx    context.Context
	region *region
}

// What orders are about.
type (
	nothing     = struct{}
	measurement = struct {
		Site Site
		Load Load
	}
	ending = struct {
		Set    string
		Notice time.Duration // before instances go
	}
	wish      = struct{ Target, Expect string }
	presented = struct{ Username, Password, Expect string }
	rotation  = struct {
		Instance netip.Addr
		In       bool // what the instance is to come to
	}
	errand = struct {
		Instance netip.Addr
		Script   string
	}
)

// regionMain obeys until nobody has anything to say any more.
func regionMain() error {
	server := rpc.NewServer()
	if err := server.RegisterName(regionOrders, &orders{ctx: context.Background()}); err != nil {
		return err
	}
	server.ServeCodec(jsonrpc.NewServerCodec(pipes{os.Stdin, os.Stdout}))
	return nil
}

func (o *orders) Open(site Site, _ *nothing) (err error) {
	if o.region, err = newRegion(site, os.Stderr); err != nil {
		return err
	}
	return o.region.open(o.ctx)
}

func (o *orders) Measure(of measurement, figures *Figures) (err error) {
	if o.region, err = newRegion(of.Site, os.Stderr); err != nil {
		return err
	}
	*figures, err = o.region.measure(o.ctx, of.Load)
	return err
}

func (o *orders) Check(_ nothing, checks *[]Check) (err error) {
	*checks, err = o.region.checks()
	return err
}

// Provision answers with the gate that did not open: an error would be but its text.
func (o *orders) Provision(set ScaleSet, shut *GateError) error {
	err := o.region.set.provision(o.ctx, set)
	var gate *GateError
	if errors.As(err, &gate) {
		*shut = *gate
		return nil
	}
	return err
}

func (o *orders) Terminate(of ending, _ *nothing) error {
	return o.region.set.terminate(of.Set, of.Notice)
}

func (o *orders) Drive(nothing, *nothing) error { return o.region.drive() }

func (o *orders) Halt(_ nothing, checks *[]Check) error {
	*checks = o.region.halt()
	return nil
}

func (o *orders) Try(a wish, checks *[]Check) error {
	plan := o.region.set.plan
	*checks = o.region.set.sensor().made([]attempt{plan.tunnel(plan.sensors[0], a.Target, a.Expect)})
	return nil
}

func (o *orders) TryAs(a presented, checks *[]Check) error {
	plan := o.region.set.plan
	one := plan.tunnel(plan.sensors[0], plan.hosts[0]+":443", a.Expect)
	one.login = login{a.Username, a.Password}
	one.Target += " as " + a.Username
	*checks = o.region.set.sensor().made([]attempt{one})
	return nil
}

func (o *orders) Idle(nothing, *nothing) error { return o.region.set.idle() }

func (o *orders) Lose(instance netip.Addr, _ *nothing) error { return o.region.set.lose(instance) }

func (o *orders) Await(a rotation, _ *nothing) error {
	return o.region.set.await(a.Instance, a.In)
}

func (o *orders) Shell(e errand, output *string) (err error) {
	*output, err = o.region.set.shell(e.Instance, e.Script)
	return err
}

package dataplane

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// scaleSet is the proxy in Azure: instances behind a load balancer. A site without one has no instances.
type scaleSet struct {
	*region
	files     []file
	conf      []byte // squid.conf
	plan      plan
	instances []*machine
	balancer  *balancer
	bypass    []tried      // ways around it
	close     func() error // the frontend
}

// scaleSet reads what the deployed custom data makes of an instance.
func (r *region) scaleSet() (*scaleSet, error) {
	set := &scaleSet{region: r}
	if !r.inAzure() {
		return set, nil
	}
	var err error
	if set.files, err = writeFiles(r.CustomData); err != nil {
		return nil, err
	}
	var found bool
	if set.conf, found = find(set.files, squidConf); !found {
		return nil, fmt.Errorf("the custom data writes no %s", squidConf)
	}
	set.plan = newPlan(set.conf, r.Domains, r.names)
	set.plan.stranger, set.plan.login = r.stranger, r.login()
	for _, prefix := range r.Site.Sensors {
		set.plan.sensors = append(set.plan.sensors, ipv4([]netip.Addr{member(prefix)})...)
	}
	if len(set.plan.sensors) == 0 {
		return nil, errors.New("the site has no IPv4 range of sensors")
	}
	r.asks(set.plan.sensors...)
	set.bypass = set.bypassCases()
	set.balancer = &balancer{network: r.network, frontend: netip.AddrPortFrom(r.Frontend, r.Port), port: r.BackendPort}
	return set, nil
}

// boot starts every instance and waits until all are in rotation.
func (s *scaleSet) boot(ctx context.Context) error {
	for n, addr := range s.Instances {
		m, err := start(ctx, stageInstance, boot{addr, s.files}, fmt.Sprintf("instance%d", n))
		if err != nil {
			return err
		}
		m.in.Close()
		s.instances = append(s.instances, m)
	}
	limit := time.After(readyLimit)
	for _, m := range s.instances {
		if err := s.ready(ctx, m, limit); err != nil {
			return err
		}
	}
	return nil
}

// ready probes the instance from now on, and waits until it is in rotation.
func (s *scaleSet) ready(ctx context.Context, m *machine, limit <-chan time.Time) error {
	up := make(chan struct{})
	go s.balancer.probe(ctx, m.address, sync.OnceFunc(func() { close(up) }))
	select {
	case <-up:
		fmt.Fprintf(s.log, "instance %v serves on port %d\n", m.address, s.BackendPort)
		return nil
	case <-m.ended:
		return fmt.Errorf("instance %v ended before it served:\n%s", m.address, m.output.said())
	case <-limit:
		return fmt.Errorf("instance %v does not serve on port %d after %v:\n%s", m.address, s.BackendPort, readyLimit, m.output.said())
	}
}

// serve opens the frontend.
func (s *scaleSet) serve() (err error) {
	if s.inAzure() {
		s.close, err = s.balancer.serve()
	}
	return err
}

// stop takes the whole proxy down.
func (s *scaleSet) stop() error {
	errs := []error{s.close()}
	for _, m := range s.instances {
		errs = append(errs, m.stop())
	}
	return errors.Join(errs...)
}

// checks is the specification of the proxy in Azure, case by case.
func (s *scaleSet) checks() []Check {
	if !s.inAzure() {
		return nil
	}
	sensor := s.sensor(s.balancer.frontend)
	sensor.balancer = s.balancer
	p := s.plan
	made := sensor.made(slices.Concat(p.mustOpen(), s.mustOpenEach(), p.mustRefuse(), p.mustRefuseInside(), p.mustAsk()))
	return slices.Concat(made, s.secrecy(sensor), s.bypassChecks(sensor))
}

// mustOpenEach: a tunnel through each instance.
func (s *scaleSet) mustOpenEach() []attempt {
	var all []attempt
	for _, addr := range s.Instances {
		a := s.plan.tunnel(s.plan.sensors[0], s.plan.hosts[0]+":443", open)
		a.instance = addr
		all = append(all, through([]attempt{a}, fmt.Sprintf("instance %v", addr))...)
	}
	return all
}

// secrecy: the instances keep what sensors present to themselves.
func (s *scaleSet) secrecy(sensor sensor) []Check {
	var all []Check
	for _, m := range s.instances {
		if s.login() == (login{}) {
			break
		}
		who := fmt.Sprintf("instance %v", m.address)
		mark := s.plan.mark(s.plan.sensors[0])
		mark.instance = m.address
		all = append(all, m.passwordFile(who, s.conf), m.logs(who, sensor, mark))
	}
	return all
}

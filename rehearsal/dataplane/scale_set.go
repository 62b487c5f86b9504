package dataplane

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// scaleSet is the proxy in Azure: instances behind a load balancer. A site without one has no instances.
type scaleSet struct {
	*region
	files     []file // what the custom data writes
	conf      []byte // squid.conf
	plan      plan
	around    neighbourhood
	filter    string // the network security group, as every instance's packet filter
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
	if err := checkKeys(r.CustomData); err != nil {
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
	if set.around, err = set.neighbourhood(); err != nil {
		return nil, err
	}
	if len(r.NSG) > 0 {
		set.plan.stranger = platform // it gets through, and is no sensor: the refusal is Squid's own
		if set.filter, err = filter(r.NSG, set.around.tags); err != nil {
			return nil, err
		}
	}
	r.asks(slices.Concat(set.plan.sensors, set.around.addrs())...)
	set.bypass = set.bypassCases()
	set.balancer = &balancer{network: r.network, frontend: netip.AddrPortFrom(r.Frontend, r.Port), port: r.BackendPort, probing: r.Probe}
	return set, nil
}

// boot starts every instance, side by side, waits until all serve, and for the load balancer to notice.
func (s *scaleSet) boot(ctx context.Context) error {
	for n, addr := range s.Instances {
		b := boot{Address: addr, CustomData: s.CustomData, Port: s.BackendPort, Filter: s.filter}
		m, err := start(ctx, stageInstance, b, fmt.Sprintf("instance%d", n))
		if err != nil {
			return err
		}
		s.instances = append(s.instances, m)
	}
	limit := time.After(bootLimit)
	for _, m := range s.instances {
		if err := s.ready(m, limit); err != nil {
			return err
		}
	}
	rotation, stop := context.WithTimeout(ctx, rotationLimit)
	defer stop()
	for _, m := range s.instances {
		up := make(chan struct{})
		go s.balancer.probe(ctx, m.address, sync.OnceFunc(func() { close(up) }))
		select {
		case <-up:
		case <-rotation.Done():
			fmt.Fprintf(s.log, "instance %v answers no health probe\n", m.address)
		}
	}
	return nil
}

// rotationLimit bounds how long the load balancer may take to find instances that serve.
const rotationLimit = 5 * time.Second

// ready waits until the instance has booted.
func (s *scaleSet) ready(m *machine, limit <-chan time.Time) error {
	serves := make(chan struct{})
	go func() {
		if line, err := m.out.ReadString('\n'); err == nil && strings.TrimSpace(line) == booted {
			close(serves)
		}
	}()
	select {
	case <-serves:
		fmt.Fprintf(s.log, "instance %v booted by cloud-init serves on port %d\n", m.address, s.BackendPort)
		return nil
	case <-m.ended:
		return fmt.Errorf("instance %v did not boot:\n%s", m.address, m.output.all())
	case <-limit:
		return fmt.Errorf("instance %v did not boot within %v:\n%s", m.address, bootLimit, m.output.said())
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
	knocks, cutOff := s.knock()
	if cutOff {
		return knocks // a sensor would learn nothing else from the proxies
	}
	p := s.plan
	made := sensor.made(slices.Concat(p.mustOpen(), s.mustOpenEach(), p.mustRefuse(), p.mustRefuseInside(), p.mustAsk()))
	return slices.Concat(knocks, s.bootOrder(), made, s.secrecy(sensor), s.bypassChecks(sensor))
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

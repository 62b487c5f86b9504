package lab

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
	filter    string     // the network security group, as every instance's packet filter
	instances []*machine // every one that was ever started
	balancer  *balancer
	bypass    []tried      // ways around it
	lost      *loss        // nil: every instance is there
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
	set.balancer = &balancer{
		network: r.network, frontend: netip.AddrPortFrom(r.Frontend, r.Port), port: r.BackendPort, probing: r.Probe,
		routes: map[netip.AddrPort]netip.Addr{},
	}
	return set, nil
}

// provision starts the instances of a scale set, side by side, waits until all serve, and for the load balancer to notice.
func (s *scaleSet) provision(ctx context.Context, of ScaleSet) error {
	var started []*machine
	for n, addr := range of.Instances {
		b := boot{
			Name: fmt.Sprintf("%s_%d", of.Name, n), Address: addr, CustomData: of.CustomData, Gate: of.Gate, Bare: s.Bare,
			Port: s.BackendPort, Filter: s.filter,
		}
		s.metadata.add(addr, b.Name)
		m, err := start(ctx, stageInstance, b, fmt.Sprintf("instance%d", len(s.instances)))
		if err != nil {
			return err
		}
		m.set = of.Name
		s.watch(ctx, m)
		started, s.instances = append(started, m), append(s.instances, m)
	}
	limit := time.After(bootLimit)
	for _, m := range started {
		if err := s.ready(m, limit); err != nil {
			return err
		}
	}
	rotation, stop := context.WithTimeout(ctx, rotationLimit)
	defer stop()
	for _, m := range started {
		select {
		case <-m.inRotation:
		case <-rotation.Done():
			fmt.Fprintf(s.log, "instance %v answers no health probe\n", m.address)
		}
	}
	return nil
}

// watch has the load balancer probe an instance from its start, when it does not serve yet.
func (s *scaleSet) watch(ctx context.Context, m *machine) {
	probed, unprobe := context.WithCancel(ctx)
	m.unprobe, m.inRotation = unprobe, make(chan struct{})
	go s.balancer.probe(probed, m.address, sync.OnceFunc(func() { close(m.inRotation) }))
}

// terminate tells the instances of a scale set of their end, and ends each once it agrees or its time is over.
func (s *scaleSet) terminate(name string, notice time.Duration) error {
	var going sync.WaitGroup
	errs := make([]error, len(s.instances))
	for i, m := range s.instances {
		if m.set != name || !m.runs() {
			continue
		}
		going.Go(func() {
			told := time.Now()
			if notice > 0 {
				s.metadata.terminate(m.name, notice/timeScale)
			}
			errs[i] = s.end(m)
			fmt.Fprintf(s.log, "instance %v goes, %v after it was told\n", m.address, (m.went.Sub(told) * timeScale).Round(time.Second))
		})
	}
	going.Wait()
	return errors.Join(errs...)
}

// end ends an instance. The load balancer has nothing but its probes to find out.
func (s *scaleSet) end(m *machine) error {
	m.went = time.Now()
	if err := m.stop(); err != nil || m.unprobe == nil {
		return err
	}
	defer m.unprobe()
	return s.await(m.address, false)
}

// rotationLimit bounds how long the load balancer may take to find instances that serve.
const rotationLimit = 5 * time.Second

// ready waits until the instance has booted. What it says where it does not is in a *GateError if it was its gate that did not open.
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
		said := m.output.all()
		if at := strings.Index(said, gateFailed); at >= 0 {
			return &GateError{m.address, said[at:]}
		}
		return fmt.Errorf("instance %v did not boot:\n%s", m.address, said)
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
		if m.runs() {
			errs = append(errs, s.end(m))
		}
	}
	return errors.Join(errs...)
}

// sensor is one that is told to use the load balancer's frontend.
func (s *scaleSet) sensor() sensor {
	one := s.sensorAt(s.balancer.frontend)
	one.balancer = s.balancer
	return one
}

// checks is the specification of the proxy in Azure, case by case.
func (s *scaleSet) checks() []Check {
	if !s.inAzure() {
		return nil
	}
	sensor := s.sensor()
	knocks, cutOff := s.knock()
	if cutOff {
		return knocks // a sensor would learn nothing else from the proxies
	}
	p := s.plan
	made := sensor.made(slices.Concat(p.mustOpen(), s.mustOpenEach(), p.mustRefuse(), p.mustRefuseInside(), p.mustAsk()))
	return slices.Concat(knocks, s.bootOrder(), s.upkeep(), made, []Check{s.wayOut()}, s.secrecy(sensor), s.bypassChecks(sensor))
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

package machine

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/netns"
)

// ScaleSet is the proxy in Azure: instances behind a load balancer. A site without one has no instances.
type ScaleSet struct {
	*Surroundings
	Files      []file // what the custom data writes
	Installs   bool   // the custom data has packages installed; else the image has them
	Conf       []byte // squid.conf
	Plan       model.Plan
	Neighbours model.Neighbourhood
	Filter     string     // the network security group, as every instance's packet filter
	Machines   []*Machine // every one that was ever started
	Balancer   *netns.Balancer
	Losses     Losses
	close      func() error // the frontend
}

// NewScaleSet reads what the deployed custom data makes of an instance.
func NewScaleSet(around *Surroundings) (*ScaleSet, error) {
	set := &ScaleSet{Surroundings: around}
	if !around.InAzure() {
		return set, nil
	}
	var err error
	if set.Files, err = writeFiles(around.CustomData); err != nil {
		return nil, err
	}
	if err := checkKeys(around.CustomData); err != nil {
		return nil, err
	}
	wants, err := wanted(around.CustomData)
	if err != nil {
		return nil, err
	}
	set.Installs = len(wants.Packages) != 0
	var found bool
	if set.Conf, found = find(set.Files, SquidConf); !found {
		return nil, fmt.Errorf("the custom data writes no %s", SquidConf)
	}
	set.Plan = model.NewPlan(set.Conf, around.Domains, around.Names)
	set.Plan.Stranger, set.Plan.Login = around.Stranger, around.Login()
	for _, prefix := range around.Site.Sensors {
		set.Plan.Sensors = append(set.Plan.Sensors, model.IPv4([]netip.Addr{model.Member(prefix)})...)
	}
	if len(set.Plan.Sensors) == 0 {
		return nil, errors.New("the site has no IPv4 range of sensors")
	}
	if set.Neighbours, err = model.NewNeighbourhood(around.Site, set.Plan.Sensors); err != nil {
		return nil, err
	}
	if len(around.NSG) > 0 {
		set.Plan.Stranger = model.Platform // the NSG lets it in, and it is no sensor: the refusal is Squid's own
		if set.Filter, err = netns.Filter(around.NSG, set.Neighbours.Tags); err != nil {
			return nil, err
		}
	}
	around.Asks(slices.Concat(set.Plan.Sensors, set.Neighbours.Addresses())...)
	set.Balancer = netns.NewBalancer(around.Links, around.Site)
	return set, nil
}

// Provision starts the instances of a scale set, side by side, waits until all serve, and for the load balancer to
// notice.
func (s *ScaleSet) Provision(ctx context.Context, of model.ScaleSet) error {
	var started []*Machine
	for n, addr := range of.Instances {
		m, err := s.start(ctx, of, fmt.Sprintf("%s_%d", of.Name, n), addr, of.NoSquidInImage)
		if err != nil {
			return err
		}
		started = append(started, m)
	}
	limit := time.After(s.BootLimit())
	for _, m := range started {
		if err := s.Ready(m, limit); err != nil {
			return err
		}
	}
	for _, m := range started {
		if !s.Balancer.Enters(ctx, m.Address) {
			fmt.Fprintf(s.Log, "instance %v does not answer the health probe\n", m.Address)
		}
	}
	return nil
}

// start starts an instance of a scale set.
func (s *ScaleSet) start(ctx context.Context, of model.ScaleSet, name string, addr netip.Addr,
	noSquidInImage bool) (*Machine, error) {
	b := Boot{
		Name: name, Address: addr, CustomData: of.CustomData, Disks: s.Disks, Image: s.Image, Gate: of.Gate,
		NoSquidInImage: noSquidInImage || s.mirror != nil, Port: s.BackendPort, Filter: s.Filter,
		NameServers: s.NameServers,
	}
	s.Metadata.Add(addr, b.Name, of.UserData)
	m, err := Start(ctx, netns.RoleInstance, b, fmt.Sprintf("instance%d", len(s.Machines)))
	if err != nil {
		return nil, err
	}
	m.set = of.Name
	s.watch(ctx, m)
	s.Machines = append(s.Machines, m)
	return m, nil
}

// watch has the load balancer probe an instance from its start, when it does not serve yet.
func (s *ScaleSet) watch(ctx context.Context, m *Machine) {
	probed, unprobe := context.WithCancel(ctx)
	m.unprobe = unprobe
	go s.Balancer.Probe(probed, m.Address)
}

// Terminate tells the instances of a scale set of their end, and ends each once it agrees or its time is over.
func (s *ScaleSet) Terminate(name string, notice time.Duration) error {
	var going sync.WaitGroup
	errs := make([]error, len(s.Machines))
	for i, m := range s.Machines {
		if m.set != name || !m.runs() {
			continue
		}
		going.Go(func() {
			told := time.Now()
			if notice > 0 {
				s.Metadata.await(m.name, "Terminate", "User", notice/netns.TimeScale)
			}
			errs[i] = s.end(m)
			s.Metadata.over(m.name)
			fmt.Fprintf(s.Log, "instance %v ended %v after its notice\n", m.Address,
				(m.went.Sub(told) * netns.TimeScale).Round(time.Second))
		})
	}
	going.Wait()
	return errors.Join(errs...)
}

// end ends an instance. The load balancer has nothing but its probes to find out.
func (s *ScaleSet) end(m *Machine) error {
	m.went = time.Now()
	s.Losses.ended(m.Address)
	if err := m.Stop(); err != nil || m.unprobe == nil {
		return err
	}
	defer m.unprobe()
	return s.Await(m.Address, false)
}

// Ready waits until the instance has booted. If its gate did not open, the error is a *GateError with what the gate has
// said.
func (s *ScaleSet) Ready(m *Machine, limit <-chan time.Time) error {
	serves := make(chan struct{})
	go func() {
		if line, err := m.out.ReadString('\n'); err == nil && strings.TrimSpace(line) == booted {
			close(serves)
		}
	}()
	select {
	case <-serves:
		fmt.Fprintf(s.Log, "instance %v is ready: cloud-init has booted it, and Squid listens on port %d\n",
			m.Address, s.BackendPort)
		return nil
	case <-m.ended:
		said := m.output.all()
		if at := strings.Index(said, gateFailed); at >= 0 {
			return &model.GateError{Instance: m.Address, Output: said[at:]}
		}
		return fmt.Errorf("instance %v did not boot:\n%s", m.Address, said)
	case <-limit:
		return fmt.Errorf("instance %v did not boot within %v:\n%s", m.Address, s.BootLimit(), m.output.said())
	}
}

// Serve opens the frontend.
func (s *ScaleSet) Serve() (err error) {
	if s.InAzure() {
		s.close, err = s.Balancer.Serve()
	}
	return err
}

// Stop takes the whole proxy down.
func (s *ScaleSet) Stop() error {
	errs := []error{s.close()}
	for _, m := range s.Machines {
		if m.runs() {
			errs = append(errs, s.end(m))
		}
	}
	return errors.Join(errs...)
}

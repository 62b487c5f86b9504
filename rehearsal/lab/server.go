package lab

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/rpc"
	"net/rpc/jsonrpc"
	"os"
	"os/exec"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/checks"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/load"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/machine"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/netns"
)

// server is the lab's side of a Lab. The first request says which site it is.
type server struct {
	ctx   context.Context
	site  *machine.Surroundings
	azure *checks.Proxies
	chain *checks.Chain

	technician *machine.Host // nil: the site has none
}

// serveRequests answers requests until the other side closes the pipes.
func serveRequests() error {
	requests := rpc.NewServer()
	if err := requests.RegisterName(rpcService, &server{ctx: context.Background()}); err != nil {
		return err
	}
	requests.ServeCodec(jsonrpc.NewServerCodec(netns.Pipes{Reader: os.Stdin, WriteCloser: os.Stdout}))
	return nil
}

// Open plans everything, and brings up what is around the machines, with the hosts on site.
func (s *server) Open(site model.Site, _ *nothing) (err error) {
	if s.site, err = machine.NewSurroundings(site, os.Stderr); err != nil {
		return err
	}
	set, err := machine.NewScaleSet(s.site)
	if err != nil {
		return err
	}
	s.azure, s.chain = checks.NewProxies(set), checks.NewChain(s.site)
	for _, host := range site.Later {
		s.site.Names.Add(host, model.EndpointAddress(len(s.site.Names)))
	}
	if err := s.site.Serve(s.ctx); err != nil {
		return err
	}
	if err := s.chain.Boot(s.ctx); err != nil {
		return err
	}
	if site.Technician.IsValid() {
		if s.technician, err = machine.NewTechnician(s.ctx, s.site); err != nil {
			return err
		}
	}
	return set.Serve()
}

func (s *server) Measure(of measurement, figures *model.Figures) (err error) {
	*figures, err = load.Measure(s.ctx, of.Site, of.Load, os.Stderr)
	return err
}

func (s *server) Attack(of attacks, became *[]model.Attack) (err error) {
	*became, err = load.Attack(s.ctx, of.Site, of.Each, os.Stderr)
	return err
}

// Check makes the checks, those of the chain last: they take down what they no longer need.
func (s *server) Check(these model.Selection, checks *[]model.Check) error {
	if err := s.chain.Install(); err != nil {
		return err
	}
	*checks = s.azure.Checks(these)
	more, err := s.chain.Checks(s.azure.ScaleSet)
	*checks = append(*checks, more...)
	return err
}

// Provision answers with the gate that did not open: of an error, the other side would get the text only.
func (s *server) Provision(set model.ScaleSet, closed *model.GateError) error {
	err := s.azure.Provision(s.ctx, set)
	var gate *model.GateError
	if errors.As(err, &gate) {
		*closed = *gate
		return nil
	}
	return err
}

func (s *server) Terminate(of termination, _ *nothing) error {
	return s.azure.Terminate(of.Set, of.Notice)
}

func (s *server) Drive(nothing, *nothing) error { return s.azure.Drive() }

func (s *server) Halt(_ nothing, checks *[]model.Check) error {
	*checks = s.azure.Halt()
	return nil
}

func (s *server) Chaos(of model.Chaos, happened *map[string]int) (err error) {
	*happened, err = s.azure.Chaos(s.ctx, of)
	return err
}

func (s *server) Try(one tunnelRequest, checks *[]model.Check) error {
	*checks = s.azure.Try(one.Target, one.Expect)
	return nil
}

func (s *server) TryAs(one credentialsRequest, checks *[]model.Check) error {
	*checks = s.azure.TryAs(model.Login{Username: one.Username, Password: one.Password}, one.Expect)
	return nil
}

func (s *server) Hold(nothing, *nothing) error { return s.azure.Hold() }

func (s *server) Holds(_ nothing, ended *string) error {
	if err := s.azure.Holds(); err != nil {
		*ended = err.Error()
	}
	return nil
}

func (s *server) NameServer(mood model.Mood, _ *nothing) error {
	s.site.Resolver.Be(mood)
	return nil
}

func (s *server) MetadataService(mood model.Mood, _ *nothing) error {
	s.site.Metadata.Be(mood)
	return nil
}

func (s *server) Around(script string, output *string) error {
	text, err := exec.Command("/bin/sh", "-c", script).CombinedOutput()
	if err != nil {
		return fmt.Errorf("running a script between the machines: %w\n%s", err, text)
	}
	*output = string(text)
	return nil
}

func (s *server) Technician(script string, output *string) error {
	o, err := s.technician.Run(script)
	*output = o.Output
	return err
}

func (s *server) Lose(instance netip.Addr, _ *nothing) error { return s.azure.Lose(instance) }

func (s *server) Maintain(of maintenance, _ *nothing) error {
	return s.azure.Maintain(of.Kind, of.Instance)
}

func (s *server) UpgradeImages(upgrade model.ImageUpgrade, _ *nothing) error {
	return s.azure.UpgradeImages(s.ctx, upgrade)
}

// Watch is what Azure would measure of the load balancer and the NAT gateway.
func (s *server) Watch(_ nothing, seen *model.Watched) (err error) {
	seen.Healthy = len(s.azure.Balancer.Healthy())
	if s.site.Firewall == nil {
		seen.Connections, err = netns.NATConnections()
	}
	return err
}

// RunOutOfPorts has a sensor try to get through while the NAT gateway has no port left, and counts what that refused.
func (s *server) RunOutOfPorts(_ nothing, refused *int) error {
	if err := netns.PortsRunOut(true); err != nil {
		return err
	}
	s.azure.Try(s.azure.Plan.Hosts[0]+":443", model.Closed)
	var err error
	*refused, err = netns.RefusedConnections()
	return errors.Join(err, netns.PortsRunOut(false))
}

func (s *server) Await(a rotation, _ *nothing) error { return s.azure.Await(a.Instance, a.In) }

func (s *server) Shell(one shellRequest, output *string) (err error) {
	*output, err = s.azure.ScaleSet.Shell(one.Instance, one.Script)
	return err
}

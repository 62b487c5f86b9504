// Package checks holds a site's proxies to their specification: what must open, what must be refused, and what keeps
// them running.
package checks

import (
	"fmt"
	"slices"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/machine"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// Proxies are those in Azure, as they are checked.
type Proxies struct {
	*machine.ScaleSet
	bypass  []tried  // ways around them
	traffic *traffic // nil: sensors are quiet
	held    *held    // nil: none has a tunnel that was opened to be held
}

func NewProxies(set *machine.ScaleSet) *Proxies {
	p := &Proxies{ScaleSet: set}
	if p.InAzure() {
		p.bypass = p.bypassCases()
	}
	return p
}

// sensor is one that is told to use the load balancer's frontend.
func (p *Proxies) sensor() sensor {
	one := sensorAt(p.Surroundings, p.Balancer.Frontend)
	one.balancer = p.Balancer
	return one
}

// Checks is the specification of the proxies in Azure, case by case. A selection leaves out attempts of sensors,
// families of the bypass suite and, since it counts what those lead to, the look at the way out; everything else is
// checked in any case.
func (p *Proxies) Checks(these model.Selection) []model.Check {
	if !p.InAzure() {
		return nil
	}
	sensor := p.sensor()
	_, before := p.Endpoints.Log.Since(0) // what an earlier call has met counts there
	packets, cutOff := p.sendPackets()
	if cutOff {
		return packets // a sensor would learn nothing else from the proxies
	}
	squid := p.squidVersion()
	attempts := slices.Concat(mustOpen(p.Plan), p.mustOpenEach(), mustRefuse(p.Plan, squid),
		mustRefuseInside(p.Plan), mustAsk(p.Plan))
	made := sensor.made(slices.DeleteFunc(attempts, func(a model.Attempt) bool { return !these.Has(a.Check) }))
	if these == "" {
		made = append(made, p.wayOut(before))
	}
	return slices.Concat(packets, p.bootOrder(), p.upkeep(), made, p.secrecy(sensor),
		p.bypassChecks(sensor, squid, these))
}

// squidVersion is the major version of the Squid that every instance has; 0: none says, and then other checks fail.
func (p *Proxies) squidVersion() (major int) {
	for _, m := range p.Machines {
		if said, err := m.Shell(askVersion); err == nil {
			major = majorVersion(said)
		}
	}
	return major
}

// askVersion has a machine say which Squid it has, and majorVersion reads that.
const askVersion = "squid -v"

func majorVersion(said string) (major int) {
	_, _ = fmt.Sscanf(said, "Squid Cache: Version %d.", &major) // 0: it does not say
	return major
}

// mustOpenEach: a tunnel through each instance.
func (p *Proxies) mustOpenEach() []model.Attempt {
	var all []model.Attempt
	for _, addr := range p.Instances {
		a := p.Plan.Tunnel(p.Plan.Sensors[0], p.Plan.Hosts[0]+":443", model.Open)
		a.Instance = addr
		all = append(all, through([]model.Attempt{a}, fmt.Sprintf("instance %v", addr))...)
	}
	return all
}

// secrecy: the instances keep what sensors present to themselves.
func (p *Proxies) secrecy(sensor sensor) []model.Check {
	var all []model.Check
	for _, m := range p.Machines {
		if p.Login() == (model.Login{}) {
			break
		}
		who := fmt.Sprintf("instance %v", m.Address)
		marked := mark(p.Plan, p.Plan.Sensors[0])
		marked.Instance = m.Address
		all = append(all, passwordFile(m, who, p.Conf), logs(m, who, sensor, marked))
	}
	return all
}

// wayOut looks at the addresses from which the proxies in Azure have come to the endpoints, after that many
// connections.
func (p *Proxies) wayOut(before int) model.Check {
	whose := "the NAT gateway's"
	if p.Firewall != nil {
		whose = "the firewall's"
	}
	expect := fmt.Sprintf("only %v, %s", p.Egress, whose)
	check := model.Check{From: "endpoints", Target: "who comes from the proxies in Azure", Expect: expect, Got: expect}
	met, _ := p.Endpoints.Log.Since(before)
	if others := model.Without(met, p.Exits()); len(others) > 0 || len(met) == 0 || !p.Egress.IsValid() {
		check.Got = fmt.Sprint(met)
	}
	return check
}

// Try makes one attempt of a sensor at a tunnel.
func (p *Proxies) Try(target, expect string) []model.Check {
	return p.sensor().made([]model.Attempt{p.Plan.Tunnel(p.Plan.Sensors[0], target, expect)})
}

// TryAs makes one at a tunnel to a host that a sensor must reach, with other credentials than the site's.
func (p *Proxies) TryAs(as model.Login, expect string) []model.Check {
	one := p.Plan.Tunnel(p.Plan.Sensors[0], p.Plan.Hosts[0]+":443", expect)
	one.Login = as
	one.Target += " as " + as.Username
	return p.sensor().made([]model.Attempt{one})
}

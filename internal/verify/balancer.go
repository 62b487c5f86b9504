package verify

import (
	"slices"
	"strings"
)

// balancer compares the load balancer, and asks what its probe finds.
func (c *check) balancer() {
	if !c.known(c.azure.Balancer.Read) {
		return
	}
	lb := c.azure.Balancer.Have
	if lb == nil {
		if c.proxies() != nil {
			c.found(BalancerMissing, c.outputs.VirtualNetworkID, up+". Sensors have to be given the new address, if "+
				"it gets another", "No load balancer has an address in ProxyserverSubnet.")
		}
		return
	}
	if lb.Frontend != c.outputs.ProxyHost {
		c.found(FrontendAddress, lb.ID, "Give the load balancer that address again, or the sensors the other",
			"Its address is %s, and sensors are told %s.", lb.Frontend, c.outputs.ProxyHost)
	}
	port := int(c.site.ProxyPort)
	isPlanned := func(r BalancerRule) bool {
		return strings.EqualFold(r.Protocol, "Tcp") && r.FrontendPort == port && r.BackendPort == port && !r.FloatingIP
	}
	for _, r := range lb.Rules {
		if !isPlanned(r) {
			c.found(BalancerRuleOther, lb.ID, "Run `pulumi up --refresh`, which writes the rule as planned",
				"Rule %s sends %s port %d to port %d (floating IP %t), and not TCP port %d to itself.", r.Name,
				r.Protocol, r.FrontendPort, r.BackendPort, r.FloatingIP, port)
		}
	}
	if len(lb.Rules) == 0 {
		c.found(BalancerRuleOther, lb.ID, up, "It has no rule, and drops what sensors send.")
	}
	c.probes(lb)
	if !c.known(lb.Health.Read) || lb.Health.Have == nil {
		return
	}
	for _, b := range *lb.Health.Have {
		if !strings.EqualFold(b.State, "Up") {
			c.found(BackendDown, lb.ID, "Look at the instance that has the address: `squid -k check`, `systemctl "+
				"status squid`. One that has just begun to boot comes up by itself",
				"Its probe finds %s %s (%s).", b.Address, strings.ToLower(b.State), b.Reason)
		}
	}
}

// probes compares what tells the load balancer that a proxy serves.
func (c *check) probes(lb *Balancer) {
	for _, r := range lb.Rules {
		i := slices.IndexFunc(lb.Probes, func(p Probe) bool { return same(p.ID, r.ProbeID) })
		switch {
		case i < 0:
			c.found(ProbeOther, lb.ID, up, "Rule %s has no probe: instances that do not serve get sensors, too.",
				r.Name)
		case !strings.EqualFold(lb.Probes[i].Protocol, "Tcp") || lb.Probes[i].Port != r.BackendPort:
			c.found(ProbeOther, lb.ID, "Run `pulumi up --refresh`, which writes the probe as planned",
				"The probe of rule %s asks %s port %d, where no proxy listens.", r.Name, lb.Probes[i].Protocol,
				lb.Probes[i].Port)
		}
	}
}

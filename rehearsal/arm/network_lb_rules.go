package arm

import (
	"fmt"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
)

// loadBalancingRules are about what belongs to one load balancer: rules, probes, and how they refer to each other.
var loadBalancingRules = []Rule{
	{
		Name: "rules refer to children of the same load balancer", Code: "InvalidResourceReference", Source: invalidRef,
		check: eachLoadBalancingRule(func(c *change, r *armnetwork.LoadBalancingRule) string {
			return first(childrenOf(r.Properties), func(ref *armnetwork.SubResource) string {
				id, err := ParseID(val(ref.ID))
				if err == nil && within(val(ref.ID), c.id.String()) && childOf(c.decoded.body, id) != nil {
					return ""
				}
				return missing(val(ref.ID), c.id)
			})
		}),
	},
	{
		Name: "a rule has a frontend, a protocol and ports", Code: "InvalidRequestFormat", Source: lbReference,
		check: eachLoadBalancingRule(func(c *change, r *armnetwork.LoadBalancingRule) string {
			p := r.Properties
			if p.FrontendIPConfiguration != nil && p.Protocol != nil && p.FrontendPort != nil && p.BackendPort != nil {
				return ""
			}
			return fmt.Sprintf("Cannot parse the request. MissingJsonField: load balancing rule %s needs frontendIPConfiguration, "+
				"protocol, frontendPort and backendPort.", val(r.Name))
		}),
	},
	{
		Name: "a rule's ports are ones that there are", Code: "LoadBalancingRuleInvalidPort", Source: lbReference + codeAssumed,
		check: eachLoadBalancingRule(func(c *change, r *armnetwork.LoadBalancingRule) string {
			if wrong := outOfRange(c, "frontendPort", r.Properties.FrontendPort, firstLoadBalancePort, lastFrontendPort); wrong != "" {
				return wrong
			}
			return outOfRange(c, "backendPort", r.Properties.BackendPort, firstLoadBalancePort, lastPort)
		}),
	},
	{
		Name: "two rules do not share a frontend, protocol and port", Code: "RulesUseSameFrontendPortProtocolAndFrontendIPConfig",
		Source: lbReference + codeAssumed, check: about(sameFrontendPort),
	},
	{
		Name: "two rules do not share a backend pool, protocol and port", Code: "RulesOfSameLoadBalancerTypeUseSameBackendPortProtocolAndVmssIPConfig",
		Source: lbErrors, check: about(sameBackendPort),
	},
	{
		Name: "a rule's idle timeout is 4 to 30 minutes", Code: "LoadBalancingRuleIdleTimeoutOutOfRange", Source: lbReference + codeAssumed,
		check: eachLoadBalancingRule(func(c *change, r *armnetwork.LoadBalancingRule) string {
			return outOfRange(c, "idleTimeoutInMinutes", r.Properties.IdleTimeoutInMinutes, shortestLBIdle, longestLBIdle)
		}),
	},
	{
		Name: "a probe has a protocol and a port", Code: "InvalidRequestFormat", Source: lbReference,
		check: eachProbe(func(_ *change, p *armnetwork.Probe) string {
			if p.Properties.Protocol != nil && p.Properties.Port != nil {
				return ""
			}
			return fmt.Sprintf("Cannot parse the request. MissingJsonField: probe %s needs protocol and port.", val(p.Name))
		}),
	},
	{
		Name: "a probe's port is 1 to 65535", Code: "ProbeInvalidPort", Source: lbReference + codeAssumed,
		check: eachProbe(func(c *change, p *armnetwork.Probe) string {
			return outOfRange(c, "probe port", p.Properties.Port, firstProbePort, lastPort)
		}),
	},
	{
		Name: "a probe waits at least 5 seconds", Code: "ProbeInvalidInterval", Source: lbReference + codeAssumed,
		check: eachProbe(func(c *change, p *armnetwork.Probe) string {
			return outOfRange(c, "intervalInSeconds", p.Properties.IntervalInSeconds, shortestProbe, longestProbe)
		}),
	},
	{
		Name: "a TCP probe has no request path, an HTTP probe one", Code: "ProbeInvalidRequestPath", Source: lbReference + codeAssumed,
		check: eachProbe(func(_ *change, p *armnetwork.Probe) string {
			tcp := strings.EqualFold(string(val(p.Properties.Protocol)), string(armnetwork.ProbeProtocolTCP))
			if tcp == (val(p.Properties.RequestPath) == "") {
				return ""
			}
			return fmt.Sprintf("Probe %s of protocol %s: requestPath is required for Http and Https, and not allowed for Tcp.",
				val(p.Name), val(p.Properties.Protocol))
		}),
	},
}

func eachLoadBalancingRule(check func(c *change, r *armnetwork.LoadBalancingRule) string) func(*change) string {
	return about(func(c *change, m *armnetwork.LoadBalancer) string {
		return first(m.Properties.LoadBalancingRules, func(r *armnetwork.LoadBalancingRule) string { return check(c, r) })
	})
}

func eachProbe(check func(c *change, p *armnetwork.Probe) string) func(*change) string {
	return about(func(c *change, m *armnetwork.LoadBalancer) string {
		return first(m.Properties.Probes, func(p *armnetwork.Probe) string { return check(c, p) })
	})
}

// childrenOf are the children that a load balancing rule refers to.
func childrenOf(p *armnetwork.LoadBalancingRulePropertiesFormat) []*armnetwork.SubResource {
	all := append([]*armnetwork.SubResource{p.FrontendIPConfiguration, p.BackendAddressPool, p.Probe}, p.BackendAddressPools...)
	return slices.DeleteFunc(all, func(ref *armnetwork.SubResource) bool { return ref == nil })
}

func sameFrontendPort(_ *change, m *armnetwork.LoadBalancer) string {
	taken := map[string]string{}
	return first(m.Properties.LoadBalancingRules, func(r *armnetwork.LoadBalancingRule) string {
		at := fmt.Sprint(key(val(r.Properties.FrontendIPConfiguration.ID)), strings.ToLower(string(*r.Properties.Protocol)), *r.Properties.FrontendPort)
		if other := taken[at]; other != "" {
			return fmt.Sprintf("Load balancing rules %s and %s use the same frontend port, protocol and frontend IP configuration.", other, val(r.Name))
		}
		taken[at] = val(r.Name)
		return ""
	})
}

// sameBackendPort: with floating IP the instance tells two rules apart by their frontends.
func sameBackendPort(_ *change, m *armnetwork.LoadBalancer) string {
	taken := map[string]string{}
	return first(m.Properties.LoadBalancingRules, func(r *armnetwork.LoadBalancingRule) string {
		p := r.Properties
		if p.BackendAddressPool == nil || val(p.EnableFloatingIP) {
			return ""
		}
		at := fmt.Sprint(key(val(p.BackendAddressPool.ID)), strings.ToLower(string(*p.Protocol)), *p.BackendPort)
		if other := taken[at]; other != "" {
			return fmt.Sprintf("Load balancing rules %s and %s use the same backend port, protocol and backend pool.", other, val(r.Name))
		}
		taken[at] = val(r.Name)
		return ""
	})
}

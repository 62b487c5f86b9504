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
			return fmt.Sprintf("Cannot parse the request. MissingJsonField: load balancing rule %s needs "+
				"frontendIPConfiguration, protocol, frontendPort and backendPort.", val(r.Name))
		}),
	},
	{
		Name: "a rule's ports are ones that there are", Code: "PortValueIsOutOfRange",
		Source: recordedLBRule + "backend_port_out_of_range.nock.js",
		check: eachLoadBalancingRule(func(_ *change, r *armnetwork.LoadBalancingRule) string {
			if wrong := badPort(r.Name, "FrontendPort", r.Properties.FrontendPort, firstLoadBalancePort,
				lastFrontendPort); wrong != "" {
				return wrong
			}
			return badPort(r.Name, "BackendPort", r.Properties.BackendPort, firstLoadBalancePort, lastPort)
		}),
	},
	{
		Name:   "two rules do not share a frontend, protocol and port",
		Code:   "RulesUseSameFrontendPortProtocolAndFrontendIPConfig",
		Source: lbReference + codeAssumed, check: about(sameFrontendPort),
	},
	{
		Name:   "two rules do not share a backend pool, protocol and port",
		Code:   "RulesUseSameBackendPortProtocolAndPool",
		Source: "https://github.com/MicrosoftDocs/azure-docs/issues/94673", check: about(sameBackendPort),
	},
	{
		Name:   "two rules with floating IP do not share a frontend, backend pool, protocol and port",
		Code:   "RulesUseSameBackendPortProtocolAndPoolAndFrontendIPWithFloatingIPEnabled",
		Source: "https://github.com/kubernetes-sigs/cloud-provider-azure/issues/521", check: about(sameFloatingPort),
	},
	{
		Name: "a rule's idle timeout is 4 to 100 minutes", Code: "RuleIdleTimeoutIsOutOfRange",
		Source: recordedLBRule + "idle_timeout_in_minutes_over_allowed_value.nock.js " +
			"https://github.com/hashicorp/terraform-provider-azurerm/issues/28795",
		check: eachLoadBalancingRule(func(_ *change, r *armnetwork.LoadBalancingRule) string {
			if numberWithin(r.Properties.IdleTimeoutInMinutes, shortestLBIdle, longestLBIdle) {
				return ""
			}
			return fmt.Sprintf("Rule %s has invalid Idle Timeout. The value must be between %d and %d.", val(r.Name),
				shortestLBIdle, longestLBIdle)
		}),
	},
	{
		Name: "a probe has a protocol and a port", Code: "InvalidRequestFormat", Source: lbReference,
		check: eachProbe(func(_ *change, p *armnetwork.Probe) string {
			if p.Properties.Protocol != nil && p.Properties.Port != nil {
				return ""
			}
			return fmt.Sprintf("Cannot parse the request. MissingJsonField: probe %s needs protocol and port.",
				val(p.Name))
		}),
	},
	{
		Name: "a probe's port is 1 to 65535", Code: "PortValueIsOutOfRange",
		Source: recordedProbe + "port_out_of_range.nock.js",
		check: eachProbe(func(_ *change, p *armnetwork.Probe) string {
			return badPort(p.Name, "Port", p.Properties.Port, firstProbePort, lastPort)
		}),
	},
	{
		Name: "a probe waits at least 5 seconds", Code: "ProbeIntervalIsOutOfRange",
		Source: recordedProbe + "interval_in_seconds_under_allowed_value.nock.js",
		check: eachProbe(func(_ *change, p *armnetwork.Probe) string {
			if numberWithin(p.Properties.IntervalInSeconds, shortestProbe, longestProbe) {
				return ""
			}
			return fmt.Sprintf("Probe Interval for probe %s must be between %d and %d.", val(p.Name),
				shortestProbe, longestProbe)
		}),
	},
	{
		Name: "a TCP probe has no request path", Code: "ProbeRequestPathIsNotNull",
		Source: recordedProbe + "invalid_request_path.nock.js",
		check: eachProbe(func(_ *change, p *armnetwork.Probe) string {
			if !isTCP(p) || val(p.Properties.RequestPath) == "" {
				return ""
			}
			return fmt.Sprintf("Request path for probe %s must be null when its protocol is Tcp.", val(p.Name))
		}),
	},
	{
		Name: "an HTTP probe has a request path", Code: "ProbeRequestPathIsNull", Source: lbReference + codeAssumed,
		check: eachProbe(func(_ *change, p *armnetwork.Probe) string {
			if isTCP(p) || val(p.Properties.RequestPath) != "" {
				return ""
			}
			return fmt.Sprintf("Request path for probe %s must not be null when its protocol is %s.", val(p.Name),
				val(p.Properties.Protocol))
		}),
	},
}

func eachLoadBalancingRule(check func(c *change, r *armnetwork.LoadBalancingRule) string) func(*change) string {
	return about(func(c *change, m *armnetwork.LoadBalancer) string {
		return first(m.Properties.LoadBalancingRules, func(r *armnetwork.LoadBalancingRule) string {
			return check(c, r)
		})
	})
}

func eachProbe(check func(c *change, p *armnetwork.Probe) string) func(*change) string {
	return about(func(c *change, m *armnetwork.LoadBalancer) string {
		return first(m.Properties.Probes, func(p *armnetwork.Probe) string { return check(c, p) })
	})
}

func isTCP(p *armnetwork.Probe) bool {
	return strings.EqualFold(string(val(p.Properties.Protocol)), string(armnetwork.ProbeProtocolTCP))
}

// badPort complains about a port that is given and is not between low and high.
func badPort(of *string, property string, port *int32, low, high int32) string {
	if numberWithin(port, low, high) {
		return ""
	}
	return fmt.Sprintf("Resource %s has invalid value of %s (%d). The value must be between %d and %d.", val(of),
		property, *port, low, high)
}

// childrenOf are the children that a load balancing rule refers to.
func childrenOf(p *armnetwork.LoadBalancingRulePropertiesFormat) []*armnetwork.SubResource {
	all := append([]*armnetwork.SubResource{p.FrontendIPConfiguration, p.BackendAddressPool, p.Probe},
		p.BackendAddressPools...)
	return slices.DeleteFunc(all, func(ref *armnetwork.SubResource) bool { return ref == nil })
}

func sameFrontendPort(_ *change, m *armnetwork.LoadBalancer) string {
	taken := map[string]string{}
	return first(m.Properties.LoadBalancingRules, func(r *armnetwork.LoadBalancingRule) string {
		at := fmt.Sprint(key(val(r.Properties.FrontendIPConfiguration.ID)),
			strings.ToLower(string(*r.Properties.Protocol)), *r.Properties.FrontendPort)
		if other := taken[at]; other != "" {
			return fmt.Sprintf("Load balancing rules %s and %s use the same frontend port, protocol and frontend IP "+
				"configuration.", other, val(r.Name))
		}
		taken[at] = val(r.Name)
		return ""
	})
}

// sameBackendPort: an instance could not tell two such rules apart.
func sameBackendPort(_ *change, m *armnetwork.LoadBalancer) string {
	return sharedPort(m, false, func(p *armnetwork.LoadBalancingRulePropertiesFormat) string { return "" },
		"Load balancing rules %s and %s with floating IP disabled use the same protocol %s and backend port %d, and "+
			"must not be used with the same backend address pool %s.")
}

// sameFloatingPort: with floating IP the instance tells two rules apart by their frontends.
func sameFloatingPort(_ *change, m *armnetwork.LoadBalancer) string {
	return sharedPort(m, true, func(p *armnetwork.LoadBalancingRulePropertiesFormat) string {
		return key(val(p.FrontendIPConfiguration.ID))
	},
		"Load balancing rules %s and %s with floating IP enabled use the same frontend IP, protocol %s and backend "+
			"port %d, and must not be used with the same backend address pool %s.")
}

// sharedPort finds two rules, both with floating IP or both without it, that send the same port of the same pool what
// came in at the same.
func sharedPort(m *armnetwork.LoadBalancer, floating bool,
	at func(*armnetwork.LoadBalancingRulePropertiesFormat) string, complaint string) string {
	taken := map[string]string{}
	return first(m.Properties.LoadBalancingRules, func(r *armnetwork.LoadBalancingRule) string {
		p := r.Properties
		if p.BackendAddressPool == nil || val(p.EnableFloatingIP) != floating {
			return ""
		}
		pool := val(p.BackendAddressPool.ID)
		port := fmt.Sprint(at(p), key(pool), strings.ToLower(string(*p.Protocol)), *p.BackendPort)
		if other := taken[port]; other != "" {
			return fmt.Sprintf(complaint, other, val(r.Name), *p.Protocol, *p.BackendPort, pool)
		}
		taken[port] = val(r.Name)
		return ""
	})
}

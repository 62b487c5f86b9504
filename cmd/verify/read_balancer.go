package main

import (
	"context"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/verify"
)

type rawBalancer struct {
	ID         string
	Tags       map[string]string
	Properties struct {
		FrontendIPConfigurations []struct {
			Properties struct{ PrivateIPAddress string }
		}
		BackendAddressPools []struct {
			Properties struct{ BackendIPConfigurations []ref }
		}
		LoadBalancingRules []struct {
			ID, Name   string
			Properties struct {
				Protocol                  string
				FrontendPort, BackendPort int
				EnableFloatingIP          bool
				DisableOutboundSNAT       bool
				Probe                     ref
			}
		}
		Probes []struct {
			ID         string
			Properties struct {
				Protocol string
				Port     int
			}
		}
	}
}

// found is the load balancer, its rules' IDs, and who is in its backend pools.
type found struct {
	verify.Balancer
	rules, members []string
}

func (raw rawBalancer) balancer() found {
	f := found{Balancer: verify.Balancer{ID: raw.ID, Tags: raw.Tags}}
	for _, frontend := range raw.Properties.FrontendIPConfigurations {
		if f.Frontend == "" {
			f.Frontend = frontend.Properties.PrivateIPAddress
		}
	}
	for _, pool := range raw.Properties.BackendAddressPools {
		for _, member := range pool.Properties.BackendIPConfigurations {
			f.members = append(f.members, member.ID)
		}
	}
	for _, rule := range raw.Properties.LoadBalancingRules {
		p := rule.Properties
		f.rules = append(f.rules, rule.ID)
		f.Rules = append(f.Rules, verify.BalancerRule{Name: rule.Name, Protocol: p.Protocol,
			FrontendPort: p.FrontendPort, BackendPort: p.BackendPort, FloatingIP: p.EnableFloatingIP,
			OutboundSNAT: !p.DisableOutboundSNAT, ProbeID: p.Probe.ID})
	}
	for _, probe := range raw.Properties.Probes {
		f.Probes = append(f.Probes, verify.Probe{ID: probe.ID, Protocol: probe.Properties.Protocol,
			Port: probe.Properties.Port})
	}
	return f
}

// balancer reads the load balancer that has the address that sensors are told or, if none has, any in the subnet; and
// who is behind it.
func (a *asker) balancer(ctx context.Context, subnet verify.Subnet, host string) (verify.Part[verify.Balancer],
	[]string) {
	var chosen *found
	for _, id := range distinct(subnet.IPConfigurations, "loadBalancers") {
		one := get(ctx, a, id, networkVersion, rawBalancer.balancer)
		if !one.Read {
			return verify.Part[verify.Balancer]{}, nil
		}
		if one.Have != nil && (chosen == nil || one.Have.Frontend == host) {
			chosen = one.Have
		}
	}
	if chosen == nil {
		return verify.Found[verify.Balancer](nil), nil
	}
	chosen.Health = verify.Found(&[]verify.Backend{})
	for _, rule := range chosen.rules {
		health := a.health(ctx, rule)
		if !health.Read {
			chosen.Health = health
			break
		}
		*chosen.Health.Have = append(*chosen.Health.Have, *health.Have...)
	}
	chosen.Settings = a.settings(ctx, chosen.ID)
	return verify.Found(&chosen.Balancer), chosen.members
}

// health asks what the probe of a rule finds.
// Source: https://learn.microsoft.com/azure/load-balancer/load-balancer-manage-health-status
func (a *asker) health(ctx context.Context, rule string) verify.Part[[]verify.Backend] {
	type answer struct {
		LoadBalancerBackendAddresses []struct{ IPAddress, State, Reason string }
	}
	return act(ctx, a, rule+"/health", networkVersion, func(raw answer) []verify.Backend {
		all := []verify.Backend{}
		for _, b := range raw.LoadBalancerBackendAddresses {
			all = append(all, verify.Backend{Address: b.IPAddress, State: b.State, Reason: b.Reason})
		}
		return all
	})
}

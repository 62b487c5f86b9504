package monitor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/alerts"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

// Cause is what makes one alert fire.
type Cause struct {
	Alert string
	What  string
	Bring func(*State)
}

// Causes has one cause of each alert.
var Causes = []Cause{
	{"no-healthy-proxy", "no instance answers the probe", func(s *State) { s.Healthy = 0 }},
	{"load-balancer-data-path", "the load balancer's frontend does not answer", func(s *State) {
		s.FrontendSilent = true
	}},
	{"tunnel-down", "one tunnel carries nothing", func(s *State) { s.SilentTunnel = true }},
	{"bgp-peer-down", "one BGP session is down", func(s *State) { s.LostPeer = true }},
	{"express-route-down", "the circuit brings no routes", func(s *State) { s.LostCircuit = true }},
	{"nat-data-path", "the NAT gateway passes nothing", func(s *State) { s.NATSilent = true }},
	{"few-healthy-proxies", "fewer than half of the instances answer the probe", func(s *State) {
		s.Healthy = (s.Instances - 1) / 2
	}},
	{"snat-failures", "a connection finds no port at the NAT gateway", func(s *State) { s.Failed = 1 }},
	{"express-route-cpu", "the ExpressRoute gateway's CPU is at 95 %", func(s *State) { s.GatewayCPU = 95 }},
	{"nat-dropped-packets", "the NAT gateway drops ten packets a minute", func(s *State) { s.Dropped = 10 }},
	{"nat-connections", "the NAT gateway holds 60,000 connections", func(s *State) { s.Connections = 60000 }},
	{"logs-stopped", "the workspace gets nothing", func(s *State) { s.MetricsStopped = true }},
	{"flow-log-stopped", "Traffic Analytics writes nothing", func(s *State) { s.FlowsStopped = true }},
	{"proxy-cpu", "the instances' CPU is at 98 %", func(s *State) { s.CPU = 98 }},
	{"proxy-memory", "the instances have 100 MB left", func(s *State) { s.MemoryLeft = 100e6 }},
	{"vpn-bandwidth", "tunnels carry 90 % of what the SKU does", func(s *State) { s.Load = 0.9 }},
	{"express-route-bandwidth", "the circuit carries 90 % of what the SKU does", func(s *State) { s.Load = 0.9 }},
	{"roll-failed", "a scale set is written and fails", func(s *State) {
		s.Events = []arm.Event{{Category: "Administrative", Status: "Failed",
			OperationName: "Microsoft.Compute/virtualMachineScaleSets/write"}}
	}},
}

// Fired are the alerts that fire now, by name, in order.
func Fired(azure *arm.Server, t arm.Telemetry) ([]string, error) { return fired(azure, t, 0) }

// FiredInAnHour are those that fire at some minute of the last hour.
func FiredInAnHour(azure *arm.Server, t arm.Telemetry) ([]string, error) {
	all := []string{}
	for ago := range 60 {
		some, err := fired(azure, t, ago)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

func fired(azure *arm.Server, t arm.Telemetry, ago int) ([]string, error) {
	rules, err := azure.Fired(t, ago)
	if err != nil {
		return nil, err
	}
	all := []string{}
	for _, rule := range rules {
		name, err := alertOf(rule)
		if err != nil {
			return nil, err
		}
		all = append(all, name)
	}
	slices.Sort(all)
	return all, nil
}

// Rules are the alerts that there are, by name.
func Rules(resources []arm.Resource) ([]string, error) {
	var all []string
	for _, r := range resources {
		switch r.Type {
		case "Microsoft.Insights/metricAlerts", "Microsoft.Insights/scheduledQueryRules",
			"Microsoft.Insights/activityLogAlerts":
			name, err := alertOf(r.Name)
			if err != nil {
				return nil, err
			}
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all, nil
}

// alertOf is the alert that a rule in Azure is: its name is in the rule's, before what Pulumi has added.
func alertOf(rule string) (string, error) {
	for _, name := range alerts.Names() {
		if strings.Contains(rule, "-"+name) {
			return name, nil
		}
	}
	return "", fmt.Errorf("the rule %s is no alert of a site", rule)
}

// Package monitor says what Azure Monitor would have of a site: samples of metrics, rows of logs and events of the
// activity log. Some of it the lab has measured; the rest is modelled on the state of the site. It also knows what
// makes each alert fire.
package monitor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

// State is a site's, as far as it shows in what Azure Monitor has.
type State struct {
	// What the lab measures.
	Instances, Healthy int     // as the load balancer's probe sees them
	Connections        float64 // that the NAT gateway carries
	Failed             float64 // connections for which it had no port, each minute
	Events             []arm.Event

	// What is modelled.
	FrontendSilent bool    // the load balancer's
	NATSilent      bool    // the NAT gateway passes no packet
	Dropped        float64 // packets that it drops, each minute
	CPU            float64 // of the instances, in percent
	MemoryLeft     float64 // of an instance, in bytes
	SilentTunnel   bool    // one connection without BGP carries nothing
	LostPeer       bool    // one peer has no BGP session
	LostCircuit    bool
	Load           float64 // of what the gateway's SKU carries
	GatewayCPU     float64 // in percent
	MetricsStopped bool    // the workspace gets none
	FlowsStopped   bool    // Traffic Analytics writes none
}

// Healthy is a site on which nothing is wrong.
func Healthy(instances int) State {
	return State{Instances: instances, Healthy: instances, Connections: 40, CPU: 12, MemoryLeft: 6e9, Load: 0.1,
		GatewayCPU: 15}
}

const (
	// Window is how far back Azure Monitor's samples and rows go here, in minutes: as far as any alert looks, and an
	// hour more, each minute of which can be evaluated.
	window = 7 * 60
	// flowsEvery is how often Traffic Analytics writes, in minutes.
	flowsEvery = 60
)

// Telemetry is what Azure Monitor has of the resources when they have been in that state all the while.
func (s State) Telemetry(resources []arm.Resource) arm.Telemetry {
	t := arm.Telemetry{Tables: map[string][]arm.LogRow{}, Events: s.Events}
	for _, r := range resources {
		switch r.Type {
		case "Microsoft.Network/loadBalancers":
			s.balancer(&t, r)
		case "Microsoft.Network/natGateways":
			s.nat(&t, r)
		case "Microsoft.Compute/virtualMachineScaleSets":
			add(&t, r, "Percentage CPU", s.CPU)
			add(&t, r, "Available Memory Bytes", s.MemoryLeft)
		case "Microsoft.Network/virtualNetworkGateways":
			s.gateway(&t, r, resources)
		case "Microsoft.Network/networkWatchers/flowLogs":
			for ago := 1; ago < window && !s.FlowsStopped && !s.MetricsStopped; ago += flowsEvery {
				t.Tables["NTANetAnalytics"] = append(t.Tables["NTANetAnalytics"], arm.LogRow{Ago: ago, Row: arm.Row{}})
			}
		}
	}
	return t
}

// add adds a metric that has been at one value all the while; dimensions are names and values.
func add(t *arm.Telemetry, r arm.Resource, metric string, value float64, dimensions ...string) {
	series := arm.Series{Resource: r.ID, Metric: metric, Samples: slices.Repeat([]float64{value}, window),
		Dimensions: map[string]string{}}
	for i := 0; i < len(dimensions); i += 2 {
		series.Dimensions[dimensions[i]] = dimensions[i+1]
	}
	t.Series = append(t.Series, series)
}

func (s State) balancer(t *arm.Telemetry, r arm.Resource) {
	for i := range s.Instances {
		health := 0.0
		if i < s.Healthy {
			health = 100
		}
		add(t, r, "DipAvailability", health, "BackendIPAddress", fmt.Sprint(i))
	}
	// Without a healthy instance the frontend does not answer either.
	// https://learn.microsoft.com/azure/load-balancer/load-balancer-standard-diagnostics
	answers := 100.0
	if s.Healthy == 0 || s.FrontendSilent {
		answers = 0
	}
	add(t, r, "VipAvailability", answers)
	for ago := range window {
		if !s.MetricsStopped {
			t.Tables["AzureMetrics"] = append(t.Tables["AzureMetrics"], arm.LogRow{Ago: ago,
				Row: arm.Row{"ResourceId": strings.ToUpper(r.ID)}})
		}
	}
}

func (s State) nat(t *arm.Telemetry, r arm.Resource) {
	passes := 100.0
	if s.NATSilent {
		passes = 0
	}
	add(t, r, "DatapathAvailability", passes)
	add(t, r, "SNATConnectionCount", s.Connections, "ConnectionState", "Attempted")
	add(t, r, "SNATConnectionCount", s.Failed, "ConnectionState", "Failed")
	add(t, r, "TotalConnectionCount", s.Connections)
	add(t, r, "PacketDropCount", s.Dropped)
}

// carries is what a gateway's SKU carries, in bits a second.
// https://learn.microsoft.com/azure/vpn-gateway/about-gateway-skus
// https://learn.microsoft.com/azure/expressroute/expressroute-about-virtual-network-gateways
var carries = map[string]float64{
	"VpnGw1AZ": 650e6, "VpnGw2AZ": 1e9, "VpnGw3AZ": 1.25e9, "VpnGw4AZ": 5e9, "VpnGw5AZ": 10e9,
	"ErGw1AZ": 1e9, "ErGw2AZ": 2e9, "ErGw3AZ": 10e9,
}

func (s State) gateway(t *arm.Telemetry, r arm.Resource, resources []arm.Resource) {
	properties, _ := r.Body["properties"].(map[string]any)
	sku, _ := properties["sku"].(map[string]any)
	load := s.Load * carries[fmt.Sprint(sku["name"])]
	if properties["gatewayType"] == "ExpressRoute" {
		routes := 12.0
		if s.LostCircuit {
			routes = 0
		}
		add(t, r, "ExpressRouteGatewayCountOfRoutesLearnedFromPeer", routes, "roleInstance", "GatewayTenant_IN_0")
		add(t, r, "ExpressRouteGatewayBitsPerSecond", load, "roleInstance", "GatewayTenant_IN_0")
		add(t, r, "ExpressRouteGatewayCpuUtilization", s.GatewayCPU, "roleInstance", "GatewayTenant_IN_0")
		return
	}
	add(t, r, "AverageBandwidth", load/8, "Instance", "GatewayTenantWorker_IN_0")
	silent, lost := s.SilentTunnel, s.LostPeer
	for _, c := range resources {
		if c.Type != "Microsoft.Network/connections" {
			continue
		}
		properties, _ := c.Body["properties"].(map[string]any)
		if properties["enableBgp"] != true {
			carried := 20e3
			if silent {
				carried, silent = 0, false
			}
			add(t, r, "TunnelAverageBandwidth", carried, "ConnectionName", c.Name)
			continue
		}
		status := 1.0
		if lost {
			status, lost = 0, false
		}
		add(t, r, "TunnelAverageBandwidth", 20e3, "ConnectionName", c.Name)
		add(t, r, "BgpPeerStatus", status, "BgpPeerAddress", c.Name)
	}
}

package arm

import (
	"fmt"
	"slices"
	"strings"
)

// metric is how Azure samples one of a type's metrics.
type metric struct {
	aggregations []string // that the type's page lists
	dimensions   []string
}

// metricsDoc lists the metrics of each type.
const metricsDoc = "https://learn.microsoft.com/azure/azure-monitor/reference/metrics-index"

func averaged(dimensions ...string) metric { return metric{[]string{"Average"}, dimensions} }
func summed(dimensions ...string) metric   { return metric{[]string{"Total"}, dimensions} }
func highest(dimensions ...string) metric  { return metric{[]string{"Maximum"}, dimensions} }
func spread(dimensions ...string) metric {
	return metric{[]string{"Average", "Minimum", "Maximum"}, dimensions}
}

var ofTunnel = []string{"ConnectionName", "RemoteIP", "Instance"}

// metrics are those of each type that alerts may watch, by their names in the API.
// Source: MicrosoftDocs/azure-reference-other, azure-monitor-ref/supported-metrics/includes
var metrics = map[string]map[string]metric{
	typeLoadBalancer: {
		"AllocatedSnatPorts": averaged("FrontendIPAddress", "BackendIPAddress", "ProtocolType", "IsAwaitingRemoval"),
		"ByteCount":          summed("FrontendIPAddress", "FrontendPort", "Direction"),
		"DipAvailability": averaged("ProtocolType", "BackendPort", "FrontendIPAddress", "FrontendPort",
			"BackendIPAddress"),
		"PacketCount":         summed("FrontendIPAddress", "FrontendPort", "Direction"),
		"SnatConnectionCount": summed("FrontendIPAddress", "BackendIPAddress", "ConnectionState"),
		"SYNCount":            summed("FrontendIPAddress", "FrontendPort", "Direction"),
		"UsedSnatPorts":       averaged("FrontendIPAddress", "BackendIPAddress", "ProtocolType", "IsAwaitingRemoval"),
		"VipAvailability":     averaged("FrontendIPAddress", "FrontendPort"),
	},
	typeNATGateway: {
		"ByteCount":            summed("Protocol", "Direction"),
		"DatapathAvailability": averaged(),
		"PacketCount":          summed("Protocol", "Direction"),
		"PacketDropCount":      summed(),
		"SNATConnectionCount":  summed("Protocol", "ConnectionState"),
		"TotalConnectionCount": summed("Protocol"),
	},
	typeScaleSet: {
		"Available Memory Bytes": averaged("VMName"),
		"Percentage CPU":         averaged("VMName"),
		"VmAvailabilityMetric":   averaged("VMName"),
	},
	typeGateway: {
		"AverageBandwidth":                                averaged("Instance"),
		"BgpPeerStatus":                                   averaged("BgpPeerAddress", "Instance"),
		"BgpRoutesLearned":                                summed("BgpPeerAddress", "Instance"),
		"ExpressRouteGatewayBitsPerSecond":                spread("roleInstance"),
		"ExpressRouteGatewayCountOfRoutesLearnedFromPeer": highest("roleInstance", "BgpPeerAddress"),
		"ExpressRouteGatewayCpuUtilization":               spread("roleInstance"),
		"TunnelAverageBandwidth":                          averaged(ofTunnel...),
		"TunnelEgressBytes":                               summed(ofTunnel...),
		"TunnelIngressBytes":                              summed(ofTunnel...),
	},
}

// metricOf finds a metric of a type by its name; both without regard to case.
func metricOf(of, name string) (metric, bool) {
	for kind, all := range metrics {
		for known, m := range all {
			if strings.EqualFold(kind, of) && strings.EqualFold(known, name) {
				return m, true
			}
		}
	}
	return metric{}, false
}

// WrongMetric says what is wrong with a metric of a type, an aggregation of it, or a dimension by which it is split;
// empty: nothing. An empty dimension is none.
func WrongMetric(of, name, aggregation, dimension string) string {
	m, known := metricOf(of, name)
	switch {
	case !known:
		return fmt.Sprintf("%s has no metric %s", of, name)
	case !slices.Contains(m.aggregations, aggregation):
		return fmt.Sprintf("%s is aggregated by %v, not by %s", name, m.aggregations, aggregation)
	case dimension != "" && !slices.Contains(m.dimensions, dimension):
		return fmt.Sprintf("%s has the dimensions %v, and not %s", name, m.dimensions, dimension)
	}
	return ""
}

package workbook

import "github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/alerts"

// What stands in a query for the site's own.
const (
	accessTable = "ACCESS_TABLE"
	proxySubnet = "PROXY_SUBNET"
)

const egressTab = "egress"

func hasTable(s Site) bool   { return s.AccessTable != "" }
func hasFlows(s Site) bool   { return s.FlowLog }
func hasNAT(s Site) bool     { return s.NATGateway }
func hasGateway(s Site) bool { return s.Gateway != "" }
func onVPN(s Site) bool      { return s.Gateway == "vpn" }
func hasBGP(s Site) bool     { return onVPN(s) && s.BGP }
func onCircuit(s Site) bool  { return s.Gateway == "expressRoute" }
func tableOrNAT(s Site) bool { return hasTable(s) || hasNAT(s) }
func metric(name, title, of, metric, aggregation, dimension string, applies func(Site) bool) chart {
	return chart{Chart{name, title, of, metric, aggregation, dimension}, applies}
}

// flows begin every query of them. Before Traffic Analytics has written its first flow the table is not there: the
// union is then of an empty one, which has the columns that the queries read.
// https://learn.microsoft.com/kusto/query/union-operator
const flows = `union isfuzzy=true (datatable(TimeGenerated: datetime, SubType: string, FlowStatus: string, ` +
	`FlowDirection: string, SrcIp: string, DestIp: string, DestPort: int, AclRule: string, AllowedInFlows: long, ` +
	`DeniedInFlows: long, DeniedOutFlows: long, BytesSrcToDest: long, BytesDestToSrc: long)[]), NTANetAnalytics
| where SubType == "FlowLog"
`

const aboutFirewall = "The way out is a firewall of the company, whose metrics are its owner's. The proxies show " +
	"only whom they do not reach."

// tabs are what a workbook may have, in the order in which somebody looks when a sensor is disconnected.
var tabs = []tab{
	{
		Tab: Tab{Name: "health", Title: "Health", About: "Whether the proxies answer the load balancer's probe, " +
			"whether the load balancer passes packets on, and what the instances have left."},
		charts: []chart{
			metric("probe", "Instances that answer the probe, %", alerts.LoadBalancer, "DipAvailability", "Average",
				"BackendIPAddress", nil),
			metric("data-path", "Data path of the load balancer, %", alerts.LoadBalancer, "VipAvailability",
				"Average", "", nil),
			metric("opened", "Connections that sensors opened", alerts.LoadBalancer, "SYNCount", "Total", "", nil),
			metric("cpu", "CPU of the instances, %", alerts.ScaleSet, "Percentage CPU", "Average", "VMName", nil),
			metric("memory", "Memory that the instances have left", alerts.ScaleSet, "Available Memory Bytes",
				"Average", "VMName", nil),
		},
	},
	{
		Tab: Tab{Name: "connections", Title: "Connections", About: "Who connects, and what is refused and why. " +
			"[The manual of the table](https://github.com/defender-iot-proxy/pulumi-defender-iot-proxy/blob/main/" +
			"docs/operations.md) says what the reasons mean."},
		applies: hasTable,
		queries: []query{
			{Query: Query{Name: "sensors", Title: "Connections by sensor", Text: `ACCESS_TABLE
| where Refused == ""
| summarize Connections = count(), BytesUp = sum(BytesUp), BytesDown = sum(BytesDown), Last = max(TimeGenerated) ` +
				`by SensorAddress, Sensor
| order by Connections desc`}},
			{Query: Query{Name: "refused", Title: "Refused, and why", Text: `ACCESS_TABLE
| where Refused != ""
| summarize Requests = count(), Last = max(TimeGenerated) by Refused, SensorAddress, Sensor, Host, Port
| order by Requests desc`}},
			{Query: Query{Name: "hosts", Title: "Hosts that sensors reach", Text: `ACCESS_TABLE
| where Refused == "" and Status == 200
| summarize Connections = count(), Bytes = sum(BytesDown) by Host, Port
| order by Connections desc`}},
			{Query: Query{Name: "over-time", Title: "Connections over time", Lines: true, Text: `ACCESS_TABLE
| where Refused == ""
| summarize Connections = count() by bin(TimeGenerated, 5m), Computer`}},
		},
	},
	{
		Tab:     Tab{Name: egressTab, Title: "Egress", About: "The way from the proxies to Microsoft's services."},
		applies: tableOrNAT,
		charts: []chart{
			metric("nat-data-path", "Data path of the NAT gateway, %", alerts.NATGateway, "DatapathAvailability",
				"Average", "", hasNAT),
			metric("nat-connections", "Connections at a time", alerts.NATGateway, "TotalConnectionCount", "Total", "",
				hasNAT),
			metric("snat", "Connections opened, and those that found no port", alerts.NATGateway,
				"SNATConnectionCount", "Total", "ConnectionState", hasNAT),
			metric("nat-dropped", "Packets dropped", alerts.NATGateway, "PacketDropCount", "Total", "", hasNAT),
			metric("nat-bytes", "Bytes", alerts.NATGateway, "ByteCount", "Total", "Direction", hasNAT),
		},
		queries: []query{
			{applies: hasTable, Query: Query{Name: "not-reached", Title: "Hosts that the proxies did not reach",
				Text: `ACCESS_TABLE
| where Refused == "" and Status >= 500
| summarize Requests = count(), Last = max(TimeGenerated) by Host, Port, Status
| order by Requests desc`}},
		},
	},
	{
		Tab:     Tab{Name: "gateway", Title: "Gateway", About: "The way from the site to the proxies."},
		applies: hasGateway,
		charts: []chart{
			metric("tunnels", "Bytes a second in each tunnel", alerts.Gateway, "TunnelAverageBandwidth", "Average",
				"ConnectionName", onVPN),
			metric("bgp", "BGP peers, 1 is up", alerts.Gateway, "BgpPeerStatus", "Average", "BgpPeerAddress", hasBGP),
			metric("vpn-bandwidth", "Bytes a second through the gateway", alerts.Gateway, "AverageBandwidth",
				"Average", "", onVPN),
			metric("routes", "Routes learned from the circuit", alerts.Gateway,
				"ExpressRouteGatewayCountOfRoutesLearnedFromPeer", "Maximum", "", onCircuit),
			metric("circuit-bandwidth", "Bits a second through the gateway", alerts.Gateway,
				"ExpressRouteGatewayBitsPerSecond", "Average", "", onCircuit),
			metric("gateway-cpu", "CPU of the gateway, %", alerts.Gateway, "ExpressRouteGatewayCpuUtilization",
				"Average", "", onCircuit),
		},
	},
	{
		Tab: Tab{Name: "flows", Title: "Flows", About: "What Traffic Analytics has of the proxies' subnet. It writes " +
			"each ten or sixty minutes, as `logs.trafficAnalyticsMinutes` says."},
		applies: hasFlows,
		queries: []query{
			{Query: Query{Name: "flows-in", Title: "Who connects to the proxies", Text: flows +
				`| where FlowStatus == "Allowed" and FlowDirection == "Inbound" ` +
				`and ipv4_is_in_range(DestIp, "PROXY_SUBNET")
| summarize Flows = sum(AllowedInFlows), Bytes = sum(BytesSrcToDest + BytesDestToSrc), Last = max(TimeGenerated) ` +
				`by SrcIp, DestPort
| order by Bytes desc`}},
			{Query: Query{Name: "flows-denied", Title: "What a rule denied", Text: flows +
				`| where FlowStatus == "Denied" and (ipv4_is_in_range(DestIp, "PROXY_SUBNET") ` +
				`or ipv4_is_in_range(SrcIp, "PROXY_SUBNET"))
| summarize Flows = sum(DeniedInFlows + DeniedOutFlows), Last = max(TimeGenerated) by SrcIp, DestIp, DestPort, AclRule
| order by Flows desc`}},
			{Query: Query{Name: "flows-over-time", Title: "Bytes to and from the proxies", Lines: true, Text: flows +
				`| where ipv4_is_in_range(DestIp, "PROXY_SUBNET") or ipv4_is_in_range(SrcIp, "PROXY_SUBNET")
| summarize Bytes = sum(BytesSrcToDest + BytesDestToSrc) by bin(TimeGenerated, 1h), FlowDirection`}},
		},
	},
}

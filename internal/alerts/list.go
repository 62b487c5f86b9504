package alerts

// The metrics are documented at https://learn.microsoft.com/azure/azure-monitor/reference/metrics-index. Each is
// aggregated in a way that the page of its type lists: Azure refuses others.

// almost is what an availability of 100 % may fall to while nothing is wrong: Azure's own guidance, and Baseline
// Alerts'.
// Source: https://learn.microsoft.com/azure/load-balancer/load-balancer-standard-diagnostics
const almost = 90

// Gateways are watched at four fifths of what their SKU carries.
const share = 0.8

// vpnBandwidth is in bytes a second. Of a SKU that has two generations, it is the lesser one's.
// Source: https://learn.microsoft.com/azure/vpn-gateway/about-gateway-skus
var vpnBandwidth = map[string]float64{
	"VpnGw1AZ": share * 650e6 / 8, "VpnGw2AZ": share * 1e9 / 8, "VpnGw3AZ": share * 1.25e9 / 8,
	"VpnGw4AZ": share * 5e9 / 8, "VpnGw5AZ": share * 10e9 / 8,
}

// expressRouteBandwidth is in bits a second.
// Source: https://learn.microsoft.com/azure/expressroute/expressroute-about-virtual-network-gateways#gwsku
var expressRouteBandwidth = map[string]float64{
	"ErGw1AZ": share * 1e9, "ErGw2AZ": share * 2e9, "ErGw3AZ": share * 10e9,
}

func everySite(Site) bool        { return true }
func hasNAT(s Site) bool         { return s.NATGateway }
func onVPN(s Site) bool          { return s.Gateway == "vpn" }
func onExpressRoute(s Site) bool { return s.Gateway == "expressRoute" }

const (
	aboutHealth = "az monitor metrics list --resource LOAD_BALANCER_ID --metric DipAvailability --interval PT1M " +
		"--filter \"BackendIPAddress eq '*'\""
	aboutInstances = "az vmss get-instance-view --ids SCALE_SET_ID --instance-id '*' --query '[].vmHealth'"
	aboutTunnels   = "az network vpn-connection list -g RESOURCE_GROUP --query '[].{name:name, " +
		"status:connectionStatus}'"
	aboutChanges = "az monitor activity-log list -g RESOURCE_GROUP --offset 6h --status Failed"
)

// list is every alert, the worst first.
var list = []Alert{
	{
		Name: "no-healthy-proxy", Resource: LoadBalancer, Severity: 0, Window: "PT5M", Frequency: "PT1M",
		Sites: "with proxies in Azure", applies: everySite,
		All: []Condition{{Metric: "DipAvailability", Aggregation: "Average", Operator: "LessThan", Threshold: 1}},
		Means: "No instance has answered the load balancer's probe for five minutes. No sensor of the site reaches " +
			"Defender.",
		Look: []string{aboutHealth, aboutInstances, aboutChanges},
		Do: "If instances run and Squid does not answer, restart them: `az vmss restart`. If there is none, or " +
			"none starts, `pulumi up --replace '**proxies-vmss'` makes new ones. If a roll failed just before, see " +
			"roll-failed.",
	},
	{
		Name: "load-balancer-data-path", Resource: LoadBalancer, Severity: 0, Window: "PT5M", Frequency: "PT1M",
		Sites: "with proxies in Azure", applies: everySite,
		All: []Condition{
			{Metric: "VipAvailability", Aggregation: "Average", Operator: "LessThan", Threshold: almost},
			{Metric: "DipAvailability", Aggregation: "Average", Operator: "GreaterThanOrEqual", Threshold: 1},
		},
		Means: "Instances are healthy, and the load balancer's frontend does not answer. Sensors do not get " +
			"through to the proxies. The cause is in Azure's platform.",
		Look: []string{
			"az monitor metrics list --resource LOAD_BALANCER_ID --metric VipAvailability --interval PT1M",
			"az rest --method get --url " +
				"\"LOAD_BALANCER_ID/providers/Microsoft.ResourceHealth/availabilityStatuses/current?api-version=2023-07-01-preview\"",
		},
		Do: "Look at Azure Service Health for the region and open a support request of severity A. Nothing in the " +
			"stack helps; do not destroy it, since the frontend's address is entered on the sensors.",
	},
	{
		Name: "tunnel-down", Resource: Gateway, Severity: 0, Window: "PT5M", Frequency: "PT1M",
		Sites:   "with a VPN gateway of their own and a connection without BGP",
		applies: func(s Site) bool { return onVPN(s) && s.Static },
		All: []Condition{{Metric: "TunnelAverageBandwidth", Aggregation: "Average", Operator: "LessThan", Threshold: 1,
			Dimension: "ConnectionName", Values: each}},
		Means: "A tunnel has carried nothing for five minutes. Sensors talk all the time, so it is down, or " +
			"nothing of the site is routed into it.",
		Look: []string{aboutTunnels},
		Do: "If the connection is not Connected, look at the site's VPN device: its internet line, the gateway's " +
			"address, the pre-shared key (output `gateway`), the IPsec policy. If it is, look at the site's " +
			"routes. A connection that is meant to be silent: name tunnel-down in `alerts.without`.",
	},
	{
		Name: "bgp-peer-down", Resource: Gateway, Severity: 0, Window: "PT5M", Frequency: "PT1M",
		Sites:   "with a VPN gateway of their own and a connection with BGP",
		applies: func(s Site) bool { return onVPN(s) && s.BGP },
		// A peer of two instances whose one session is down still has the other: its average is 0.5.
		All: []Condition{{Metric: "BgpPeerStatus", Aggregation: "Average", Operator: "LessThan", Threshold: 0.5,
			Dimension: "BgpPeerAddress", Values: each}},
		Means: "No instance of the gateway has a BGP session with a peer: its tunnel is down, or BGP inside it. " +
			"What the peer announced is no longer routed there. Beside connections without BGP, tunnel-down may " +
			"fire too.",
		Look: []string{aboutTunnels, "az network vnet-gateway list-bgp-peer-status -g RESOURCE_GROUP -n " +
			"MD4IoT-gateway"},
		Do: "If the connection is not Connected, mend the tunnel: the device's internet line, the gateway's " +
			"address, the key. If it is, compare both sides' ASN and BGP addresses with the output `gateway`.",
	},
	{
		Name: "express-route-down", Resource: Gateway, Severity: 0, Window: "PT5M", Frequency: "PT1M",
		Sites: "with an ExpressRoute gateway of their own", applies: onExpressRoute,
		All: []Condition{{Metric: "ExpressRouteGatewayCountOfRoutesLearnedFromPeer", Aggregation: "Maximum",
			Operator: "LessThan", Threshold: 1}},
		Means: "The gateway learns no route from the circuit: the circuit, its private peering or the connection " +
			"is down. No sensor reaches the proxies.",
		Look: []string{
			"az network vpn-connection list -g RESOURCE_GROUP --query '[].{name:name, state:provisioningState}'",
			"az network express-route show --ids CIRCUIT_ID --query '{circuit:circuitProvisioningState, " +
				"provider:serviceProviderProvisioningState}'",
			"az network express-route list-route-tables --ids CIRCUIT_ID --path primary --peering-name " +
				"AzurePrivatePeering",
		},
		Do: "Ask the circuit's owner and the connectivity provider. If the circuit is well, reset the connection: " +
			"`pulumi up --replace '**gateway-circuit'`.",
	},
	{
		Name: "nat-data-path", Resource: NATGateway, Severity: 0, Window: "PT15M", Frequency: "PT5M",
		Sites: "with a NAT gateway", applies: hasNAT,
		All: []Condition{{Metric: "DatapathAvailability", Aggregation: "Average", Operator: "LessThan",
			Threshold: almost}},
		Means: "The NAT gateway does not pass packets. The proxies are healthy, and reach none of Microsoft's " +
			"services. The cause is in Azure's platform, often in one zone.",
		Look: []string{"az monitor metrics list --resource NAT_GATEWAY_ID --metric DatapathAvailability --interval " +
			"PT5M"},
		Do: "Look at Azure Service Health, and open a support request of severity A. Another NAT gateway has " +
			"another public address: `egress.natGatewayId` takes one that exists, once firewalls know its address.",
	},
	{
		Name: "few-healthy-proxies", Resource: LoadBalancer, Severity: 1, Window: "PT5M", Frequency: "PT1M",
		Sites: "with three instances or more", applies: func(s Site) bool { return s.Instances >= 3 },
		All: []Condition{
			{Metric: "DipAvailability", Aggregation: "Average", Operator: "LessThan", Threshold: 50},
			{Metric: "VipAvailability", Aggregation: "Average", Operator: "GreaterThanOrEqual", Threshold: almost},
		},
		Means: "Fewer than half of the instances answer the load balancer's probe. Sensors get through; the next " +
			"loss may end that. It fires too while a roll boots more instances than serve, and in the first " +
			"minutes of a total loss.",
		Look: []string{aboutHealth, aboutInstances},
		Do: "Azure repairs an instance that stays unhealthy for half an hour. If none comes back, look at one " +
			"through Bastion (`systemctl status squid`), or restart them with `az vmss restart`.",
	},
	{
		Name: "snat-failures", Resource: NATGateway, Severity: 1, Window: "PT5M", Frequency: "PT1M",
		Sites: "with a NAT gateway", applies: hasNAT,
		All: []Condition{{Metric: "SNATConnectionCount", Aggregation: "Total", Operator: "GreaterThan", Threshold: 0,
			Dimension: "ConnectionState", Values: []string{"Failed"}}},
		Means: "Connections of the proxies found no free port at the NAT gateway, so some sensors do not reach " +
			"some service.",
		Look: []string{"az monitor metrics list --resource NAT_GATEWAY_ID --metric SNATConnectionCount --interval " +
			"PT1M --filter \"ConnectionState eq '*'\""},
		Do: "Find out who opens that many: in the flow log, or in Squid's access log on an instance. If all of it " +
			"is meant, give the NAT gateway more addresses with `egress.publicIpPrefixId`, once firewalls know them.",
	},
	{
		Name: "express-route-cpu", Resource: Gateway, Severity: 1, Window: "PT15M", Frequency: "PT5M",
		Sites: "with an ExpressRoute gateway of their own", applies: onExpressRoute,
		All: []Condition{{Metric: "ExpressRouteGatewayCpuUtilization", Aggregation: "Average",
			Operator: "GreaterThan", Threshold: 80}},
		Means: "The gateway has little left. It drops packets before its bandwidth is used up.",
		Look: []string{"az monitor metrics list --resource GATEWAY_ID --metric ExpressRouteGatewayCpuUtilization " +
			"--interval PT5M"},
		Do: "Choose a larger `gateway.sku`: it is a change in place.",
	},
	{
		Name: "nat-dropped-packets", Resource: NATGateway, Severity: 2, Window: "PT5M", Frequency: "PT1M",
		Sites: "with a NAT gateway", applies: hasNAT,
		All: []Condition{{Metric: "PacketDropCount", Aggregation: "Total", Operator: "GreaterThan", Threshold: 5}},
		Means: "The NAT gateway drops packets, as it does with those of connections that it has forgotten. Sensors " +
			"try again; tunnels that were quiet for long end.",
		Look: []string{"az monitor metrics list --resource NAT_GATEWAY_ID --metric PacketDropCount --interval PT1M"},
		Do: "If it goes on, raise `nat.idleTimeoutMinutes`, and look for snat-failures at the same time: ports " +
			"that run out drop packets too.",
	},
	{
		Name: "nat-connections", Resource: NATGateway, Severity: 2, Window: "PT1M", Frequency: "PT1M",
		Sites: "with a NAT gateway", applies: hasNAT,
		// 64,512 ports an address, for connections to one destination.
		// Source: https://learn.microsoft.com/azure/nat-gateway/nat-gateway-snat
		All: []Condition{{Metric: "TotalConnectionCount", Aggregation: "Total", Operator: "GreaterThan",
			Threshold: 50000}},
		Means: "The proxies hold nearly as many connections as one public address has ports. Those to one " +
			"destination may soon fail.",
		Look: []string{"az monitor metrics list --resource NAT_GATEWAY_ID --metric TotalConnectionCount --interval " +
			"PT1M"},
		Do: "As with snat-failures, before they come.",
	},
	{
		Name: "logs-stopped", Resource: Workspace, Severity: 2, Window: "PT1H", Frequency: "PT15M",
		Sites: "with proxies in Azure", applies: func(s Site) bool { return s.Workspace },
		Query: `union isfuzzy=true (datatable(TimeGenerated: datetime, ResourceId: string)[]), AzureMetrics
| where ResourceId =~ "` + LoadBalancerID + `"
| summarize Rows = count()
| where Rows == 0`,
		Means: "The workspace has had no metric of the load balancer for an hour. Azure sends some each minute, so " +
			"the diagnostic setting is gone, or the workspace takes nothing in. Sensors are not affected.",
		Look: []string{
			"_LogOperation | where TimeGenerated > ago(1d) and Level != \"Info\"",
			"az monitor diagnostic-settings list --resource LOAD_BALANCER_ID",
			"az monitor log-analytics workspace show --ids WORKSPACE_ID --query workspaceCapping",
		},
		Do: "If the daily cap is reached, raise it. If the setting is gone, `pulumi up --refresh` makes it again.",
	},
	{
		Name: "flow-log-stopped", Resource: Workspace, Severity: 2, Window: "PT6H", Frequency: "PT1H",
		Sites: "with flow logs", applies: func(s Site) bool { return s.Workspace && s.FlowLog },
		Query: `union isfuzzy=true withsource=Source (datatable(TimeGenerated: datetime, ResourceId: string)[]), ` +
			`AzureMetrics, NTANetAnalytics
| summarize Metrics = countif(Source == "AzureMetrics" and ResourceId =~ "` + LoadBalancerID + `"), ` +
			`Flows = countif(Source == "NTANetAnalytics")
| where Metrics > 0 and Flows == 0`,
		Means: "Traffic Analytics has written no flow for six hours, while metrics arrive. Sensors are not " +
			"affected. In a workspace that several sites write to, it fires only once the flows of all of them " +
			"have stopped.",
		Look: []string{
			"NTANetAnalytics | summarize max(TimeGenerated)",
			"az network watcher flow-log list --location REGION",
		},
		Do: "Rotated keys of the storage account stop a flow log: `pulumi up --refresh`, then switch " +
			"`logs.flowLogs` off and on. Look whether the region's network watcher is there, and whether the " +
			"resource provider Microsoft.Insights is registered.",
	},
	{
		Name: "proxy-cpu", Resource: ScaleSet, Severity: 3, Window: "PT15M", Frequency: "PT5M",
		Sites: "with proxies in Azure", applies: everySite,
		All:   []Condition{{Metric: "Percentage CPU", Aggregation: "Average", Operator: "GreaterThan", Threshold: 90}},
		Means: "The instances have been busy for a quarter of an hour. New tunnels open slowly.",
		Look: []string{"az monitor metrics list --resource SCALE_SET_ID --metric 'Percentage CPU' --interval PT1M " +
			"--filter \"VMName eq '*'\""},
		Do: "On one instance: `top`, and Squid's access log. If it is the sensors, raise `scaleSet.instances` (in " +
			"place) or `scaleSet.vmSize` (a roll).",
	},
	{
		Name: "proxy-memory", Resource: ScaleSet, Severity: 3, Window: "PT15M", Frequency: "PT5M",
		Sites: "with proxies in Azure", applies: everySite,
		All: []Condition{{Metric: "Available Memory Bytes", Aggregation: "Average", Operator: "LessThan",
			Threshold: 400e6}},
		Means: "The instances have little memory left. If it runs out, Linux ends other programs before Squid.",
		Look: []string{"az monitor metrics list --resource SCALE_SET_ID --metric 'Available Memory Bytes' " +
			"--interval PT1M --filter \"VMName eq '*'\""},
		Do: "On one instance: `systemctl status squid`, `top -o %MEM`. If it is Squid, choose a larger " +
			"`scaleSet.vmSize`.",
	},
	{
		Name: "vpn-bandwidth", Resource: Gateway, Severity: 3, Window: "PT15M", Frequency: "PT5M",
		Sites: "with a VPN gateway of their own", applies: onVPN,
		All:   []Condition{{Metric: "AverageBandwidth", Aggregation: "Average", Operator: "GreaterThan"}},
		ofSKU: vpnBandwidth, ofSKUAbout: "80 % of what the SKU carries",
		Means: "The tunnels carry nearly as much as the gateway's SKU does.",
		Look: []string{"az monitor metrics list --resource GATEWAY_ID --metric AverageBandwidth --interval PT5M",
			aboutTunnels},
		Do: "Choose a larger `gateway.sku`: it is a change in place.",
	},
	{
		Name: "express-route-bandwidth", Resource: Gateway, Severity: 3, Window: "PT15M", Frequency: "PT5M",
		Sites: "with an ExpressRoute gateway of their own", applies: onExpressRoute,
		All: []Condition{{Metric: "ExpressRouteGatewayBitsPerSecond", Aggregation: "Average",
			Operator: "GreaterThan"}},
		ofSKU: expressRouteBandwidth, ofSKUAbout: "80 % of what the SKU carries",
		Means: "The circuit's traffic is nearly as much as the gateway's SKU carries.",
		Look: []string{"az monitor metrics list --resource GATEWAY_ID --metric ExpressRouteGatewayBitsPerSecond " +
			"--interval PT5M"},
		Do: "Choose a larger `gateway.sku`: it is a change in place.",
	},
	{
		Name: "roll-failed", Resource: ScaleSet, Severity: 4,
		Sites: "with proxies in Azure", applies: everySite,
		Operation: "Microsoft.Compute/virtualMachineScaleSets/write",
		Means: "A write of a scale set in the site's resource group failed: new proxies did not become ready. The " +
			"former ones go on serving. Azure gives alerts of the activity log the severity 4, whatever they are " +
			"about.",
		Look: []string{aboutChanges, "az vmss list -g RESOURCE_GROUP --query '[].{name:name, " +
			"state:provisioningState}'"},
		Do: "Read the readiness gate's message in the failed `pulumi up`, or with the first command. Mend the " +
			"cause, then `pulumi up --replace '**proxies-vmss'`. Do not refresh before: Pulumi would forget the " +
			"failure.",
	},
}

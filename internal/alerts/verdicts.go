package alerts

const (
	typeVMs        = "Microsoft.Compute/virtualMachines"
	typeStorage    = "Microsoft.Storage/storageAccounts"
	typePublicIP   = "Microsoft.Network/publicIPAddresses"
	typeCircuit    = "Microsoft.Network/expressRouteCircuits"
	typeRouteTable = "Microsoft.Network/routeTables"
)

const (
	otherWay = "The way out is the NAT gateway or a firewall, not the load balancer."
	notOurs  = "A site makes none, and what is another team's is for that team to watch."
	needsDDS = "Azure sends it only where a DDoS protection plan covers the address, and no rule lets anybody in " +
		"there."
	notASign = "It rises with the sensors' traffic and is no sign that they lose Defender. The flow log has it."
)

// verdicts are by type and name of the rule, or by type alone.
var verdicts = map[string]verdict{
	LoadBalancer + " VipAvailability": taken("load-balancer-data-path", "Only while instances are healthy: with "+
		"none, the frontend does not answer either, and no-healthy-proxy says so."),
	LoadBalancer + " DipAvailability": taken("no-healthy-proxy", "Below 90 it would fire whenever one instance of "+
		"several reboots or a roll adds one. Here it means that no sensor gets through; few-healthy-proxies comes "+
		"before."),
	LoadBalancer + " GlobalBackendAvailability": left("A site's load balancer is regional."),
	LoadBalancer + " UsedSNATPorts":             left(otherWay),
	LoadBalancer + " SnatConnectionCount":       left(otherWay),

	NATGateway + " DatapathAvailability": taken("nat-data-path", "Half the window and the worst severity: while it "+
		"fires, no sensor reaches Defender."),
	NATGateway + " SNATConnectionCount": taken("snat-failures", "Only connections that failed: without the "+
		"dimension it fires at each one. More severe, since sensors are affected."),
	NATGateway + " PacketDropCount": taken("nat-dropped-packets", "Less severe: sensors try again, and "+
		"snat-failures says when they cannot."),
	NATGateway + " TotalConnectionCount": taken("nat-connections", "Over one minute: over five, the sum counts "+
		"each connection that lasts five times."),
	NATGateway + " ByteCount": left(notASign),

	ScaleSet + " Percentage CPU": taken("proxy-cpu", "Over 15 minutes: an instance that boots is busy for five."),
	ScaleSet + " Available Memory Bytes": taken("proxy-memory", "At 400 MB, which is Squid's need for 12,000 "+
		"tunnels: sizes of 2 GB may have less than 1 GB left while all is well. Over 15 minutes, and less severe: "+
		"Linux ends others before Squid."),
	ScaleSet + " VmAvailabilityMetric": left("A machine that runs and does not serve counts as available. The load " +
		"balancer's probe (no-healthy-proxy, few-healthy-proxies) sees both."),
	ScaleSet + " Disk Read Operations/Sec":           left("Squid keeps nothing on disk but logs."),
	ScaleSet + " Disk Write Operations/Sec":          left("Squid keeps nothing on disk but logs."),
	ScaleSet + " OS Disk IOPS Consumed Percentage":   left("Squid keeps nothing on disk but logs."),
	ScaleSet + " Data Disk IOPS Consumed Percentage": left("The instances have no data disk."),
	ScaleSet + " Outbound Flows":                     left("nat-connections counts them where their limit is."),
	ScaleSet + " Inbound Flows":                      left("Squid refuses those above its limit."),
	ScaleSet + " Network In Total":                   left(notASign),
	ScaleSet + " Network Out Total":                  left(notASign),
	ScaleSet + " Network In": left("Probes come in all the time, so it is never below 1 while an instance runs; " +
		"when none does, no-healthy-proxy fires."),

	Gateway + " TunnelAverageBandwidth": taken("tunnel-down", "For each connection: over all of them, one tunnel "+
		"of two may be down for ever. Where all connections have BGP, their sessions tell more (bgp-peer-down)."),
	Gateway + " TunnelEgressBytes":  left("tunnel-down sees both directions, and sooner."),
	Gateway + " TunnelIngressBytes": left("tunnel-down sees both directions, and sooner."),
	Gateway + " TunnelEgressPacketDropCount": left("Its threshold learns from the past, which a new site has none " +
		"of. Losses that matter end a tunnel."),
	Gateway + " TunnelIngressPacketDropCount": left("Its threshold learns from the past, which a new site has none " +
		"of. Losses that matter end a tunnel."),
	Gateway + " TunnelEgressPacketDropTSMismatch": left("Connections here are route-based: their selectors are any " +
		"to any."),
	Gateway + " TunnelIngressPacketDropTSMismatch": left("Connections here are route-based: their selectors are " +
		"any to any."),
	Gateway + " ExpressRouteGatewayBitsPerSecond": taken("express-route-bandwidth", "The other way round: near the "+
		"SKU's limit. A circuit that is down is seen by the routes that are no longer learned (express-route-down)."),
	Gateway + " ExpressRouteGatewayCpuUtilization": taken("express-route-cpu", "Over 15 minutes: a peak of five "+
		"calls nobody."),
	Gateway + " AverageBandwidth": taken("vpn-bandwidth", "At 80 % of the gateway's own SKU: 450 MB a second is "+
		"more than VpnGw1AZ to VpnGw3AZ carry, so it would never fire."),

	typeCircuit: left("The circuit is somebody else's, often in another subscription. express-route-down sees from " +
		"the site's gateway when it brings no routes."),
	"Microsoft.Network/expressRouteGateways": left("A gateway of Virtual WAN. " + notOurs),
	"Microsoft.Network/vpnGateways":          left("A gateway of Virtual WAN. " + notOurs),
	"Microsoft.Network/vpnGateways BGP Peer Status": taken("bgp-peer-down", "The same metric at the site's own VPN "+
		"gateway: averaged, as Azure has it there, and for each peer."),
	"Microsoft.Network/connections": left("Six gigabits a second are more than a site's gateway carries. " +
		"vpn-bandwidth and express-route-bandwidth watch the gateway."),
	"Microsoft.Network/bastionHosts":          left("No sensor depends on Bastion: who needs it notices."),
	typePublicIP:                              left(needsDDS),
	typePublicIP + " VipAvailability":         left("nat-data-path probes the NAT gateway itself."),
	"Microsoft.Network/networkSecurityGroups": left("Azure refuses to delete a group that a subnet uses."),
	"Microsoft.Network/virtualNetworks":       left(needsDDS),
	typeRouteTable: left("Each `pulumi up` that changes routes would fire it. The preview proves the routes, and " +
		"`pulumi preview --refresh` finds what somebody else has changed."),
	"Microsoft.Network/azureFirewalls": left(notOurs),

	typeStorage: left("It holds the flow log and nothing else: flow-log-stopped fires when that is no longer " +
		"written."),
	Workspace + " Activity Log LA Workspace Delete": left("logs-stopped fires within the hour, for this and for " +
		"every other reason."),
	Workspace + " Activity Log LA Workspace Regenerate Key": left("Nothing of a site uses the workspace's keys."),
	Workspace + " Heartbeat": left("The instances have no agent that sends it. logs-stopped watches what is sent " +
		"there: the load balancer's metrics."),

	typeVMs: left("The proxies are a scale set; its rules are above."),
}

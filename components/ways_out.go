package components

import (
	"net/netip"

	compute "github.com/pulumi/pulumi-azure-native-sdk/compute/v2"
	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// WaysOut is every way by which instances could reach the internet.
type WaysOut struct {
	NATGateway            bool       // ProxyserverSubnet has one
	DefaultRoute          netip.Addr // next hop of ProxyserverSubnet's route for everything; not valid: there is none
	HubRoute              bool       // the virtual hub's route for everything reaches ProxyserverSubnet
	DefaultOutboundAccess bool       // ProxyserverSubnet has Azure's own way out
	LoadBalancerSNAT      bool       // the load balancer's rule gives outbound SNAT
	PublicIPs             bool       // instances have public IP addresses
}

// none stands for an ID where only the shape of a resource is asked for.
const none = pulumi.String("")

// DrawnWaysOut reads the ways out from the subnet, its routes, a virtual hub's connection, the rule and the instances
// as a SensorProxy with that egress draws them.
func DrawnWaysOut(egress EgressOptions) WaysOut {
	with := attachments{securityGroup: none, natGateway: none}
	var drawn network.RouteTypeArray
	if egress.Kind == site.EgressFirewall {
		firewall, _ := netip.ParseAddr(egress.FirewallAddress) // without one, no route is drawn
		drawn = routes(site.Topology{Egress: site.Egress{Firewall: firewall}}.AllRoutes())
		with.natGateway, with.routeTable = nil, none
	}
	out := waysOut(proxyserverSubnet(netip.Prefix{}, with), loadBalancingRule(0), ipConfiguration(none, none))
	out.HubRoute = drawnHubConnection(egress).EnableInternetSecurity == pulumi.Bool(true)
	for _, r := range drawn {
		if route := r.(network.RouteTypeArgs); route.AddressPrefix == pulumi.String("0.0.0.0/0") {
			hop, _ := route.NextHopIpAddress.(pulumi.String)
			out.DefaultRoute, _ = netip.ParseAddr(string(hop))
		}
	}
	return out
}

func waysOut(subnet network.SubnetTypeArgs, rule network.LoadBalancingRuleArgs,
	instance compute.VirtualMachineScaleSetIPConfigurationArgs) WaysOut {
	return WaysOut{
		NATGateway:            subnet.NatGateway != nil,
		DefaultOutboundAccess: subnet.DefaultOutboundAccess != pulumi.Bool(false),
		LoadBalancerSNAT:      rule.DisableOutboundSnat != pulumi.Bool(true),
		PublicIPs:             instance.PublicIPAddressConfiguration != nil,
	}
}

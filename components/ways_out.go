package components

import (
	"net/netip"

	compute "github.com/pulumi/pulumi-azure-native-sdk/compute/v2"
	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// WaysOut is every way by which instances could reach the internet.
type WaysOut struct {
	NATGateway            bool // ProxyserverSubnet has one
	DefaultOutboundAccess bool // ProxyserverSubnet has Azure's own way out
	LoadBalancerSNAT      bool // the load balancer's rule gives outbound SNAT
	PublicIPs             bool // instances have public IP addresses
}

// none stands for an ID where only the shape of a resource is asked for.
const none = pulumi.String("")

// DrawnWaysOut reads the ways out from the subnet, the rule and the instances as a SensorProxy draws them.
func DrawnWaysOut() WaysOut {
	return waysOut(proxyserverSubnet(netip.Prefix{}, none, none), loadBalancingRule(0), ipConfiguration(none, none))
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

package components

import (
	"fmt"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// lbIdleMinutes is Azure's maximum. A sensor's tunnel can be quiet for long, and ends with a TCP reset rather than in silence.
	// Source: https://learn.microsoft.com/azure/load-balancer/load-balancer-tcp-reset
	lbIdleMinutes = 30
	// An instance leaves the pool after two failed probes, ten seconds.
	probeSeconds   = 5
	probeThreshold = 2
)

// InternalLB is the address that sensors connect to (documented step 6): a Standard internal load balancer with one frontend IP
// configuration in ProxyserverSubnet and the proxies behind it.
type InternalLB struct {
	pulumi.ResourceState

	LoadBalancerID pulumi.IDOutput
	// FrontendIPAddress is the private address of the frontend IP configuration: the proxy host of every sensor.
	FrontendIPAddress pulumi.StringOutput
	// BackendPoolID is what the scale set joins.
	BackendPoolID pulumi.StringOutput
}

// InternalLBArgs configures an InternalLB.
type InternalLBArgs struct {
	Placement
	SubnetID pulumi.StringInput // Required. Subnet of the frontend IP configuration.
	Port     uint16             // Required. TCP port of frontend, backend and probe.
}

// NewInternalLB builds the load balancer. Its rule names its own children by "$self", which the provider resolves: the load
// balancer's ID is not known before it exists.
func NewInternalLB(ctx *pulumi.Context, name string, args *InternalLBArgs, opts ...pulumi.ResourceOption) (*InternalLB, error) {
	lb := &InternalLB{}
	if err := ctx.RegisterComponentResource(typePrefix+"InternalLB", name, lb, opts...); err != nil {
		return nil, err
	}
	port := pulumi.Int(int(args.Port))

	balancer, err := network.NewLoadBalancer(ctx, name+"-internal", &network.LoadBalancerArgs{
		ResourceGroupName: args.ResourceGroupName,
		Location:          pulumi.String(args.Location),
		Sku:               network.LoadBalancerSkuArgs{Name: pulumi.String("Standard"), Tier: pulumi.String("Regional")},
		FrontendIPConfigurations: network.FrontendIPConfigurationArray{network.FrontendIPConfigurationArgs{
			Name:                      pulumi.String(frontendName),
			PrivateIPAllocationMethod: pulumi.String("Dynamic"),
			PrivateIPAddressVersion:   pulumi.String("IPv4"),
			Subnet:                    network.SubnetTypeArgs{Id: args.SubnetID.ToStringOutput()},
			Zones:                     args.zones(),
		}},
		BackendAddressPools: network.BackendAddressPoolArray{network.BackendAddressPoolArgs{Name: pulumi.String(backendPoolName)}},
		Probes: network.ProbeArray{network.ProbeArgs{
			Name:              pulumi.String(probeName),
			Protocol:          pulumi.String("Tcp"),
			Port:              port,
			IntervalInSeconds: pulumi.Int(probeSeconds),
			ProbeThreshold:    pulumi.Int(probeThreshold),
		}},
		LoadBalancingRules: network.LoadBalancingRuleArray{network.LoadBalancingRuleArgs{
			Name:                    pulumi.String(ruleName),
			Protocol:                pulumi.String("Tcp"),
			FrontendPort:            port,
			BackendPort:             port,
			FrontendIPConfiguration: self("frontendIPConfigurations", frontendName),
			BackendAddressPool:      self("backendAddressPools", backendPoolName),
			Probe:                   self("probes", probeName),
			IdleTimeoutInMinutes:    pulumi.Int(lbIdleMinutes),
			EnableTcpReset:          pulumi.Bool(true),
			EnableFloatingIP:        pulumi.Bool(false),
			LoadDistribution:        pulumi.String("Default"),
			DisableOutboundSnat:     pulumi.Bool(true), // the NAT gateway is the only way out
		}},
		Tags: args.tags(),
	}, pulumi.Parent(lb), pulumi.Protect(args.Protect))
	if err != nil {
		return nil, fmt.Errorf("internal load balancer: %w", err)
	}

	lb.LoadBalancerID = balancer.ID()
	lb.FrontendIPAddress = balancer.FrontendIPConfigurations.Index(pulumi.Int(0)).PrivateIPAddress().Elem()
	lb.BackendPoolID = pulumi.Sprintf("%s/backendAddressPools/%s", balancer.ID(), backendPoolName)
	return lb, ctx.RegisterResourceOutputs(lb, pulumi.Map{
		"loadBalancerId":    lb.LoadBalancerID,
		"frontendIpAddress": lb.FrontendIPAddress,
		"backendPoolId":     lb.BackendPoolID,
		handedOut:           pulumi.Map{"proxy": standsOn(balancer, pulumi.Map{"host": lb.FrontendIPAddress, "port": port})},
	})
}

func self(collection, name string) network.SubResourceArgs {
	return network.SubResourceArgs{Id: pulumi.String("$self/" + collection + "/" + name)}
}

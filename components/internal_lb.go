package components

import (
	"fmt"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// lbIdleMinutes is Azure's maximum. A sensor's tunnel can be quiet for long, and ends with a TCP reset rather than
	// in silence.
	// Source: https://learn.microsoft.com/azure/load-balancer/load-balancer-tcp-reset
	lbIdleMinutes = 30
	// An instance leaves the pool after two failed probes, ten seconds.
	probeSeconds   = 5
	probeThreshold = 2
)

// InternalLB is the address that sensors connect to (documented step 6): a Standard internal load balancer with one
// frontend IP configuration in ProxyserverSubnet and the proxies behind it.
type InternalLB struct {
	pulumi.ResourceState

	// ID of the load balancer.
	LoadBalancerID pulumi.IDOutput `pulumi:"loadBalancerId"`
	// Private address of the frontend IP configuration: the proxy host of every sensor.
	FrontendIPAddress pulumi.StringOutput `pulumi:"frontendIpAddress"`
	// ID of the backend pool that the scale set joins.
	BackendPoolID pulumi.StringOutput `pulumi:"backendPoolId"`
}

// InternalLBArgs configures an InternalLB. Required are Location, ResourceGroupName and SubnetID.
type InternalLBArgs struct {
	// Required. Azure region, such as westeurope.
	Location string `pulumi:"location"`
	// Required. Name of the resource group.
	ResourceGroupName pulumi.StringInput `pulumi:"resourceGroupName"`
	// Required. ID of the subnet of the frontend IP configuration.
	SubnetID pulumi.StringInput `pulumi:"subnetId"`
	// Optional. TCP port of frontend, backend and health probe, 1 to 65534 except 22. Default 3128, as documented.
	ProxyPort int `pulumi:"proxyPort,optional"`
	// Optional. Availability zones of the frontend IP configuration. Default all zones of the region; an empty list for
	// none.
	Zones []string `pulumi:"zones,optional"`
	// Optional. Tags of the load balancer.
	Tags pulumi.StringMapInput `pulumi:"tags,optional"`
	// Optional. Refuse to delete the load balancer, whose address sensors know. Default false.
	Protect bool `pulumi:"protect,optional"`
}

// NewInternalLB builds the load balancer. Its rule names its own children by "$self", which the provider resolves: the
// load balancer's ID is not known before it exists.
func NewInternalLB(ctx *pulumi.Context, name string, args *InternalLBArgs,
	opts ...pulumi.ResourceOption) (*InternalLB, error) {
	if args == nil {
		args = &InternalLBArgs{}
	}
	var wrong problems
	s := wrong.read(args, "", "proxyPort")
	wrong.needs("resourceGroupName", args.ResourceGroupName, "the name of a resource group")
	wrong.needs("subnetId", args.SubnetID, "the ID of a subnet")
	if err := wrong.err("InternalLB", name); err != nil {
		return nil, err
	}

	lb := &InternalLB{}
	if err := ctx.RegisterComponentResource(typePrefix+"InternalLB", name, lb, opts...); err != nil {
		return nil, err
	}
	balancer, err := network.NewLoadBalancer(ctx, name+"-internal", &network.LoadBalancerArgs{
		ResourceGroupName: args.ResourceGroupName,
		Location:          pulumi.String(s.Location),
		Sku: network.LoadBalancerSkuArgs{Name: pulumi.String("Standard"),
			Tier: pulumi.String("Regional")},
		FrontendIPConfigurations: network.FrontendIPConfigurationArray{network.FrontendIPConfigurationArgs{
			Name:                      pulumi.String(frontendName),
			PrivateIPAllocationMethod: pulumi.String("Dynamic"),
			PrivateIPAddressVersion:   pulumi.String("IPv4"),
			Subnet:                    network.SubnetTypeArgs{Id: args.SubnetID.ToStringOutput()},
			Zones:                     stringArray(zonesOf(s.Location, args.Zones)),
		}},
		BackendAddressPools: network.BackendAddressPoolArray{network.BackendAddressPoolArgs{Name: pulumi.String(
			backendPoolName)}},
		Probes: network.ProbeArray{network.ProbeArgs{
			Name:              pulumi.String(probeName),
			Protocol:          pulumi.String("Tcp"),
			Port:              pulumi.Int(int(s.ProxyPort)),
			IntervalInSeconds: pulumi.Int(probeSeconds),
			ProbeThreshold:    pulumi.Int(probeThreshold),
		}},
		LoadBalancingRules: network.LoadBalancingRuleArray{loadBalancingRule(s.ProxyPort)},
		Tags:               args.Tags,
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
		handedOut: pulumi.Map{"proxy": standsOn(balancer, pulumi.Map{"host": lb.FrontendIPAddress,
			"port": pulumi.Int(int(s.ProxyPort))})},
	})
}

// loadBalancingRule leads the proxy port to the instances, and gives them no way out.
func loadBalancingRule(port uint16) network.LoadBalancingRuleArgs {
	return network.LoadBalancingRuleArgs{
		Name:                    pulumi.String(ruleName),
		Protocol:                pulumi.String("Tcp"),
		FrontendPort:            pulumi.Int(int(port)),
		BackendPort:             pulumi.Int(int(port)),
		FrontendIPConfiguration: self("frontendIPConfigurations", frontendName),
		BackendAddressPool:      self("backendAddressPools", backendPoolName),
		Probe:                   self("probes", probeName),
		IdleTimeoutInMinutes:    pulumi.Int(lbIdleMinutes),
		EnableTcpReset:          pulumi.Bool(true),
		EnableFloatingIP:        pulumi.Bool(false),
		LoadDistribution:        pulumi.String("Default"),
		DisableOutboundSnat:     pulumi.Bool(true), // the NAT gateway is the only way out
	}
}

func self(collection, name string) network.SubResourceArgs {
	return network.SubResourceArgs{Id: pulumi.String("$self/" + collection + "/" + name)}
}

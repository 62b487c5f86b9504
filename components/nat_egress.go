package components

import (
	"fmt"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// NatEgress is the proxies' only way out (documented step 7): a NAT gateway with a public IP address of its own, or
// what exists already of the two.
type NatEgress struct {
	pulumi.ResourceState

	// ID of the NAT gateway, for the subnet of the proxies.
	NatGatewayID pulumi.IDOutput `pulumi:"natGatewayId"`
	// Address from which Microsoft's services see the proxies; of several addresses and prefixes a list with commas.
	PublicIPAddress pulumi.StringOutput `pulumi:"publicIpAddress"`
}

// NatEgressArgs configures a NatEgress. Required are Location and ResourceGroupName.
type NatEgressArgs struct {
	// Required. Azure region, such as westeurope.
	Location string `pulumi:"location"`
	// Required. Name of the resource group.
	ResourceGroupName pulumi.StringInput `pulumi:"resourceGroupName"`
	// Optional. Minutes after which a quiet connection is forgotten, 4 to 120. Default 30, the longest that the load
	// balancer knows too. Source: https://learn.microsoft.com/azure/nat-gateway/nat-gateway-resource
	IdleTimeoutMinutes int `pulumi:"idleTimeoutMinutes,optional"`
	// Optional. A NAT gateway, public IP address or public IP prefix that exists already. Default new ones.
	Existing EgressOptions `pulumi:"egress,optional"`
	// Optional. Availability zones of the public IP address. Default all zones of the region; an empty list for none.
	Zones []string `pulumi:"zones,optional"`
	// Optional. Tags of every resource.
	Tags pulumi.StringMapInput `pulumi:"tags,optional"`
	// Optional. Refuse to delete the public IP address, which firewalls may know. Default false.
	Protect bool `pulumi:"protect,optional"`
}

// NewNatEgress builds a NAT gateway and its public IP address, as far as neither exists.
func NewNatEgress(ctx *pulumi.Context, name string, args *NatEgressArgs,
	opts ...pulumi.ResourceOption) (*NatEgress, error) {
	if args == nil {
		args = &NatEgressArgs{}
	}
	var wrong problems
	s := wrong.read(args, "nat", "idleTimeoutMinutes")
	if args.IdleTimeoutMinutes != 0 {
		wrong.also = map[string]any{"nat": map[string]any{"idleTimeoutMinutes": args.IdleTimeoutMinutes}}
	}
	wrong.read(args, "", "egress")
	if args.Existing.Kind == site.EgressFirewall {
		wrong.fail("egress.kind", "is firewall, and a NatEgress is the other way out", site.EgressNATGateway,
			"Give it to a NetworkLayer, which makes the route")
	}
	wrong.needs("resourceGroupName", args.ResourceGroupName, "the name of a resource group")
	if err := wrong.err("NatEgress", name); err != nil {
		return nil, err
	}
	place := placement{
		resourceGroup: args.ResourceGroupName, location: s.Location, zones: zonesOf(s.Location, args.Zones),
		tags: args.Tags, protect: args.Protect,
	}

	egress := &NatEgress{}
	if err := ctx.RegisterComponentResource(typePrefix+"NatEgress", name, egress, opts...); err != nil {
		return nil, err
	}
	handed := pulumi.Map{}
	if given := args.Existing.given(); given != nil {
		handed["given"] = given
	}
	if given := args.Existing.NatGatewayID; given != nil {
		egress.NatGatewayID = given.ToStringOutput().ApplyT(func(id string) pulumi.ID {
			return pulumi.ID(id)
		}).(pulumi.IDOutput)
		egress.PublicIPAddress = addressesOfNAT(ctx, given, pulumi.Parent(egress))
	} else if err := egress.natGateway(ctx, name, args, place, s.Azure.NAT.IdleTimeoutMinutes, handed); err != nil {
		return nil, err
	}
	handed["address"] = egress.PublicIPAddress
	return egress, ctx.RegisterResourceOutputs(egress, pulumi.Map{
		"natGatewayId":    egress.NatGatewayID,
		"publicIpAddress": egress.PublicIPAddress,
		handedOut:         pulumi.Map{"egress": handed},
	})
}

// natGateway builds the NAT gateway at the address or prefix that exists, or else at an address of its own. What is
// handed out stands on the resource that holds the address, as far as that is the stack's.
func (e *NatEgress) natGateway(ctx *pulumi.Context, name string, args *NatEgressArgs, place placement, idleMinutes int,
	handed pulumi.Map) error {
	natArgs := &network.NatGatewayArgs{
		ResourceGroupName:    place.resourceGroup,
		Location:             pulumi.String(place.location),
		Sku:                  network.NatGatewaySkuArgs{Name: pulumi.String("Standard")},
		IdleTimeoutInMinutes: pulumi.Int(idleMinutes),
		Tags:                 place.tags,
	}
	var holder pulumi.Resource
	switch {
	case args.Existing.PublicIPID != nil:
		natArgs.PublicIpAddresses = network.SubResourceArray{
			network.SubResourceArgs{Id: args.Existing.PublicIPID.ToStringOutput()}}
		e.PublicIPAddress = addressOf(ctx, args.Existing.PublicIPID, pulumi.Parent(e))
	case args.Existing.PublicIPPrefixID != nil:
		natArgs.PublicIpPrefixes = network.SubResourceArray{
			network.SubResourceArgs{Id: args.Existing.PublicIPPrefixID.ToStringOutput()}}
		e.PublicIPAddress = rangeOf(ctx, args.Existing.PublicIPPrefixID, pulumi.Parent(e))
	default:
		// Azure writes the NAT gateway into the address once the gateway has it. That is no change by hand, which a
		// refresh would undo.
		publicIP, err := newPublicIP(ctx, name+"-ip", place, pulumi.Parent(e),
			pulumi.IgnoreChanges([]string{"natGateway"}))
		if err != nil {
			return fmt.Errorf("public IP address of the NAT gateway: %w", err)
		}
		natArgs.PublicIpAddresses = network.SubResourceArray{network.SubResourceArgs{Id: publicIP.ID()}}
		e.PublicIPAddress, holder = publicIP.IpAddress.Elem(), publicIP
	}
	natGateway, err := network.NewNatGateway(ctx, name+"-gateway", natArgs, pulumi.Parent(e))
	if err != nil {
		return fmt.Errorf("NAT gateway: %w", err)
	}
	if holder == nil {
		holder = natGateway
	}
	standsOn(holder, handed)
	e.NatGatewayID = natGateway.ID()
	return nil
}

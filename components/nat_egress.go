package components

import (
	"fmt"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// NatEgress is the proxies' only way out (documented step 7): a NAT gateway with a public IP address of its own.
type NatEgress struct {
	pulumi.ResourceState

	// ID of the NAT gateway, for the subnet of the proxies.
	NatGatewayID pulumi.IDOutput `pulumi:"natGatewayId"`
	// Address from which Microsoft's services see the proxies.
	PublicIPAddress pulumi.StringOutput `pulumi:"publicIpAddress"`
}

// NatEgressArgs configures a NatEgress. Required are Location and ResourceGroupName.
type NatEgressArgs struct {
	// Required. Azure region, such as westeurope.
	Location string `pulumi:"location"`
	// Required. Name of the resource group.
	ResourceGroupName pulumi.StringInput `pulumi:"resourceGroupName"`
	// Optional. Minutes after which a quiet connection is forgotten, 4 to 120. Default 30, the longest that the load balancer
	// knows too. Source: https://learn.microsoft.com/azure/nat-gateway/nat-gateway-resource
	IdleTimeoutMinutes int `pulumi:"idleTimeoutMinutes,optional"`
	// Optional. Availability zones of the public IP address. Default all zones of the region; an empty list for none.
	Zones []string `pulumi:"zones,optional"`
	// Optional. Tags of every resource.
	Tags pulumi.StringMapInput `pulumi:"tags,optional"`
	// Optional. Refuse to delete the public IP address, which firewalls may know. Default false.
	Protect bool `pulumi:"protect,optional"`
}

// NewNatEgress builds a NAT gateway and its public IP address.
func NewNatEgress(ctx *pulumi.Context, name string, args *NatEgressArgs, opts ...pulumi.ResourceOption) (*NatEgress, error) {
	if args == nil {
		args = &NatEgressArgs{}
	}
	var wrong problems
	s := wrong.read(args, "nat", "idleTimeoutMinutes")
	wrong.needs("resourceGroupName", args.ResourceGroupName, "the name of a resource group")
	if err := wrong.err("NatEgress", name); err != nil {
		return nil, err
	}
	place := placement{
		resourceGroup: args.ResourceGroupName, location: s.Location, zones: zonesOf(s.Location, args.Zones), tags: args.Tags, protect: args.Protect,
	}

	egress := &NatEgress{}
	if err := ctx.RegisterComponentResource(typePrefix+"NatEgress", name, egress, opts...); err != nil {
		return nil, err
	}
	// Azure writes the NAT gateway into the address once the gateway has it. That is no change by hand, which a refresh would undo.
	publicIP, err := newPublicIP(ctx, name+"-ip", place, pulumi.Parent(egress), pulumi.IgnoreChanges([]string{"natGateway"}))
	if err != nil {
		return nil, fmt.Errorf("public IP address of the NAT gateway: %w", err)
	}
	natGateway, err := network.NewNatGateway(ctx, name+"-gateway", &network.NatGatewayArgs{
		ResourceGroupName:    place.resourceGroup,
		Location:             pulumi.String(place.location),
		Sku:                  network.NatGatewaySkuArgs{Name: pulumi.String("Standard")},
		IdleTimeoutInMinutes: pulumi.Int(s.Azure.NAT.IdleTimeoutMinutes),
		PublicIpAddresses:    network.SubResourceArray{network.SubResourceArgs{Id: publicIP.ID()}},
		Tags:                 place.tags,
	}, pulumi.Parent(egress))
	if err != nil {
		return nil, fmt.Errorf("NAT gateway: %w", err)
	}

	egress.NatGatewayID = natGateway.ID()
	egress.PublicIPAddress = publicIP.IpAddress.Elem()
	return egress, ctx.RegisterResourceOutputs(egress, pulumi.Map{
		"natGatewayId":    egress.NatGatewayID,
		"publicIpAddress": egress.PublicIPAddress,
		handedOut:         pulumi.Map{"egress": standsOn(publicIP, pulumi.Map{"address": egress.PublicIPAddress})},
	})
}

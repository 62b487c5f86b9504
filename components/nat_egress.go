package components

import (
	"fmt"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// NatEgress is the proxies' only way out (documented step 7): a NAT gateway with a public IP address of its own.
type NatEgress struct {
	pulumi.ResourceState

	// NatGatewayID is what a subnet names as its NAT gateway.
	NatGatewayID pulumi.IDOutput
	// PublicIPAddress is the address from which Microsoft's services see the proxies.
	PublicIPAddress pulumi.StringOutput
}

// NatEgressArgs configures a NatEgress.
type NatEgressArgs struct {
	Placement
	IdleTimeoutMinutes int // Required. 4 to 120.
}

// NewNatEgress builds a NAT gateway and its public IP address.
func NewNatEgress(ctx *pulumi.Context, name string, args *NatEgressArgs, opts ...pulumi.ResourceOption) (*NatEgress, error) {
	egress := &NatEgress{}
	if err := ctx.RegisterComponentResource(typePrefix+"NatEgress", name, egress, opts...); err != nil {
		return nil, err
	}

	publicIP, err := newPublicIP(ctx, name+"-ip", args.Placement, pulumi.Parent(egress))
	if err != nil {
		return nil, fmt.Errorf("public IP address of the NAT gateway: %w", err)
	}

	natGateway, err := network.NewNatGateway(ctx, name+"-gateway", &network.NatGatewayArgs{
		ResourceGroupName:    args.ResourceGroupName,
		Location:             pulumi.String(args.Location),
		Sku:                  network.NatGatewaySkuArgs{Name: pulumi.String("Standard")},
		IdleTimeoutInMinutes: pulumi.Int(args.IdleTimeoutMinutes),
		PublicIpAddresses:    network.SubResourceArray{network.SubResourceArgs{Id: publicIP.ID()}},
		Tags:                 args.tags(),
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

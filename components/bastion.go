package components

import (
	"fmt"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Bastion is the administrators' way to the instances (optional in documented step 2): an Azure Bastion host in
// AzureBastionSubnet with a public IP address of its own.
type Bastion struct {
	pulumi.ResourceState
}

// BastionArgs configures a Bastion.
type BastionArgs struct {
	Placement
	SKU      string             // Required. Basic or Standard.
	SubnetID pulumi.StringInput // Required. AzureBastionSubnet, /26 or larger.
}

// NewBastion builds the host and its address.
func NewBastion(ctx *pulumi.Context, name string, args *BastionArgs, opts ...pulumi.ResourceOption) (*Bastion, error) {
	bastion := &Bastion{}
	if err := ctx.RegisterComponentResource(typePrefix+"Bastion", name, bastion, opts...); err != nil {
		return nil, err
	}
	publicIP, err := newPublicIP(ctx, name+"-ip", args.Placement, pulumi.Parent(bastion))
	if err != nil {
		return nil, fmt.Errorf("public IP address of Bastion: %w", err)
	}
	host, err := network.NewBastionHost(ctx, name+"-host", &network.BastionHostArgs{
		ResourceGroupName: args.ResourceGroupName,
		Location:          pulumi.String(args.Location),
		Sku:               network.SkuArgs{Name: pulumi.String(args.SKU)},
		IpConfigurations: network.BastionHostIPConfigurationArray{network.BastionHostIPConfigurationArgs{
			Name:            pulumi.String(bastionConfig),
			Subnet:          network.SubResourceArgs{Id: args.SubnetID.ToStringOutput()},
			PublicIPAddress: network.SubResourceArgs{Id: publicIP.ID()},
		}},
		Tags: args.tags(),
	}, pulumi.Parent(bastion))
	if err != nil {
		return nil, fmt.Errorf("Bastion host: %w", err)
	}
	return bastion, ctx.RegisterResourceOutputs(bastion, pulumi.Map{
		handedOut: pulumi.Map{"bastion": standsOn(host, pulumi.Map{"name": host.Name})},
	})
}

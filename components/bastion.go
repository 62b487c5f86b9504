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

	// ID of the Bastion host.
	BastionHostID pulumi.IDOutput `pulumi:"bastionHostId"`
}

// BastionArgs configures a Bastion. Required are Location, ResourceGroupName and SubnetID.
type BastionArgs struct {
	// Required. Azure region, such as westeurope.
	Location string `pulumi:"location"`
	// Required. Name of the resource group.
	ResourceGroupName pulumi.StringInput `pulumi:"resourceGroupName"`
	// Required. ID of AzureBastionSubnet, a /26 or larger.
	SubnetID pulumi.StringInput `pulumi:"subnetId"`
	// Optional. Basic or Standard. Default Basic.
	SKU string `pulumi:"sku,optional"`
	// Optional. Availability zones of the public IP address. Default all zones of the region; an empty list for none.
	Zones []string `pulumi:"zones,optional"`
	// Optional. Tags of every resource.
	Tags pulumi.StringMapInput `pulumi:"tags,optional"`
	// Optional. Refuse to delete the public IP address. Default false.
	Protect bool `pulumi:"protect,optional"`
}

// NewBastion builds the host and its address.
func NewBastion(ctx *pulumi.Context, name string, args *BastionArgs, opts ...pulumi.ResourceOption) (*Bastion, error) {
	if args == nil {
		args = &BastionArgs{}
	}
	var wrong problems
	s := wrong.read(args, "bastion", "sku")
	wrong.needs("resourceGroupName", args.ResourceGroupName, "the name of a resource group")
	wrong.needs("subnetId", args.SubnetID, "the ID of AzureBastionSubnet")
	if err := wrong.err("Bastion", name); err != nil {
		return nil, err
	}
	sku := args.SKU
	if sku == "" {
		sku = "Basic"
	}
	place := placement{
		resourceGroup: args.ResourceGroupName, location: s.Location, zones: zonesOf(s.Location, args.Zones),
		tags: args.Tags, protect: args.Protect,
	}

	bastion := &Bastion{}
	if err := ctx.RegisterComponentResource(typePrefix+"Bastion", name, bastion, opts...); err != nil {
		return nil, err
	}
	publicIP, err := newPublicIP(ctx, name+"-ip", place, pulumi.Parent(bastion))
	if err != nil {
		return nil, fmt.Errorf("public IP address of Bastion: %w", err)
	}
	host, err := network.NewBastionHost(ctx, name+"-host", &network.BastionHostArgs{
		ResourceGroupName: place.resourceGroup,
		Location:          pulumi.String(place.location),
		Sku:               network.SkuArgs{Name: pulumi.String(sku)},
		IpConfigurations: network.BastionHostIPConfigurationArray{network.BastionHostIPConfigurationArgs{
			Name:            pulumi.String(bastionConfig),
			Subnet:          network.SubResourceArgs{Id: args.SubnetID.ToStringOutput()},
			PublicIPAddress: network.SubResourceArgs{Id: publicIP.ID()},
		}},
		Tags: place.tags,
	}, pulumi.Parent(bastion))
	if err != nil {
		return nil, fmt.Errorf("Bastion host: %w", err)
	}
	bastion.BastionHostID = host.ID()
	return bastion, ctx.RegisterResourceOutputs(bastion, pulumi.Map{
		"bastionHostId": bastion.BastionHostID,
		handedOut:       pulumi.Map{"bastion": standsOn(host, pulumi.Map{"name": host.Name})},
	})
}

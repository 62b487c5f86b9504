package components

import (
	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newPublicIP builds a public IP address as everything here needs it: Standard and static, because Azure has retired
// the rest, and in every zone of the region, so that the loss of one does not take the address along.
func newPublicIP(ctx *pulumi.Context, name string, place placement,
	opts ...pulumi.ResourceOption) (*network.PublicIPAddress, error) {
	return network.NewPublicIPAddress(ctx, name, &network.PublicIPAddressArgs{
		ResourceGroupName: place.resourceGroup,
		Location:          pulumi.String(place.location),
		Sku: network.PublicIPAddressSkuArgs{Name: pulumi.String("Standard"),
			Tier: pulumi.String("Regional")},
		PublicIPAddressVersion:   pulumi.String("IPv4"),
		PublicIPAllocationMethod: pulumi.String("Static"),
		Zones:                    stringArray(place.zones),
		Tags:                     place.tags,
	}, append(opts, pulumi.Protect(place.protect))...)
}

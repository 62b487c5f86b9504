package components

import (
	"fmt"
	"strings"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// addressOf is the address that a public IP address resource has.
func addressOf(ctx *pulumi.Context, id pulumi.StringInput, opts ...pulumi.InvokeOption) pulumi.StringOutput {
	return network.LookupPublicIPAddressOutput(ctx, network.LookupPublicIPAddressOutputArgs{
		ResourceGroupName: idPart(id, idGroup), PublicIpAddressName: idPart(id, idResource),
	}, opts...).IpAddress().Elem()
}

// rangeOf is the range that a public IP prefix has.
func rangeOf(ctx *pulumi.Context, id pulumi.StringInput, opts ...pulumi.InvokeOption) pulumi.StringOutput {
	return network.LookupPublicIPPrefixOutput(ctx, network.LookupPublicIPPrefixOutputArgs{
		ResourceGroupName: idPart(id, idGroup), PublicIpPrefixName: idPart(id, idResource),
	}, opts...).IpPrefix()
}

// addressesOfNAT are the addresses and ranges that a NAT gateway has, as a list with commas.
func addressesOfNAT(ctx *pulumi.Context, id pulumi.StringInput, opts ...pulumi.InvokeOption) pulumi.StringOutput {
	return id.ToStringOutput().ApplyT(func(id string) (string, error) {
		group, name := groupAndName(id)
		nat, err := network.LookupNatGateway(ctx, &network.LookupNatGatewayArgs{ResourceGroupName: group,
			NatGatewayName: name}, opts...)
		if err != nil {
			return "", fmt.Errorf("NAT gateway %s: %w", id, err)
		}
		var all []string
		for _, id := range ids(nat.PublicIpAddresses) {
			group, name := groupAndName(id)
			address, err := network.LookupPublicIPAddress(ctx,
				&network.LookupPublicIPAddressArgs{ResourceGroupName: group, PublicIpAddressName: name}, opts...)
			if err != nil {
				return "", fmt.Errorf("public IP address %s: %w", id, err)
			}
			all = append(all, value(address.IpAddress))
		}
		for _, id := range ids(nat.PublicIpPrefixes) {
			group, name := groupAndName(id)
			prefix, err := network.LookupPublicIPPrefix(ctx, &network.LookupPublicIPPrefixArgs{ResourceGroupName: group,
				PublicIpPrefixName: name}, opts...)
			if err != nil {
				return "", fmt.Errorf("public IP prefix %s: %w", id, err)
			}
			all = append(all, prefix.IpPrefix)
		}
		return strings.Join(all, ", "), nil
	}).(pulumi.StringOutput)
}

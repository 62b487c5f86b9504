package components

import (
	"fmt"
	"net/netip"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// NetworkLayer is the site's virtual network (documented steps 2 and 4): MD4IoT-VNET with its subnets, and the network security
// group that closes ProxyserverSubnet to everybody but the sensors.
type NetworkLayer struct {
	pulumi.ResourceState

	VirtualNetworkID       pulumi.IDOutput
	NetworkSecurityGroupID pulumi.IDOutput
	ProxyserverSubnetID    pulumi.StringOutput
	GatewaySubnetID        pulumi.StringOutput
	BastionSubnetID        pulumi.StringOutput // resolves to a subnet only where the address plan has one for Bastion
}

// NetworkLayerArgs configures a NetworkLayer.
type NetworkLayerArgs struct {
	Placement
	Addresses    site.AddressPlan   // Required.
	Rules        []site.Rule        // Required. Inbound rules of the network security group.
	NatGatewayID pulumi.StringInput // Required. NAT gateway of ProxyserverSubnet.
}

// NewNetworkLayer builds the network security group and the virtual network. The network is one write with its subnets inline:
// Azure refuses two writes to one network at a time, and a network written without its subnets loses them.
func NewNetworkLayer(ctx *pulumi.Context, name string, args *NetworkLayerArgs, opts ...pulumi.ResourceOption) (*NetworkLayer, error) {
	layer := &NetworkLayer{}
	if err := ctx.RegisterComponentResource(typePrefix+"NetworkLayer", name, layer, opts...); err != nil {
		return nil, err
	}

	nsg, err := network.NewNetworkSecurityGroup(ctx, name+"-nsg", &network.NetworkSecurityGroupArgs{
		ResourceGroupName: args.ResourceGroupName,
		Location:          pulumi.String(args.Location),
		SecurityRules:     securityRules(args.Rules),
		Tags:              args.tags(),
	}, pulumi.Parent(layer))
	if err != nil {
		return nil, fmt.Errorf("network security group: %w", err)
	}

	vnet, err := network.NewVirtualNetwork(ctx, name+"-vnet", &network.VirtualNetworkArgs{
		ResourceGroupName:  args.ResourceGroupName,
		Location:           pulumi.String(args.Location),
		VirtualNetworkName: pulumi.String(virtualNetworkName),
		AddressSpace:       network.AddressSpaceArgs{AddressPrefixes: pulumi.StringArray{pulumi.String(args.Addresses.Space.String())}},
		Subnets:            subnets(args.Addresses, nsg.ID(), args.NatGatewayID),
		Tags:               args.tags(),
	}, pulumi.Parent(layer), pulumi.Protect(args.Protect))
	if err != nil {
		return nil, fmt.Errorf("virtual network: %w", err)
	}

	layer.VirtualNetworkID = vnet.ID()
	layer.NetworkSecurityGroupID = nsg.ID()
	layer.ProxyserverSubnetID = pulumi.Sprintf("%s/subnets/%s", vnet.ID(), proxyserverSubnetName)
	layer.GatewaySubnetID = pulumi.Sprintf("%s/subnets/%s", vnet.ID(), gatewaySubnetName)
	layer.BastionSubnetID = pulumi.Sprintf("%s/subnets/%s", vnet.ID(), bastionSubnetName)
	return layer, ctx.RegisterResourceOutputs(layer, pulumi.Map{
		"virtualNetworkId":       layer.VirtualNetworkID,
		"networkSecurityGroupId": layer.NetworkSecurityGroupID,
		"proxyserverSubnetId":    layer.ProxyserverSubnetID,
		handedOut: pulumi.Map{"network": standsOn(vnet, pulumi.Map{
			"name":    vnet.Name,
			"space":   pulumi.String(args.Addresses.Space.String()),
			"subnets": subnetPrefixes(args.Addresses),
		})},
	})
}

// subnets draws the address plan. Azure allows neither a network security group nor a NAT gateway on GatewaySubnet.
func subnets(plan site.AddressPlan, nsg pulumi.IDOutput, natGateway pulumi.StringInput) network.SubnetTypeArray {
	all := network.SubnetTypeArray{
		subnet(gatewaySubnetName, plan.Gateway),
		network.SubnetTypeArgs{
			Name:                  pulumi.String(proxyserverSubnetName),
			AddressPrefix:         pulumi.String(plan.Proxyserver.String()),
			NetworkSecurityGroup:  network.NetworkSecurityGroupTypeArgs{Id: nsg},
			NatGateway:            network.SubResourceArgs{Id: natGateway.ToStringOutput()},
			DefaultOutboundAccess: pulumi.Bool(false), // the NAT gateway is the only way out
		},
	}
	if plan.Bastion.IsValid() {
		all = append(all, subnet(bastionSubnetName, plan.Bastion))
	}
	return all
}

// subnetPrefixes are the subnets by name.
func subnetPrefixes(plan site.AddressPlan) pulumi.StringMap {
	all := pulumi.StringMap{
		gatewaySubnetName: pulumi.String(plan.Gateway.String()), proxyserverSubnetName: pulumi.String(plan.Proxyserver.String()),
	}
	if plan.Bastion.IsValid() {
		all[bastionSubnetName] = pulumi.String(plan.Bastion.String())
	}
	return all
}

func subnet(name string, prefix netip.Prefix) network.SubnetTypeArgs {
	return network.SubnetTypeArgs{Name: pulumi.String(name), AddressPrefix: pulumi.String(prefix.String())}
}

// securityRules draws the rules inline: rules of their own and inline ones overwrite each other.
func securityRules(rules []site.Rule) network.SecurityRuleTypeArray {
	var all network.SecurityRuleTypeArray
	for _, rule := range rules {
		access := "Deny"
		if rule.Allow {
			access = "Allow"
		}
		args := network.SecurityRuleTypeArgs{
			Name:                     pulumi.String(rule.Name),
			Description:              pulumi.String(rule.Description),
			Priority:                 pulumi.Int(rule.Priority),
			Direction:                pulumi.String("Inbound"),
			Access:                   pulumi.String(access),
			Protocol:                 pulumi.String(rule.Protocol),
			SourcePortRange:          pulumi.String("*"),
			DestinationAddressPrefix: pulumi.String(rule.Destination),
			DestinationPortRange:     pulumi.String(rule.Port),
		}
		// Azure wants a single source, service tags among them, in the singular property.
		if len(rule.Sources) == 1 {
			args.SourceAddressPrefix = pulumi.String(rule.Sources[0])
		} else {
			args.SourceAddressPrefixes = pulumi.ToStringArray(rule.Sources)
		}
		all = append(all, args)
	}
	return all
}

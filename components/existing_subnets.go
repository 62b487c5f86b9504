package components

import (
	"fmt"
	"net/netip"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// joinNetwork uses the subnets that exist in somebody else's virtual network, and makes the others there, each a
// resource of its own:
// a write of the network would take away every subnet that it does not name.
func (l *NetworkLayer) joinNetwork(ctx *pulumi.Context, name string, args *NetworkLayerArgs,
	plan site.AddressPlan, routeTable pulumi.StringInput) error {
	existing := args.Network.Existing
	l.VirtualNetworkID = existing.VirtualNetworkID.ToStringOutput()
	joined := &subnetMaker{layer: l, ctx: ctx, network: l.VirtualNetworkID, protect: args.Protect}

	// The subnet of the proxies comes first: most waits for it.
	var err error
	if l.ProxyserverSubnetID, err = joined.subnet(name+"-proxyserver", existing.ProxyserverSubnetID,
		proxyserverSubnet(plan.Proxyserver, attachments{l.NetworkSecurityGroupID, args.natGateway(), routeTable}),
		plan.Proxyserver); err != nil {
		return err
	}
	if l.GatewaySubnetID, err = joined.subnet(name+"-gateway", existing.GatewaySubnetID,
		subnet(gatewaySubnetName, plan.Gateway), plan.Gateway); err != nil {
		return err
	}
	l.BastionSubnetID, err = joined.subnet(name+"-bastion", existing.BastionSubnetID,
		subnet(bastionSubnetName, plan.Bastion), plan.Bastion)
	return err
}

// subnetMaker makes one subnet after the other: Azure refuses two writes to one network at a time.
type subnetMaker struct {
	layer   *NetworkLayer
	ctx     *pulumi.Context
	network pulumi.StringOutput
	protect bool
	last    []pulumi.Resource
}

// subnet is the ID of a subnet: of the existing one, or of one that is made as it is drawn; of no use where no range is
// planned.
func (m *subnetMaker) subnet(name string, existing pulumi.StringInput, drawn network.SubnetTypeArgs,
	place netip.Prefix) (pulumi.StringOutput, error) {
	if existing != nil {
		return existing.ToStringOutput(), nil
	}
	if !place.IsValid() {
		return pulumi.Sprintf("%s/subnets/%s", m.network, drawn.Name), nil
	}
	made, err := network.NewSubnet(m.ctx, name, &network.SubnetArgs{
		ResourceGroupName:     idPart(m.network, idGroup),
		VirtualNetworkName:    idPart(m.network, idResource),
		SubnetName:            drawn.Name,
		AddressPrefix:         drawn.AddressPrefix,
		NetworkSecurityGroup:  drawn.NetworkSecurityGroup,
		NatGateway:            drawn.NatGateway,
		RouteTable:            drawn.RouteTable,
		DefaultOutboundAccess: drawn.DefaultOutboundAccess,
	}, pulumi.Parent(m.layer), pulumi.Protect(m.protect), pulumi.DependsOn(m.last))
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("subnet in the existing virtual network: %w", err)
	}
	m.last = []pulumi.Resource{made}
	return made.ID().ToStringOutput(), nil
}

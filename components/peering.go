package components

import (
	"fmt"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// NetworkPeering connects the site's virtual network with another one, in any region.
type NetworkPeering struct {
	// Required. Letters, digits, dots, dashes and underscores, up to 80.
	Name string `pulumi:"name"`
	// Required. ID of the other virtual network, in this subscription or another.
	RemoteVirtualNetworkID pulumi.StringInput `pulumi:"remoteVirtualNetworkId"`
	// Required. All IPv4 ranges of the other virtual network.
	AddressPrefixes []string `pulumi:"addressPrefixes"`
	// Optional. Use the gateway of the other network, at one peering at most. There is no GatewaySubnet then. Default
	// false.
	UseRemoteGateways bool `pulumi:"useRemoteGateways,optional"`
	// Optional. Let packets in that the other network only forwards, as a firewall there does. Default false.
	AllowForwardedTraffic bool `pulumi:"allowForwardedTraffic,optional"`
	// Optional. Make the other network's half of the peering too; that network is then in the provider's subscription.
	// Default false: its owner makes it, before the proxies are made if these get out by a firewall there.
	CreateRemotePeering bool `pulumi:"createRemotePeering,optional"`
}

// azureKeeps are properties of a peering that Azure writes by itself once the other half is there or the other network
// changes. Nothing here ever gives them.
var azureKeeps = []string{"peeringState", "peeringSyncLevel", "localAddressSpace", "localVirtualNetworkAddressSpace",
	"remoteAddressSpace", "remoteVirtualNetworkAddressSpace", "remoteBgpCommunities"}

// peerings makes the halves of the peerings, one after the other, since Azure refuses two writes to one network at a
// time. That of the other network comes first: it offers the gateway that this one is to use. A virtual hub's
// connection is a peering to Azure, too. What is handed out gets them.
func (l *NetworkLayer) peerings(ctx *pulumi.Context, name string, args *NetworkLayerArgs, s site.Site,
	own *network.VirtualNetwork, handed pulumi.Map) error {
	made := pulumi.Map{}
	var halves []pulumi.Resource
	for i, p := range s.Azure.Peerings {
		remote := args.Network.Peerings[i].RemoteVirtualNetworkID.ToStringOutput()
		options := []pulumi.ResourceOption{pulumi.Parent(l), pulumi.IgnoreChanges(azureKeeps)}
		if p.CreateRemotePeering {
			other, err := network.NewVirtualNetworkPeering(ctx, name+"-remote-peering-"+p.Name,
				&network.VirtualNetworkPeeringArgs{
					ResourceGroupName:         idPart(remote, idGroup),
					VirtualNetworkName:        idPart(remote, idResource),
					VirtualNetworkPeeringName: remotePeeringName(args.ResourceGroupName),
					RemoteVirtualNetwork:      network.SubResourceArgs{Id: l.VirtualNetworkID},
					AllowVirtualNetworkAccess: pulumi.Bool(true),
					AllowForwardedTraffic:     pulumi.Bool(p.AllowForwardedTraffic),
					AllowGatewayTransit:       pulumi.Bool(p.UseRemoteGateways),
				}, append(options, pulumi.DependsOn(halves))...)
			if err != nil {
				return fmt.Errorf("other network's half of peering %s: %w", p.Name, err)
			}
			halves = append(halves, other)
		}
		half, err := network.NewVirtualNetworkPeering(ctx, name+"-peering-"+p.Name, &network.VirtualNetworkPeeringArgs{
			ResourceGroupName:         args.ResourceGroupName,
			VirtualNetworkName:        own.Name,
			VirtualNetworkPeeringName: pulumi.String(p.Name),
			RemoteVirtualNetwork:      network.SubResourceArgs{Id: remote},
			AllowVirtualNetworkAccess: pulumi.Bool(true),
			AllowForwardedTraffic:     pulumi.Bool(p.AllowForwardedTraffic),
			UseRemoteGateways:         pulumi.Bool(p.UseRemoteGateways),
		}, append(options, pulumi.DependsOn(halves))...)
		if err != nil {
			return fmt.Errorf("peering %s: %w", p.Name, err)
		}
		halves = append(halves, half)
		made[p.Name] = standsOn(half, pulumi.Map{"remote": remote, "gateway": pulumi.Bool(p.UseRemoteGateways),
			"both": pulumi.Bool(p.CreateRemotePeering)})
	}
	if len(made) > 0 {
		handed["peerings"] = made
	}
	connection, err := l.hubConnection(ctx, name, args, s, handed, halves)
	if err != nil {
		return err
	}
	if s.Azure.Egress.ByFirewall() || len(s.Azure.DNSServers) > 0 {
		l.waysOut = append(halves, connection...)
	}
	return nil
}

// longestPeeringName is Azure's limit.
// Source: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftnetwork
const longestPeeringName = 80

// remotePeeringName is unique among the sites that a hub is peered with: each has a resource group of its own.
func remotePeeringName(group pulumi.StringInput) pulumi.StringOutput {
	return group.ToStringOutput().ApplyT(peeringName).(pulumi.StringOutput)
}

func peeringName(group string) string {
	name := group + "-" + virtualNetworkName
	return name[max(0, len(name)-longestPeeringName):]
}

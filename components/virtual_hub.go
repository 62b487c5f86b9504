package components

import (
	"fmt"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// VirtualHubOptions says more of the virtual hub that the site's network is connected to.
type VirtualHubOptions struct {
	// Required. IPv4 range of the hub itself, which nothing else uses.
	AddressPrefix string `pulumi:"addressPrefix"`
	// Optional. Make the connection, which is a part of the hub; the hub is then in the provider's subscription.
	// Default false: its owner makes it, before the proxies are made if these get out by the hub's firewall.
	CreateConnection bool `pulumi:"createConnection,optional"`
}

// byVirtualHub tells whether the routes of the virtual hub lead everything to its firewall.
func (e EgressOptions) byVirtualHub() bool {
	return e.Kind == site.EgressFirewall && e.FirewallAddress == ""
}

// hubRouting is what the hub's owner decides of a connection later, such as another route table.
var hubRouting = []string{"routingConfiguration"}

// hubConnection connects the site's network with a virtual hub, after what else is written to the network. One network
// is in one hub, so a connection goes before another comes.
func (l *NetworkLayer) hubConnection(ctx *pulumi.Context, name string, args *NetworkLayerArgs, s site.Site,
	handed pulumi.Map, after []pulumi.Resource) ([]pulumi.Resource, error) {
	hub := s.Azure.VirtualHub
	if hub == nil {
		return nil, nil
	}
	id := args.Network.VirtualHubID.ToStringOutput()
	record := pulumi.Map{"id": id, "connected": pulumi.Bool(hub.CreateConnection)}
	handed["virtualHub"] = record
	if !hub.CreateConnection {
		return nil, nil
	}
	connection := drawnHubConnection(args.Egress)
	connection.ResourceGroupName, connection.VirtualHubName = idPart(id, idGroup), idPart(id, idResource)
	connection.ConnectionName = remotePeeringName(args.ResourceGroupName)
	connection.RemoteVirtualNetwork = network.SubResourceArgs{Id: l.VirtualNetworkID}
	made, err := network.NewHubVirtualNetworkConnection(ctx, name+"-hub-connection", &connection, pulumi.Parent(l),
		pulumi.DependsOn(after), pulumi.DeleteBeforeReplace(true), pulumi.IgnoreChanges(hubRouting))
	if err != nil {
		return nil, fmt.Errorf("connection with the virtual hub: %w", err)
	}
	standsOn(made, record)
	return []pulumi.Resource{made}, nil
}

// drawnHubConnection takes the hub's route for everything only where that leads to the way out: it would come before a
// NAT gateway.
// Source: https://learn.microsoft.com/azure/nat-gateway/nat-overview
func drawnHubConnection(egress EgressOptions) network.HubVirtualNetworkConnectionArgs {
	return network.HubVirtualNetworkConnectionArgs{EnableInternetSecurity: pulumi.Bool(egress.byVirtualHub())}
}

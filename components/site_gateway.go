package components

import (
	"fmt"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// SiteGateway is how the site's own network reaches the virtual network (documented step 3): a VPN or ExpressRoute gateway in
// GatewaySubnet, or one that exists already, and its connections. It takes most of an hour to build, and no proxy waits for it.
type SiteGateway struct {
	pulumi.ResourceState

	PublicIPAddresses pulumi.StringArrayOutput // of VPN, one an instance; none of ExpressRoute, nor of an existing gateway
	BGPPeers          pulumi.StringArrayOutput // Azure's BGP addresses, those inside tunnels among them
	// Tunnels is what has to be entered on the other side of each tunnel.
	Tunnels []TunnelEnds

	handedOut, tunnels pulumi.Map // record of the gateway, and of its tunnels in that
}

// TunnelEnds are the two ends of a tunnel.
type TunnelEnds struct {
	Connection site.Connection
	Tunnel     site.Tunnel
	AzureAddr  pulumi.StringOutput // public address of the gateway's instance; empty of an existing gateway
	SharedKey  pulumi.StringOutput // secret
}

// SiteGatewayArgs configures a SiteGateway.
type SiteGatewayArgs struct {
	Placement
	Gateway          site.Gateway       // Required.
	VirtualNetworkID pulumi.StringInput // Required.
	SubnetID         pulumi.StringInput // Required. GatewaySubnet.
}

// NewSiteGateway builds the gateway and its connections.
func NewSiteGateway(ctx *pulumi.Context, name string, args *SiteGatewayArgs, opts ...pulumi.ResourceOption) (*SiteGateway, error) {
	tunnels := pulumi.Map{}
	g := &SiteGateway{
		PublicIPAddresses: pulumi.StringArray{}.ToStringArrayOutput(),
		BGPPeers:          pulumi.StringArray{}.ToStringArrayOutput(),
		handedOut:         pulumi.Map{"tunnels": tunnels},
		tunnels:           tunnels,
	}
	if err := ctx.RegisterComponentResource(typePrefix+"SiteGateway", name, g, opts...); err != nil {
		return nil, err
	}
	parent := pulumi.Parent(g)

	id := pulumi.String(args.Gateway.ID).ToStringOutput()
	if args.Gateway.Kind != site.GatewayExisting {
		made, err := g.build(ctx, name, args, parent)
		if err != nil {
			return nil, fmt.Errorf("virtual network gateway: %w", err)
		}
		id = made.ID().ToStringOutput()
	}
	if args.Gateway.Kind == site.GatewayExpressRoute {
		if err := g.connectCircuit(ctx, name, args, id, parent); err != nil {
			return nil, fmt.Errorf("connection to the ExpressRoute circuit: %w", err)
		}
	}
	for _, connection := range args.Gateway.Connections {
		for _, tunnel := range connection.Tunnels {
			if err := g.connect(ctx, name, args, connection, tunnel, id, parent); err != nil {
				return nil, fmt.Errorf("connection %s: %w", tunnel.Name, err)
			}
		}
	}
	return g, ctx.RegisterResourceOutputs(g, pulumi.Map{
		"publicIpAddresses": g.PublicIPAddresses,
		"bgpPeers":          g.BGPPeers,
		handedOut:           g.handedOut,
	})
}

// build makes the gateway itself and, for VPN, an address for each of its instances: an ExpressRoute gateway has one of Microsoft's, and
// drops a customer's own (https://learn.microsoft.com/azure/expressroute/expressroute-about-virtual-network-gateways#auto-assigned-public-ip).
// Its IP configurations refer to each other by their full IDs, which a fixed name makes known beforehand; there is one gateway of a kind
// to a network anyway.
func (g *SiteGateway) build(ctx *pulumi.Context, name string, args *SiteGatewayArgs, parent pulumi.ResourceOption) (*network.VirtualNetworkGateway, error) {
	instances := 1
	if args.Gateway.ActiveActive {
		instances = 2
	}
	var addresses pulumi.StringArray
	var configurations network.VirtualNetworkGatewayIPConfigurationArray
	for i := range instances {
		configuration := network.VirtualNetworkGatewayIPConfigurationArgs{
			Name:                      pulumi.String(gatewayConfiguration(i)),
			PrivateIPAllocationMethod: pulumi.String("Dynamic"),
			Subnet:                    network.SubResourceArgs{Id: args.SubnetID.ToStringOutput()},
		}
		if args.Gateway.Kind == site.GatewayVPN {
			publicIP, err := newPublicIP(ctx, fmt.Sprintf("%s-ip-%d", name, i), args.Placement, parent)
			if err != nil {
				return nil, fmt.Errorf("public IP address: %w", err)
			}
			addresses = append(addresses, publicIP.IpAddress.Elem())
			configuration.PublicIPAddress = network.SubResourceArgs{Id: publicIP.ID()}
		}
		configurations = append(configurations, configuration)
	}

	gatewayArgs := &network.VirtualNetworkGatewayArgs{
		ResourceGroupName:         args.ResourceGroupName,
		Location:                  pulumi.String(args.Location),
		VirtualNetworkGatewayName: pulumi.String(gatewayName),
		Sku:                       network.VirtualNetworkGatewaySkuArgs{Name: pulumi.String(args.Gateway.SKU), Tier: pulumi.String(args.Gateway.SKU)},
		IpConfigurations:          configurations,
		Tags:                      args.tags(),
	}
	if args.Gateway.Kind == site.GatewayExpressRoute {
		gatewayArgs.GatewayType = pulumi.String("ExpressRoute")
	} else {
		gatewayArgs.GatewayType = pulumi.String("Vpn")
		gatewayArgs.VpnType = pulumi.String("RouteBased")
		gatewayArgs.ActiveActive = pulumi.Bool(args.Gateway.ActiveActive)
		gatewayArgs.EnableBgp = pulumi.Bool(args.Gateway.BGP)
		if args.Gateway.BGP {
			gatewayArgs.BgpSettings = bgpSettings(args, instances)
		}
	}
	// Azure chooses the generation, and moves gateways to Generation2 by itself:
	// https://learn.microsoft.com/azure/vpn-gateway/gateway-sku-consolidation
	gateway, err := network.NewVirtualNetworkGateway(ctx, name+"-gateway", gatewayArgs, parent, pulumi.Protect(args.Protect),
		pulumi.IgnoreChanges([]string{"vpnGatewayGeneration"}))
	if err != nil {
		return nil, err
	}
	g.PublicIPAddresses = addresses.ToStringArrayOutput()
	g.handedOut["gateway"] = standsOn(gateway, pulumi.Map{
		"kind":         pulumi.String(args.Gateway.Kind),
		"generation":   gateway.VpnGatewayGeneration,
		"bgp":          pulumi.Bool(args.Gateway.BGP),
		"asn":          pulumi.Int(int(args.Gateway.ASN)),
		"activeActive": pulumi.Bool(args.Gateway.ActiveActive),
		"addresses":    addresses,
	})
	if args.Gateway.BGP {
		g.BGPPeers = bgpPeers(gateway)
	}
	return gateway, nil
}

func gatewayConfiguration(instance int) string {
	return fmt.Sprintf("instance-%d", instance)
}

// configurationID is the full ID of one of the gateway's IP configurations.
func configurationID(args *SiteGatewayArgs, instance int) pulumi.StringOutput {
	return siblingID(args.VirtualNetworkID, "virtualNetworkGateways/"+gatewayName+"/ipConfigurations/"+gatewayConfiguration(instance))
}

// bgpSettings gives each instance the addresses that it has inside the tunnels to other clouds.
func bgpSettings(args *SiteGatewayArgs, instances int) network.BgpSettingsArgs {
	settings := network.BgpSettingsArgs{Asn: pulumi.Float64(float64(args.Gateway.ASN))}
	var peering network.IPConfigurationBgpPeeringAddressArray
	for i := range instances {
		var inside pulumi.StringArray
		for _, connection := range args.Gateway.Connections {
			for _, tunnel := range connection.Tunnels {
				if tunnel.Inside.IsValid() && tunnel.Instance == i {
					inside = append(inside, pulumi.String(tunnel.AzureBGP().String()))
				}
			}
		}
		if len(inside) > 0 {
			peering = append(peering, network.IPConfigurationBgpPeeringAddressArgs{
				IpconfigurationId: configurationID(args, i), CustomBgpIpAddresses: inside,
			})
		}
	}
	if len(peering) > 0 {
		settings.BgpPeeringAddresses = peering
	}
	return settings
}

func bgpPeers(gateway *network.VirtualNetworkGateway) pulumi.StringArrayOutput {
	return gateway.BgpSettings.ApplyT(func(settings *network.BgpSettingsResponse) []string {
		peers := []string{}
		if settings == nil {
			return peers
		}
		for _, address := range settings.BgpPeeringAddresses {
			peers = append(peers, address.DefaultBgpIpAddresses...)
			peers = append(peers, address.CustomBgpIpAddresses...)
		}
		return peers
	}).(pulumi.StringArrayOutput)
}

func (g *SiteGateway) connectCircuit(ctx *pulumi.Context, name string, args *SiteGatewayArgs, gateway pulumi.StringOutput, parent pulumi.ResourceOption) error {
	connection := &network.VirtualNetworkGatewayConnectionArgs{
		ResourceGroupName:      args.ResourceGroupName,
		Location:               pulumi.String(args.Location),
		ConnectionType:         pulumi.String("ExpressRoute"),
		VirtualNetworkGateway1: network.VirtualNetworkGatewayTypeArgs{Id: gateway},
		Peer:                   network.SubResourceArgs{Id: pulumi.String(args.Gateway.CircuitID)},
		Tags:                   args.tags(),
	}
	if key := args.Gateway.AuthorizationKey; key != "" {
		connection.AuthorizationKey = pulumi.ToSecret(pulumi.String(key)).(pulumi.StringOutput)
	}
	made, err := network.NewVirtualNetworkGatewayConnection(ctx, name+"-circuit", connection, parent)
	if err != nil {
		return err
	}
	g.handedOut["circuit"] = standsOn(made, pulumi.Map{"name": pulumi.String(args.Gateway.CircuitID)})
	return nil
}

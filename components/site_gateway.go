package components

import (
	"fmt"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// SiteGateway is how the site's own network reaches the virtual network (documented step 3): a VPN or ExpressRoute
// gateway in GatewaySubnet, or one that exists already, and its connections. It takes most of an hour to build, and no
// proxy waits for it.
type SiteGateway struct {
	pulumi.ResourceState

	// ID of the gateway: the given one, or one made here.
	GatewayID pulumi.StringOutput `pulumi:"gatewayId"`
	// Public IP addresses of a VPN gateway, one an instance; none of ExpressRoute, nor of an existing gateway.
	PublicIPAddresses pulumi.StringArrayOutput `pulumi:"publicIpAddresses"`
	// Azure's BGP addresses, those inside tunnels among them; none without BGP.
	BGPPeers pulumi.StringArrayOutput `pulumi:"bgpPeers"`
	// Pre-shared keys by the names of their tunnels: a connection's name, followed by -1, -2 and so on for another
	// cloud; secret.
	SharedKeys pulumi.StringMapOutput `pulumi:"sharedKeys" provider:"secret"`

	handedOut pulumi.Map
}

// NewSiteGateway builds the gateway and its connections.
func NewSiteGateway(ctx *pulumi.Context, name string, args *SiteGatewayArgs,
	opts ...pulumi.ResourceOption) (*SiteGateway, error) {
	if args == nil {
		args = &SiteGatewayArgs{}
	}
	spec, err := args.spec(name)
	if err != nil {
		return nil, err
	}
	g := &SiteGateway{handedOut: pulumi.Map{}}
	if err := ctx.RegisterComponentResource(typePrefix+"SiteGateway", name, g, opts...); err != nil {
		return nil, err
	}
	parent := pulumi.Parent(g)
	g.PublicIPAddresses = pulumi.StringArray{}.ToStringArrayOutput()
	g.BGPPeers = pulumi.StringArray{}.ToStringArrayOutput()

	if spec.Kind == site.GatewayExisting {
		g.GatewayID = args.GatewayID.ToStringOutput()
	} else if err := g.build(ctx, name, args, spec, parent); err != nil {
		return nil, fmt.Errorf("virtual network gateway: %w", err)
	}
	if spec.Kind == site.GatewayExpressRoute {
		if err := g.connectCircuit(ctx, name, args, spec, parent); err != nil {
			return nil, fmt.Errorf("connection to the ExpressRoute circuit: %w", err)
		}
	}
	keys, tunnels := pulumi.StringMap{}, pulumi.Map{}
	for i, connection := range spec.Connections {
		for j, tunnel := range connection.Tunnels {
			key, record, err := g.connect(ctx, name, args, spec, i, j, parent)
			if err != nil {
				return nil, fmt.Errorf("connection %s: %w", tunnel.Name, err)
			}
			keys[tunnel.Name], tunnels[tunnel.Name] = key, record
		}
	}
	g.handedOut["tunnels"] = tunnels
	g.SharedKeys = pulumi.ToSecret(keys.ToStringMapOutput()).(pulumi.StringMapOutput)
	return g, ctx.RegisterResourceOutputs(g, pulumi.Map{
		"gatewayId":         g.GatewayID,
		"publicIpAddresses": g.PublicIPAddresses,
		"bgpPeers":          g.BGPPeers,
		"sharedKeys":        g.SharedKeys,
		handedOut:           g.handedOut,
	})
}

// build makes the gateway itself and, for VPN, an address for each of its instances: an ExpressRoute gateway has one of
// Microsoft's, and drops a customer's own
// (https://learn.microsoft.com/azure/expressroute/expressroute-about-virtual-network-gateways#auto-assigned-public-ip).
// Its IP configurations refer to each other by their full IDs, which a fixed name makes known beforehand; there is one
// gateway of a kind to a network anyway.
func (g *SiteGateway) build(ctx *pulumi.Context, name string, args *SiteGatewayArgs, spec gatewaySpec,
	parent pulumi.ResourceOption) error {
	instances := 1
	if spec.ActiveActive {
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
		if spec.Kind == site.GatewayVPN {
			publicIP, err := newPublicIP(ctx, fmt.Sprintf("%s-ip-%d", name, i), spec.place, parent)
			if err != nil {
				return fmt.Errorf("public IP address: %w", err)
			}
			addresses = append(addresses, publicIP.IpAddress.Elem())
			configuration.PublicIPAddress = network.SubResourceArgs{Id: publicIP.ID()}
		}
		configurations = append(configurations, configuration)
	}

	gatewayArgs := &network.VirtualNetworkGatewayArgs{
		ResourceGroupName:         args.ResourceGroupName,
		Location:                  pulumi.String(spec.place.location),
		VirtualNetworkGatewayName: pulumi.String(gatewayName),
		Sku: network.VirtualNetworkGatewaySkuArgs{Name: pulumi.String(spec.SKU),
			Tier: pulumi.String(spec.SKU)},
		IpConfigurations: configurations,
		Tags:             args.Tags,
	}
	if spec.Kind == site.GatewayExpressRoute {
		gatewayArgs.GatewayType = pulumi.String("ExpressRoute")
	} else {
		gatewayArgs.GatewayType = pulumi.String("Vpn")
		gatewayArgs.VpnType = pulumi.String("RouteBased")
		gatewayArgs.ActiveActive = pulumi.Bool(spec.ActiveActive)
		gatewayArgs.EnableBgp = pulumi.Bool(spec.BGP)
		if spec.BGP {
			gatewayArgs.BgpSettings = bgpSettings(args, spec, instances)
		}
	}
	// Azure chooses the generation, and moves gateways to Generation2 by itself:
	// https://learn.microsoft.com/azure/vpn-gateway/gateway-sku-consolidation
	// What it changes only by making another gateway goes first: the name is fixed.
	gateway, err := network.NewVirtualNetworkGateway(ctx, name+"-gateway", gatewayArgs, parent,
		pulumi.Protect(args.Protect),
		pulumi.IgnoreChanges([]string{"vpnGatewayGeneration"}),
		pulumi.ReplaceOnChanges([]string{"gatewayType", "vpnType"}), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return err
	}
	g.GatewayID = gateway.ID().ToStringOutput()
	g.PublicIPAddresses = addresses.ToStringArrayOutput()
	g.handedOut["gateway"] = standsOn(gateway, pulumi.Map{
		"kind":         pulumi.String(spec.Kind),
		"generation":   gateway.VpnGatewayGeneration,
		"bgp":          pulumi.Bool(spec.BGP),
		"asn":          pulumi.Int(int(spec.ASN)),
		"activeActive": pulumi.Bool(spec.ActiveActive),
		"addresses":    addresses,
	})
	if spec.BGP {
		g.BGPPeers = bgpPeers(gateway)
	}
	return nil
}

func gatewayConfiguration(instance int) string {
	return fmt.Sprintf("instance-%d", instance)
}

// configurationID is the full ID of one of the gateway's IP configurations.
func configurationID(args *SiteGatewayArgs, instance int) pulumi.StringOutput {
	return siblingID(args.VirtualNetworkID, "virtualNetworkGateways/"+gatewayName+"/ipConfigurations/"+
		gatewayConfiguration(instance))
}

// bgpSettings gives each instance the addresses that it has inside the tunnels to other clouds.
func bgpSettings(args *SiteGatewayArgs, spec gatewaySpec, instances int) network.BgpSettingsArgs {
	settings := network.BgpSettingsArgs{Asn: pulumi.Float64(float64(spec.ASN))}
	var peering network.IPConfigurationBgpPeeringAddressArray
	for i := range instances {
		var inside pulumi.StringArray
		for _, connection := range spec.Connections {
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

func (g *SiteGateway) connectCircuit(ctx *pulumi.Context, name string, args *SiteGatewayArgs, spec gatewaySpec,
	parent pulumi.ResourceOption) error {
	connection := &network.VirtualNetworkGatewayConnectionArgs{
		ResourceGroupName:      args.ResourceGroupName,
		Location:               pulumi.String(spec.place.location),
		ConnectionType:         pulumi.String("ExpressRoute"),
		VirtualNetworkGateway1: network.VirtualNetworkGatewayTypeArgs{Id: g.GatewayID},
		Peer:                   network.SubResourceArgs{Id: args.CircuitID.ToStringOutput()},
		Tags:                   args.Tags,
	}
	if args.AuthorizationKey != nil {
		connection.AuthorizationKey = pulumi.ToSecret(args.AuthorizationKey.ToStringOutput()).(pulumi.StringOutput)
	}
	made, err := network.NewVirtualNetworkGatewayConnection(ctx, name+"-circuit", connection, parent,
		pulumi.ReplaceOnChanges(endsOfConnection))
	if err != nil {
		return err
	}
	g.handedOut["circuit"] = standsOn(made, pulumi.Map{"name": args.CircuitID})
	return nil
}

package components

import (
	"fmt"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi-random/sdk/v4/go/random"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// endsOfConnection is what Azure does not change of a connection: it wants another one.
// Source: https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-about-vpn-gateway-settings#connectiontype
var endsOfConnection = []string{"connectionType", "virtualNetworkGateway1", "localNetworkGateway2", "peer"}

// connect builds one tunnel: a local network gateway, which is the partner as Azure sees it, and the connection to it.
// It returns the pre-shared key, and the record of what was handed out.
func (g *SiteGateway) connect(ctx *pulumi.Context, name string, args *SiteGatewayArgs, spec gatewaySpec, i, j int,
	parent pulumi.ResourceOption) (pulumi.StringOutput, pulumi.Map, error) {
	connection, tunnel := spec.Connections[i], spec.Connections[i].Tunnels[j]
	partner, err := newPartner(ctx, name+"-"+tunnel.Name+"-partner", args, spec, connection, tunnel, parent)
	if err != nil {
		return pulumi.StringOutput{}, nil, fmt.Errorf("local network gateway: %w", err)
	}
	given := args.Connections[i].sharedKey(j)
	key, err := sharedKey(ctx, name+"-"+tunnel.Name+"-key", given, parent)
	if err != nil {
		return pulumi.StringOutput{}, nil, fmt.Errorf("pre-shared key: %w", err)
	}
	connectionArgs := &network.VirtualNetworkGatewayConnectionArgs{
		ResourceGroupName:      args.ResourceGroupName,
		Location:               pulumi.String(spec.place.location),
		ConnectionType:         pulumi.String("IPsec"),
		ConnectionProtocol:     pulumi.String("IKEv2"),
		VirtualNetworkGateway1: network.VirtualNetworkGatewayTypeArgs{Id: g.GatewayID},
		LocalNetworkGateway2:   network.LocalNetworkGatewayTypeArgs{Id: partner.ID().ToStringOutput()},
		EnableBgp:              pulumi.Bool(connection.ASN != 0),
		SharedKey:              key,
		IpsecPolicies:          ipsecPolicies(connection.IPsec),
		Tags:                   args.Tags,
	}
	if tunnel.Inside.IsValid() {
		connectionArgs.GatewayCustomBgpIpAddresses = customBGPAddresses(args, connection, tunnel)
	}
	made, err := network.NewVirtualNetworkGatewayConnection(ctx, name+"-"+tunnel.Name, connectionArgs, parent,
		pulumi.ReplaceOnChanges(endsOfConnection))
	if err != nil {
		return pulumi.StringOutput{}, nil, err
	}
	record := pulumi.Map{
		"gateway":   pulumi.String(spec.ID),
		"peer":      pulumi.String(tunnel.Address.String()),
		"sharedKey": key,
		"generated": pulumi.Bool(given == nil),
	}
	if tunnel.Inside.IsValid() {
		record["inside"] = pulumi.String(tunnel.Inside.String())
	}
	return key, standsOn(made, record), nil
}

func newPartner(ctx *pulumi.Context, name string, args *SiteGatewayArgs, spec gatewaySpec, connection site.Connection,
	tunnel site.Tunnel,
	parent pulumi.ResourceOption) (*network.LocalNetworkGateway, error) {
	partner := &network.LocalNetworkGatewayArgs{
		ResourceGroupName: args.ResourceGroupName,
		Location:          pulumi.String(spec.place.location),
		GatewayIpAddress:  pulumi.String(tunnel.Address.String()),
		Tags:              args.Tags,
	}
	if len(connection.AddressPrefixes) > 0 {
		var prefixes pulumi.StringArray
		for _, p := range connection.AddressPrefixes {
			prefixes = append(prefixes, pulumi.String(p.String()))
		}
		partner.LocalNetworkAddressSpace = network.AddressSpaceArgs{AddressPrefixes: prefixes}
	}
	if connection.ASN != 0 {
		partner.BgpSettings = network.BgpSettingsArgs{
			Asn:               pulumi.Float64(float64(connection.ASN)),
			BgpPeeringAddress: pulumi.String(tunnel.PeerBGP.String()),
		}
	}
	return network.NewLocalNetworkGateway(ctx, name, partner, parent)
}

const sharedKeyLength = 32

// sharedKey returns the given key or makes one. AWS takes no key that begins with a zero, so a made one begins with a
// letter.
func sharedKey(ctx *pulumi.Context, name string, given pulumi.StringInput,
	parent pulumi.ResourceOption) (pulumi.StringOutput, error) {
	if given != nil {
		return pulumi.ToSecret(given.ToStringOutput()).(pulumi.StringOutput), nil
	}
	made, err := random.NewRandomPassword(ctx, name, &random.RandomPasswordArgs{
		Length: pulumi.Int(sharedKeyLength), Special: pulumi.Bool(false),
	}, parent)
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	return pulumi.ToSecret(pulumi.Sprintf("k%s", made.Result)).(pulumi.StringOutput), nil
}

func ipsecPolicies(policy *site.IPsec) network.IpsecPolicyArrayInput {
	if policy == nil {
		return nil
	}
	return network.IpsecPolicyArray{network.IpsecPolicyArgs{
		IkeEncryption:       pulumi.String(policy.IKEEncryption),
		IkeIntegrity:        pulumi.String(policy.IKEIntegrity),
		DhGroup:             pulumi.String(policy.DHGroup),
		IpsecEncryption:     pulumi.String(policy.IPsecEncryption),
		IpsecIntegrity:      pulumi.String(policy.IPsecIntegrity),
		PfsGroup:            pulumi.String(policy.PFSGroup),
		SaLifeTimeSeconds:   pulumi.Int(policy.SALifetimeSeconds),
		SaDataSizeKilobytes: pulumi.Int(policy.SADataSizeKilobytes),
	}}
}

// customBGPAddresses names an inside address of every instance, as Azure wants it: the tunnel's own, and of the other
// instance the first that this connection gives it.
func customBGPAddresses(args *SiteGatewayArgs, connection site.Connection,
	tunnel site.Tunnel) network.GatewayCustomBgpIpAddressIpConfigurationArray {
	chosen := map[int]site.Tunnel{tunnel.Instance: tunnel}
	for _, other := range connection.Tunnels {
		if _, taken := chosen[other.Instance]; !taken {
			chosen[other.Instance] = other
		}
	}
	var all network.GatewayCustomBgpIpAddressIpConfigurationArray
	for instance := range len(chosen) {
		all = append(all, network.GatewayCustomBgpIpAddressIpConfigurationArgs{
			IpConfigurationId:  configurationID(args, instance),
			CustomBgpIpAddress: pulumi.String(chosen[instance].AzureBGP().String()),
		})
	}
	return all
}

package components

import (
	"net/netip"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// SiteGatewayArgs configures a SiteGateway. Required are Location, ResourceGroupName and, but for an existing gateway,
// VirtualNetworkID and SubnetID.
type SiteGatewayArgs struct {
	// Required. Azure region, such as westeurope.
	Location string `pulumi:"location"`
	// Required. Name of the resource group.
	ResourceGroupName pulumi.StringInput `pulumi:"resourceGroupName"`
	// Required unless Kind is existing. ID of the virtual network.
	VirtualNetworkID pulumi.StringInput `pulumi:"virtualNetworkId,optional"`
	// Required unless Kind is existing. ID of GatewaySubnet.
	SubnetID pulumi.StringInput `pulumi:"subnetId,optional"`
	// Optional. vpn, expressRoute or existing. Default vpn.
	Kind string `pulumi:"kind,optional"`
	// Optional. VpnGw1AZ to VpnGw5AZ, or ErGw1AZ to ErGw3AZ. Default VpnGw1AZ, VpnGw2AZ with BGP, or ErGw1AZ.
	// Source: https://learn.microsoft.com/azure/vpn-gateway/about-gateway-skus
	SKU string `pulumi:"sku,optional"`
	// Optional. Two instances of the VPN gateway with a public IP address each. Default false.
	ActiveActive bool `pulumi:"activeActive,optional"`
	// Optional. The VPN gateway speaks BGP. Default false.
	BGP bool `pulumi:"bgp,optional"`
	// Optional. Autonomous system number of the VPN gateway. Default 65515, Azure's own.
	ASN int `pulumi:"asn,optional"`
	// Required if Kind is existing. ID of the VPN gateway.
	GatewayID pulumi.StringInput `pulumi:"gatewayId,optional"`
	// Required if Kind is expressRoute. ID of the circuit.
	CircuitID pulumi.StringInput `pulumi:"circuitId,optional"`
	// Optional. Authorization of a circuit in another subscription; secret.
	AuthorizationKey pulumi.StringInput `pulumi:"authorizationKey,optional" provider:"secret"`
	// Optional. Partners of the VPN gateway; an existing one needs one or more.
	Connections []GatewayConnection `pulumi:"connections,optional"`
	// Optional. IPv4 ranges of the site's sensors. Without BGP, the connections' address prefixes have to hold them:
	// Azure has no other way back to them. Default unknown, and not checked.
	SensorCIDRs []string `pulumi:"sensorCidrs,optional"`
	// Optional. Availability zones of the public IP addresses. Default all zones of the region; an empty list for none.
	Zones []string `pulumi:"zones,optional"`
	// Optional. Tags of every resource.
	Tags pulumi.StringMapInput `pulumi:"tags,optional"`
	// Optional. Refuse to delete the gateway and its addresses. Default false.
	Protect bool `pulumi:"protect,optional"`
}

// GatewayConnection is one partner of a VPN gateway: a site, or another cloud.
type GatewayConnection struct {
	// Required. 2 to 32 lower-case letters, digits and dashes.
	Name string `pulumi:"name"`
	// Optional. site, aws or gcp. Default site. Another cloud needs a gateway with ActiveActive and BGP.
	Kind string `pulumi:"kind,optional"`
	// Required of a site. Public IPv4 address of its VPN device.
	Address string `pulumi:"address,optional"`
	// Optional, of a site. Pre-shared key, 1 to 128 printable ASCII characters; secret. Default a generated one.
	SharedKey pulumi.StringInput `pulumi:"sharedKey,optional" provider:"secret"`
	// Required of a site without BGP. IPv4 ranges behind the VPN device.
	AddressPrefixes []string `pulumi:"addressPrefixes,optional"`
	// Optional, of a site. BGP with the VPN device.
	BGP *PartnerBGP `pulumi:"bgp,optional"`
	// Optional, of another cloud. Its autonomous system number. Default 64512 for AWS; required for Google Cloud.
	ASN int `pulumi:"asn,optional"`
	// Required of another cloud. Its tunnels in their order there: four to AWS, two to Google Cloud.
	Tunnels []CloudTunnel `pulumi:"tunnels,optional"`
	// Optional. A custom IPsec policy. Default Azure's default policies.
	IPsec *IPsecPolicy `pulumi:"ipsec,optional"`
}

// PartnerBGP is a site's VPN device as a BGP speaker.
type PartnerBGP struct {
	// Required. Autonomous system number of the device.
	ASN int `pulumi:"asn"`
	// Required. IPv4 address with which the device speaks BGP.
	PeerAddress string `pulumi:"peerAddress"`
}

// CloudTunnel is a tunnel as the other cloud shows it.
type CloudTunnel struct {
	// Required. Public IPv4 address of the other cloud's end.
	Address string `pulumi:"address"`
	// Optional. Pre-shared key, 1 to 128 printable ASCII characters; secret. Default a generated one.
	SharedKey pulumi.StringInput `pulumi:"sharedKey,optional" provider:"secret"`
	// Optional. The /30 inside the tunnel, of 169.254.21.0 to 169.254.22.255. Default the first free one.
	InsideCIDR string `pulumi:"insideCidr,optional"`
}

// IPsecPolicy is a custom IPsec policy, in Azure's terms.
// Source: https://learn.microsoft.com/azure/vpn-gateway/ipsec-ike-policy-howto
type IPsecPolicy struct {
	// Optional. AES256, AES128, GCMAES256 or GCMAES128. Default AES256.
	IKEEncryption string `pulumi:"ikeEncryption,optional"`
	// Optional. SHA384, SHA256, GCMAES256 or GCMAES128. Default SHA384.
	IKEIntegrity string `pulumi:"ikeIntegrity,optional"`
	// Optional. DHGroup14, DHGroup24, ECP256 or ECP384. Default DHGroup24.
	DHGroup string `pulumi:"dhGroup,optional"`
	// Optional. GCMAES256, GCMAES128, AES256 or AES128. Default GCMAES256.
	IPsecEncryption string `pulumi:"ipsecEncryption,optional"`
	// Optional. GCMAES256, GCMAES128 or SHA256. Default GCMAES256.
	IPsecIntegrity string `pulumi:"ipsecIntegrity,optional"`
	// Optional. PFS14, PFS24, PFS2048, ECP256, ECP384 or None. Default PFS24.
	PFSGroup string `pulumi:"pfsGroup,optional"`
	// Optional. Seconds, 300 to 172799. Default 27000.
	SALifetimeSeconds int `pulumi:"saLifetimeSeconds,optional"`
	// Optional. Kilobytes, 1024 or more. Default 102400000.
	SADataSizeKilobytes int `pulumi:"saDataSizeKilobytes,optional"`
}

// gatewaySpec is a gateway as its arguments describe it, every default filled in.
type gatewaySpec struct {
	site.Gateway
	place placement
}

// spec checks the arguments and fills in defaults.
func (args *SiteGatewayArgs) spec(name string) (gatewaySpec, error) {
	asked := *args
	if asked.Kind == "" {
		asked.Kind = site.GatewayVPN
	}
	wrong := problems{renamed: map[string]string{"id": "gatewayId"}, also: args.sensors()}
	s := wrong.read(&asked, "gateway", "kind", "sku", "activeActive", "bgp", "asn", "id", "circuitId",
		"authorizationKey", "connections")
	wrong.needs("resourceGroupName", args.ResourceGroupName, "the name of a resource group")
	if asked.Kind != site.GatewayExisting {
		wrong.needs("virtualNetworkId", args.VirtualNetworkID, "the ID of a virtual network")
		wrong.needs("subnetId", args.SubnetID, "the ID of GatewaySubnet")
	}
	if s.Azure != nil && s.Azure.Gateway == nil {
		wrong.fail("kind", "asks for no gateway", "vpn, expressRoute or existing",
			"Remove the component, or choose one")
	}
	if err := wrong.err("SiteGateway", name); err != nil {
		return gatewaySpec{}, err
	}
	return gatewaySpec{Gateway: *s.Azure.Gateway, place: placement{
		resourceGroup: args.ResourceGroupName, location: s.Location, zones: zonesOf(s.Location, args.Zones),
		tags: args.Tags, protect: args.Protect,
	}}, nil
}

// sensors are what the reader looks for a way back to: an address behind the first connection that has any, if no
// sensors are known.
func (args *SiteGatewayArgs) sensors() map[string]any {
	if len(args.SensorCIDRs) > 0 {
		return map[string]any{"sensorCidrs": args.SensorCIDRs}
	}
	for _, connection := range args.Connections {
		for _, text := range connection.AddressPrefixes {
			if prefix, err := netip.ParsePrefix(text); err == nil {
				return map[string]any{"sensorCidrs": []string{netip.PrefixFrom(prefix.Addr(),
					prefix.Addr().BitLen()).String()}}
			}
		}
	}
	return nil
}

// sharedKey is the given key of a tunnel, or nil.
func (c GatewayConnection) sharedKey(tunnel int) pulumi.StringInput {
	if tunnel < len(c.Tunnels) {
		return c.Tunnels[tunnel].SharedKey
	}
	return c.SharedKey
}

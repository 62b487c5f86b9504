package components

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// NetworkOptions is the network that the proxies are in.
type NetworkOptions struct {
	// Optional. What exists already. Default nothing.
	Existing ExistingNetwork `pulumi:"existing,optional"`
	// Optional. IPv4 addresses of the DNS servers by which the proxies find all hosts, up to 25. They are reached
	// through a gateway or a peering. Of no use in an existing network. Default Azure's own.
	DNSServers []string `pulumi:"dnsServers,optional"`
	// Optional. Virtual networks that the new one is peered with, such as a hub. Default none.
	Peerings []NetworkPeering `pulumi:"peerings,optional"`
	// Optional. ID of a virtual WAN's hub, in this subscription or another, that the new network is connected to. Its
	// gateways lead to the site; there is no GatewaySubnet then. Default none.
	VirtualHubID pulumi.StringInput `pulumi:"virtualHubId,optional"`
	// Required with VirtualHubID. More of the hub.
	VirtualHub *VirtualHubOptions `pulumi:"virtualHub,optional"`
	// Optional. Routes of the subnet of the proxies, besides those that Azure makes and the one to a firewall. Default
	// none.
	Routes []NetworkRoute `pulumi:"routes,optional"`
}

// ExistingNetwork names what exists already of the network, by resource ID. Nothing of it is changed or deleted. All is
// in the subscription and region of the component: Azure attaches nothing across either. Nothing here looks at it.
type ExistingNetwork struct {
	// Optional. The virtual network. AddressSpace is then the part of it in which subnets are made. Default a new
	// MD4IoT-VNET.
	VirtualNetworkID pulumi.StringInput `pulumi:"virtualNetworkId,optional"`
	// Optional. GatewaySubnet of that network; Subnets.Gateway is its range. Default a new one, if Subnets.Gateway
	// places it.
	GatewaySubnetID pulumi.StringInput `pulumi:"gatewaySubnetId,optional"`
	// Optional. Subnet of the proxies in that network; Subnets.Proxyserver is its range. It has NetworkSecurityGroupID,
	// a NAT gateway, and no default outbound access. Default a new ProxyserverSubnet.
	ProxyserverSubnetID pulumi.StringInput `pulumi:"proxyserverSubnetId,optional"`
	// Optional. AzureBastionSubnet of that network; Subnets.Bastion is its range. Default a new one, with AllowBastion.
	BastionSubnetID pulumi.StringInput `pulumi:"bastionSubnetId,optional"`
	// Optional. Network security group of the subnet of the proxies. Default a new one, with the documented rules.
	NetworkSecurityGroupID pulumi.StringInput `pulumi:"networkSecurityGroupId,optional"`
}

// EgressOptions is the way out to Microsoft's services: a NAT gateway, of which at most one ID names what exists
// already, or a firewall.
type EgressOptions struct {
	// Optional. By what the proxies get out: natGateway, or firewall: a route, or the virtual hub's, leads everything
	// to a firewall that exists already. Default natGateway, as documented.
	Kind string `pulumi:"kind,optional"`
	// Optional. Private address of the firewall, required with kind firewall but for one in the virtual hub. It is in a
	// peered network that lets forwarded traffic in, or in the existing network.
	FirewallAddress string `pulumi:"firewallAddress,optional"`
	// Optional. NAT gateway of the subnet of the proxies. Default a new one.
	NatGatewayID pulumi.StringInput `pulumi:"natGatewayId,optional"`
	// Optional. Public IP address for the NAT gateway: Standard, static, IPv4, used by nothing else. Default a new one.
	PublicIPID pulumi.StringInput `pulumi:"publicIpId,optional"`
	// Optional. Public IP prefix for the NAT gateway, which then uses all of its addresses: Standard, IPv4, /28 or
	// narrower.
	PublicIPPrefixID pulumi.StringInput `pulumi:"publicIpPrefixId,optional"`
}

// given is the ID that is given, or nil.
func (e EgressOptions) given() pulumi.StringInput {
	for _, id := range []pulumi.StringInput{e.NatGatewayID, e.PublicIPID, e.PublicIPPrefixID} {
		if id != nil {
			return id
		}
	}
	return nil
}

// subnets are the existing ones' IDs, by the names that those of a new network have.
func (n ExistingNetwork) subnets() pulumi.Map {
	all := pulumi.Map{}
	for name, id := range map[string]pulumi.StringInput{
		gatewaySubnetName: n.GatewaySubnetID, proxyserverSubnetName: n.ProxyserverSubnetID,
		bastionSubnetName: n.BastionSubnetID,
	} {
		if id != nil {
			all[name] = id
		}
	}
	return all
}

// settings have the configuration's reader know what the arguments of a network leave to other components: a gateway
// that needs GatewaySubnet or that a route leads to, and the NAT gateway of a subnet that exists.
func (n NetworkOptions) settings() map[string]any {
	also := n.gatewaySettings()
	if n.Existing.ProxyserverSubnetID != nil {
		also["egress"] = map[string]any{"natGatewayId": unknowns["egress.natGatewayId"]}
	}
	return also
}

// gatewaySettings is the gateway that the arguments of a network leave to a SiteGateway, if they do.
func (n NetworkOptions) gatewaySettings() map[string]any {
	remote := slices.ContainsFunc(n.Peerings, func(p NetworkPeering) bool { return p.UseRemoteGateways })
	routed := slices.ContainsFunc(n.Routes, func(r NetworkRoute) bool { return r.NextHopType == site.HopGateway })
	if n.Existing.GatewaySubnetID != nil || routed && !remote {
		return map[string]any{"gateway": map[string]any{"kind": "vpn"}}
	}
	return map[string]any{}
}

package components

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// NetworkOptions is the network that the proxies are in.
type NetworkOptions struct {
	// Optional. What exists already. Default nothing.
	Existing ExistingNetwork `pulumi:"existing,optional"`
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

// EgressOptions names what exists already of the way out to Microsoft's services, by resource ID. At most one is given.
type EgressOptions struct {
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
// that needs
// GatewaySubnet, and the NAT gateway of a subnet that exists.
func (n ExistingNetwork) settings() map[string]any {
	also := map[string]any{}
	if n.GatewaySubnetID != nil {
		also["gateway"] = map[string]any{"kind": "vpn"}
	}
	if n.ProxyserverSubnetID != nil {
		also["egress"] = map[string]any{"natGatewayId": unknowns["egress.natGatewayId"]}
	}
	return also
}

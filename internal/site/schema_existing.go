package site

// These keys name what exists already and belongs to somebody else, and lead to it. The stack makes what they leave
// out.

var resourceGroupSchema = []Key{{
	Name: "existing", Kind: Text, Computed: "a new group, named after the site", Form: groupForm,
	Example: "rg-ot-plants",
	About: "Name of an existing resource group, in the stack's subscription, for everything that the stack makes. " +
		"The stack never deletes it.",
	Problem: "is not the name of a resource group",
	Allowed: "1 to 90 letters, digits, dots, dashes, underscores and parentheses, no dot at the end",
	Do:      "Take it from `az group list --query [].name`, or remove the key to have a group made",
}}

var networkSchema = []Key{{
	Name: "existing", Kind: Group, About: "What exists already of the network. The stack changes none of it.",
	Keys: []Key{
		existingKey("virtualNetworkId", "Microsoft.Network/virtualNetworks", "a new MD4IoT-VNET",
			"Resource ID of the virtual network. addressSpace is then the part of it for the site's subnets, which "+
				"the stack makes there, "+
				"GatewaySubnet only for a gateway of its own."),
		subnetKey("gatewaySubnetId", "GatewaySubnet",
			"Resource ID of GatewaySubnet in that network; subnets.gateway is its range."),
		subnetKey("proxyserverSubnetId", "",
			"Resource ID of the proxies' subnet in that network; subnets.proxyserver is its range. It needs "+
				"networkSecurityGroupId and egress.natGatewayId, both attached to it, and no default outbound access. "+
				"With egress.kind firewall it has, in the NAT gateway's place, a route table that leads 0.0.0.0/0 to "+
				"egress.firewallAddress."),
		subnetKey("bastionSubnetId", "AzureBastionSubnet",
			"Resource ID of AzureBastionSubnet in that network; subnets.bastion is its range."),
		existingKey("networkSecurityGroupId", "Microsoft.Network/networkSecurityGroups",
			"a new one, with the documented rules",
			"Resource ID of the network security group of the proxies' subnet. Every preview reads its rules and "+
				"proves who reaches the proxies through them."),
	},
}, {
	Name: "dnsServers", Kind: Texts, Computed: "Azure's own", Example: []string{"10.0.0.132", "10.0.0.133"},
	About: "IPv4 addresses of DNS servers, by which the proxies find all hosts. The proxies reach them through a " +
		"gateway or a peering.",
	Allowed: "up to 25 IPv4 addresses", Do: "Copy them from the hub's virtual network",
}, {
	Name: "peerings", Kind: Groups, Keys: peeredSchema,
	About: "Virtual networks that the site's own is peered with, such as a hub.",
}, existingKey("virtualHubId", "Microsoft.Network/virtualHubs", "none",
	"Resource ID of a virtual WAN's hub, in this subscription or another, that the site's own network is connected "+
		"to. Its gateways lead to the site, which then has no gateway and no GatewaySubnet."), {
	Name: "virtualHub", Kind: Group, About: "More of the virtual hub.", Keys: virtualHubSchema,
}, {
	Name: "routes", Kind: Groups, Keys: routeSchema,
	About: "Routes of the proxies' subnet, besides those that Azure makes and the one to a firewall.",
}}

var withNAT = where("kind", EgressNATGateway)

var egressSchema = []Key{
	{
		Name: "kind", Kind: Text, Default: EgressNATGateway, Choices: []string{EgressNATGateway, EgressFirewall},
		Example: EgressFirewall,
		About: "By what the proxies get out: natGateway, or firewall: a route of the site's own, or of the virtual " +
			"hub's, leads everything to a firewall that exists already, and the site has no public address.",
	},
	{
		Name: "firewallAddress", Kind: Address, Where: where("kind", EgressFirewall), Example: "10.0.0.68",
		Computed: "with network.virtualHubId, the hub's own firewall",
		About: "Private address of the firewall, in a network of network.peerings or in the existing virtual " +
			"network. The output egressAllowList has what it must let through.",
		Do: "Copy it from the firewall's IP configuration",
	},
	whereKey(withNAT, existingKey("natGatewayId", "Microsoft.Network/natGateways", "a new one",
		"Resource ID of an existing NAT gateway for the proxies' subnet.")),
	whereKey(withNAT, existingKey("publicIpId", "Microsoft.Network/publicIPAddresses", "a new one",
		"Resource ID of an existing public IP address for the NAT gateway: Standard, static, IPv4, and used by "+
			"nothing else.")),
	whereKey(withNAT, existingKey("publicIpPrefixId", "Microsoft.Network/publicIPPrefixes", "none",
		"Resource ID of an existing public IP prefix for the NAT gateway, whose addresses are then all used: "+
			"Standard, IPv4, /28 or narrower.")),
}

func existingKey(name, provider, otherwise, about string) Key {
	k := resourceIDKey(name, provider, about)
	k.Required, k.Computed = false, otherwise
	k.Do += ", or remove the key"
	return k
}

func subnetKey(name, fixed, about string) Key {
	last := fixed
	if last == "" {
		last = "…"
	}
	example := fixed
	if example == "" {
		example = "snet-proxies"
	}
	return Key{
		Name: name, Kind: Text, Computed: "a new subnet", Form: subnetForm(fixed), About: about,
		Example: "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/plant/subnets/" + example,
		Problem: "is not the ID of such a subnet",
		Allowed: "/subscriptions/…/resourceGroups/…/providers/Microsoft.Network/virtualNetworks/…/subnets/" + last,
		Do:      "Take it from `az network vnet subnet list --query [].id`, or remove the key to have a subnet made",
	}
}

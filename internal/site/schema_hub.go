package site

// These keys connect the site's virtual network with a company's others.

var peeredSchema = []Key{
	{
		Name: "name", Kind: Text, Required: true, Form: securityRuleName, Example: "hub",
		About:   "Name of the peering.",
		Problem: "cannot name a peering", Allowed: "1 to 80 letters, digits, dots, dashes and underscores",
		Do: "Name the network that it leads to",
	},
	resourceIDKey("remoteVirtualNetworkId", "Microsoft.Network/virtualNetworks",
		"Resource ID of the other virtual network, in this subscription or another."),
	{
		Name: "addressPrefixes", Kind: Ranges, Required: true, Example: []string{"10.0.0.0/22"},
		About: "All IPv4 ranges of the other virtual network. Nobody there reaches the proxies, but for sensors.",
		Do:    "Copy them from `az network vnet show --query addressSpace.addressPrefixes`",
	},
	{
		Name: "useRemoteGateways", Kind: Boolean, Default: false, Example: true,
		About: "Whether the site's own network is reached through the gateway of the other virtual network. The " +
			"site then has no gateway and no GatewaySubnet.",
	},
	{
		Name: "allowForwardedTraffic", Kind: Boolean, Default: false, Example: true,
		About: "Whether packets come in that the other virtual network only forwards, as a firewall there does.",
	},
	{
		Name: "createRemotePeering", Kind: Boolean, Default: false, Example: true,
		About: "Whether the stack makes the other network's half of the peering too. That network is then in the " +
			"stack's subscription. Otherwise the output remotePeerings has the command for its owner.",
	},
}

var virtualHubSchema = []Key{
	{
		Name: "addressPrefix", Kind: Range, Required: true, Example: "10.100.0.0/23",
		About: "IPv4 range of the hub itself. Nobody there reaches the proxies, but for sensors.",
		Do:    "Copy it from `az network vhub show --query addressPrefix`",
	},
	{
		Name: "createConnection", Kind: Boolean, Default: false, Example: true,
		About: "Whether the stack makes the connection, which is a part of the hub. The hub is then in the stack's " +
			"subscription. Otherwise the output virtualHubConnection has the command for its owner.",
	},
}

var routeSchema = []Key{
	{
		Name: "name", Kind: Text, Required: true, Form: securityRuleName, Example: "to-plant",
		About:   "Name of the route.",
		Problem: "cannot name a route", Allowed: "1 to 80 letters, digits, dots, dashes and underscores",
		Do: "Name the network that it leads to",
	},
	{
		Name: "addressPrefix", Kind: Range, Required: true, Example: "10.20.0.0/16",
		About: "Where the packets go to: private addresses, or sensors.", Do: "Name the network that is meant",
	},
	{
		Name: "nextHopType", Kind: Text, Default: HopVirtualAppliance,
		Choices: []string{HopVirtualAppliance, HopGateway, HopNone}, Example: HopGateway,
		About: "What takes the packets: VirtualAppliance (the machine at nextHopAddress), VirtualNetworkGateway, or " +
			"None, which drops them.",
	},
	{
		Name: "nextHopAddress", Kind: Address, Where: where("nextHopType", HopVirtualAppliance), Required: true,
		Example: "10.0.0.68",
		About:   "Private address of the machine, in the site's network or one that is peered with it.",
		Do:      "Copy it from the machine's network interface",
	},
}

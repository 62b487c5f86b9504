package site

var (
	withVPN        = where("kind", GatewayVPN)
	withCircuit    = where("kind", GatewayExpressRoute)
	toSite, toAWS  = where("kind", ConnectionSite), where("kind", ConnectionAWS)
	toGCP, toCloud = where("kind", ConnectionGCP), where("kind", ConnectionAWS, ConnectionGCP)
)

var gatewaySchema = []Key{
	{
		Name: "kind", Kind: Text, Default: gatewayNone, Choices: []string{gatewayNone, GatewayVPN, GatewayExpressRoute,
			GatewayExisting}, Example: GatewayVPN,
		About: "The gateway: none, vpn, expressRoute, or existing (a VPN gateway that somebody else owns).",
	},
	{
		Name: "sku", Kind: Text, Where: withVPN, Computed: defaultVPNSKU + "; with bgp, " + defaultBGPVPNSKU,
		Choices: vpnSKUs, Example: "VpnGw3AZ",
		About: "SKU of the VPN gateway.",
	},
	{
		Name: "sku", Kind: Text, Where: withCircuit, Default: defaultExpressSKU, Choices: expressSKUs,
		Example: "ErGw2AZ",
		About:   "SKU of the ExpressRoute gateway.",
	},
	{
		Name: "asn", Kind: Integer, Where: withVPN, Default: defaultASN, Least: 1, Most: lastASN, Example: 65010,
		About: "ASN of Azure's side, for BGP.", Do: privateASN,
	},
	{Name: "activeActive", Kind: Boolean, Where: withVPN, Default: false, Example: true,
		About: "Whether both instances of the gateway are active."},
	{Name: "bgp", Kind: Boolean, Where: withVPN, Default: false, Example: true,
		About: "Whether the gateway speaks BGP."},
	whereKey(where("kind", GatewayExisting),
		resourceIDKey("id", "Microsoft.Network/virtualNetworkGateways", "Resource ID of the existing VPN gateway.")),
	whereKey(withCircuit, resourceIDKey("circuitId", "Microsoft.Network/expressRouteCircuits",
		"Resource ID of the ExpressRoute circuit.")),
	{
		Name: "authorizationKey", Kind: Text, Where: withCircuit, Secret: true, Computed: "none",
		Example: "11111111-2222-3333-4444-555555555555",
		About:   "Authorization of the circuit. It is needed where the circuit is in another subscription.",
	},
	{
		Name: "connections", Kind: Groups, Where: where("kind", GatewayVPN, GatewayExisting), Keys: connectionSchema,
		About: "The partners of the VPN gateway. An existing gateway needs at least one.",
	},
}

var connectionSchema = []Key{
	{
		Name: "name", Kind: Text, Required: true, Form: connectionName, Example: "plant",
		About:   "Name of the connection.",
		Problem: "cannot name a connection", Allowed: "2 to 32 lower-case letters, digits and dashes",
		Do: "Give each connection a short name of its own",
	},
	{
		Name: "kind", Kind: Text, Default: ConnectionSite, Choices: []string{ConnectionSite, ConnectionAWS,
			ConnectionGCP}, Example: ConnectionAWS,
		About: "The partner: a VPN device at a site, AWS, or Google Cloud.",
	},
	{
		Name: "address", Kind: Address, Where: toSite, Required: true, Example: "198.51.100.7",
		About: "Public address of the VPN device.",
		Do:    "Take it from the VPN device's outside interface",
	},
	{
		Name: "addressPrefixes", Kind: Ranges, Where: toSite, Computed: "what BGP says",
		Example: []string{"10.20.0.0/16"},
		About:   "Networks behind the VPN device, those of the sensors among them. Required without bgp.",
	},
	whereKey(toSite, sharedKey),
	{
		Name: "bgp", Kind: Group, Where: toSite, About: "BGP with the VPN device.",
		Keys: []Key{
			{Name: "asn", Kind: Integer, Required: true, Least: 1, Most: lastASN, Example: 64513,
				About: "ASN of the VPN device.", Do: fromPartner},
			{Name: "peerAddress", Kind: Address, Required: true, Example: "10.20.255.1",
				About: "Address of the VPN device's BGP interface.", Do: fromPartner},
		},
	},
	{Name: "asn", Kind: Integer, Where: toAWS, Default: defaultAWSASN, Least: 1, Most: lastASN, Example: 64514,
		About: "ASN of the virtual private gateway."},
	{Name: "asn", Kind: Integer, Where: toGCP, Required: true, Least: 1, Most: lastASN, Example: 64514,
		About: "ASN of the Cloud Router.", Do: fromPartner},
	{
		Name: "tunnels", Kind: Groups, Where: toCloud, Required: true,
		About: "The other cloud's tunnels: four to AWS, those of its first VPN connection first; two to " +
			"Google Cloud.",
		Allowed: "4 tunnels to aws, 2 to gcp",
		Do:      "List every tunnel that the other cloud shows, those of its first connection first",
		Keys: []Key{
			{Name: "address", Kind: Address, Required: true, Example: "203.0.113.11",
				About: "Outside address of the tunnel.", Do: "Copy the outside address of each tunnel"},
			sharedKey,
			{
				Name: "insideCidr", Kind: Range, Computed: "planned", Example: "169.254.21.40/30",
				About: "The tunnel's own /30 inside 169.254.21.0/24 or 169.254.22.0/24, where the other side has " +
					"chosen one.",
			},
		},
	},
	{
		Name: "ipsec", Kind: Group, Computed: "Azure's default policy", About: "A custom IPsec policy.",
		Keys: []Key{
			{Name: "ikeEncryption", Kind: Text, Default: "AES256", Choices: ipsecChoices.ikeEncryption,
				Example: "GCMAES256", About: "Encryption of IKE."},
			{Name: "ikeIntegrity", Kind: Text, Default: "SHA384", Choices: ipsecChoices.ikeIntegrity, Example: "SHA256",
				About: "Integrity of IKE."},
			{Name: "dhGroup", Kind: Text, Default: "DHGroup24", Choices: ipsecChoices.dhGroup, Example: "ECP384",
				About: "Diffie-Hellman group of IKE."},
			{Name: "ipsecEncryption", Kind: Text, Default: "GCMAES256", Choices: ipsecChoices.ipsecEncryption,
				Example: "AES256", About: "Encryption of the tunnel."},
			{Name: "ipsecIntegrity", Kind: Text, Default: "GCMAES256", Choices: ipsecChoices.ipsecIntegrity,
				Example: "SHA256", About: "Integrity of the tunnel."},
			{Name: "pfsGroup", Kind: Text, Default: "PFS24", Choices: ipsecChoices.pfsGroup, Example: "ECP384",
				About: "Group of perfect forward secrecy."},
			{Name: "saLifetimeSeconds", Kind: Integer, Default: 27000, Least: 300, Most: 172799, Example: 3600,
				About: "Lifetime of a security association."},
			{Name: "saDataSizeKilobytes", Kind: Integer, Default: 102400000, Least: 1024, Most: 1<<31 - 1,
				Example: 204800000, About: "Data after which a security association is renewed."},
		},
	},
}

var sharedKey = Key{
	Name: "sharedKey", Kind: Text, Secret: true, Computed: "a generated one", Least: shortestSharedKey,
	Most: longestSharedKey, Example: "correct-horse-battery-staple",
	About: "Pre-shared key.", Problem: "cannot be a pre-shared key", Do: "or leave it out to have one generated",
}

const (
	fromPartner = "Copy it from the partner's BGP configuration"
	privateASN  = "Use a private one, 64512 to 65514 or 4200000000 and above"
)

func resourceIDKey(name, provider, about string) Key {
	return Key{
		Name: name, Kind: Text, Required: true, Form: resourceID(provider), About: about,
		Example: "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/network/providers/" +
			provider + "/plant",
		Problem: "is not the ID of such a resource",
		Allowed: "/subscriptions/…/resourceGroups/…/providers/" + provider + "/…",
		Do:      "Take it from the resource's properties in the portal, or from `az resource show --query id`",
	}
}

func whereKey(w *Where, k Key) Key {
	k.Where = w
	return k
}

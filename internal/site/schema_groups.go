package site

var scaleSetSchema = []Key{
	{Name: "instances", Kind: Integer, Default: 1, Least: 1, Most: mostInstances, Example: 3,
		About: "Number of instances."},
	{
		Name: "vmSize", Kind: Text, Default: defaultVMSize, Form: vmSizeForm, Example: "Standard_D4s_v5",
		About:   "VM size of an instance.",
		Problem: "is not the name of a VM size", Allowed: "a size as Azure writes it, such as " + defaultVMSize,
		Do: "List sizes with `az vm list-sizes --location REGION`",
	},
	{
		Name: "image", Kind: Text, Computed: gen1Image + "; 22_04-lts-gen2 or 22_04-lts-arm64 where vmSize " +
			"starts no other", Form: imageForm,
		Example: "Canonical:0001-com-ubuntu-server-focal:20_04-lts:latest",
		About: "URN of a platform image, or resource ID of an image in an Azure Compute Gallery, in this " +
			"subscription or another. Without /versions/… at its end, the latest version counts.",
		Problem: "is neither the URN nor the ID of an image",
		Allowed: "publisher:offer:sku:version, such as " + gen1Image + ", or " +
			"/subscriptions/…/resourceGroups/…/providers/Microsoft.Compute/galleries/…/images/…",
		Do: "List images with `az vm image list --publisher Canonical --all` or `az sig image-definition list`",
	},
	{Name: "packages", Kind: Group, Keys: packagesSchema,
		About: "Where the instances have Squid, nftables and security updates from."},
	{
		Name: "zones", Kind: Texts, Computed: "all that the region is known to have", Choices: []string{"1", "2", "3"},
		Example: []string{"1"},
		About:   "Availability zones of the instances.", Problem: "is not a zone",
		Allowed: `"1", "2" and "3", each once`, Do: "Remove it",
	},
	{
		Name: "upgradeMode", Kind: Text, Default: "Automatic", Choices: []string{"Automatic", "Rolling", "Manual"},
		Example: "Rolling",
		About:   "How instances get a change of the scale set's model.",
	},
	{Name: "automaticOsUpgrade", Kind: Boolean, Default: true, Example: false,
		About: "Whether Azure installs new versions of the image."},
	{
		Name: "overprovision", Kind: Boolean, Default: false, Example: true,
		About: "Whether Azure starts more instances than asked for and removes those that come up last.",
	},
	{
		Name: "adminUsername", Kind: Text, Default: "azureuser", Form: adminForm, Example: "operator",
		About:   "Administrator of the instances.",
		Problem: "is not a user name that Azure accepts", Allowed: allowedAdmin, Do: "Use azureuser",
	},
	{
		Name: "drainMinutes", Kind: Integer, Default: shortestDrain, Least: shortestDrain,
		Most: longestDrain, Example: 10,
		About: "Minutes for which an instance that is to be removed keeps its tunnels.",
	},
}

var packagesSchema = []Key{
	{
		Name: "inImage", Kind: Boolean, Default: false, Example: true,
		About: "Whether the image has Squid and nftables, as packages. Nothing is installed then.",
	},
	{
		Name: "mirror", Kind: Text, Computed: "Ubuntu's own", Allowed: allowedURL,
		Example: "http://mirror.example.com/ubuntu",
		About:   "URL of a mirror of Ubuntu's archive, which has the security updates too.",
	},
	{
		Name: "proxy", Kind: Text, Computed: "none", Allowed: allowedURL, Example: "http://packages.example.com:3142",
		About: "URL of an HTTP proxy by which the instances get packages.",
	},
}

var extraRuleSchema = []Key{
	{
		Name: "name", Kind: Text, Required: true, Form: securityRuleName, Example: "AllowMonitoring",
		About:   "Name of the rule.",
		Problem: "cannot name a rule", Allowed: "1 to 80 letters, digits, dots, dashes and underscores",
		Do: "Say in the name what the rule is for",
	},
	{
		Name: "description", Kind: Text, Default: "Added by the stack's configuration.", Most: longestDescription,
		Example: "The monitoring station asks the exporter.",
		About:   "Description of the rule.",
	},
	{
		Name: "priority", Kind: Integer, Required: true, Least: firstExtraPriority,
		Most: lastExtraPriority, Example: 200,
		About: "Priority of the rule, which no other rule has.", Do: "Choose one that no other rule has",
	},
	{Name: "access", Kind: Text, Default: "Allow", Choices: []string{"Allow", "Deny"}, Example: "Deny",
		About: "Whether the rule lets packets in."},
	{Name: "protocol", Kind: Text, Default: "Tcp", Choices: protocols, Example: "Udp",
		About: "Protocol of the packets."},
	{
		Name: "sources", Kind: Texts, Required: true, Example: []string{"10.50.0.16/28"}, Allowed: allowedSources,
		About: "Where the packets come from: IPv4 ranges, or one service tag.", Do: "List who the rule is about",
	},
	{Name: "port", Kind: Text, Default: "*", Example: "9100", About: "Destination port.", Allowed: allowedPorts},
	{
		Name: "purpose", Kind: Group, Where: where("access", "Allow"), Required: true,
		About: "Whom the rule is for, and the most that it may open.",
		Keys: []Key{
			{
				Name: "party", Kind: Text, Required: true, Choices: Parties, Example: "private",
				About: "Who may be let in.",
				Do:    "Name the one party that the rule is for",
			},
			{Name: "protocol", Kind: Text, Computed: "the rule's", Choices: protocols, Example: "Tcp",
				About: "The protocol that the party needs."},
			{Name: "port", Kind: Text, Computed: "the rule's", Example: "9100", About: "The port that the party needs.",
				Allowed: allowedPorts},
		},
	},
}

var sensorSchema = []Key{
	{
		Name: "name", Kind: Text, Required: true, Form: sensorName, Example: "press-shop", About: "Name of the sensor.",
		Problem: "cannot name a sensor", Allowed: "letters, digits, dashes and underscores",
		Do: "Use the sensor's name in Defender for IoT, in this form",
	},
	{Name: "ip", Kind: Address, Required: true, Example: "10.20.0.11", About: "Address of the sensor.",
		Do: "Use the address of the sensor's management interface"},
}

var siteProxySchema = []Key{
	{
		Name: "name", Kind: Text, Required: true, Form: proxyName, Example: "dmz", About: "Name of the proxy.",
		Problem: "cannot name a proxy", Allowed: "2 to 32 lower-case letters, digits and dashes",
		Do: "Give each proxy a short name of its own",
	},
	{Name: "address", Kind: Address, Example: "10.20.9.5",
		About: "Address of the proxy's host. With upstream azure it must be inside sensorCidrs."},
	{Name: "port", Kind: Integer, Computed: "proxyPort", Least: 1, Most: 65535, Example: 8080,
		About: "TCP port that sensors connect to."},
	{
		Name: "sensors", Kind: Groups, Required: true,
		About:   "The sensors that use this proxy. It lets nobody else in.",
		Allowed: "at least one sensor, with name and ip",
		Do:      "List the sensors that use this proxy; nobody else is let in",
		Keys:    sensorSchema,
	},
	{
		Name: "upstream", Kind: Text, Computed: "azure; with connectionMethod proxyChain, none",
		Example: "10.1.2.3:3128", Allowed: "host:port, azure or none",
		About: "The next proxy: azure (this stack's proxies), none, or host:port.",
	},
}

var peeringSchema = []Key{
	{
		Name: "tenantCountry", Kind: Text, Required: true, Form: countryForm, Example: "NL",
		About:   "Country of the Microsoft Entra tenant, as an ISO 3166-1 code.",
		Problem: "is not a country", Allowed: "an ISO 3166-1 code of two letters, such as DE or US",
		Do: "Use the country of the Microsoft Entra tenant",
	},
	{
		Name: "circuit", Kind: Group, Computed: "none; the circuit's owner attaches the route filter",
		About: "The ExpressRoute circuit whose Microsoft peering gets the route filter.",
		Keys: []Key{
			resourceIDKey("id", "Microsoft.Network/expressRouteCircuits",
				"Resource ID of the circuit, in the stack's subscription."),
			{Name: "peerAsn", Kind: Integer, Required: true, Least: 1, Most: lastASN, Example: 64513,
				About: "ASN of the site's side.", Do: fromOrder},
			{Name: "primaryPeerAddressPrefix", Kind: Range, Required: true, Example: "198.51.100.0/30",
				About: "Public /30 of the primary link.", Do: fromOrder},
			{Name: "secondaryPeerAddressPrefix", Kind: Range, Required: true, Example: "198.51.100.4/30",
				About: "Public /30 of the secondary link.", Do: fromOrder},
			{Name: "vlanId", Kind: Integer, Required: true, Least: 1, Most: 4094, Example: 310,
				About: "VLAN of the peering.", Do: fromOrder},
			{
				Name: "advertisedPublicPrefixes", Kind: Ranges, Required: true, Example: []string{"203.0.113.0/24"},
				About:   "Public prefixes of the site, to which Microsoft answers over the circuit.",
				Allowed: "the site's public prefixes",
				Do:      "List those that Microsoft is to answer over the circuit",
			},
			{
				Name: "routingRegistry", Kind: Text, Default: "NONE", Example: "RIPENCC",
				About:   "Registry in which the prefixes are registered.",
				Choices: []string{"NONE", "AFRINIC", "ALTDB", "APNIC", "ARIN", "LACNIC", "LEVEL3", "RADB", "RIPENCC"},
			},
		},
	},
}

const fromOrder = "Copy it from the connectivity provider's order"

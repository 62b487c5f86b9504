package site

// This file, schema_alerts.go, schema_existing.go, schema_gateway.go, schema_groups.go and schema_hub.go say everything
// about each key of the configuration once. Reading and validation, the list of keys, Pulumi.yaml,
// docs/configuration.md and the editors' schema are made from it.
//
// A new key below an existing one touches at most six files:
//
//  1. internal/site/schema.go: the key, its bounds, default, description and an example
//  2. the file of internal/site that loads its group, such as logs.go: the field it goes into, and what the schema
//     cannot check
//  3. the component that draws it, such as components/diagnostics.go: a field of its arguments with the key's name
//  4. program/arguments.go, which gives the field its value
//  5. rehearsal/lifecycle/changes_test.go: what a change of the key does
//  6. one of examples/*.yaml, or a row of internal/site/mistakes_test.go
//
// Then `make generate` writes the rest anew.

// providerSchema are the keys of the Azure provider that a site reads, by their full names.
var providerSchema = []Key{
	{
		Name: regionKey, Kind: Text, Required: true, Example: "westeurope",
		About:   "The Azure region of the site's proxies, by its name or display name.",
		Allowed: "a region of Azure's public cloud, such as westeurope or eastus",
	},
	{
		Name: subscriptionKey, Kind: Text, Computed: "the subscription that you are logged in to",
		Example: "11111111-2222-3333-4444-555555555555",
		About:   "The Azure subscription of the site.",
	},
}

// schema are the keys in the project's namespace.
var schema = []Key{
	{
		Name: "siteName", Kind: Text, Computed: "the stack's name", Example: "plant-1",
		About: "Name of the site. The resource group's name and a tag on every resource hold it.",
		Form:  siteNameForm, Problem: "cannot be part of Azure's names",
		Allowed: "1 to 40 letters, digits and dashes, no dash at either end",
		Do:      "Use a short name for the site; without one the stack's name is taken",
	},
	{
		Name: "connectionMethod", Kind: Text, Default: AzureProxy, Example: Direct,
		Choices: []string{AzureProxy, ProxyChain, Direct},
		About: "How sensors reach Defender for IoT: azureProxy (proxies in Azure), proxyChain (proxies at the " +
			"site alone) or direct (the site's firewall, or ExpressRoute with Microsoft peering).",
	},
	{
		Name: "addressSpace", Kind: Range, Where: withProxies, Required: true, Example: "10.42.0.0/25",
		About: "IPv4 range of the site's virtual network: /26 or larger, with Bastion /25 or larger. " +
			"It must not overlap any network that it is connected to. Of an existing virtual network, the part for " +
			"the site.",
		Allowed: "an IPv4 range of /26 or larger, with Bastion /25 or larger",
		Do:      "Choose one that nobody uses, neither at the site nor in networks connected to it",
	},
	{Name: "resourceGroup", Kind: Group, About: "The resource group of the site.", Keys: resourceGroupSchema},
	{Name: "network", Kind: Group, Where: withProxies, About: "The network that the proxies are in.",
		Keys: networkSchema},
	{
		Name: "subnets", Kind: Group, Where: withProxies,
		About: "Places subnets by hand. Each one left out gets the first free place in addressSpace.",
		Keys: []Key{
			{Name: "gateway", Kind: Range, Computed: "the first free /27", Example: "10.42.0.96/27",
				About: "GatewaySubnet, /27 or larger."},
			{Name: "proxyserver", Kind: Range, Computed: "the first free /27", Example: "10.42.0.64/27",
				About: "ProxyserverSubnet, /29 or larger."},
			{
				Name: "bastion", Kind: Range, Computed: "the first free /26, with Bastion", Example: "10.42.0.128/26",
				About: "AzureBastionSubnet, /26 or larger. Without Bastion too: the subnet stays until its " +
					"host is gone.",
			},
		},
	},
	{
		Name: "sensorCidrs", Kind: Ranges, Where: withProxies, Required: true, Example: []string{"10.20.0.0/24"},
		About:   "IPv4 ranges of the site's sensors. The proxies let nobody else in.",
		Allowed: "at least one IPv4 range that holds the site's sensors",
		Do:      "List the ranges from which sensors connect; nobody else is let in",
	},
	{
		Name: "sensors", Kind: Groups, Where: withProxies, Keys: sensorSchema,
		About: "Names of sensors, for the table of logs.proxyAccess. A row has the name that its sensor had when the " +
			"row came in. Sensors without a name are served all the same.",
	},
	{
		Name: "proxyPort", Kind: Integer, Default: defaultProxyPort, Least: 1, Most: lastProxyPort, Example: 8080,
		About: "TCP port that sensors connect to. 22 is the instances' SSH port and is refused.",
	},
	{
		Name: "proxyAuth", Kind: Group, Where: withProxies,
		About: "The credentials that sensors send to the proxy. Without this group the proxy asks for none.",
		Keys: []Key{
			usernameKey("User name.", "Choose the user name that the sensors will send"),
			{
				Name: "password", Kind: Text, Secret: true, Computed: "a generated one", Least: shortestPassword,
				Most: longestPassword, Example: "correct-horse-battery",
				About: "Password.", Problem: "cannot be used at the proxy", Do: "or leave it out to have one generated",
			},
			{
				Name: "previous", Kind: Group,
				About: "Former credentials, accepted as well while sensors are given the new ones.",
				Keys: []Key{
					usernameKey("The former user name. It differs from the new one.",
						"Use the user name that the sensors send now"),
					{
						Name: "password", Kind: Text, Secret: true, Required: true, Least: shortestPassword,
						Most: longestPassword, Example: "battery-horse-correct",
						About: "The former password.", Problem: "cannot be used at the proxy",
						Do: "`pulumi stack output sensorProxy --show-secrets` has the one that the sensors present " +
							"now; leave proxyAuth.previous out once every sensor has the new credentials",
					},
				},
			},
		},
	},
	{
		Name: "sensorGenerations", Kind: Texts, Default: []string{"22.1"}, Choices: []string{"22.1", "legacy"},
		Example: []string{"22.1", "legacy"},
		About: `The site's generations of sensors: "22.1" (that version and later) and "legacy" (older ones, with ` +
			`an IoT Hub of your own; Microsoft no longer supports them).`,
		Problem: "is not a generation of sensors",
		Allowed: `"22.1" (that and later) and "legacy" (older, with an IoT Hub of your own)`,
		Do:      "List the generations that the site has",
	},
	{
		Name: "endpointDetailsFile", Kind: Text, Example: "examples/data/endpoint-details.csv",
		About: "Recommended. The endpoint details of your tenant, as downloaded from Defender for IoT. " +
			"The proxies then allow its exact hosts instead of the documented wildcards. The path is relative to the " +
			"project's folder.",
	},
	{
		Name: "extraDomains", Kind: Texts, Example: []string{"updates.example.org"},
		About: "Further hosts that sensors may reach on port 443, as host.example.com or *.example.com.",
	},
	{
		Name: "sshPublicKey", Kind: Text, Where: withProxies, Required: true,
		Example: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl ot-team",
		About:   "Public key of the instances' administrator, ssh-ed25519 or ssh-rsa.", Allowed: allowedSSHKey,
		Do: "Make a key with `ssh-keygen -t ed25519`, then set it with `pulumi config set sshPublicKey \"$(cat " +
			"~/.ssh/id_ed25519.pub)\"`",
	},
	{Name: "scaleSet", Kind: Group, Where: withProxies, About: "The proxies in Azure.", Keys: scaleSetSchema},
	{Name: "gateway", Kind: Group, Where: withProxies, About: "How the site's network reaches the virtual network.",
		Keys: gatewaySchema},
	{
		Name: "bastion", Kind: Group, Where: withProxies, About: "Azure Bastion, for administrators.",
		Keys: []Key{
			{Name: "enabled", Kind: Boolean, Default: false, Example: true, About: "Whether there is a Bastion host."},
			{Name: "sku", Kind: Text, Default: "Basic", Choices: []string{"Basic", "Standard"}, Example: "Standard",
				About: "SKU of the Bastion host."},
		},
	},
	{Name: "egress", Kind: Group, Where: withProxies,
		About: "The proxies' way out to Microsoft's services. At most one of the IDs is given.", Keys: egressSchema},
	{
		Name: "nat", Kind: Group, Where: withProxies, About: "The NAT gateway, the proxies' way out.",
		Keys: []Key{{
			Name: "idleTimeoutMinutes", Kind: Integer, Default: defaultNATIdle, Least: leastNATIdle,
			Most: mostNATIdle, Example: 60,
			About: "Minutes after which an idle connection is closed.",
		}},
	},
	{
		Name: "logs", Kind: Group, Where: withProxies, About: "What is logged, and where.",
		Keys: []Key{
			{
				Name: "workspaceId", Kind: Text, Computed: "a new workspace", Form: workspaceForm,
				Example: "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/logs/providers/Microsoft.OperationalInsights/workspaces/central",
				About:   "Resource ID of an existing Log Analytics workspace.",
				Problem: "is not the ID of a Log Analytics workspace",
				Allowed: "/subscriptions/…/resourceGroups/…/providers/Microsoft.OperationalInsights/workspaces/…",
				Do: "Take it from `az monitor log-analytics workspace show --query id`, or remove the key to " +
					"have a workspace made",
			},
			{
				Name: "retentionDays", Kind: Integer, Default: defaultRetentionDays, Least: 0,
				Most: mostRetentionDays, Example: 180,
				About: "Days for which flow logs are kept in storage; 0 keeps them for ever.",
			},
			{Name: "flowLogs", Kind: Boolean, Default: true, Example: false,
				About: "Whether the virtual network's flows are logged."},
			{
				Name: "trafficAnalyticsMinutes", Kind: Integer, Default: 60, Least: 10, Most: 60,
				Choices: []string{"10", "60"}, Example: 10,
				About: "Interval at which Traffic Analytics processes the flow logs.",
			},
			{
				Name: "proxyAccess", Kind: Boolean, Default: false, Example: true,
				About: "Whether each request of a sensor becomes a row of a table in the workspace. The instances " +
					"then run Azure Monitor Agent and have a system-assigned identity, without any role.",
			},
			{
				Name: "workbook", Kind: Boolean, Default: false, Example: true,
				About: "Whether there is an Azure Workbook that shows the site's health, egress, gateway and flows, " +
					"and with logs.proxyAccess who connects and what is refused.",
			},
			{
				Name: "networkWatcher", Kind: Group,
				About: "The region's network watcher, which Azure makes with the first virtual network.",
				Keys: []Key{
					{Name: "name", Kind: Text, Computed: "NetworkWatcher_REGION", Example: "watcher-weu",
						About: "Its name."},
					{Name: "resourceGroup", Kind: Text, Default: "NetworkWatcherRG", Example: "network-watchers",
						About: "Its resource group."},
				},
			},
		},
	},
	{Name: "alerts", Kind: Group, Where: withProxies, Keys: alertsSchema,
		About: "Who is told when something keeps sensors from Defender. Without it there are no alerts."},
	{
		Name: "extraInboundRules", Kind: Groups, Where: withProxies, Keys: extraRuleSchema,
		About: "Further inbound rules of the network security group. The preview refuses a rule that opens more than " +
			"its purpose.",
	},
	{
		Name: "siteProxies", Kind: Groups, Where: where("connectionMethod", AzureProxy, ProxyChain),
		Keys:  siteProxySchema,
		About: "Proxies at the site itself. The output siteProxies has a squid.conf and an install script for each.",
	},
	{Name: "microsoftPeering", Kind: Group, About: "ExpressRoute with Microsoft peering.", Keys: peeringSchema},
	{
		Name: "azureIpRangesFile", Kind: Text, Where: where("connectionMethod", ProxyChain, Direct),
		Example: "examples/data/service-tags.json",
		About: "Azure's weekly file of IP ranges and service tags. The output firewallAllowList then has " +
			"prefixes too. The path is relative to the project's folder.",
	},
	{Name: "tags", Kind: Map, About: "Tags of every resource.", Example: map[string]any{"owner": "ot"}},
	{
		Name: "protect", Kind: Boolean, Default: false, Example: true,
		About: "Whether Pulumi refuses to delete what takes long to rebuild or what others depend on: the virtual " +
			"network, or subnets in an existing one, public IP addresses, the gateway, the load balancer, " +
			"storage, the workspace and the table of sensors' requests.",
	},
	{
		Name: "allowDisruption", Kind: Texts, Choices: plain(disruptions), Example: []string{"logs"},
		Problem: "is not a value of allowDisruption",
		About: "Disruptions that a change may cause, where the preview otherwise refuses the change: sensorProxy " +
			"(what was typed into the sensors), network, gateway, egress (the public address of the proxies), " +
			"peering (Microsoft peering), logs, sensorRanges (ranges whose sensors are served), sensorEndpoints " +
			"(hosts that sensors reach). Remove the key after the up.",
	},
}

var withProxies = where("connectionMethod", AzureProxy)

func usernameKey(about, do string) Key {
	return Key{
		Name: "username", Kind: Text, Required: true, Form: usernameForm, Example: "sensor", About: about,
		Problem: "cannot be used at the proxy", Allowed: "1 to 64 letters, digits, dots, dashes and underscores",
		Do: do,
	}
}

// Schema returns the keys of a site in the project's namespace.
func Schema() []Key { return schema }

// ProviderSchema returns the keys of the Azure provider that a site reads, by their full names.
func ProviderSchema() []Key { return providerSchema }

// Keys returns every config key that Load reads, in full.
func Keys(project string) []string {
	var all []string
	for _, key := range providerSchema {
		all = append(all, key.Name)
	}
	for _, name := range names(schema) {
		all = append(all, project+":"+name)
	}
	return all
}

package fleet

import (
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// What is named after the site. All other resources have a random suffix, the storage account of the flow log too.

// names are the rules about names, each with the rule of the program or of Azure behind it.
var names = []exclusive{
	{
		// The program refuses a group that another stack has made.
		kind: "resource-group", severity: Error, bySubscription: true,
		problem: "name one resource group, which each of the sites makes for itself",
		allowed: "a siteName that no other site of the subscription has",
		do:      "Choose another siteName, or deploy one of the sites to another subscription",
		claims: func(m *member) []claim {
			if !makesGroup(m) {
				return nil
			}
			return []claim{{what: m.site.ResourceGroupName(), key: "siteName", value: m.site.Name}}
		},
	},
	{
		// Whoever removes the site that made the group removes all that is in it.
		kind: "group-of-another-site", severity: Error, bySubscription: true,
		problem: "name one resource group, which one of the sites makes, and deletes with everything in it",
		allowed: "an existing group that no stack makes",
		do:      "Have a group made that belongs to no site, and name it in resourceGroup.existing",
		claims: func(m *member) []claim {
			switch {
			case makesGroup(m):
				return []claim{{m.site.ResourceGroupName(), "siteName", m.site.Name, "makes"}}
			case m.site.ResourceGroup != "":
				return []claim{{m.site.ResourceGroup, "resourceGroup.existing", m.site.ResourceGroup, "uses"}}
			}
			return nil
		},
	},
	{
		// The program takes a network in the group that has the site's name in its tag for the site's own.
		kind: "site-in-group", severity: Error, bySubscription: true,
		problem: "name two sites of one name in one resource group, of which each would be taken for the other",
		allowed: "different names for the sites of one resource group",
		do:      "Choose another siteName for one of them",
		claims: func(m *member) []claim {
			if !hasResources(m) || m.site.ResourceGroup == "" {
				return nil
			}
			return []claim{{what: m.site.ResourceGroup + "/" + m.site.Name, key: "siteName", value: m.site.Name}}
		},
	},
	{
		// The virtual network is called MD4IoT-VNET, as documented.
		kind: "group-network", severity: Error, bySubscription: true,
		problem: "name one resource group in which each of the sites makes a virtual network MD4IoT-VNET",
		allowed: "at most one site with a virtual network of its own in a group",
		do: "Give each site another resource group, or put them into an existing virtual network with " +
			"network.existing.virtualNetworkId",
		claims: func(m *member) []claim {
			if m.site.Azure == nil || m.site.ResourceGroup == "" || m.site.Azure.Existing.VirtualNetworkID != "" {
				return nil
			}
			return []claim{{what: m.site.ResourceGroup, key: "resourceGroup.existing", value: m.site.ResourceGroup}}
		},
	},
	{
		// The gateway's name is fixed: its IP configurations refer to each other by their full IDs.
		kind: "group-gateway", severity: Error, bySubscription: true,
		problem: "name one resource group in which each of the sites makes a gateway MD4IoT-gateway",
		allowed: "at most one site with a gateway of its own in a group",
		do:      "Give each site another resource group, or connect them to one gateway with gateway.kind existing",
		claims: func(m *member) []claim {
			if m.site.ResourceGroup == "" || !makesGateway(m) {
				return nil
			}
			return []claim{{what: m.site.ResourceGroup, key: "resourceGroup.existing", value: m.site.ResourceGroup}}
		},
	},
	{
		// All flow logs of a region and subscription are children of one network watcher, and have no random suffix.
		kind: "flow-log", severity: Error, bySubscription: true,
		problem: "make one name of a flow log, under one network watcher",
		allowed: "names of resource group and site that together are different for each site",
		do:      "Choose another siteName for one of the sites",
		claims: func(m *member) []claim {
			if m.site.Azure == nil || !m.site.Azure.Logs.FlowLogs {
				return nil
			}
			watcher := m.site.Azure.Logs.NetworkWatcher
			return []claim{{
				what: strings.Join([]string{watcher.ResourceGroup, watcher.Name, flowLogName(m)}, "/"),
				key:  "siteName", value: m.site.Name,
				as: m.site.ResourceGroupName() + "/" + m.site.Name, // which are the rules above
			}}
		},
	},
	{
		// Every resource has a tag with the site's name.
		kind: "site-name", severity: Warning, bySubscription: true,
		problem: "name two sites of one name in one subscription, which tags and bills do not tell apart",
		allowed: "a name of its own for each site",
		do:      "Choose another siteName for one of them",
		claims: func(m *member) []claim {
			if !hasResources(m) {
				return nil
			}
			return []claim{{m.site.Name, "siteName", m.site.Name, m.site.ResourceGroupName()}}
		},
	},
}

// hasResources tells whether the site has anything in Azure.
func hasResources(m *member) bool { return m.site.Azure != nil || m.site.MicrosoftPeering != nil }

func makesGroup(m *member) bool { return hasResources(m) && m.site.ResourceGroup == "" }

// makesGateway tells whether the site has a gateway of its own.
func makesGateway(m *member) bool {
	return m.site.Azure != nil && m.site.Azure.Gateway != nil && m.site.Azure.Gateway.Kind != site.GatewayExisting
}

// flowLogName is the name that the program gives the flow log: sensorProxy in program/arguments.go, where the group
// exists, and flowLog in components/flow_log.go.
func flowLogName(m *member) string {
	if m.site.ResourceGroup != "" {
		return m.site.ResourceGroup + "-" + m.site.Name
	}
	return m.site.ResourceGroupName() + "-site"
}

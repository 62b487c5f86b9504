package arm

import "strings"

// link is what Azure asks for, besides the write itself, of who lets a resource of one type refer to another.
type link struct {
	From, To string // From "": any type
	Actions  []string
	Source   string
}

const (
	networkActions  = "https://learn.microsoft.com/azure/role-based-access-control/permissions/networking#microsoftnetwork"
	vpnRoles        = "https://learn.microsoft.com/azure/vpn-gateway/roles-permissions#permissions"
	circuitRoles    = "https://learn.microsoft.com/azure/expressroute/roles-permissions#permissions"
	alertRoles      = "https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-overview#azure-role-based-access-control-for-alerts"
	workbookRoles   = "https://learn.microsoft.com/azure/azure-monitor/visualize/workbooks-overview#access-control"
	collectionRoles = "https://learn.microsoft.com/azure/azure-monitor/data-collection/data-collection-rule-create-edit#permissions"
	watcherRoles    = "https://learn.microsoft.com/azure/network-watcher/required-rbac-permissions"
)

var links = []link{
	{flowLogs.Name, typeSubnet, []string{"Microsoft.Network/networkWatchers/configureFlowLog/action"}, watcherRoles +
		"#flow-logs"},
	// Who may join a subnet and not read it is refused by what looks at the subnet first, so that the two are
	// documented together.
	{"", typeSubnet, []string{"Microsoft.Network/virtualNetworks/subnets/join/action",
		"Microsoft.Network/virtualNetworks/subnets/read"},
		"https://learn.microsoft.com/azure/aks/configure-azure-cni#prerequisites"},
	{"", typeNSG, []string{"Microsoft.Network/networkSecurityGroups/join/action"},
		"https://learn.microsoft.com/azure/virtual-network/manage-network-security-group#permissions"},
	{"", typePublicIP, []string{"Microsoft.Network/publicIPAddresses/join/action"}, vpnRoles},
	{"", typePublicIPPrefix, []string{"Microsoft.Network/publicIPPrefixes/join/action"}, networkActions},
	{"", typeRouteTable, []string{"Microsoft.Network/routeTables/join/action"},
		"https://learn.microsoft.com/azure/virtual-network/manage-route-table#permissions"},
	// A network is written with its peerings in it.
	{virtualNetworks.Name, typeVNet, []string{"Microsoft.Network/virtualNetworks/peer/action"},
		networkPeeringDoc + "#permissions"},
	{networkPeerings.Name, typeVNet, []string{"Microsoft.Network/virtualNetworks/peer/action"},
		networkPeeringDoc + "#permissions"},
	{typeScaleSet, typeGalleryImage, []string{"Microsoft.Compute/galleries/images/read",
		"Microsoft.Compute/galleries/images/versions/read"},
		"https://learn.microsoft.com/azure/virtual-machines/share-gallery"},
	{typeScaleSet, typeImageVersion, []string{"Microsoft.Compute/galleries/images/versions/read"},
		"https://learn.microsoft.com/azure/virtual-machines/share-gallery"},
	// A connection reads the hub's route tables, which it is associated with by default.
	{typeHubConnection, typeVNet, []string{"Microsoft.Network/virtualNetworks/peer/action",
		"Microsoft.Network/virtualHubs/hubRouteTables/read"},
		"https://learn.microsoft.com/azure/virtual-wan/roles-permissions"},
	{"", typeNATGateway, []string{"Microsoft.Network/natGateways/join/action"}, networkActions},
	{"", typeBackendPool, []string{"Microsoft.Network/loadBalancers/backendAddressPools/join/action"}, networkActions},
	{"", typeRouteFilter, []string{"Microsoft.Network/routeFilters/join/action"}, networkActions},
	{typeConnection, typeGateway, []string{"Microsoft.Network/virtualNetworkGateways/join/action"}, circuitRoles},
	{typeConnection, typeGateway + "/ipConfigurations", nil, vpnRoles}, // part of the gateway
	{typeConnection, typeCircuit, []string{"Microsoft.Network/expressRouteCircuits/join/action"}, circuitRoles},
	{typeConnection, typeLocalGateway, nil, vpnRoles}, // which have no such action

	// Whoever makes a flow log lets Network Watcher sign its way into the storage account.
	{flowLogs.Name, typeStorage, []string{
		"Microsoft.Storage/storageAccounts/listAccountSas/action", "Microsoft.Storage/storageAccounts/listKeys/action",
		"Microsoft.Storage/storageAccounts/listServiceSas/action", "Microsoft.Storage/storageAccounts/read",
	}, watcherRoles + "#flow-logs"},
	{flowLogs.Name, typeVNet, []string{"Microsoft.Network/networkWatchers/configureFlowLog/action"},
		watcherRoles + "#flow-logs"},
	// Traffic Analytics reads what the flows are between, and has a data collection rule and endpoint made beside the
	// workspace.
	{flowLogs.Name, typeWorkspace, []string{
		"Microsoft.Insights/dataCollectionEndpoints/delete", "Microsoft.Insights/dataCollectionEndpoints/read",
		"Microsoft.Insights/dataCollectionEndpoints/write", "Microsoft.Insights/dataCollectionRules/delete",
		"Microsoft.Insights/dataCollectionRules/read", "Microsoft.Insights/dataCollectionRules/write",
		"Microsoft.Network/applicationGateways/read", "Microsoft.Network/connections/read",
		"Microsoft.Network/expressRouteCircuits/read", "Microsoft.Network/loadBalancers/read",
		"Microsoft.Network/localNetworkGateways/read", "Microsoft.Network/networkInterfaces/read",
		"Microsoft.Network/networkSecurityGroups/read", "Microsoft.Network/publicIPAddresses/read",
		"Microsoft.Network/routeTables/read", "Microsoft.Network/virtualNetworkGateways/read",
		"Microsoft.Network/virtualNetworks/read", "Microsoft.OperationalInsights/workspaces/read",
		"Microsoft.OperationalInsights/workspaces/sharedKeys/action",
	}, watcherRoles + "#traffic-analytics"},
	{metricAlerts.Name, typeActionGroup, []string{typeActionGroup + "/read"}, alertRoles},
	{metricAlerts.Name, typeLoadBalancer, []string{typeLoadBalancer + "/read"}, alertRoles},
	{metricAlerts.Name, typeNATGateway, []string{typeNATGateway + "/read"}, alertRoles},
	{metricAlerts.Name, typeGateway, []string{typeGateway + "/read"}, alertRoles},
	{metricAlerts.Name, typeScaleSet, []string{typeScaleSet + "/read"}, alertRoles},
	{queryRules.Name, typeActionGroup, []string{typeActionGroup + "/read"}, alertRoles},
	// Azure tries the query when the rule is written.
	{queryRules.Name, typeWorkspace, []string{typeWorkspace + "/read", typeWorkspace + "/query/read"}, alertRoles},
	{typeWorkbook, typeWorkspace, []string{typeWorkspace + "/read"}, workbookRoles},
	{activityAlerts.Name, typeActionGroup, []string{typeActionGroup + "/read"}, alertRoles},
	{activityAlerts.Name, typeResourceGroup, []string{"Microsoft.Resources/subscriptions/resourceGroups/read"},
		alertRoles},
	// A rule refers to a workspace as a diagnostic setting does.
	{typeCollectionRule, typeWorkspace, []string{"Microsoft.OperationalInsights/workspaces/sharedKeys/action"},
		"https://learn.microsoft.com/azure/azure-monitor/logs/manage-access#azure-rbac"},
	{typeCollectionRule, typeCollectionEndpoint, []string{"Microsoft.Insights/dataCollectionEndpoints/read"},
		collectionRoles},
	{collectionAssociations.Name, typeCollectionRule, []string{"Microsoft.Insights/dataCollectionRules/read"},
		collectionRoles},
	{diagnosticSettings.Name, typeWorkspace, []string{"Microsoft.OperationalInsights/workspaces/sharedKeys/action"},
		"https://learn.microsoft.com/azure/azure-monitor/logs/manage-access#azure-rbac"},
}

// linkOf is what a reference from one type to another needs, or nil where nothing is known about it.
func linkOf(from, to string) *link {
	for i, l := range links {
		if (l.From == "" || l.From == from) && strings.EqualFold(l.To, to) {
			return &links[i]
		}
	}
	return nil
}

package arm

import (
	"fmt"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"
)

const flowLogDoc = "https://learn.microsoft.com/azure/network-watcher/vnet-flow-logs-overview"

// Traffic Analytics looks every 10 or 60 minutes. A flow log keeps at most a year, but Azure takes more days than that
// without a word:
// https://github.com/Azure/azure-powershell/issues/4989.
// https://learn.microsoft.com/rest/api/network-watcher/flow-logs/create-or-update
const (
	analyticsOften    = 10
	analyticsSeldom   = 60
	flowLogReference  = "https://learn.microsoft.com/rest/api/network-watcher/flow-logs/create-or-update"
	storageForFlowLog = "https://learn.microsoft.com/azure/network-watcher/vnet-flow-logs-overview#considerations-for-virtual-network-flow-logs"
)

var flowLogs = Type{
	Name:           typeWatcher + "/flowLogs",
	Model:          model[armnetwork.FlowLog](),
	ReadModel:      model[armnetwork.FlowLog](),
	APIVersions:    networkVersions,
	Create:         20 * time.Second,
	Update:         20 * time.Second,
	Delete:         15 * time.Second,
	DurationSource: "configures storage and Traffic Analytics on the way: a few polls (estimate)",
	readOnly:       []string{"properties.targetResourceGuid"},
	refs: []reference{
		{path: "properties.targetResourceId", weak: true}, // a network, a subnet or an interface
		{path: "properties.storageId", to: typeStorage, weak: true},
		{path: analyticsPath + "workspaceResourceId", to: typeWorkspace, weak: true},
	},
	populate: func(s *Server, r *resource, body map[string]any) {
		properties := object(body, "properties")
		if target, ok := s.owner(text(properties, "targetResourceId")); ok {
			properties["targetResourceGuid"] = target.guid("resource")
		}
	},
	rules: []Rule{
		{
			Name: "a flow log has a target and a storage account", Code: "InvalidRequestFormat",
			Source: flowLogReference,
			check: about(func(c *change, m *armnetwork.FlowLog) string {
				if val(m.Properties.TargetResourceID) != "" && val(m.Properties.StorageID) != "" {
					return ""
				}
				return fmt.Sprintf("Cannot parse the request. MissingJsonField: flow log %s needs targetResourceId "+
					"and storageId.", c.id)
			}),
		},
		{
			Name: "a new flow log's target is not a network security group", Code: "NsgFlowLogCreationBlocked",
			Source: "https://learn.microsoft.com/azure/network-watcher/nsg-flow-logs-overview",
			check: about(func(c *change, m *armnetwork.FlowLog) string {
				if target, _ := c.server.owner(val(m.Properties.TargetResourceID)); target.typ.Name != typeNSG {
					return ""
				}
				return "On September 30, 2027, Network Security Group (NSG) flow logs will be retired. Creation of " +
					"new NSG flow logs is blocked starting June 30, 2025. Create a virtual network flow log."
			}),
		},
		{
			Name: "a flow log is in the region of its watcher and target", Code: "InvalidResourceReference",
			Source: flowLogDoc,
			check: about(func(c *change, m *armnetwork.FlowLog) string {
				target, _ := c.server.owner(val(m.Properties.TargetResourceID))
				watcher := c.server.find(c.id.Parent)
				if target.location == watcher.location && c.location() == watcher.location {
					return ""
				}
				return fmt.Sprintf("%s The target is in %s, the network watcher in %s.",
					missing(target.id.String(), c.id), target.location, watcher.location)
			}),
		},
		{
			Name: "a flow log's storage is in the same region", Code: "FlowLogStorageAccountRegionMismatch",
			Source: storageForFlowLog + codeAssumed,
			check: withStorage(func(c *change, r *resource, _ *armstorage.AccountCreateParameters) string {
				if r.location == c.location() {
					return ""
				}
				return fmt.Sprintf("Storage account %s in %s must be in the region %s of flow log %s.", r.id,
					r.location, c.location(), c.id)
			}),
		},
		{
			Name: "a flow log's storage is of the Standard tier", Code: "FlowLogStorageAccountTierNotSupported",
			Source: storageForFlowLog + codeAssumed,
			check: withStorage(func(c *change, r *resource, m *armstorage.AccountCreateParameters) string {
				if strings.HasPrefix(strings.ToLower(string(val(m.SKU.Name))), "standard") {
					return ""
				}
				return fmt.Sprintf("Storage account %s must be of the Standard tier for flow log %s, and is %s.",
					r.id, c.id, *m.SKU.Name)
			}),
		},
		{
			Name: "a flow log's storage lets Azure's services past its firewall",
			Code: "FlowLogStorageAccountNotAccessible", Source: storageForFlowLog + codeAssumed,
			check: withStorage(func(c *change, r *resource, m *armstorage.AccountCreateParameters) string {
				firewall := m.Properties.NetworkRuleSet
				if firewall == nil || val(firewall.DefaultAction) != armstorage.DefaultActionDeny ||
					strings.Contains(string(or(firewall.Bypass, armstorage.BypassAzureServices)),
						string(armstorage.BypassAzureServices)) {
					return ""
				}
				return fmt.Sprintf("The firewall of storage account %s denies flow log %s: it needs bypass "+
					"AzureServices.", r.id, c.id)
			}),
		},
		{
			Name: "Traffic Analytics looks every 10 or 60 minutes", Code: "InvalidTrafficAnalyticsInterval",
			Source: flowLogReference + codeAssumed,
			check: withAnalytics(func(c *change, a *armnetwork.TrafficAnalyticsConfigurationProperties) string {
				if minutes := or(a.TrafficAnalyticsInterval, analyticsSeldom); minutes != analyticsOften &&
					minutes != analyticsSeldom {
					return fmt.Sprintf("The Traffic Analytics interval of flow log %s is %d minutes; it can "+
						"be %d or %d.", c.id, minutes, analyticsOften, analyticsSeldom)
				}
				return ""
			}),
		},
		{
			Name: "Traffic Analytics has a workspace", Code: "InvalidRequestFormat",
			Source: missingMember + " " + flowLogReference,
			check: withAnalytics(func(c *change, a *armnetwork.TrafficAnalyticsConfigurationProperties) string {
				if val(a.WorkspaceResourceID) != "" {
					return ""
				}
				return fmt.Sprintf("Cannot parse the request. MissingJsonField: Traffic Analytics of flow log %s "+
					"needs workspaceResourceId.", c.id)
			}),
		},
		{
			Name: "Traffic Analytics names its workspace's region", Code: "InvalidTAWorkspaceRegion",
			Source: "https://github.com/aztfmod/terraform-azurerm-caf/issues/613",
			check: withWorkspace(func(c *change, a *armnetwork.TrafficAnalyticsConfigurationProperties,
				w *resource) string {
				if region := canonicalRegion(val(a.WorkspaceRegion)); region != "" && region != w.location {
					return fmt.Sprintf("The specified region %s for workspace is invalid. Workspace %s located "+
						"in %s region.", val(a.WorkspaceRegion), w.id, w.location)
				}
				return ""
			}),
		},
		{
			Name: "Traffic Analytics names its workspace's ID", Code: "InvalidTAWorkspaceId",
			Source: "https://github.com/aztfmod/terraform-azurerm-caf/issues/613" + codeAssumed,
			check: withWorkspace(func(c *change, a *armnetwork.TrafficAnalyticsConfigurationProperties,
				w *resource) string {
				if id := val(a.WorkspaceID); id != "" && !strings.EqualFold(id, w.guid("customer")) {
					return fmt.Sprintf("The specified workspace ID %s is invalid. Workspace %s has the customer ID %s.",
						id, w.id, w.guid("customer"))
				}
				return ""
			}),
		},
	},
}

const analyticsPath = "properties.flowAnalyticsConfiguration.networkWatcherFlowAnalyticsConfiguration."

func withStorage(check func(c *change, r *resource,
	m *armstorage.AccountCreateParameters) string) func(*change) string {
	return about(func(c *change, m *armnetwork.FlowLog) string {
		id := val(m.Properties.StorageID)
		return check(c, c.server.find(id), modelOf[armstorage.AccountCreateParameters](c.server, id))
	})
}

func withAnalytics(check func(c *change,
	a *armnetwork.TrafficAnalyticsConfigurationProperties) string) func(*change) string {
	return about(func(c *change, m *armnetwork.FlowLog) string {
		if m.Properties.FlowAnalyticsConfiguration == nil {
			return ""
		}
		a := m.Properties.FlowAnalyticsConfiguration.NetworkWatcherFlowAnalyticsConfiguration
		if a == nil || !val(a.Enabled) {
			return ""
		}
		return check(c, a)
	})
}

func withWorkspace(check func(c *change, a *armnetwork.TrafficAnalyticsConfigurationProperties,
	w *resource) string) func(*change) string {
	return withAnalytics(func(c *change, a *armnetwork.TrafficAnalyticsConfigurationProperties) string {
		return check(c, a, c.server.find(val(a.WorkspaceResourceID)))
	})
}

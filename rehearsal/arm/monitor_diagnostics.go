package arm

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/monitor/armmonitor"
)

const (
	diagnosticDoc    = "https://learn.microsoft.com/azure/azure-monitor/platform/diagnostic-settings"
	diagnosticLogs   = "https://learn.microsoft.com/azure/azure-monitor/reference/logs-index"
	diagnosticErrors = "https://github.com/TaoYang-Cloud/azurepolicy/issues/19"
)

// categories is what a type of resource can export.
type categories struct{ logs, groups, metrics []string }

// exportable is what each type can export; a type that is not here has no diagnostic settings.
// https://learn.microsoft.com/azure/azure-monitor/reference/logs-index
// https://learn.microsoft.com/azure/azure-monitor/reference/metrics-index
var exportable = map[string]categories{
	typeNSG: {logs: []string{"NetworkSecurityGroupEvent", "NetworkSecurityGroupRuleCounter"},
		groups: []string{"allLogs"}},
	typeLoadBalancer: {logs: []string{"LoadBalancerHealthEvent"}, groups: []string{"allLogs"},
		metrics: []string{"AllMetrics"}},
	typeVNet: {logs: []string{"VMProtectionAlerts"}, groups: []string{"allLogs"}, metrics: []string{"AllMetrics"}},
	typePublicIP: {
		logs:   []string{"DDoSProtectionNotifications", "DDoSMitigationFlowLogs", "DDoSMitigationReports"},
		groups: []string{"allLogs", "audit"}, metrics: []string{"AllMetrics"},
	},
	typeBastion: {logs: []string{"BastionAuditLogs"}, groups: []string{"allLogs", "audit"},
		metrics: []string{"AllMetrics"}},
	typeGateway: {
		logs: []string{"GatewayDiagnosticLog", "TunnelDiagnosticLog", "RouteDiagnosticLog", "IKEDiagnosticLog",
			"P2SDiagnosticLog"},
		groups: []string{"allLogs", "audit"}, metrics: []string{"AllMetrics"},
	},
	typeCircuit:  {logs: []string{"PeeringRouteLog"}, groups: []string{"allLogs"}, metrics: []string{"AllMetrics"}},
	typeScaleSet: {metrics: []string{"AllMetrics"}},
	typeStorage:  {metrics: []string{"Transaction", "Capacity"}},
	typeWorkspace: {logs: []string{"Audit", "SummaryLogs"}, groups: []string{"allLogs", "audit"},
		metrics: []string{"AllMetrics"}},
}

var diagnosticSettings = Type{
	Name:           "Microsoft.Insights/diagnosticSettings",
	Model:          model[armmonitor.DiagnosticSettingsResource](),
	ReadModel:      model[armmonitor.DiagnosticSettingsResource](),
	APIVersions:    []string{"2021-05-01-preview"},
	Create:         3 * time.Second,
	Update:         3 * time.Second,
	Delete:         2 * time.Second,
	DurationSource: "synchronous, with a wait while the resource's provider is told (estimate)",
	accepted:       http.StatusOK,
	global:         true,
	stateless:      true,
	syncWrite:      true,
	syncDelete:     true,
	refs: []reference{
		{path: "properties.workspaceId", to: typeWorkspace, weak: true},
		{path: "properties.storageAccountId", to: typeStorage, weak: true},
	},
	rules: []Rule{
		{
			Name: "the resource that a setting is for exists", Code: "ResourceNotFound", Status: http.StatusNotFound,
			Source: diagnosticDoc,
			check: func(c *change) string {
				if !c.id.Extension || c.server.exists(c.id.Parent) {
					return ""
				}
				return fmt.Sprintf("The Resource '%s' was not found.", c.id.Parent)
			},
		},
		{
			Name: "the type of the resource has diagnostic settings", Code: "ResourceTypeNotSupported",
			Source: diagnosticLogs,
			check: func(c *change) string {
				if _, ok := c.exports(); ok {
					return ""
				}
				return fmt.Sprintf("The resource type of '%s' does not support diagnostic settings.", c.id.Parent)
			},
		},
		{
			Name: "a setting has a destination", Code: "BadRequest", Source: diagnosticDoc,
			check: about(func(c *change, m *armmonitor.DiagnosticSettingsResource) string {
				if len(sinks(m)) > 0 {
					return ""
				}
				return fmt.Sprintf("At least one data sink needs to be specified in %s.", c.id)
			}),
		},
		{
			Name: "a log names a category or a category group", Code: "BadRequest", Source: diagnosticDoc,
			check: eachLog(func(c *change, l *armmonitor.LogSettings) string {
				if (val(l.Category) == "") != (val(l.CategoryGroup) == "") {
					return ""
				}
				return fmt.Sprintf("Each log of %s must have either a category or a category group.", c.id)
			}),
		},
		{
			Name: "a log category is one of the resource's", Code: "BadRequest", Source: diagnosticErrors,
			check: eachLog(func(c *change, l *armmonitor.LogSettings) string {
				has, _ := c.exports()
				return unlistedCategory("Category", val(l.Category), has.logs)
			}),
		},
		{
			Name: "a category group is one of the resource's", Code: "BadRequest", Source: diagnosticErrors,
			check: eachLog(func(c *change, l *armmonitor.LogSettings) string {
				has, _ := c.exports()
				return unlistedCategory("Category group", val(l.CategoryGroup), has.groups)
			}),
		},
		{
			Name: "a metric category is one of the resource's", Code: "BadRequest", Source: diagnosticErrors,
			check: about(func(c *change, m *armmonitor.DiagnosticSettingsResource) string {
				has, _ := c.exports()
				return first(m.Properties.Metrics, func(x *armmonitor.MetricSettings) string {
					return unlistedCategory("Metric category", val(x.Category), has.metrics)
				})
			}),
		},
		{
			Name: "a setting has no retention", Code: "BadRequest",
			Source: "https://learn.microsoft.com/azure/azure-monitor/platform/migrate-to-azure-storage-lifecycle-policy",
			check: about(func(c *change, m *armmonitor.DiagnosticSettingsResource) string {
				return first(retentions(m), func(r *armmonitor.RetentionPolicy) string {
					if r == nil || !val(r.Enabled) && val(r.Days) == 0 {
						return ""
					}
					return fmt.Sprintf("Diagnostic settings does not support retention for new diagnostic "+
						"settings: %s.", c.id)
				})
			}),
		},
		{
			Name: "a storage destination is in the resource's region", Code: "BadRequest", Source: diagnosticDoc,
			check: about(func(c *change, m *armmonitor.DiagnosticSettingsResource) string {
				sink := c.server.find(val(m.Properties.StorageAccountID))
				source, _ := c.server.owner(c.id.Parent)
				if sink == nil || sink.location == source.location {
					return ""
				}
				return fmt.Sprintf("Resource '%s' is in region '%s' and data sink '%s' is in region '%s'.", source.id,
					source.location, sink.id, sink.location)
			}),
		},
		{
			Name: "a category goes to a destination once", Code: "Conflict", Status: http.StatusConflict,
			Source: diagnosticDoc,
			check:  about(sinkTaken),
		},
	},
}

// exports is what the resource of a setting can export.
func (c *change) exports() (categories, bool) {
	owner, ok := c.server.owner(c.id.Parent)
	if !ok || !c.id.Extension {
		return categories{}, false
	}
	has, ok := exportable[owner.typ.Name]
	return has, ok
}

func unlistedCategory(kind, name string, has []string) string {
	if name == "" || slices.ContainsFunc(has, func(one string) bool { return strings.EqualFold(one, name) }) {
		return ""
	}
	return fmt.Sprintf("%s '%s' is not supported, supported categories are: '%s'.", kind, name, strings.Join(has, ", "))
}

func eachLog(check func(c *change, l *armmonitor.LogSettings) string) func(*change) string {
	return about(func(c *change, m *armmonitor.DiagnosticSettingsResource) string {
		return first(m.Properties.Logs, func(l *armmonitor.LogSettings) string { return check(c, l) })
	})
}

// sinks are where a setting sends to.
func sinks(m *armmonitor.DiagnosticSettingsResource) []string {
	all := []string{
		val(m.Properties.WorkspaceID), val(m.Properties.StorageAccountID),
		val(m.Properties.EventHubAuthorizationRuleID),
		val(m.Properties.MarketplacePartnerID),
	}
	return slices.DeleteFunc(all, func(id string) bool { return id == "" })
}

func retentions(m *armmonitor.DiagnosticSettingsResource) []*armmonitor.RetentionPolicy {
	var out []*armmonitor.RetentionPolicy
	for _, l := range m.Properties.Logs {
		out = append(out, l.RetentionPolicy)
	}
	for _, x := range m.Properties.Metrics {
		out = append(out, x.RetentionPolicy)
	}
	return out
}

// routes are a setting's pairs of category and destination.
func routes(m *armmonitor.DiagnosticSettingsResource) []string {
	var out []string
	for _, sink := range sinks(m) {
		for _, l := range m.Properties.Logs {
			out = append(out, strings.ToLower(val(l.Category)+val(l.CategoryGroup))+" to "+key(sink))
		}
		for _, x := range m.Properties.Metrics {
			out = append(out, strings.ToLower(val(x.Category))+" to "+key(sink))
		}
	}
	return out
}

func sinkTaken(c *change, m *armmonitor.DiagnosticSettingsResource) string {
	return first(c.server.order, func(r *resource) string {
		other, ok := r.model.(*armmonitor.DiagnosticSettingsResource)
		if !ok || r == c.before || key(r.id.Parent) != key(c.id.Parent) {
			return ""
		}
		return first(routes(m), func(route string) string {
			if !slices.Contains(routes(other), route) {
				return ""
			}
			return fmt.Sprintf("Data sink of %s is already used in diagnostic setting '%s' for the same resource: "+
				"%s. Data sinks can't be reused in different settings on the same category for the same resource.",
				c.id.Name(), r.id.Name(), route)
		})
	})
}

package site

import "regexp"

// Bounds of what a flow log accepts, and what scanners of templates ask for at least: CIS Azure Foundations 7.8,
// checkov CKV_AZURE_12.
// Source: https://learn.microsoft.com/azure/network-watcher/vnet-flow-logs-overview
const (
	mostRetentionDays    = 365
	defaultRetentionDays = 90
)

var workspaceForm = regexp.MustCompile(
	`(?i)^/subscriptions/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}` +
		`/resourceGroups/[-\w._()]{1,90}/providers/Microsoft\.OperationalInsights/workspaces/[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$`)

func loadLogs(s *section, location string) Logs {
	logs := s.section("logs")
	watcher := logs.section("networkWatcher")
	l := Logs{
		WorkspaceID:             logs.text("workspaceId"),
		RetentionDays:           logs.integer("retentionDays"),
		FlowLogs:                logs.boolean("flowLogs"),
		TrafficAnalyticsMinutes: logs.integer("trafficAnalyticsMinutes"),
		ProxyAccess:             logs.boolean("proxyAccess"),
		Workbook:                logs.boolean("workbook"),
		NetworkWatcher: NetworkWatcher{Name: watcher.text("name"),
			ResourceGroup: watcher.text("resourceGroup")},
	}
	for _, name := range []string{"retentionDays", "trafficAnalyticsMinutes"} {
		if !l.FlowLogs && logs.has(name) {
			logs.warn(name, logs.integer(name), "has no effect while logs.flowLogs is false",
				"Remove it, or set logs.flowLogs to true")
		}
	}
	if l.NetworkWatcher.Name == "" {
		l.NetworkWatcher.Name = "NetworkWatcher_" + location
	}
	return l
}

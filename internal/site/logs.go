package site

import "regexp"

// Bounds of what a flow log accepts, and what scanners of templates ask for at least: CIS Azure Foundations 7.8, checkov CKV_AZURE_12.
// Source: https://learn.microsoft.com/azure/network-watcher/vnet-flow-logs-overview
const (
	mostRetentionDays    = 365
	defaultRetentionDays = 90
)

var workspaceForm = regexp.MustCompile(`(?i)^/subscriptions/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}` +
	`/resourceGroups/[-\w._()]{1,90}/providers/Microsoft\.OperationalInsights/workspaces/[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$`)

func loadLogs(s *section, location string) Logs {
	logs := s.section("logs")
	defer logs.done()
	l := Logs{
		WorkspaceID:             logs.text("workspaceId", ""),
		RetentionDays:           logs.integer("retentionDays", defaultRetentionDays, 0, mostRetentionDays),
		FlowLogs:                logs.boolean("flowLogs", true),
		TrafficAnalyticsMinutes: logs.integer("trafficAnalyticsMinutes", 60, 10, 60),
	}
	if l.TrafficAnalyticsMinutes != 10 && l.TrafficAnalyticsMinutes != 60 {
		logs.fail("trafficAnalyticsMinutes", l.TrafficAnalyticsMinutes, "is not an interval that Traffic Analytics knows", "10 or 60", "Use one of the two")
	}
	if l.WorkspaceID != "" && !workspaceForm.MatchString(l.WorkspaceID) {
		logs.fail("workspaceId", l.WorkspaceID, "is not the ID of a Log Analytics workspace",
			"/subscriptions/…/resourceGroups/…/providers/Microsoft.OperationalInsights/workspaces/…",
			"Take it from: az monitor log-analytics workspace show --query id; or remove the key to have a workspace made")
	}
	watcher := logs.section("networkWatcher")
	defer watcher.done()
	l.NetworkWatcher = NetworkWatcher{
		Name:          watcher.text("name", "NetworkWatcher_"+location),
		ResourceGroup: watcher.text("resourceGroup", "NetworkWatcherRG"),
	}
	return l
}

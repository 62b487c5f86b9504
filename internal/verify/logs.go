package verify

import (
	"slices"
	"strings"
	"time"
)

// newestFlow is how old the newest flow may be: a file is for an hour, and written every few minutes.
// Source: https://learn.microsoft.com/azure/network-watcher/vnet-flow-logs-overview
const newestFlow = 2 * time.Hour

// logs compares where the logs of the network security group and the metrics of the load balancer go.
func (c *check) logs() {
	wants := func(id string, settings Part[[]DiagnosticSetting], what, category string,
		of func(DiagnosticSetting) []string) {
		if !c.known(settings.Read) {
			return
		}
		var have []DiagnosticSetting
		if settings.Have != nil {
			have = *settings.Have
		}
		workspace := c.site.Azure.Logs.WorkspaceID
		if !slices.ContainsFunc(have, func(s DiagnosticSetting) bool {
			return (workspace == "" && s.WorkspaceID != "" || workspace != "" && same(s.WorkspaceID, workspace)) &&
				slices.ContainsFunc(of(s), equals(category))
		}) {
			c.found(LogsMissing, id, up, "No diagnostic setting sends its %s (%s) to the stack's workspace.", what,
				category)
		}
	}
	c.known(c.azure.SecurityGroup.Read && c.azure.Balancer.Read)
	if group := c.azure.SecurityGroup.Have; group != nil {
		wants(group.ID, group.Settings, "logs", "allLogs", func(s DiagnosticSetting) []string { return s.Logs })
	}
	if lb := c.azure.Balancer.Have; lb != nil {
		wants(lb.ID, lb.Settings, "metrics", "AllMetrics", func(s DiagnosticSetting) []string { return s.Metrics })
	}
}

// flowLog compares the flow log, and looks whether flows are written.
func (c *check) flowLog() {
	if !c.site.Azure.Logs.FlowLogs || !c.known(c.azure.FlowLog.Read) {
		return
	}
	log := c.azure.FlowLog.Have
	if log == nil {
		c.found(FlowLogMissing, c.outputs.VirtualNetworkID, up, "No flow log is about the virtual network.")
		return
	}
	if want := c.site.Azure.Logs.RetentionDays; log.RetentionDays != want {
		c.found(FlowLogRetention, log.ID, "Run `pulumi up --refresh`, or write the days into logs.retentionDays",
			"Flows are kept for %d days, and the stack asks for %d (0 is for ever).", log.RetentionDays, want)
	}
	c.account(log)
	c.known(log.Newest.Read)
	switch {
	case !log.Enabled:
		c.found(FlowLogDisabled, log.ID, "Run `pulumi up --refresh`, which turns it on", "The flow log is turned off.")
	case log.Newest.Read && log.Newest.Have == nil:
		c.found(FlowLogStale, log.ID, stale, "No flow was written in the last seven days.")
	case log.Newest.Have != nil && c.now.Sub(*log.Newest.Have) > newestFlow:
		c.found(FlowLogStale, log.ID, stale, "The newest flow was written at %s, %s ago.",
			log.Newest.Have.UTC().Format(time.DateTime+" UTC"), c.now.Sub(*log.Newest.Have).Round(time.Minute))
	}
}

const stale = "If sensors use the proxies, look at the flow log in Network Watcher: turn it off and on, which gives " +
	"it the account's keys anew; rotated keys stop it. In the first hour of a site, and if no sensor sends " +
	"anything, this is as it should be"

// account compares the storage account of the flow log.
func (c *check) account(log *FlowLog) {
	if !c.known(log.Account.Read) {
		return
	}
	a := log.Account.Have
	if a == nil {
		c.found(StorageMissing, log.ID, up, "The storage account of the flow log is not there.")
		return
	}
	var open []string
	if !strings.EqualFold(a.DefaultAction, "Deny") {
		open = append(open, "its firewall lets every network in")
	}
	if a.Ranges > 0 {
		open = append(open, "its firewall lets public ranges in")
	}
	if a.PublicBlobs {
		open = append(open, "its containers may be made public")
	}
	if len(open) > 0 {
		c.found(StorageOpen, a.ID, "Run `pulumi up --refresh`, which closes it", "The account that has the flows is "+
			"open: %s.", strings.Join(open, "; "))
	}
}

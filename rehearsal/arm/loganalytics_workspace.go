package arm

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/operationalinsights/armoperationalinsights/v2"
)

const typeWorkspace = "Microsoft.OperationalInsights/workspaces"

// How long a workspace keeps data, in days; the Free tier keeps a week.
// https://learn.microsoft.com/azure/azure-monitor/logs/data-retention-configure
const (
	shortestWorkspaceRetention = 30
	longestWorkspaceRetention  = 730
	freeWorkspaceRetention     = 7
)

const workspaceDoc = "https://learn.microsoft.com/azure/azure-monitor/logs/data-retention-configure"

var workspaces = Type{
	Name:           typeWorkspace,
	Model:          model[armoperationalinsights.Workspace](),
	ReadModel:      model[armoperationalinsights.Workspace](),
	APIVersions:    []string{"2022-10-01"},
	Create:         30 * time.Second,
	Update:         10 * time.Second,
	Delete:         10 * time.Second,
	DurationSource: "provisioned in a shared cluster: about half a minute (estimate)",
	nameShape:      regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$`),
	readOnly:       under("properties.", "createdDate", "customerId", "modifiedDate", "privateLinkScopedResources"),
	populate: func(_ *Server, r *resource, body map[string]any) {
		properties := object(body, "properties")
		properties["customerId"] = r.guid("customer")
		if sku := object(properties, "sku"); text(sku, "name") == "" {
			sku["name"] = string(armoperationalinsights.WorkspaceSKUNameEnumPerGB2018)
		}
		if properties["retentionInDays"] == nil {
			properties["retentionInDays"] = float64(shortestWorkspaceRetention)
		}
	},
	rules: []Rule{{
		Name: "a workspace keeps 30 to 730 days, of the Free tier 7", Code: "InvalidParameter", Source: workspaceDoc,
		check: about(func(c *change, m *armoperationalinsights.Workspace) string {
			free := m.Properties.SKU != nil && strings.EqualFold(string(val(m.Properties.SKU.Name)),
				string(armoperationalinsights.WorkspaceSKUNameEnumFree))
			days := or(m.Properties.RetentionInDays, shortestWorkspaceRetention)
			if days >= shortestWorkspaceRetention && days <= longestWorkspaceRetention ||
				free && days == freeWorkspaceRetention {
				return ""
			}
			return fmt.Sprintf("'RetentionInDays' property doesn't match the pricing tier limits. %s asks for %d "+
				"days; the limits are %d to %d.",
				c.id, days, shortestWorkspaceRetention, longestWorkspaceRetention)
		}),
	}},
}

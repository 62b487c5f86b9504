package arm

import (
	"fmt"
	"slices"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/monitor/armmonitor"
)

// activityRegions are where rules on the activity log can be.
// https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-types#activity-log-alerts
var activityRegions = []string{"global", "westeurope", "northeurope"}

var activityAlerts = Type{
	Name:           "Microsoft.Insights/activityLogAlerts",
	Model:          model[armmonitor.ActivityLogAlertResource](),
	ReadModel:      model[armmonitor.ActivityLogAlertResource](),
	APIVersions:    []string{"2020-10-01"},
	Create:         alertRecord,
	Update:         alertRecord,
	Delete:         alertRecord,
	DurationSource: alertRecordSource,
	global:         true,
	stateless:      true,
	syncWrite:      true,
	syncDelete:     true,
	refs: []reference{
		{path: "properties.scopes", weak: true},
		{path: "properties.actions.actionGroups.actionGroupId", to: typeActionGroup, weak: true},
	},
	populate: func(_ *Server, r *resource, body map[string]any) { everywhere(r, body) },
	rules: []Rule{{
		Name:   "a rule on the activity log is global, or in one of two regions",
		Code:   "LocationNotAvailableForResourceType",
		Source: commonErrors + " https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-types",
		check: about(func(c *change, m *armmonitor.ActivityLogAlertResource) string {
			if slices.Contains(activityRegions, c.location()) {
				return ""
			}
			return fmt.Sprintf("The provided location '%s' is not available for resource type '%s'. List of available "+
				"regions for the resource type is 'global,westeurope,northeurope'.", c.location(), c.typ.Name)
		}),
	}},
}

package arm

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/monitor/armmonitor"
)

// logWindows are the windows of a rule on logs that Azure takes.
var logWindows = strings.Fields("PT5M PT10M PT15M PT30M PT45M PT1H PT2H PT3H PT4H PT5H PT6H P1D P2D")

var queryRules = Type{
	Name:           "Microsoft.Insights/scheduledQueryRules",
	Model:          model[armmonitor.ScheduledQueryRuleResource](),
	ReadModel:      model[armmonitor.ScheduledQueryRuleResource](),
	APIVersions:    []string{"2023-03-15-preview"},
	Create:         3 * time.Second,
	Update:         3 * time.Second,
	Delete:         alertRecord,
	DurationSource: "synchronous, with a trial of the query (estimate)",
	stateless:      true,
	syncWrite:      true,
	syncDelete:     true,
	readOnly: under("properties.", "createdWithApiVersion", "isLegacyLogAnalyticsRule",
		"isWorkspaceAlertsStorageConfigured"),
	refs: []reference{
		{path: "properties.scopes", weak: true},
		{path: "properties.actions.actionGroups", to: typeActionGroup, weak: true},
	},
	rules: []Rule{
		{
			Name: "a window is one that Azure has", Code: "BadRequest",
			Source: "https://github.com/Azure/azure-rest-api-specs/issues/21258",
			check: about(func(_ *change, m *armmonitor.ScheduledQueryRuleResource) string {
				if slices.Contains(logWindows, val(m.Properties.WindowSize)) {
					return ""
				}
				return fmt.Sprintf("The window size %s is not supported. Supported granularities are: %s.",
					val(m.Properties.WindowSize), strings.Join(logWindows, ", "))
			}),
		},
		{
			// A new workspace has no table before its first row comes.
			Name: "a query's tables are there, or may be missing", Code: "BadRequest",
			Source: "https://github.com/CDCgov/prime-reportstream/issues/11773 " +
				"https://learn.microsoft.com/kusto/query/union-operator",
			check: about(func(_ *change, m *armmonitor.ScheduledQueryRuleResource) string {
				return first(conditionsOf(m), func(c *armmonitor.Condition) string {
					if _, err := parseQuery(val(c.Query), nil); err != nil && !val(m.Properties.SkipQueryValidation) {
						return "The request had some invalid properties. SemanticError: " + err.Error()
					}
					return ""
				})
			}),
		},
	},
}

func conditionsOf(m *armmonitor.ScheduledQueryRuleResource) []*armmonitor.Condition {
	if m.Properties.Criteria == nil {
		return nil
	}
	return m.Properties.Criteria.AllOf
}

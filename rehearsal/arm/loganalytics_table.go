package arm

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/operationalinsights/armoperationalinsights/v2"
)

const typeTable = typeWorkspace + "/tables"

// timeColumn is what every table has, and every query that fills one.
const timeColumn = "TimeGenerated"

// tables are those of a workspace that somebody made, besides Azure's own.
var tables = Type{
	Name:           typeTable,
	Model:          model[armoperationalinsights.Table](),
	ReadModel:      model[armoperationalinsights.Table](),
	APIVersions:    []string{"2022-10-01"},
	Create:         20 * time.Second,
	Update:         10 * time.Second,
	Delete:         10 * time.Second,
	DurationSource: "asynchronous, a few polls (estimate)",
	global:         true,
	nameShape:      regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{3,62}$`),
	accepted:       http.StatusAccepted,
	readOnly: under("properties.", "archiveRetentionInDays", "lastPlanModifiedDate", "resultStatistics",
		"schema.standardColumns", "schema.tableType", "schema.tableSubType", "schema.source"),
	populate: func(_ *Server, _ *resource, body map[string]any) {
		properties := object(body, "properties")
		unset(properties, map[string]any{"plan": "Analytics", "retentionInDays": float64(shortestWorkspaceRetention),
			"totalRetentionInDays": float64(shortestWorkspaceRetention)})
		unset(object(properties, "schema"), map[string]any{"tableType": "CustomLog"})
	},
	rules: []Rule{
		{
			Name: "a new table's name ends with _CL", Code: "NotFound", Status: http.StatusNotFound,
			Source: "https://github.com/Azure/azure-rest-api-specs/issues/18340 " +
				"https://learn.microsoft.com/azure/azure-monitor/logs/create-custom-table",
			check: func(c *change) string {
				if strings.HasSuffix(c.id.Name(), "_CL") {
					return ""
				}
				return fmt.Sprintf("The specified table: '%s' does not exist.", c.id.Name())
			},
		},
		{
			Name: "a table has the column TimeGenerated, of type datetime", Code: "SchemaUpdateFatalError",
			Source: "https://github.com/Azure/azure-cli/issues/23368",
			check: about(func(c *change, m *armoperationalinsights.Table) string {
				if tableColumns(m)[timeColumn] == kindTime {
					return ""
				}
				return fmt.Sprintf("Table validation failed with following errors: MSG 1005: Table %s missing "+
					"mandatory 'TimeGenerated' column.", c.id.Name())
			}),
		},
	},
}

// tableColumns are a table's columns and their types.
func tableColumns(m *armoperationalinsights.Table) map[string]string {
	out := map[string]string{}
	for _, c := range val(m.Properties.Schema).Columns {
		out[val(c.Name)] = strings.ToLower(string(val(c.Type)))
	}
	return out
}

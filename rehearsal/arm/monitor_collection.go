package arm

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/monitor/armmonitor"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/operationalinsights/armoperationalinsights/v2"
)

const (
	typeCollectionRule     = "Microsoft.Insights/dataCollectionRules"
	typeCollectionEndpoint = "Microsoft.Insights/dataCollectionEndpoints"

	// configurationEndpoint is what an association with an endpoint is called, whatever its resource.
	configurationEndpoint = "configurationAccessEndpoint"
)

// customStream is how the name of a stream begins that is not Azure's own.
const customStream = "Custom-"

var collectionVersions = []string{"2022-06-01"}

// collectionEndpoints are where agents send rows to, and where they find their rules.
var collectionEndpoints = Type{
	Name:           typeCollectionEndpoint,
	Model:          model[armmonitor.DataCollectionEndpointResource](),
	ReadModel:      model[armmonitor.DataCollectionEndpointResource](),
	APIVersions:    collectionVersions,
	Create:         5 * time.Second,
	Update:         3 * time.Second,
	Delete:         3 * time.Second,
	DurationSource: "synchronous (estimate)",
	// https://github.com/Azure/ARO-HCP/pull/457
	nameShape:  regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{1,42}[A-Za-z0-9]$`),
	accepted:   http.StatusOK,
	syncWrite:  true,
	syncDelete: true,
	readOnly:   under("properties.", "immutableId", "configurationAccess", "logsIngestion", "metricsIngestion"),
	populate: func(_ *Server, r *resource, body map[string]any) {
		properties := object(body, "properties")
		properties["immutableId"] = "dce-" + strings.ReplaceAll(r.guid("endpoint"), "-", "")
		host := fmt.Sprintf("https://%s-%s.%s-1.", strings.ToLower(r.id.Name()), r.guid("endpoint")[:4], r.location)
		for name, service := range map[string]string{"configurationAccess": "handler.control",
			"logsIngestion": "ingest", "metricsIngestion": "metrics.ingest"} {
			object(properties, name)["endpoint"] = host + service + ".monitor.azure.com"
		}
	},
}

// collectionRules say what agents read, how Azure makes rows of it, and into which table they go.
var collectionRules = Type{
	Name:           typeCollectionRule,
	Model:          model[armmonitor.DataCollectionRuleResource](),
	ReadModel:      model[armmonitor.DataCollectionRuleResource](),
	APIVersions:    collectionVersions,
	Create:         5 * time.Second,
	Update:         3 * time.Second,
	Delete:         3 * time.Second,
	DurationSource: "synchronous (estimate)",
	accepted:       http.StatusOK,
	syncWrite:      true,
	syncDelete:     true,
	readOnly:       under("properties.", "immutableId", "endpoints", "destinations.logAnalytics.workspaceId"),
	refs: []reference{
		{path: "properties.dataCollectionEndpointId", to: typeCollectionEndpoint, weak: true},
		{path: "properties.destinations.logAnalytics.workspaceResourceId", to: typeWorkspace, weak: true},
	},
	populate: func(s *Server, r *resource, body map[string]any) {
		properties := object(body, "properties")
		properties["immutableId"] = "dcr-" + strings.ReplaceAll(r.guid("rule"), "-", "")
		for _, d := range objects(object(properties, "destinations"), "logAnalytics") {
			if w := s.find(text(d, "workspaceResourceId")); w != nil {
				d["workspaceId"] = w.guid("customer")
			}
		}
	},
	rules: []Rule{
		{
			Name: "a stream is Azure's or a custom one", Code: "InvalidPayload",
			Source: "https://github.com/Azure/azure-rest-api-specs/issues/21200",
			check: eachFlow(func(_ *change, _ *armmonitor.DataCollectionRuleResource, f *armmonitor.DataFlow) string {
				return first(f.Streams, func(stream *armmonitor.KnownDataFlowStreams) string {
					if isCustom(string(*stream)) || slices.Contains(armmonitor.PossibleKnownDataFlowStreamsValues(),
						*stream) {
						return ""
					}
					return fmt.Sprintf("Data collection rule is invalid: InvalidStream: 'Streams' stream '%s' must "+
						"be a custom stream or one of: %v", *stream, armmonitor.PossibleKnownDataFlowStreamsValues())
				})
			}),
		},
		{
			Name: "the table that a flow leads to exists", Code: "InvalidPayload",
			Source: "https://github.com/Azure/Azure-Sentinel/issues/13277",
			check: eachFlow(func(c *change, m *armmonitor.DataCollectionRuleResource, f *armmonitor.DataFlow) string {
				if !isCustom(val(f.OutputStream)) || c.server.tableOf(m, f) != nil {
					return ""
				}
				return fmt.Sprintf("Data collection rule is invalid: InvalidOutputTable: Table for output stream '%s' "+
					"is not available for destination '%s'. Please ensure that the table exists in Log Analytics "+
					"Workspace before creating or updating the rule.", val(f.OutputStream), texts(f.Destinations))
			}),
		},
		{
			Name: "a flow's query compiles, and its output has TimeGenerated", Code: "InvalidPayload",
			Source: "https://github.com/hashicorp/terraform-provider-azurerm/issues/27820 " +
				"https://learn.microsoft.com/azure/azure-monitor/data-collection/data-collection-transformations-kql",
			check: eachFlow(func(_ *change, m *armmonitor.DataCollectionRuleResource, f *armmonitor.DataFlow) string {
				t, err := compiled(m, f)
				if err == nil && isCustom(val(f.OutputStream)) && t.columns[timeColumn].kind != kindTime {
					err = fmt.Errorf("the output has no column %s of type %s", timeColumn, kindTime)
				}
				if err == nil {
					return ""
				}
				return "Data collection rule is invalid: InvalidTransformQuery: Error occurred while compiling query " +
					"in query: " + err.Error()
			}),
		},
	},
}

// collectionAssociations have an agent follow a rule.
var collectionAssociations = Type{
	Name:           "Microsoft.Insights/dataCollectionRuleAssociations",
	Model:          model[armmonitor.DataCollectionRuleAssociationProxyOnlyResource](),
	ReadModel:      model[armmonitor.DataCollectionRuleAssociationProxyOnlyResource](),
	APIVersions:    collectionVersions,
	Create:         3 * time.Second,
	Update:         3 * time.Second,
	Delete:         2 * time.Second,
	DurationSource: "synchronous (estimate)",
	accepted:       http.StatusOK,
	global:         true,
	syncWrite:      true,
	syncDelete:     true,
	refs: []reference{
		{path: "properties.dataCollectionRuleId", to: typeCollectionRule, weak: true},
		{path: "properties.dataCollectionEndpointId", to: typeCollectionEndpoint, weak: true},
	},
	rules: []Rule{
		{
			Name: "the resource that an association is for exists", Code: "ResourceNotFound",
			Status: http.StatusNotFound, Source: invalidRef,
			check: func(c *change) string {
				if c.id.Extension && c.server.exists(c.id.Parent) {
					return ""
				}
				return fmt.Sprintf("The Resource '%s' was not found.", c.id.Parent)
			},
		},
		{
			Name:   "an association with an endpoint is called configurationAccessEndpoint",
			Code:   "InvalidEndpointAssociationName",
			Source: "https://github.com/Azure/arm-template-whatif/issues/282",
			check: about(func(c *change, m *armmonitor.DataCollectionRuleAssociationProxyOnlyResource) string {
				if m.Properties.DataCollectionEndpointID == nil || c.id.Name() == configurationEndpoint {
					return ""
				}
				return "Association name for resource to endpoint must be " + configurationEndpoint
			}),
		},
	},
}

func isCustom(stream string) bool { return strings.HasPrefix(stream, customStream) }

func eachFlow(check func(*change, *armmonitor.DataCollectionRuleResource, *armmonitor.DataFlow) string) func(
	*change) string {
	return about(func(c *change, m *armmonitor.DataCollectionRuleResource) string {
		return first(m.Properties.DataFlows, func(f *armmonitor.DataFlow) string { return check(c, m, f) })
	})
}

// compiled is a flow's query, which may be left out. The rows of one that takes a stream of Azure's are not known here.
func compiled(m *armmonitor.DataCollectionRuleResource, f *armmonitor.DataFlow) (transformation, error) {
	var source []Column
	for _, stream := range f.Streams {
		if !isCustom(string(*stream)) {
			return transformation{}, nil
		}
		for _, c := range val(m.Properties.StreamDeclarations[string(*stream)]).Columns {
			source = append(source, Column{val(c.Name), string(val(c.Type))})
		}
	}
	return compile(or(f.TransformKql, "source"), source)
}

// tableOf is the table that a flow leads to, or nil.
func (s *Server) tableOf(m *armmonitor.DataCollectionRuleResource, f *armmonitor.DataFlow) *resource {
	name := strings.TrimPrefix(val(f.OutputStream), customStream)
	for _, d := range val(m.Properties.Destinations).LogAnalytics {
		if slices.Contains(texts(f.Destinations), val(d.Name)) {
			return s.find(val(d.WorkspaceResourceID) + "/tables/" + name)
		}
	}
	return nil
}

// Ingest is what Azure makes of a row that an agent sends by a rule's stream: the table that it goes into, and the row
// as it is there. What the stream does not declare, or the table does not have, or is of another type, is lost.
func (s *Server) Ingest(ruleID, stream string, row map[string]any) (table string, out map[string]any, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := modelOf[armmonitor.DataCollectionRuleResource](s, ruleID)
	if m == nil {
		return "", nil, fmt.Errorf("there is no data collection rule %s", ruleID)
	}
	for _, f := range m.Properties.DataFlows {
		if !slices.ContainsFunc(f.Streams, func(one *armmonitor.KnownDataFlowStreams) bool {
			return string(*one) == stream
		}) {
			continue
		}
		query, err := compiled(m, f)
		to := s.tableOf(m, f)
		if err != nil || to == nil {
			return "", nil, fmt.Errorf("rule %s leads stream %s to no table: %w", ruleID, stream, err)
		}
		declared := map[string]string{}
		for _, c := range val(m.Properties.StreamDeclarations[stream]).Columns {
			declared[val(c.Name)] = string(val(c.Type))
		}
		columns := tableColumns(to.model.(*armoperationalinsights.Table))
		return to.id.Name(), inColumns(query.apply(inColumns(row, declared)), columns), nil
	}
	return "", nil, fmt.Errorf("rule %s has no flow for stream %s", ruleID, stream)
}

// inColumns is what of a row is of the columns' names and types; the other columns are null.
func inColumns(row map[string]any, columns map[string]string) map[string]any {
	out := map[string]any{}
	for name, kind := range columns {
		out[name] = nil
		switch value := row[name].(type) {
		case string:
			if _, err := time.Parse(time.RFC3339Nano, value); kind == kindText || kind == kindTime && err == nil {
				out[name] = value
			}
		case float64:
			if kind == kindInt || kind == "long" || kind == "real" {
				out[name] = value
			}
		case bool:
			if strings.HasPrefix(kind, kindBool) {
				out[name] = value
			}
		}
	}
	return out
}

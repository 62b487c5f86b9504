package arm

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/monitor/armmonitor"
)

// criteria are those of a rule about one resource, the only ones that the stand-in evaluates.
type criteria = armmonitor.MetricAlertSingleResourceMultipleMetricCriteria

// Concrete is the model that stands for an interface of Microsoft's models, of which there are several.
func Concrete(kind reflect.Type) (reflect.Type, bool) {
	if kind == reflect.TypeFor[armmonitor.MetricAlertCriteriaClassification]() {
		return reflect.TypeFor[criteria](), true
	}
	return nil, false
}

var metricAlerts = Type{
	Name:           "Microsoft.Insights/metricAlerts",
	Model:          model[armmonitor.MetricAlertResource](),
	ReadModel:      model[armmonitor.MetricAlertResource](),
	APIVersions:    []string{"2018-03-01"},
	Create:         alertRecord,
	Update:         alertRecord,
	Delete:         alertRecord,
	DurationSource: alertRecordSource,
	accepted:       200,
	global:         true,
	stateless:      true,
	syncWrite:      true,
	syncDelete:     true,
	refs: []reference{
		{path: "properties.scopes", weak: true},
		{path: "properties.actions.actionGroupId", to: typeActionGroup, weak: true},
	},
	populate: func(_ *Server, r *resource, body map[string]any) { everywhere(r, body) },
	rules: []Rule{
		{
			// Azure does not look where skipMetricValidation is set. Such a rule would never fire, so it is refused
			// here.
			Name: "a criterion is about a metric of the scope's type", Code: "BadRequest",
			Source: "https://github.com/hashicorp/terraform-provider-azurerm/issues/22210 " + metricsDoc,
			check: eachCriterion(func(of string, m *armmonitor.MetricCriteria) string {
				if _, known := metricOf(of, val(m.MetricName)); known {
					return ""
				}
				return fmt.Sprintf("Couldn't find a metric named %s. Make sure the name is "+
					"correct.", val(m.MetricName))
			}),
		},
		{
			Name: "a metric is aggregated in a way that it has", Code: "BadRequest",
			Source: "https://github.com/Azure/azure-monitor-baseline-alerts/issues/194 " + metricsDoc,
			check: eachCriterion(func(of string, m *armmonitor.MetricCriteria) string {
				known, _ := metricOf(of, val(m.MetricName))
				if slices.ContainsFunc(known.aggregations, func(a string) bool {
					return strings.EqualFold(a, string(val(m.TimeAggregation)))
				}) {
					return ""
				}
				return fmt.Sprintf("Time aggregation must be one of [%s].", strings.Join(known.aggregations, ", "))
			}),
		},
	},
}

// eachCriterion asks about each criterion, with the type of what the rule watches.
func eachCriterion(check func(of string, m *armmonitor.MetricCriteria) string) func(*change) string {
	return about(func(_ *change, m *armmonitor.MetricAlertResource) string {
		return first(m.Properties.Scopes, func(scope *string) string {
			id, _ := ParseID(val(scope)) // what does not parse is no reference, and refused before
			return first(criteriaOf(m), func(c *armmonitor.MetricCriteria) string {
				return check(id.Type, c)
			})
		})
	})
}

func criteriaOf(m *armmonitor.MetricAlertResource) []*armmonitor.MetricCriteria {
	if of, ok := m.Properties.Criteria.(*criteria); ok {
		return of.AllOf
	}
	return nil
}

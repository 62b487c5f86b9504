package arm

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/monitor/armmonitor"
)

// Telemetry is what Azure Monitor has of some resources: samples of metrics, rows of logs, events of the activity log.
type Telemetry struct {
	Series []Series
	Tables map[string][]LogRow // by name
	Events []Event
}

// Series are the samples of a metric, one each minute. The last one is of now.
type Series struct {
	Resource, Metric string
	Dimensions       map[string]string
	Samples          []float64
}

// LogRow is a row, and how many minutes before the last sample it came.
type LogRow struct {
	Ago int
	Row Row
}

// Event is a write or delete in the activity log.
type Event struct{ Category, OperationName, Status, ResourceID string }

// ActivityLog is what the caller's writes and deletes have left in the activity log, in order.
// https://learn.microsoft.com/azure/azure-monitor/platform/activity-log-schema
func (s *Server) ActivityLog() []Event {
	verb := map[string]string{"PUT": "write", "DELETE": "delete"}
	var all []Event
	for _, op := range s.Operations() {
		status := "Succeeded"
		switch {
		case op.Code != "":
			status = "Failed"
		case op.Running:
			status = "Started"
		}
		all = append(all, Event{"Administrative", op.Type + "/" + verb[op.Method], status, op.ID})
	}
	return all
}

// Fired are the names of the alert rules, as they are in Azure, whose conditions hold so many minutes before the last
// sample.
func (s *Server) Fired(t Telemetry, ago int) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for _, r := range s.order {
		fires, err := false, error(nil)
		switch m := r.model.(type) {
		case *armmonitor.MetricAlertResource:
			fires, err = t.metricAlert(m, ago)
		case *armmonitor.ScheduledQueryRuleResource:
			fires, err = t.queryRule(m, ago)
		case *armmonitor.ActivityLogAlertResource:
			fires = t.activityAlert(m)
		}
		if err != nil {
			return nil, fmt.Errorf("evaluating %s: %w", r.id, err)
		}
		if fires {
			all = append(all, r.id.Name())
		}
	}
	return all, nil
}

func (t Telemetry) metricAlert(m *armmonitor.MetricAlertResource, ago int) (bool, error) {
	minutes, err := minutesOf(val(m.Properties.WindowSize))
	if err != nil || !val(m.Properties.Enabled) {
		return false, err
	}
	all := criteriaOf(m)
	for _, c := range all {
		holds := false
		for _, samples := range t.split(texts(m.Properties.Scopes), c, minutes, ago) {
			holds = holds || compare(aggregate(samples, string(val(c.TimeAggregation))), string(val(c.Operator)),
				val(c.Threshold))
		}
		if !holds {
			return false, nil
		}
	}
	return len(all) > 0, nil
}

// split are the samples that a criterion is about, those of each combination of its dimensions by themselves. A
// dimension that it does not name is no matter.
func (t Telemetry) split(scopes []string, c *armmonitor.MetricCriteria, minutes, ago int) [][]float64 {
	groups := map[string][]float64{}
	for _, s := range t.Series {
		if !strings.EqualFold(s.Metric, val(c.MetricName)) || !slices.ContainsFunc(scopes, func(scope string) bool {
			return key(scope) == key(s.Resource)
		}) {
			continue
		}
		group, meant := "", true
		for _, d := range c.Dimensions {
			value := s.Dimensions[val(d.Name)]
			group += value + "\n"
			listed := slices.ContainsFunc(texts(d.Values), func(v string) bool {
				return v == "*" || strings.EqualFold(v, value)
			})
			meant = meant && listed == (val(d.Operator) == "Include")
		}
		if to := len(s.Samples) - ago; meant && to > 0 {
			groups[group] = append(groups[group], s.Samples[max(0, to-minutes):to]...)
		}
	}
	return slices.Collect(maps.Values(groups))
}

func aggregate(samples []float64, how string) float64 {
	sum := 0.0
	for _, s := range samples {
		sum += s
	}
	switch how {
	case "Total":
		return sum
	case "Maximum":
		return slices.Max(samples)
	case "Minimum":
		return slices.Min(samples)
	}
	return sum / float64(len(samples))
}

func compare(value float64, operator string, threshold float64) bool {
	switch operator {
	case "LessThan":
		return value < threshold
	case "LessThanOrEqual":
		return value <= threshold
	case "GreaterThan":
		return value > threshold
	case "GreaterThanOrEqual":
		return value >= threshold
	}
	return value == threshold
}

func (t Telemetry) queryRule(m *armmonitor.ScheduledQueryRuleResource, ago int) (bool, error) {
	minutes, err := minutesOf(val(m.Properties.WindowSize))
	if err != nil || !val(m.Properties.Enabled) {
		return false, err
	}
	window := map[string][]Row{}
	for name, rows := range t.Tables {
		for _, row := range rows {
			if row.Ago >= ago && row.Ago < ago+minutes {
				window[name] = append(window[name], row.Row)
			}
		}
	}
	fires := false
	for _, c := range conditionsOf(m) {
		q, err := parseQuery(val(c.Query), nil)
		if err != nil {
			return false, err
		}
		fires = fires || compare(float64(len(q.run(window))), string(val(c.Operator)), val(c.Threshold))
	}
	return fires, nil
}

func (t Telemetry) activityAlert(m *armmonitor.ActivityLogAlertResource) bool {
	return val(m.Properties.Enabled) && slices.ContainsFunc(t.Events, func(e Event) bool {
		fields := map[string]string{"category": e.Category, "operationName": e.OperationName, "status": e.Status,
			"resourceId": e.ResourceID}
		inScope := slices.ContainsFunc(texts(m.Properties.Scopes), func(scope string) bool {
			return within(e.ResourceID, scope)
		})
		return inScope && first(m.Properties.Condition.AllOf, func(c *armmonitor.AlertRuleAnyOfOrLeafCondition) string {
			if strings.EqualFold(fields[val(c.Field)], val(c.Equals)) {
				return ""
			}
			return val(c.Field)
		}) == ""
	})
}

// minutesOf reads a duration as Azure Monitor writes it: PT5M, PT1H, P1D.
func minutesOf(iso string) (int, error) {
	var n int
	for _, unit := range []struct {
		form    string
		minutes int
	}{{"PT%dM", 1}, {"PT%dH", 60}, {"P%dD", 24 * 60}} {
		if _, err := fmt.Sscanf(iso, unit.form, &n); err == nil && fmt.Sprintf(unit.form, n) == iso {
			return n * unit.minutes, nil
		}
	}
	return 0, fmt.Errorf("%q is not a duration of minutes, hours or days", iso)
}

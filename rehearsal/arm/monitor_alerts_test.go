package arm

import (
	"slices"
	"strings"
	"testing"
)

const (
	toldID     = inGroup + "/providers/" + typeActionGroup + "/told"
	healthID   = inGroup + "/providers/Microsoft.Insights/metricAlerts/health"
	queryID    = inGroup + "/providers/Microsoft.Insights/scheduledQueryRules/logs"
	activityID = inGroup + "/providers/Microsoft.Insights/activityLogAlerts/roll"

	toldBody = `{"location": "global", "properties": {"enabled": true, "groupShortName": "OT proxies",
		"emailReceivers": [{"name": "a", "emailAddress": "a@contoso.com"}],
		"webhookReceivers": [{"name": "b", "serviceUri": "https://ops.contoso.com/b"}]}}`
	healthBody = `{"location": "global", "properties": {"enabled": true, "severity": 0, "windowSize": "PT5M",
		"evaluationFrequency": "PT1M", "scopes": ["` + lbID + `"], "actions": [{"actionGroupId": "` + toldID + `"}],
		"criteria": {"odata.type": "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria", "allOf": [
			{"name": "1", "criterionType": "StaticThresholdCriterion", "metricName": "DipAvailability",
				"timeAggregation": "Average", "operator": "LessThan", "threshold": 50},
			{"name": "2", "criterionType": "StaticThresholdCriterion", "metricName": "VipAvailability",
				"timeAggregation": "Average", "operator": "GreaterThanOrEqual", "threshold": 90}]}}}`
	queryText = `union isfuzzy=true withsource=Source (datatable(TimeGenerated: datetime, ResourceId: string)[]), ` +
		`AzureMetrics, Flows\n| summarize M = countif(Source == \"AzureMetrics\" and ResourceId =~ \"/LB\"), ` +
		`F = countif(Source == \"Flows\")\n| where M > 0 and F == 0`
	queryBody = `{"location": "westeurope", "kind": "LogAlert", "properties": {"enabled": true, "severity": 2,
		"windowSize": "PT1H", "evaluationFrequency": "PT15M", "scopes": ["` + lawID + `"],
		"actions": {"actionGroups": ["` + toldID + `"]}, "criteria": {"allOf": [{"query": "` + queryText + `",
			"timeAggregation": "Count", "operator": "GreaterThan", "threshold": 0}]}}}`
	activityBody = `{"location": "global", "properties": {"enabled": true, "scopes": ["` + inGroup + `"],
		"actions": {"actionGroups": [{"actionGroupId": "` + toldID + `"}]}, "condition": {"allOf": [
			{"field": "category", "equals": "Administrative"},
			{"field": "operationName", "equals": "Microsoft.Compute/virtualMachineScaleSets/write"},
			{"field": "status", "equals": "Failed"}]}}}`
)

// addAlerts adds a rule of each kind, and whom they tell.
func (a *azure) addAlerts() {
	a.t.Helper()
	a.make(toldID, toldBody)
	a.make(healthID, healthBody)
	a.make(queryID, queryBody)
	a.make(activityID, activityBody)
}

const firstCriterion = "properties.criteria.allOf.0."

var actionGroupBreaks = breaks{
	"a short name has up to 12 characters": func(a *azure) {
		a.put(toldID, set(toldBody, "properties.groupShortName", "Defender proxies"))
	},
	"a webhook is at a host that can be called": func(a *azure) {
		a.put(toldID, set(toldBody, "properties.webhookReceivers.0.serviceUri", "https://hooks.example.com/b"))
	},
}

var metricAlertBreaks = breaks{
	"a criterion is about a metric of the scope's type": func(a *azure) {
		a.make(toldID, toldBody)
		a.put(healthID, set(healthBody, firstCriterion+"metricName", "Percentage CPU"))
	},
	"a metric is aggregated in a way that it has": func(a *azure) {
		a.make(toldID, toldBody)
		a.put(healthID, set(healthBody, firstCriterion+"timeAggregation", "Total"))
	},
}

var queryRuleBreaks = breaks{
	"a window is one that Azure has": func(a *azure) {
		a.make(toldID, toldBody)
		a.put(queryID, set(queryBody, "properties.windowSize", "P3D"))
	},
	"a query's tables are there, or may be missing": func(a *azure) {
		a.make(toldID, toldBody)
		a.put(queryID, set(queryBody, firstCriterion+"query", "AzureMetrics\n| where ResourceId =~ \"/lb\""))
	},
}

var activityAlertBreaks = breaks{
	"a rule on the activity log is global, or in one of two regions": func(a *azure) {
		a.make(toldID, toldBody)
		a.put(activityID, set(activityBody, "location", "eastus"))
	},
}

func TestCriteriaAreHeldToTheirModel(t *testing.T) {
	a := newSite(t)
	a.make(toldID, toldBody)
	a.put(healthID, set(healthBody, firstCriterion+"operator", "Below"))
	if got := a.last().Code; got != "InvalidRequestFormat" {
		t.Errorf("an operator that is none is answered with %q", got)
	}
	a.put(healthID, set(healthBody, firstCriterion+"threshold", nil))
	if got := a.last().Code; got != "InvalidRequestFormat" {
		t.Errorf("a criterion without a threshold is answered with %q", got)
	}
	a.make(healthID, healthBody)
	if got := a.get(healthID)["location"]; got != "global" {
		t.Errorf("the rule is in %v", got)
	}
}

// minutes is one value for so many minutes, and another for the last ones.
func minutes(n int, value float64, last int, other float64) []float64 {
	all := slices.Repeat([]float64{value}, n-last)
	return append(all, slices.Repeat([]float64{other}, last)...)
}

func TestAMetricRuleFiresWhileAllItsCriteriaHold(t *testing.T) {
	a := newSite(t)
	a.addAlerts()
	series := func(metric, instance string, samples []float64) Series {
		return Series{Resource: strings.ToUpper(lbID), Metric: metric, Samples: samples,
			Dimensions: map[string]string{"BackendIPAddress": instance}}
	}
	up, lost := minutes(60, 100, 0, 0), minutes(60, 100, 10, 0)
	for _, c := range []struct {
		what    string
		vip     []float64
		lost    int
		minutes int // before the end
		fires   bool
	}{
		{"all are there", up, 0, 0, false},
		{"one of three is lost", up, 1, 0, false},
		{"two of three are lost", up, 2, 0, true},
		{"two of three are lost, eight minutes earlier", up, 2, 8, false},
		{"all are lost", lost, 3, 0, false},
	} {
		health := []Series{series("VipAvailability", "", c.vip)}
		for i := range 3 {
			samples := up
			if i < c.lost {
				samples = lost
			}
			health = append(health, series("DipAvailability", string(rune('a'+i)), samples))
		}
		fired, err := a.server.Fired(Telemetry{Series: health,
			Tables: map[string][]LogRow{"AzureMetrics": {}, "Flows": {}}}, c.minutes)
		if err != nil || slices.Contains(fired, "health") != c.fires {
			t.Errorf("%s: %v fire (%v)", c.what, fired, err)
		}
	}
	if fired, err := a.server.Fired(Telemetry{}, 0); err != nil || len(fired) > 0 {
		t.Errorf("without any sample %v fire (%v)", fired, err)
	}
}

func TestADimensionSplitsSamplesOrLeavesThemOut(t *testing.T) {
	a := newSite(t)
	a.make(toldID, toldBody)
	body := set(healthBody, "properties.scopes", []string{natID})
	body = set(body, "properties.criteria.allOf", []any{map[string]any{"name": "1", "metricName": "SNATConnectionCount",
		"criterionType": "StaticThresholdCriterion", "timeAggregation": "Total", "operator": "GreaterThan",
		"threshold": 0, "dimensions": []any{map[string]any{"name": "ConnectionState", "operator": "Include",
			"values": []string{"Failed"}}}}})
	a.make(healthID, body)
	for state, fires := range map[string]bool{"Attempted": false, "Failed": true} {
		fired, err := a.server.Fired(Telemetry{Series: []Series{{Resource: natID, Metric: "SNATConnectionCount",
			Dimensions: map[string]string{"ConnectionState": state}, Samples: minutes(60, 7, 0, 0)}}}, 0)
		if err != nil || slices.Contains(fired, "health") != fires {
			t.Errorf("%s connections: %v fire (%v)", state, fired, err)
		}
	}
}

func TestARuleOnLogsCountsTheRowsOfItsWindow(t *testing.T) {
	a := newSite(t)
	a.addAlerts()
	metrics := []LogRow{{Ago: 3, Row: Row{"ResourceId": "/lb"}}}
	for _, c := range []struct {
		what  string
		rows  map[string][]LogRow
		fires bool
	}{
		{"both tables have rows", map[string][]LogRow{"AzureMetrics": metrics, "Flows": {{Ago: 50, Row: Row{}}}},
			false},
		{"flows have stopped", map[string][]LogRow{"AzureMetrics": metrics, "Flows": {{Ago: 61, Row: Row{}}}}, true},
		{"nothing comes", nil, false},
		{"metrics of another", map[string][]LogRow{"AzureMetrics": {{Ago: 3, Row: Row{"ResourceId": "/x"}}}}, false},
	} {
		fired, err := a.server.Fired(Telemetry{Tables: c.rows}, 0)
		if err != nil || slices.Contains(fired, "logs") != c.fires {
			t.Errorf("%s: %v fire (%v)", c.what, fired, err)
		}
	}
}

func TestARuleOnTheActivityLogSeesAWriteThatFailed(t *testing.T) {
	a := newSite(t)
	a.addAlerts()
	before := a.server.ActivityLog()
	if fired, err := a.server.Fired(Telemetry{Events: before}, 0); err != nil || len(fired) > 0 {
		t.Errorf("after writes that succeeded %v fire (%v)", fired, err)
	}
	a.change(nsgID, "location", "eastus") // refused, and no scale set
	a.change(vmssID, "sku.name", "Standard_Nothing")
	events := a.server.ActivityLog()[len(before):]
	if fired, err := a.server.Fired(Telemetry{Events: events[:1]}, 0); err != nil || len(fired) > 0 {
		t.Errorf("after another write that failed %v fire (%v)", fired, err)
	}
	fired, err := a.server.Fired(Telemetry{Events: events}, 0)
	if err != nil || !slices.Equal(fired, []string{"roll"}) {
		t.Errorf("after a scale set that failed %v fire (%v); the log has %v", fired, err, events)
	}
}

package workbook

import (
	"encoding/json"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/alerts"
)

// Version is that of the form of a workbook.
const Version = "Notebook/1.0"

// Kinds of items, and how a chart draws and samples.
// Source: the schema in the repository microsoft/Application-Insights-Workbooks, schema/workbook.json
const (
	textItem  = 1
	queryItem = 3
	inputItem = 9
	chartItem = 10
	linksItem = 11
	groupItem = 12
	timeInput = 4
	lineChart = 2
)

// aggregations are their numbers.
var aggregations = map[string]int{"Total": 1, "Maximum": 3, "Average": 4}

// Names of what the reader chooses.
const (
	timeRange = "TimeRange"
	chosenTab = "tab"
)

// choices are the times that a reader may choose, in milliseconds, from an hour to thirty days; a day is the first.
var choices = []int{3600e3, 4 * 3600e3, 24 * 3600e3, 3 * 24 * 3600e3, 7 * 24 * 3600e3, 30 * 24 * 3600e3}

const aDay = 24 * 3600e3

// workspaces is how workbooks write the type.
var workspaces = strings.ToLower(alerts.Workspace)

// object is one of JSON's. The encoder sorts its keys, so that the same workbook is always the same text.
type object = map[string]any

// Content is a workbook as Azure keeps it: JSON in one text. IDs are those of the resources that the tabs are about and
// of the workspace, by type as package alerts names it.
func Content(title string, tabs []Tab, ids map[string]string) (string, error) {
	links := []object{}
	items := []object{
		{"type": textItem, "name": "title", "content": object{"json": "## " + title}},
		{"type": inputItem, "name": "time", "content": timeInputs()},
		{"type": linksItem, "name": "tabs", "content": object{"version": "LinkItem/1.0", "style": "tabs"}},
	}
	for _, tab := range tabs {
		links = append(links, object{"id": tab.Name, "cellValue": chosenTab, "linkTarget": "parameter",
			"linkLabel": tab.Title, "subTarget": tab.Name, "style": "link"})
		items = append(items, tab.group(ids))
	}
	items[2]["content"].(object)["links"] = links
	text, err := json.Marshal(object{
		"version":             Version,
		"items":               items,
		"fallbackResourceIds": []string{ids[alerts.Workspace]},
		"$schema":             "https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json",
	})
	return string(text), err
}

func timeInputs() object {
	values := []object{}
	for _, ms := range choices {
		values = append(values, object{"durationMs": ms})
	}
	return object{
		"version": "KqlParameterItem/1.0", "style": "pills", "queryType": 0, "resourceType": workspaces,
		"parameters": []object{{
			"id": timeRange, "version": "KqlParameterItem/1.0", "name": timeRange, "label": "Time", "type": timeInput,
			"isRequired": true, "value": object{"durationMs": int(aDay)},
			"typeSettings": object{"selectableValues": values, "allowCustom": true},
		}},
	}
}

// group is a tab's items, which show while the tab is chosen.
func (t Tab) group(ids map[string]string) object {
	items := []object{{"type": textItem, "name": t.Name + "-about", "content": object{"json": t.About}}}
	for _, c := range t.Charts {
		items = append(items, c.item(ids))
	}
	for _, q := range t.Queries {
		items = append(items, q.item(ids[alerts.Workspace]))
	}
	return object{
		"type": groupItem, "name": t.Name,
		"conditionalVisibility": object{"parameterName": chosenTab, "comparison": "isEqualTo", "value": t.Name},
		"content":               object{"version": "NotebookGroup/1.0", "groupType": "editable", "items": items},
	}
}

func (c Chart) item(ids map[string]string) object {
	of := strings.ToLower(c.Resource)
	metric := object{"namespace": of, "metric": of + "--" + c.Metric, "aggregation": aggregations[c.Aggregation]}
	if c.Dimension != "" {
		metric["splitBy"] = c.Dimension
	}
	return object{
		"type": chartItem, "name": c.Name, "customWidth": "50",
		"content": object{
			"chartId": c.Name, "version": "MetricsItem/2.0", "size": 0, "chartType": lineChart, "title": c.Title,
			"resourceType": of, "metricScope": 0, "resourceIds": []string{ids[c.Resource]},
			"timeContextFromParameter": timeRange, "metrics": []object{metric},
		},
	}
}

func (q Query) item(workspace string) object {
	visualization := "table"
	if q.Lines {
		visualization = "timechart"
	}
	return object{
		"type": queryItem, "name": q.Name,
		"content": object{
			"version": "KqlItem/1.0", "query": q.Text, "size": 0, "title": q.Title, "queryType": 0,
			"timeContextFromParameter": timeRange, "visualization": visualization, "resourceType": workspaces,
			"crossComponentResources": []string{workspace}, "noDataMessage": "Nothing in this time.",
		},
	}
}

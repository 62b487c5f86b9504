package arm

import (
	"maps"
	"strings"
	"testing"
)

const (
	tableID       = lawID + "/tables/Requests_CL"
	ruleID        = inGroup + "/providers/" + typeCollectionRule + "/requests"
	endpointID    = inGroup + "/providers/" + typeCollectionEndpoint + "/requests"
	associationID = vmssID + "/providers/Microsoft.Insights/dataCollectionRuleAssociations/requests"
	tableBody     = `{"properties": {"schema": {"name": "Requests_CL", "columns": [
		{"name": "TimeGenerated", "type": "datetime"}, {"name": "Host", "type": "string"},
		{"name": "Port", "type": "int"}, {"name": "Name", "type": "string"}]}}}`
	endpointBody    = `{"location": "westeurope", "kind": "Linux", "properties": {}}`
	associationBody = `{"properties": {"dataCollectionRuleId": "` + ruleID + `"}}`
	someQuery       = `source | project TimeGenerated, Host = iif(Host == '-', '', Host), Port = toint(RequestPort), ` +
		`Name = tostring(parse_json('{\"a.example\": \"A\"}')[Host])`
	ruleBody = `{"location": "westeurope", "kind": "Linux", "properties": {
		"dataCollectionEndpointId": "` + endpointID + `",
		"streamDeclarations": {"Custom-Json-Requests": {"columns": [{"name": "TimeGenerated", "type": "datetime"},
			{"name": "Host", "type": "string"}, {"name": "RequestPort", "type": "string"}]}},
		"dataSources": {"logFiles": [{"name": "requests", "format": "json", "filePatterns": ["/var/log/requests.log"],
			"streams": ["Custom-Json-Requests"]}]},
		"destinations": {"logAnalytics": [{"name": "workspace", "workspaceResourceId": "` + lawID + `"}]},
		"dataFlows": [{"streams": ["Custom-Json-Requests"], "destinations": ["workspace"],
			"transformKql": "` + someQuery + `", "outputStream": "Custom-Requests_CL"}]}}`
	firstFlow = "properties.dataFlows.0."
)

// addCollection adds a rule, and everything that it takes to have an agent follow it.
func (a *azure) addCollection() {
	a.t.Helper()
	for _, part := range [][2]string{{tableID, tableBody}, {endpointID, endpointBody}, {ruleID, ruleBody},
		{associationID, associationBody}} {
		a.make(part[0], part[1])
	}
}

// collecting changes the rule of a site whose proxies write rows.
func collecting(path string, value any) func(*azure) {
	return func(a *azure) {
		a.addCollection()
		a.put(ruleID, set(ruleBody, path, value))
	}
}

var tableBreaks = breaks{
	"a new table's name ends with _CL": func(a *azure) {
		a.put(strings.TrimSuffix(tableID, "_CL"), tableBody)
	},
	"a table has the column TimeGenerated, of type datetime": func(a *azure) {
		a.put(tableID, set(tableBody, "properties.schema.columns.0.type", "string"))
	},
}

var collectionBreaks = breaks{
	"a stream is Azure's or a custom one": collecting(firstFlow+"streams", []any{"Json-Requests"}),
	"the table that a flow leads to exists": func(a *azure) {
		a.make(endpointID, endpointBody)
		a.put(ruleID, ruleBody)
	},
	"a flow's query compiles, and its output has TimeGenerated": collecting(firstFlow+"transformKql",
		"source | project Host"),
}

var associationBreaks = breaks{
	"the resource that an association is for exists": func(a *azure) {
		a.addCollection()
		a.put(strings.Replace(associationID, "/proxies", "/others", 1), associationBody)
	},
	"an association with an endpoint is called configurationAccessEndpoint": func(a *azure) {
		a.addCollection()
		a.put(associationID, set(associationBody, "properties.dataCollectionEndpointId", endpointID))
	},
}

func TestQueriesThatAzureRefuses(t *testing.T) {
	for query, want := range map[string]string{
		"source | project TimeGenerated,":                    "unexpected <EOF>",
		"source | project TimeGenerated, Missing":            "Undefined symbol: Missing",
		"source | summarize count()":                         "'summarize' where 'project' is expected",
		"source | project TimeGenerated, Host = coalesce(a)": "Unknown function: 'coalesce'",
		"source | project TimeGenerated, TimeGenerated":      "twice",
		"source | project TimeGenerated, A = toint(TimeGenerated)": "argument 1 is of type datetime, not " +
			"string",
		"source | project TimeGenerated, A = iif(Host == 'a', 'b', toint(Host))":  "argument 3",
		"source | project TimeGenerated, A = Host[Host]":                          "no member",
		"source | project TimeGenerated, A = iif(Host == TimeGenerated, 'b', '')": "cannot compare",
		"source | project TimeGenerated, A = 'x":                                  "unexpected input",
		"T | project TimeGenerated":                                               "'T' where 'source' is expected",
		"source | project TimeGenerated A":                                        "extraneous input 'A'",
	} {
		a := newSite(t)
		a.addCollection()
		_, answer := a.send("PUT", ruleID, set(ruleBody, firstFlow+"transformKql", query))
		problem, _ := answer["error"].(map[string]any)
		if text, _ := problem["message"].(string); !strings.Contains(text, want) {
			t.Errorf("%s: %v", query, answer)
		}
	}
}

func TestARowThatAnAgentSendsIsInTheTable(t *testing.T) {
	const at = "2026-12-01T04:00:00.123Z"
	for name, one := range map[string]struct{ row, want map[string]any }{
		"a request": {
			map[string]any{"TimeGenerated": at, "Host": "a.example", "RequestPort": "443", "Undeclared": "x"},
			map[string]any{"TimeGenerated": at, "Host": "a.example", "Port": 443.0, "Name": "A"},
		},
		"nothing that was asked for": {
			map[string]any{"TimeGenerated": at, "Host": "-", "RequestPort": "-"},
			map[string]any{"TimeGenerated": at, "Host": "", "Port": nil, "Name": ""},
		},
		"other types than are declared": {
			map[string]any{"TimeGenerated": "yesterday", "Host": 1.0, "RequestPort": 443.0},
			map[string]any{"TimeGenerated": nil, "Host": nil, "Port": nil, "Name": ""},
		},
	} {
		a := newSite(t)
		a.addCollection()
		table, got, err := a.server.Ingest(ruleID, "Custom-Json-Requests", one.row)
		if err != nil || table != "Requests_CL" || !maps.Equal(got, one.want) {
			t.Errorf("%s: %s gets %v, %v; want %v", name, table, got, err, one.want)
		}
	}
}

func TestARowOfAnotherStreamOrRuleIsLost(t *testing.T) {
	a := newSite(t)
	a.addCollection()
	if _, _, err := a.server.Ingest(ruleID, "Custom-Others", nil); err == nil {
		t.Error("a row of a stream that the rule does not have is in a table")
	}
	if _, _, err := a.server.Ingest(ruleID+"-2", "Custom-Json-Requests", nil); err == nil {
		t.Error("a row of a rule that is not there is in a table")
	}
}

func TestAzureTellsWhereAgentsSendTheirRows(t *testing.T) {
	a := newSite(t)
	a.addCollection()
	endpoint := object(object(a.get(endpointID), "properties"), "logsIngestion")
	if host := text(endpoint, "endpoint"); !strings.HasSuffix(host, ".westeurope-1.ingest.monitor.azure.com") {
		t.Errorf("rows go to %q", host)
	}
	rule := object(a.get(ruleID), "properties")
	if !strings.HasPrefix(text(rule, "immutableId"), "dcr-") ||
		text(objects(object(rule, "destinations"), "logAnalytics")[0], "workspaceId") == "" {
		t.Errorf("the rule is %v", rule)
	}
}

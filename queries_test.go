package main

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/alerts"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/workbook"
)

// logTables are the columns of what the documents' queries read.
// Source: https://learn.microsoft.com/azure/azure-monitor/reference/tables-index
var logTables = map[string]string{
	"NTANetAnalytics": "(TimeGenerated:datetime, SubType:string, FlowLogResourceId:string, FlowStatus:string, " +
		"FlowDirection:string, FlowType:string, FlowStartTime:datetime, FlowEndTime:datetime, SrcIp:string, " +
		"DestIp:string, DestPort:int, L4Protocol:string, AclRule:string, AclGroup:string, AllowedInFlows:long, " +
		"AllowedOutFlows:long, DeniedInFlows:long, DeniedOutFlows:long, BytesSrcToDest:long, BytesDestToSrc:long)",
	"AzureMetrics": "(TimeGenerated:datetime, ResourceId:string, MetricName:string, Total:real, Average:real)",
	// A function of every workspace: https://learn.microsoft.com/azure/azure-monitor/logs/monitor-workspace
	"_LogOperation": "(TimeGenerated:datetime, Category:string, Operation:string, Level:string, Detail:string)",
	// What the site's own table and the agent's stream have, under the names that documents and rules use.
	"SensorProxy_plant_1_CL": columns(site.AccessColumns(nil)),
	"source":                 columns(site.AccessStream()),
}

// columns are a table's, as Kusto writes them.
func columns(all []site.AccessColumn) string {
	var parts []string
	for _, c := range all {
		parts = append(parts, c.Name+":"+c.Type)
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

var (
	queryBlock = regexp.MustCompile("(?s)```kusto\n(.*?)```")
	blankLines = regexp.MustCompile(`\n\s*\n`) // between queries, as in Log Analytics
)

// An operator pastes a query in a maintenance window: a column that the table does not have costs the window.
func TestEveryQueryIsOneThatKustoTakes(t *testing.T) {
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	var queries, from []string
	for _, page := range append(pages, "README.md") {
		for _, block := range queryBlock.FindAllStringSubmatch(read(t, page), -1) {
			for _, query := range blankLines.Split(block[1], -1) {
				queries, from = append(queries, query), append(from, page)
			}
		}
	}
	if len(queries) < 3 {
		t.Fatalf("the documents have only %d queries", len(queries))
	}
	for _, name := range alerts.Names() {
		if alert, _ := alerts.ByName(name); alert.Query != "" {
			queries, from = append(queries, alert.Query), append(from, "alert "+name)
		}
	}
	shown := workbook.For(workbook.Site{Site: alerts.Site{FlowLog: true}, AccessTable: "SensorProxy_plant_1_CL",
		Proxies: netip.MustParsePrefix("10.42.0.32/27")})
	for _, tab := range shown {
		for _, query := range tab.Queries {
			queries, from = append(queries, query.Text), append(from, "workbook "+query.Name)
		}
	}
	named := []site.Sensor{{Name: "press shop", Address: netip.MustParseAddr("10.20.0.11")}}
	queries, from = append(queries, site.AccessTransform(named)), append(from, "the data collection rule")
	for i, problems := range kusto(t, queries...) {
		for _, problem := range problems {
			t.Errorf("%s: %s\n%s", from[i], problem, queries[i])
		}
	}
	for i, problems := range kusto(t, "NTANetAnalytics | where SourceIp == ''", "Flows", "NTANetAnalytics | wher") {
		if len(problems) == 0 {
			t.Errorf("mistake %d is not seen", i+1)
		}
	}
}

// kusto is what Kusto's own parser finds wrong with each query.
func kusto(t *testing.T, queries ...string) [][]string {
	t.Helper()
	input, err := json.Marshal(map[string]any{"packages": ".tools/npm/node_modules", "tables": logTables,
		"queries": queries})
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command("node", "tools/npm/kusto.js")
	command.Stdin = bytes.NewReader(input)
	var said bytes.Buffer
	command.Stderr = &said
	output, err := command.Output()
	if err != nil {
		t.Fatalf("no parser: run `make .tools/npm`: %v\n%s", err, said.String())
	}
	var found [][]string
	if err := json.Unmarshal(output, &found); err != nil {
		t.Fatal(err)
	}
	return found
}

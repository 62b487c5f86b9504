package rehearse

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/alerts"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/workbook"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

// aBook is the content of a workbook that has every query.
func aBook(t *testing.T) string {
	t.Helper()
	text, err := workbook.Content("Sensors", workbook.For(workbook.Site{Site: alerts.Site{FlowLog: true},
		AccessTable: "SensorProxy_plant_CL", Proxies: netip.MustParsePrefix("10.42.0.32/27")}), nil)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// requests is the table of those of sensors.
func requests(rows []arm.Row) map[string]arm.Table {
	table := arm.Table{Rows: rows}
	for _, c := range site.AccessColumns(nil) {
		table.Columns = append(table.Columns, arm.Column{Name: c.Name, Type: c.Type})
	}
	return map[string]arm.Table{"SensorProxy_plant_CL": table}
}

func TestTheReportShowsWhatTheWorkbookDoes(t *testing.T) {
	shown, err := shownBy("Sensors", aBook(t), requests([]arm.Row{
		{"TimeGenerated": "2026-12-01T04:01:00.5Z", "SensorAddress": "10.20.0.10", "Sensor": "press", "Host": "a",
			"Port": 443.0, "Status": 200.0, "Refused": "", "BytesUp": 10.0, "BytesDown": 20.0, "Computer": "proxy0"},
		{"TimeGenerated": "2026-12-01T04:02:00Z", "SensorAddress": "10.20.0.10", "Sensor": "press", "Host": "b",
			"Port": nil, "Status": 403.0, "Refused": "port", "BytesUp": 1.0, "BytesDown": 2.0, "Computer": "proxy0"},
	}))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	charts := 0
	for _, tab := range shown.Tabs {
		charts += len(tab.Charts)
		for _, a := range tab.Answers {
			var rows []string
			for _, row := range a.Rows {
				rows = append(rows, strings.Join(row, " "))
			}
			found[a.Title] = strings.Join(rows, "; ")
		}
	}
	for title, want := range map[string]string{
		"Connections by sensor":       "10.20.0.10 press 1 10 20 2026-12-01 04:01:00",
		"Refused, and why":            "port 10.20.0.10 press b  1 2026-12-01 04:02:00",
		"Hosts that sensors reach":    "a 443 1 20",
		"Connections over time":       "2026-12-01 04:00:00 proxy0 1",
		"Who connects to the proxies": "",
	} {
		if got, there := found[title]; !there || got != want {
			t.Errorf("%s: %q, want %q", title, got, want)
		}
	}
	if titles := len(shown.Tabs); titles != 4 || charts == 0 || shown.Tabs[1].Title != "Connections" {
		t.Errorf("%d tabs, %d charts", titles, charts)
	}
}

func TestAWorkbookThatNobodyCanReadIsAnError(t *testing.T) {
	book := aBook(t)
	for what, broken := range map[string]string{
		"no JSON":                   book[1:],
		"a table that is not there": book,
		"a tab without a link":      strings.Replace(book, `"subTarget":"flows"`, `"subTarget":"flow"`, 1),
	} {
		tables := requests(nil)
		if what == "a table that is not there" {
			tables = nil
		}
		if shown, err := shownBy("Sensors", broken, tables); err == nil {
			t.Errorf("%s: %v", what, shown.Tabs)
		}
	}
}

package arm

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

var requests = Table{
	Columns: []Column{{"TimeGenerated", kindTime}, {"Sensor", kindText}, {"Host", kindText}, {"Refused", kindText},
		{"Status", kindInt}, {"BytesUp", kindLong}, {"BytesDown", kindLong}},
	Rows: []Row{
		{"TimeGenerated": "2026-12-01T04:01:00Z", "Sensor": "press", "Host": "a", "Refused": "", "Status": 200.0,
			"BytesUp": 10.0, "BytesDown": 1.0},
		{"TimeGenerated": "2026-12-01T04:03:30Z", "Sensor": "paint", "Host": "b", "Refused": "", "Status": 503.0,
			"BytesUp": 5.0, "BytesDown": nil},
		{"TimeGenerated": "2026-12-01T04:07:00.5Z", "Sensor": "press", "Host": "b", "Refused": "", "Status": 200.0,
			"BytesUp": 20.0, "BytesDown": 2.0},
		{"TimeGenerated": "2026-12-01T04:02:00Z", "Sensor": "press", "Host": "c", "Refused": "not-listed",
			"Status": 403.0, "BytesUp": nil, "BytesDown": 0.0},
	},
}

// said is an answer in one line.
func said(t Table) string {
	var rows []string
	for _, row := range t.Rows {
		var values []string
		for _, c := range t.Columns {
			values = append(values, fmt.Sprint(row[c.Name]))
		}
		rows = append(rows, strings.Join(values, " "))
	}
	return strings.Join(rows, "; ")
}

func TestAQueryOfLogsAnswersAsKustoDoes(t *testing.T) {
	empty := `union isfuzzy=true (datatable(Sensor: string, SrcIp: string)[]), Others`
	for _, c := range []struct{ query, want string }{
		{`T | where Refused == "" | summarize N = count(), Up = sum(BytesUp), Last = max(TimeGenerated) by Sensor ` +
			"\n| order by N desc", "press 2 30 2026-12-01T04:07:00.5Z; paint 1 5 2026-12-01T04:03:30Z"},
		{`T | where Refused != "" | summarize N = count() by Refused, Host`, "not-listed c 1"},
		{`T | where Status >= 500 and Refused == "" | summarize N = count() by Host`, "b 1"},
		{`T | where Status < 300 or Status > 500 | summarize N = count()`, "3"},
		{`T | where (Host == "a" or Host =~ "C") and Status <= 403 | summarize N = count()`, "2"},
		{`T | summarize N = count() by bin(TimeGenerated, 5m) | order by TimeGenerated asc`,
			"2026-12-01T04:00:00Z 3; 2026-12-01T04:05:00Z 1"},
		{`T | summarize Bytes = sum(BytesUp + BytesDown), Refused = countif(Refused != "")`, "38 1"},
		{`T | where ipv4_is_in_range("10.1.2.3", "10.1.0.0/16") | summarize N = count() by Place = Sensor`,
			"press 3; paint 1"},
		{`T | where ipv4_is_in_range("10.2.2.3", "10.1.0.0/16") | summarize N = count()`, "0"},
		{`T | where Host == "nobody" | summarize N = count() by Sensor`, ""},
		{empty + ` | where ipv4_is_in_range(SrcIp, "10.0.0.0/8") | summarize N = count() by Sensor`, ""},
		{`union isfuzzy=true withsource=From (datatable(Sensor: string)[]), T, Others | summarize N = count() by From`,
			"T 4"},
	} {
		answer, err := Query(c.query, map[string]Table{"T": requests})
		if err != nil || said(answer) != c.want {
			t.Errorf("%s\nanswers %q (%v), want %q", c.query, said(answer), err, c.want)
		}
	}
	answer, err := Query(`T | summarize N = count(), Up = sum(BytesUp) by Sensor, bin(TimeGenerated, 1h)`,
		map[string]Table{"T": requests})
	want := []Column{{"Sensor", kindText}, {"TimeGenerated", kindTime}, {"N", kindLong}, {"Up", kindLong}}
	if err != nil || !slices.Equal(answer.Columns, want) {
		t.Errorf("the columns are %v (%v)", answer.Columns, err)
	}
}

func TestAQueryThatTheStandInDoesNotKnowIsRefused(t *testing.T) {
	for query, want := range map[string]string{
		`Others | summarize N = count()`:                         "Failed to resolve table",
		`T | where Missing == ""`:                                "named 'Missing'",
		`T | where Host`:                                         "no condition",
		`T | where Host == 1`:                                    "cannot compare",
		`T | where Host and Sensor`:                              "between conditions",
		`T | summarize N = sum(Host)`:                            "the aggregation sum of a value of type string",
		`T | summarize N = sum(Host + Sensor)`:                   "cannot add",
		`T | summarize N = count() by Host | where Sensor == ""`: "named 'Sensor'",
		`T | take 5`:                                             "the operator take",
		`T | summarize count()`:                                  "is expected",
		`T | order Host`:                                         "'by' is expected",
		`T | where Host == "a" Sensor`:                           "extraneous input",
		`union T, Others`:                                        "'isfuzzy' is expected",
	} {
		if _, err := Query(query, map[string]Table{"T": requests}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", query, err)
		}
	}
}

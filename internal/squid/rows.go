package squid

import "strings"

// RowsPath is where Squid writes its rows: the requests once more, a JSON object each, for Azure Monitor Agent. The
// rule that the agent follows names this file and no other, so that it does not read a rotated one again.
//
// The agent takes lines of text, too. JSON is the sturdier of the two: a field is found by its name and not by its
// place, it has the type that the rule declares, and no query in the rule has to take lines apart.
// https://learn.microsoft.com/azure/azure-monitor/vm/data-collection-log-json
const RowsPath = "/var/log/squid/requests.log"

// RowField is a member of a row.
type RowField struct {
	Name   string
	Type   string // as the stream of a data collection rule declares it
	format string // as Squid's logformat has it
}

// rowFields are the members of a row. What others have chosen is written as in a URL, where it has neither a quote nor
// a backslash nor a control character, which JSON would have to escape. What may be missing is text: Squid then writes
// a hyphen. Nothing here is of a user or a password, and a URL's user is not part of its host.
// http://www.squid-cache.org/Doc/config/logformat/
var rowFields = []RowField{
	{"TimeGenerated", "datetime", `"%{%Y-%m-%dT%H:%M:%S}tg.%03tuZ"`},
	{"SensorAddress", "string", `"%>a"`},
	{"Method", "string", `"%#rm"`},
	{"Host", "string", `"%#>rd"`},
	{"RequestPort", "string", `"%>rP"`},
	{"Status", "int", `%>Hs`},
	{"Result", "string", `"%Ss"`},
	{"Reason", "string", `"%{refused}note"`},
	{"BytesUp", "long", `%>st`},
	{"BytesDown", "long", `%<st`},
	{"DurationMs", "long", `%tr`},
}

// RowFields are the members of a row, in order.
func RowFields() []RowField { return append([]RowField(nil), rowFields...) }

// rowFormat is Squid's logformat of a row.
func rowFormat() string {
	var members []string
	for _, f := range rowFields {
		members = append(members, `"`+f.Name+`":`+f.format)
	}
	return "{" + strings.Join(members, ",") + "}"
}

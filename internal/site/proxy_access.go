package site

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
)

// AccessColumn is a column of the table that has the requests of sensors.
type AccessColumn struct {
	Name, Type, About string
	query             string // what fills it from a row as it is on the instance; empty: the member of its name
}

// AccessColumns are the table's, in order. The first two are filled by Azure Monitor Agent or Squid; no column has a
// user or a password.
func AccessColumns(sensors []Sensor) []AccessColumn {
	return []AccessColumn{
		{"TimeGenerated", "datetime", "When the request ended.", ""},
		{"Computer", "string", "Host name of the instance.", ""},
		{"SensorAddress", "string", "Where the request came from.", ""},
		{"Sensor", "string", "Name of that sensor; empty if it has none.", sensorQuery(sensors)},
		{"Method", "string", "Method of the request: CONNECT for a tunnel.", ""},
		{"Host", "string", "Host that was asked for; a hyphen if none was.", ""},
		{"Port", "int", "Port that was asked for; null if none was.", "toint(RequestPort)"},
		{"Status", "int", "Status that the sensor got: 200 for a tunnel.", ""},
		{"Result", "string", "How Squid dealt with the request, in its words.", ""},
		{"Refused", "string", "Reason of the refusal; empty if the request was let through.",
			"iif(Reason == '-', '', Reason)"},
		{"BytesUp", "long", "Bytes from the sensor.", ""},
		{"BytesDown", "long", "Bytes to the sensor.", ""},
		{"DurationMs", "long", "Milliseconds from the request to its end.", ""},
	}
}

// sensorQuery gives an address its sensor's name. It is part of the rule, so that a new name changes no instance, and
// the past keeps the names that it had. A query takes a list of names no other way.
// https://learn.microsoft.com/azure/azure-monitor/data-collection/data-collection-transformations-kql#dynamic-literals
func sensorQuery(sensors []Sensor) string {
	if len(sensors) == 0 {
		return "''"
	}
	names := map[string]string{}
	for _, s := range sensors {
		names[s.Address.String()] = s.Name
	}
	text, _ := json.Marshal(names) // of addresses, and names that have no quote
	return fmt.Sprintf("tostring(parse_json('%s')[SensorAddress])", text)
}

// AccessTransform is the query that makes a row of the table of a row on the instance.
func AccessTransform(sensors []Sensor) string {
	var columns []string
	for _, c := range AccessColumns(sensors) {
		if c.query == "" {
			columns = append(columns, c.Name)
		} else {
			columns = append(columns, c.Name+" = "+c.query)
		}
	}
	return "source | project " + strings.Join(columns, ", ")
}

// AccessStream are the columns of a row as it is on the instance. The agent adds its computer's name.
func AccessStream() []AccessColumn {
	all := []AccessColumn{{Name: "Computer", Type: "string"}}
	for _, f := range squid.RowFields() {
		all = append(all, AccessColumn{Name: f.Name, Type: f.Type})
	}
	return all
}

// AccessTable is the table that has the requests of the site's sensors; empty: there is none. Each site has its own, so
// that sites may share a workspace and a stack owns what it makes. A table's name has no dash.
func (s Site) AccessTable() string {
	if s.Azure == nil || !s.Azure.Logs.ProxyAccess {
		return ""
	}
	return "SensorProxy_" + strings.ReplaceAll(s.Name, "-", "_") + "_CL"
}

// longestTransform is how many characters Azure takes of a query in a data collection rule.
// https://learn.microsoft.com/azure/azure-monitor/service-limits#data-collection-rules
const longestTransform = 15360

func loadSensorNames(s *section, ranges []netip.Prefix, logs Logs) []Sensor {
	sections := s.sections("sensors")
	if len(sections) > 0 && !logs.ProxyAccess {
		s.warn("sensors", nil, "has no effect while logs.proxyAccess is false",
			"Remove it, or set logs.proxyAccess to true")
	}
	var sensors []Sensor
	for _, p := range sections {
		sensor := Sensor{Name: p.text("name"), Address: p.address("ip")}
		for _, other := range sensors {
			if other.Name == sensor.Name {
				p.fail("name", sensor.Name, "is used twice", "names of which each is used once",
					"Rename one of the sensors")
			}
			if other.Address == sensor.Address {
				p.fail("ip", sensor.Address.String(), "is the address of sensor "+other.Name+" too",
					"each address once", "Remove one of the two")
			}
		}
		inside := func(r netip.Prefix) bool { return r.Contains(sensor.Address) }
		if sensor.Address.IsValid() && len(ranges) > 0 && !slices.ContainsFunc(ranges, inside) {
			p.fail("ip", sensor.Address.String(), "is outside sensorCidrs, so the proxies refuse it",
				"an address inside sensorCidrs", "Correct it, or add "+sensor.Address.String()+"/32 to sensorCidrs")
		}
		sensors = append(sensors, sensor)
	}
	if n := len(AccessTransform(sensors)); n > longestTransform {
		s.fail("sensors", nil, fmt.Sprintf("has %d entries, which make a query of %d characters", len(sensors), n),
			fmt.Sprintf("as many as fit into the %d that Azure takes", longestTransform),
			"Leave sensors out: their rows then have the address alone")
	}
	return sensors
}

// Package report tells what happened in a rehearsal: as JSON for tools, as an ARM template for reviewers, as a page to
// look at, and as a timeline for the terminal.
package report

import (
	"encoding/json"
	"io"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// Report is what a rehearsal found. Names and units are a contract: more may be added, none renamed.
type Report struct {
	Stack      string         `json:"stack"`
	Provenance Provenance     `json:"provenance"`
	Outputs    map[string]any `json:"outputs"` // secrets masked
	// config keys for which the rehearsal used a throw-away value
	Substituted       []string      `json:"substituted,omitempty"`
	Steps             []Step        `json:"steps"`
	MakespanMs        int64         `json:"makespanMs"`
	CriticalPathMs    int64         `json:"criticalPathMs"`
	ProxyReadyMs      int64         `json:"proxyReadyMs"`
	ProxyReadyBoundMs int64         `json:"proxyReadyBoundMs"`
	Preview           Preview       `json:"preview"`
	SensorChecks      []model.Check `json:"sensorChecks"`
	ProxyAccess       *ProxyAccess  `json:"proxyAccess,omitempty"` // nil: no row came
	Workbook          *Workbook     `json:"workbook,omitempty"`    // nil: there is none
	Checks            []Check       `json:"checks,omitempty"`
	Alerts            []Alert       `json:"alerts,omitempty"`
	Stopped           string        `json:"stopped,omitempty"` // why the rehearsal could not go on
}

// Preview is the preview of the empty stack, in real time.
type Preview struct {
	Seconds float64 `json:"seconds"`
}

// Alert is what was brought about for an alert to fire, and what fired.
type Alert struct {
	Name     string   `json:"name"` // empty: a healthy hour, in which none may fire
	Cause    string   `json:"cause"`
	Measured bool     `json:"measured"` // in the lab; otherwise Azure's metrics are modelled
	Fired    []string `json:"fired"`
}

// Passed tells whether the alert fired, and no other.
func (a Alert) Passed() bool {
	if a.Name == "" {
		return len(a.Fired) == 0
	}
	return slices.Equal(a.Fired, []string{a.Name})
}

// ProxyAccess is the table that has the requests of sensors, as the stand-in has filled it.
type ProxyAccess struct {
	Table string           `json:"table"`
	Rows  []map[string]any `json:"rows"` // by the table's columns, in the order in which they came
}

// SetOutputs takes the stack's outputs over, secrets masked.
func (r *Report) SetOutputs(outputs auto.OutputMap, secrets []string) {
	r.Outputs = map[string]any{}
	for name, output := range outputs {
		if _, group := output.Value.(map[string]any); output.Secret && !group {
			r.Outputs[name] = mask
			continue
		}
		r.Outputs[name] = maskValue(output.Value, secrets)
	}
}

// SetStopped notes why the rehearsal could not go on. What the engine prints may quote what it was given.
func (r *Report) SetStopped(err error, secrets []string) { r.Stopped = maskText(err.Error(), secrets) }

// Write writes the report as JSON.
func (r *Report) Write(w io.Writer) error { return writeJSON(w, r) }

func writeJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

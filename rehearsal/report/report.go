// Package report tells what happened in a rehearsal: as JSON for tools, as an ARM template for reviewers, and as a page to look at.
package report

import (
	"encoding/json"
	"io"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"

	"defender-iot-proxy/rehearsal/dataplane"
	"defender-iot-proxy/rehearsal/provider"
)

// Report is what a rehearsal found. Names and units are a contract.
type Report struct {
	Stack             string            `json:"stack"`
	Outputs           map[string]any    `json:"outputs"` // secrets masked
	Steps             []Step            `json:"steps"`
	MakespanMs        int64             `json:"makespanMs"`
	CriticalPathMs    int64             `json:"criticalPathMs"`
	ProxyReadyMs      int64             `json:"proxyReadyMs"`
	ProxyReadyBoundMs int64             `json:"proxyReadyBoundMs"`
	Preview           Preview           `json:"preview"`
	SensorChecks      []dataplane.Check `json:"sensorChecks"`
}

// Step is one operation of Azure's during the first up, in simulated time.
type Step struct {
	URN     string `json:"urn"`
	Type    string `json:"type"`
	Op      string `json:"op"`
	StartMs int64  `json:"startMs"`
	EndMs   int64  `json:"endMs"`
}

// Preview is the preview of the empty stack, in real time.
type Preview struct {
	Seconds float64 `json:"seconds"`
}

// mask stands where a secret was.
const mask = "[secret]"

// SetOutputs takes the stack's outputs over, secrets masked.
func (r *Report) SetOutputs(outputs auto.OutputMap, secrets []string) {
	r.Outputs = map[string]any{}
	for name, output := range outputs {
		r.Outputs[name] = maskValue(output.Value, secrets)
		if output.Secret && !isGroup(output.Value) {
			r.Outputs[name] = mask
		}
	}
}

func isGroup(v any) bool {
	_, group := v.(map[string]any)
	return group
}

func maskValue(v any, secrets []string) any {
	switch v := v.(type) {
	case map[string]any:
		fields := map[string]any{}
		for key, field := range v {
			fields[key] = maskValue(field, secrets)
		}
		return fields
	case []any:
		items := make([]any, 0, len(v))
		for _, item := range v {
			items = append(items, maskValue(item, secrets))
		}
		return items
	case string:
		for _, secret := range secrets {
			if v == secret {
				return mask
			}
		}
	}
	return v
}

// SetSteps takes over what the engine had Azure do, and the timing.
func (r *Report) SetSteps(steps []provider.Step, timing Timing) {
	r.Steps = []Step{}
	for _, s := range steps {
		r.Steps = append(r.Steps, Step{
			URN: string(s.URN), Type: string(s.URN.Type()), Op: s.Operation,
			StartMs: s.Start.Milliseconds(), EndMs: s.End.Milliseconds(),
		})
	}
	r.MakespanMs = timing.Makespan.Milliseconds()
	r.CriticalPathMs = timing.CriticalPath.Milliseconds()
	r.ProxyReadyMs = timing.ProxyReady.Milliseconds()
	r.ProxyReadyBoundMs = timing.ProxyReadyBound.Milliseconds()
}

// Write writes the report as JSON.
func (r *Report) Write(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

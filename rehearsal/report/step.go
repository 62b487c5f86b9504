package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/azurenative"
)

// Step is one operation of Azure's during the first up, in simulated time.
type Step struct {
	URN       string `json:"urn"`
	Type      string `json:"type"`
	Op        string `json:"op"`
	StartMs   int64  `json:"startMs"`
	EndMs     int64  `json:"endMs"`
	Component string `json:"component,omitempty"` // NetworkLayer; empty where the stack itself is the parent
	Critical  bool   `json:"critical,omitempty"`  // in the longest chain that ends in the scale set
}

// SetSteps takes over what the engine had Azure do, and the timing.
func (r *Report) SetSteps(steps []azurenative.Step, timing Timing) {
	r.Steps = []Step{}
	for _, s := range steps {
		r.Steps = append(r.Steps, Step{
			URN: string(s.URN), Type: string(s.URN.Type()), Op: s.Operation,
			StartMs: s.Start.Milliseconds(), EndMs: s.End.Milliseconds(),
			Component: component(s.URN),
			Critical:  s.Operation != deletion && slices.Contains(timing.ProxyChain, strings.ToLower(s.ID)),
		})
	}
	r.MakespanMs = timing.Makespan.Milliseconds()
	r.CriticalPathMs = timing.CriticalPath.Milliseconds()
	r.ProxyReadyMs = timing.ProxyReady.Milliseconds()
	r.ProxyReadyBoundMs = timing.ProxyReadyBound.Milliseconds()
}

// component is the nearest ancestor that is none of a provider's own types: of Site$NetworkLayer$VirtualNetwork$Subnet,
// the NetworkLayer.
func component(urn resource.URN) string {
	types := strings.Split(string(urn.QualifiedType()), "$")
	own, _, _ := strings.Cut(types[len(types)-1], ":")
	for _, ancestor := range slices.Backward(types[:len(types)-1]) {
		if of, _, _ := strings.Cut(ancestor, ":"); of != own {
			return lastPart(ancestor, ":")
		}
	}
	return ""
}

// name is the resource's name in the program.
func (s Step) name() string { return lastPart(s.URN, "::") }

// kind is the resource's type without its package and version: VirtualNetwork.
func (s Step) kind() string { return lastPart(s.Type, ":") }

func (s Step) lasts() time.Duration { return milliseconds(s.EndMs - s.StartMs) }

// inOrder are the steps as they began.
func inOrder(steps []Step) []Step {
	return slices.SortedStableFunc(slices.Values(steps), func(a, b Step) int {
		return cmp.Or(cmp.Compare(a.StartMs, b.StartMs), cmp.Compare(a.EndMs, b.EndMs), cmp.Compare(a.URN, b.URN))
	})
}

func lastPart(text, separator string) string {
	parts := strings.Split(text, separator)
	return parts[len(parts)-1]
}

func milliseconds(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }

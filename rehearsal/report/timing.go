package report

import (
	"strings"
	"time"

	"defender-iot-proxy/rehearsal/arm"
	"defender-iot-proxy/rehearsal/provider"
)

// Timing sets what an up took against what it could not have taken less: the longest chain of operations of which each needs
// the one before. Simulated time.
type Timing struct {
	Makespan        time.Duration // of the whole up
	CriticalPath    time.Duration // the longest chain of all
	ProxyReady      time.Duration // until the scale set was there
	ProxyReadyBound time.Duration // the longest chain that ends in the scale set
}

const scaleSetType = "Microsoft.Compute/virtualMachineScaleSets"

// Measure reads the timing of an up from what the engine asked for and what Azure accepted. A chain follows the references in the
// bodies themselves: the program cannot make it longer by waiting for what it does not need.
func Measure(steps []provider.Step, operations []arm.Operation) Timing {
	var timing Timing
	graph := newGraph(operations)
	for _, step := range steps {
		timing.Makespan = max(timing.Makespan, step.End)
		timing.CriticalPath = max(timing.CriticalPath, graph.chain(step.ID))
		if id, err := arm.ParseID(step.ID); err == nil && id.Type == scaleSetType {
			timing.ProxyReady = max(timing.ProxyReady, step.End)
			timing.ProxyReadyBound = max(timing.ProxyReadyBound, graph.chain(step.ID))
		}
	}
	return timing
}

// graph is which write needs which others.
type graph struct {
	nodes  map[string]*node // by ID in lower case
	chains map[string]time.Duration
}

type node struct {
	lasts      time.Duration
	references []string
}

func newGraph(operations []arm.Operation) graph {
	g := graph{nodes: map[string]*node{}, chains: map[string]time.Duration{}}
	for _, o := range operations {
		if o.Method == "PUT" && o.Code == "" {
			g.nodes[strings.ToLower(o.ID)] = &node{lasts: o.End - o.Start, references: o.References}
		}
	}
	return g
}

// chain is how long a resource takes together with the longest chain of what it needs. References cannot form a circle: Azure
// refuses a reference to what does not exist.
func (g graph) chain(id string) time.Duration {
	id, n := g.owner(strings.ToLower(id))
	if n == nil {
		return 0
	}
	if known, ok := g.chains[id]; ok {
		return known
	}
	var before time.Duration
	for _, reference := range n.references {
		if owner, _ := g.owner(strings.ToLower(reference)); owner != id {
			before = max(before, g.chain(reference))
		}
	}
	g.chains[id] = before + n.lasts
	return g.chains[id]
}

// owner is the write that made what an ID names: the resource itself, or the one whose child it is.
func (g graph) owner(id string) (string, *node) {
	for id != "" {
		if n, ok := g.nodes[id]; ok {
			return id, n
		}
		id = id[:max(strings.LastIndex(id, "/"), 0)]
	}
	return "", nil
}

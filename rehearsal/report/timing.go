package report

import (
	"slices"
	"strings"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/azurenative"
)

// Timing sets what an up took against what it could not have taken less: the longest chain of operations of which each
// needs the one before. Simulated time.
type Timing struct {
	Makespan        time.Duration // of the whole up
	CriticalPath    time.Duration // the longest chain of all
	ProxyReady      time.Duration // until the scale set was there
	ProxyReadyBound time.Duration // the longest chain that ends in the scale set
	ProxyChain      []string      // that chain: resource IDs in lower case, in order
}

const (
	scaleSetType = "Microsoft.Compute/virtualMachineScaleSets"
	deletion     = "delete"
)

// Measure reads the timing of an up from what the engine asked for and what Azure accepted. A chain follows the
// references in the bodies themselves: the program cannot make it longer by waiting for what it does not need.
func Measure(steps []azurenative.Step, operations []arm.Operation) Timing {
	var timing Timing
	graph := newGraph(operations)
	for _, step := range steps {
		timing.Makespan = max(timing.Makespan, step.End)
		if step.Operation == deletion || !graph.has(step.ID) {
			continue // nothing needs what goes, nor what Azure refused
		}
		longest := graph.chain(step.ID)
		timing.CriticalPath = max(timing.CriticalPath, longest.lasts)
		if id, err := arm.ParseID(step.ID); err != nil || id.Type != scaleSetType {
			continue
		}
		timing.ProxyReady = max(timing.ProxyReady, step.End)
		if timing.ProxyChain == nil || longest.lasts > timing.ProxyReadyBound {
			timing.ProxyReadyBound, timing.ProxyChain = longest.lasts, graph.ids(step.ID)
		}
	}
	return timing
}

// graph is which write needs which others, by ID in lower case.
type graph struct {
	writes map[string]arm.Operation
	chains map[string]chain
}

// chain is the longest one that ends in a resource.
type chain struct {
	lasts  time.Duration
	links  int
	before string // the resource before the last; empty for the first
}

// newGraph takes in what Azure accepted. Of a resource written more than once, the last write counts.
func newGraph(operations []arm.Operation) graph {
	g := graph{writes: map[string]arm.Operation{}, chains: map[string]chain{}}
	for _, o := range operations {
		if o.Method == "PUT" && o.Code == "" {
			g.writes[strings.ToLower(o.ID)] = o
		}
	}
	return g
}

func (g graph) has(id string) bool {
	_, ok := g.writes[strings.ToLower(id)]
	return ok
}

// chain is the longest one of what a resource needs, and the resource itself. Where no time passes, the one with the
// most links.
func (g graph) chain(id string) chain {
	id = owner(g.writes, id)
	if known, ok := g.chains[id]; ok {
		return known
	}
	write, ok := g.writes[id]
	if !ok {
		return chain{}
	}
	// Azure refuses a reference to what does not exist, so first writes form no circle. A later one might: it is cut
	// here.
	g.chains[id] = chain{}
	var before chain
	var last string
	for _, reference := range write.References {
		needed := owner(g.writes, reference)
		if needed == "" || needed == id {
			continue
		}
		c := g.chain(needed)
		if c.lasts > before.lasts || c.lasts == before.lasts && c.links > before.links {
			before, last = c, needed
		}
	}
	g.chains[id] = chain{lasts: before.lasts + write.End - write.Start, links: before.links + 1, before: last}
	return g.chains[id]
}

// ids are the resources along the chain that ends in a resource, in order.
func (g graph) ids(id string) []string {
	var ids []string
	for id = owner(g.writes, id); id != ""; id = g.chain(id).before {
		ids = append(ids, id)
	}
	slices.Reverse(ids)
	return ids
}

// owner is the resource, of those known by their ID in lower case, that an ID names or is a child of: a subnet's is its
// network.
func owner[V any](known map[string]V, id string) string {
	for id = strings.ToLower(id); id != ""; id = id[:max(strings.LastIndex(id, "/"), 0)] {
		if _, ok := known[id]; ok {
			return id
		}
	}
	return ""
}

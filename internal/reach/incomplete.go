package reach

import "fmt"

// incomplete tells what a topology lacks so that nothing can be proved of it.
func incomplete(t Topology) []Violation {
	var out []Violation
	if len(t.instances()) == 0 {
		out = append(out, Violation{Sentence: sentenceSensors,
			Problem: fmt.Sprintf("ProxyserverSubnet %v has no address for an instance.", t.Proxies),
			Do:      "Plan an IPv4 range of /29 or larger"})
	}
	if len(prefixSpans(t.Sensors...)) == 0 {
		out = append(out, Violation{Sentence: sentenceSensors, Problem: "there are no sensors.",
			Do: "Name their IPv4 ranges in sensorCidrs"})
	}
	return out
}

package reach

import (
	"fmt"
	"math"
	"strings"
)

// reachable is a set of traffic, to be told in words.
type reachable struct {
	ports map[Protocol]spans
}

func (r *reachable) add(class *traffic) {
	if r.ports == nil {
		r.ports = map[Protocol]spans{}
	}
	ports := class.ports
	if !class.protocol.HasPorts() {
		ports = anyPort[0]
	}
	r.ports[class.protocol] = join(r.ports[class.protocol], spans{ports})
}

func (r *reachable) String() string {
	var texts []string
	for _, protocol := range protocols {
		if ports := r.ports[protocol]; len(ports) > 0 {
			texts = append(texts, portsText(protocol, ports))
		}
	}
	return strings.Join(texts, ", ")
}

func portsText(protocol Protocol, ports spans) string {
	if !protocol.HasPorts() {
		return protocol.String()
	}
	if ports.covers(anyPort[0]) {
		return "every " + protocol.String() + " port"
	}
	var texts []string
	for _, s := range ports {
		if s.first == s.last {
			texts = append(texts, fmt.Sprint(s.first))
		} else {
			texts = append(texts, fmt.Sprintf("%d–%d", s.first, min(s.last, math.MaxUint16)))
		}
	}
	return protocol.String() + " " + strings.Join(texts, ", ")
}

// traffic tells what a purpose names.
func (p purpose) traffic() string {
	var all reachable
	for _, protocol := range protocols {
		if p.protocol != 0 && p.protocol != protocol || !protocol.HasPorts() && !p.ports.covers(anyPort[0]) {
			continue
		}
		for _, ports := range p.ports {
			all.add(&traffic{protocol: protocol, ports: ports})
		}
	}
	if p.protocol == 0 && p.ports.covers(anyPort[0]) {
		return "everything"
	}
	return all.String()
}

package reach

import (
	"fmt"
	"slices"
)

// Service is a column of the table: protocols and, where they have any, ports.
type Service struct {
	Name      string
	Protocols []Protocol
	ports     spans
}

// Holds tells whether a packet to an instance is of the service.
func (s Service) Holds(p Packet) bool {
	return s.holds(p.Protocol, uint32(p.To.Port()))
}

func (s Service) holds(protocol Protocol, port uint32) bool {
	return slices.Contains(s.Protocols, protocol) && (!protocol.HasPorts() || s.ports.contains(port))
}

// services are the policy's ports, those of added rules that open something, and all the rest: every packet is of one
// at least.
func (m *model) services() []Service {
	named := []Service{
		{fmt.Sprintf("TCP %d", m.topology.ProxyPort), []Protocol{TCP}, onePort(m.topology.ProxyPort)},
		{fmt.Sprintf("TCP %d", sshPort), []Protocol{TCP}, onePort(sshPort)},
	}
	for _, r := range m.rules {
		if r.origin != extra || !r.Allow || r.ports.covers(anyPort[0]) {
			continue
		}
		for _, protocol := range []Protocol{TCP, UDP} {
			s := Service{portsText(protocol, r.ports), []Protocol{protocol}, r.ports}
			known := slices.ContainsFunc(named, func(other Service) bool { return other.Name == s.Name })
			if matchesTraffic(r.protocol, r.ports, protocol, r.ports[0]) && !known {
				named = append(named, s)
			}
		}
	}
	return append(named, rest(TCP, named), rest(UDP, named), Service{"ICMP", []Protocol{ICMP}, nil},
		Service{"other protocols", []Protocol{ESP, AH, Other}, nil})
}

// rest is the ports of a protocol that have no column of their own.
func rest(protocol Protocol, named []Service) Service {
	var taken []spans
	for _, s := range named {
		if slices.Contains(s.Protocols, protocol) {
			taken = append(taken, s.ports)
		}
	}
	name := protocol.String()
	if len(taken) > 0 {
		name = "other " + name
	}
	// What is outside the taken ports reaches beyond the last port, where no packet is.
	return Service{name, []Protocol{protocol}, join(taken...).outside()}
}

// columns finds for each class of traffic the services that it is part of.
func (m *model) columns(services []Service) map[*traffic][]int {
	out := map[*traffic][]int{}
	for i := range m.traffic {
		class := &m.traffic[i]
		for column, service := range services {
			if service.holds(class.protocol, class.ports.first) {
				out[class] = append(out[class], column)
			}
		}
	}
	return out
}

package fleet

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// member is a stack whose site can be compared, and the routing domain that it is in.
type member struct {
	Stack
	site    site.Site
	network string // tells the site's virtual network from all others
	joints  []joint
	domain  int // sites of one number can reach each other
}

// joint is where a site meets others: packets get from each site at it to every other.
type joint struct {
	id string // in lower case
	is string // what it is, for people
}

// reachable returns the sites that can be compared, and finds out which of them can reach each other, directly or
// through others. A stack file tells of gateways, circuits, virtual networks, VPN devices and hubs that sites share; it
// does not tell of peerings that others make.
func reachable(stacks []Stack) []*member {
	var members []*member
	domains := newSets(0)
	first := map[string]int{}
	for _, s := range stacks {
		if s.Site == nil {
			continue
		}
		m := &member{Stack: s, site: *s.Site}
		m.network = m.networkID()
		m.joints = jointsOf(m)
		at := domains.grow()
		for _, j := range m.joints {
			other, known := first[j.id]
			if !known {
				first[j.id] = at
				continue
			}
			domains.join(at, other)
		}
		members = append(members, m)
	}
	for i, m := range members {
		m.domain = domains.find(i)
	}
	return members
}

func jointsOf(m *member) []joint {
	t := m.site.Azure
	if t == nil {
		return nil
	}
	all := []joint{jointAt("the virtual network ", cmp.Or(t.Existing.VirtualNetworkID, m.network))}
	for _, p := range t.Peerings {
		all = append(all, jointAt("the virtual network ", p.RemoteVirtualNetworkID))
	}
	if t.VirtualHub != nil {
		all = append(all, jointAt("the virtual hub ", t.VirtualHub.ID))
	}
	g := t.Gateway
	if g == nil {
		return all
	}
	switch g.Kind {
	case site.GatewayExisting:
		all = append(all, jointAt("the gateway ", g.ID))
	case site.GatewayExpressRoute:
		all = append(all, jointAt("the circuit ", g.CircuitID))
	}
	for _, t := range tunnelsOf(m) {
		all = append(all, jointAt("the VPN device ", t.tunnel.Address.String()))
	}
	return all
}

func jointAt(is, id string) joint { return joint{strings.ToLower(id), is + id} }

// networkID tells the site's virtual network from all others: the ID of an existing one, in lower case, or a text that
// no other site has.
func (m *member) networkID() string {
	switch t := m.site.Azure; {
	case t == nil:
		return ""
	case t.Existing.VirtualNetworkID != "":
		return strings.ToLower(t.Existing.VirtualNetworkID)
	}
	return "the network of " + m.File
}

// tunnelKey is the key of the j-th tunnel of the i-th connection: a connection to a site is its only tunnel.
func tunnelKey(c site.Connection, i, j int) string {
	if c.Kind == site.ConnectionSite {
		return fmt.Sprintf("gateway.connections[%d]", i)
	}
	return fmt.Sprintf("gateway.connections[%d].tunnels[%d]", i, j)
}

// connectedBy says in words how members of one domain reach each other.
func connectedBy(members []*member) string {
	for _, j := range members[0].joints {
		shared := true
		for _, m := range members[1:] {
			shared = shared && m.isAt(j.id)
		}
		if shared {
			return j.is
		}
	}
	return "gateways, circuits or networks that they share with other sites"
}

func (m *member) isAt(id string) bool {
	for _, j := range m.joints {
		if j.id == id {
			return true
		}
	}
	return false
}

// sets are disjoint sets of numbers from 0 on.
type sets struct{ parents []int }

func newSets(n int) *sets {
	s := &sets{}
	for range n {
		s.grow()
	}
	return s
}

// grow adds the next number, in a set of its own.
func (s *sets) grow() int {
	s.parents = append(s.parents, len(s.parents))
	return len(s.parents) - 1
}

func (s *sets) find(n int) int {
	for s.parents[n] != n {
		s.parents[n] = s.parents[s.parents[n]]
		n = s.parents[n]
	}
	return n
}

func (s *sets) join(a, b int) { s.parents[s.find(a)] = s.find(b) }

package reach

import (
	"net/netip"
	"slices"
)

// Table is who reaches what on the instances, directly or through the load balancer.
type Table struct {
	Services []Service
	Rows     []Row
}

// Row is what one party reaches. A party without addresses has no row.
type Row struct {
	Party Party
	From  []netip.Prefix // all its addresses
	Cells []Cell         // one for each service
}

// Cell is how much of a service a party reaches.
type Cell struct {
	Reach Reach
	Rules []int // priorities of the rules that let it in
}

// Reach is none, all, or a part: some of the party's addresses, of the ports or of the instances.
type Reach string

// How much of a service is reached.
const (
	None Reach = "no"
	Part Reach = "in part"
	All  Reach = "yes"
)

// tally counts the combinations of classes behind a cell.
type tally struct {
	open, all int
	rules     []int
}

func (m *model) table() Table {
	t := Table{Services: m.services()}
	counts := make([][]tally, Internet+1)
	for party := range counts {
		counts[party] = make([]tally, len(t.Services))
	}
	columns := m.columns(t.Services)
	for d := range m.decisions() {
		for _, column := range columns[d.traffic] {
			counts[d.from.party][column].count(d.rule)
		}
	}
	for party := Sensors; party <= Internet; party++ {
		if from := m.addresses(party); len(from) > 0 {
			t.Rows = append(t.Rows, Row{party, from, cells(counts[party])})
		}
	}
	return t
}

// addresses are all those of a party.
func (m *model) addresses(party Party) []netip.Prefix {
	var all []spans
	for _, s := range m.senders {
		if s.party == party {
			all = append(all, s.set)
		}
	}
	return join(all...).prefixes()
}

func (c *tally) count(r *rule) {
	c.all++
	if !r.Allow {
		return
	}
	c.open++
	if !slices.Contains(c.rules, r.Priority) {
		c.rules = append(c.rules, r.Priority)
	}
}

func cells(counts []tally) []Cell {
	var out []Cell
	for _, c := range counts {
		reach := Part
		switch c.open {
		case 0:
			reach = None
		case c.all:
			reach = All
		}
		slices.Sort(c.rules)
		out = append(out, Cell{reach, c.rules})
	}
	return out
}

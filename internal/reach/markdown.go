package reach

import (
	"fmt"
	"strings"
)

// Markdown draws the table, with the deciding rules' priorities beside what is reached.
func (t Table) Markdown() string {
	var b strings.Builder
	b.WriteString("| from |")
	for _, s := range t.Services {
		fmt.Fprintf(&b, " %s |", s.Name)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(t.Services)) + "\n")
	for _, row := range t.Rows {
		fmt.Fprintf(&b, "| %s |", row.name())
		for _, c := range row.Cells {
			fmt.Fprintf(&b, " %s |", c)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// name says who it is, and where if that is a place and not all the rest.
func (r Row) name() string {
	if r.Party == Private || r.Party == Internet {
		return r.Party.String()
	}
	return fmt.Sprintf("%s (%s)", r.Party, shortList(r.From))
}

func (c Cell) String() string {
	if c.Reach == None {
		return string(None)
	}
	return fmt.Sprintf("**%s** (%s)", c.Reach,
		strings.Trim(strings.Join(strings.Fields(fmt.Sprint(c.Rules)), ", "), "[]"))
}

// Markdown writes the policy as a list, and the table that it comes to.
func (p Proof) Markdown() string {
	var b strings.Builder
	for _, sentence := range p.Policy {
		fmt.Fprintf(&b, "- %s\n", sentence)
	}
	return b.String() + "\n" + p.table.Markdown()
}

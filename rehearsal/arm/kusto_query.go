package arm

import (
	"fmt"
	"slices"
	"strings"
)

// Table is a table of logs, or what a query answers.
type Table struct {
	Columns []Column
	Rows    []Row
}

// query is one of logs: tables, and what is done with their rows, one step after the other.
type query struct {
	tables  []string
	source  string // column that has the table's name; empty: none
	columns []Column
	steps   []func([]Row) []Row
}

// Query asks tables, by their names.
func Query(text string, tables map[string]Table) (Table, error) {
	columns, rows := map[string][]Column{}, map[string][]Row{}
	for name, table := range tables {
		columns[name], rows[name] = table.Columns, table.Rows
	}
	q, err := parseQuery(text, columns)
	if err != nil {
		return Table{}, err
	}
	return Table{q.columns, q.run(rows)}, nil
}

// parseQuery reads a query about tables, of which the columns are known. One that is not known may only be in a fuzzy
// union, with an empty table that has the columns.
func parseQuery(text string, known map[string][]Column) (query, error) {
	p, err := newQueryParser(text, nil)
	if err != nil {
		return query{}, err
	}
	q, err := p.from(known)
	for err == nil && p.took("|") {
		err = p.step(&q)
	}
	if err == nil {
		err = p.end()
	}
	q.columns = p.columns
	return q, err
}

// from reads where rows come from: a table, or a union of tables.
func (p *queryParser) from(known map[string][]Column) (query, error) {
	first := p.take()
	if first != "union" {
		columns, is := known[first]
		if !is {
			return query{}, fmt.Errorf("Failed to resolve table or column expression named '%s'", first)
		}
		p.columns = columns
		return query{tables: []string{first}}, nil
	}
	var q query
	if err := p.expect("isfuzzy", "=", "true"); err != nil {
		return q, err
	}
	if p.took("withsource") {
		if err := p.expect("="); err != nil {
			return q, err
		}
		q.source = p.take()
		p.add(Column{q.source, kindText})
	}
	if err := p.emptyTable(); err != nil {
		return q, err
	}
	for p.took(",") {
		name := p.take()
		q.tables = append(q.tables, name)
		p.add(known[name]...)
	}
	return q, nil
}

// add adds columns that are not there yet.
func (p *queryParser) add(all ...Column) {
	for _, c := range all {
		if !slices.ContainsFunc(p.columns, func(has Column) bool { return has.Name == c.Name }) {
			p.columns = append(p.columns, c)
		}
	}
}

// emptyTable reads (datatable(NAME: TYPE, …)[]).
func (p *queryParser) emptyTable() error {
	if err := p.expect("(", "datatable", "("); err != nil {
		return err
	}
	for more := true; more; more = p.took(",") {
		name := p.take()
		if err := p.expect(":"); err != nil {
			return err
		}
		p.add(Column{name, p.take()})
	}
	return p.expect(")", "[", "]", ")")
}

// step reads an operator and what it does with rows.
func (p *queryParser) step(q *query) error {
	switch operator := p.take(); operator {
	case "where":
		condition, err := p.term()
		if err == nil && condition.kind != kindBool {
			err = fmt.Errorf("'where' operator: a value of type %s is no condition", condition.kind)
		}
		q.steps = append(q.steps, func(rows []Row) []Row {
			return slices.DeleteFunc(slices.Clone(rows), func(row Row) bool { return condition.value(row) != true })
		})
		return err
	case "summarize":
		return p.summarize(q)
	case "order":
		return p.order(q)
	default:
		return fmt.Errorf("the operator %s is not one that the stand-in has", operator)
	}
}

// order sorts, from the greatest on unless asc follows; rows that are alike stay as they come.
func (p *queryParser) order(q *query) error {
	if err := p.expect("by"); err != nil {
		return err
	}
	by, err := p.term()
	descending := !p.took("asc")
	if descending {
		p.took("desc")
	}
	q.steps = append(q.steps, func(rows []Row) []Row {
		sorted := slices.Clone(rows)
		slices.SortStableFunc(sorted, func(a, b Row) int {
			if descending {
				a, b = b, a
			}
			return ordered(by.value(a), by.value(b))
		})
		return sorted
	})
	return err
}

// run asks the tables.
func (q query) run(tables map[string][]Row) []Row {
	var rows []Row
	for _, name := range q.tables {
		for _, row := range tables[name] {
			of := Row{}
			if q.source != "" {
				of[q.source] = name
			}
			for column, value := range row {
				of[column] = value
			}
			rows = append(rows, of)
		}
	}
	for _, step := range q.steps {
		rows = step(rows)
	}
	return rows
}

// aggregation makes a value of rows.
type aggregation struct {
	name, kind string
	of         func(rows []Row) any
}

// summarize makes one row of those that have the same keys; without keys one of all, of none too.
func (p *queryParser) summarize(q *query) error {
	var all []aggregation
	for more := true; more; more = p.took(",") {
		one, err := p.aggregation()
		if err != nil {
			return err
		}
		all = append(all, one)
	}
	var keys []named
	if p.took("by") {
		var err error
		if keys, err = p.items(); err != nil {
			return err
		}
	}
	p.columns = nil
	for _, k := range keys {
		p.columns = append(p.columns, Column{k.name, k.kind})
	}
	for _, a := range all {
		p.columns = append(p.columns, Column{a.name, a.kind})
	}
	q.steps = append(q.steps, func(rows []Row) []Row { return summarized(rows, keys, all) })
	return nil
}

// aggregation reads NAME = FUNCTION(…).
func (p *queryParser) aggregation() (aggregation, error) {
	a := aggregation{name: p.take()}
	if err := p.expect("="); err != nil {
		return a, err
	}
	function := p.take()
	if err := p.expect("("); err != nil {
		return a, err
	}
	if function == "count" {
		a.kind, a.of = kindLong, func(rows []Row) any { return float64(len(rows)) }
		return a, p.expect(")")
	}
	inner, err := p.term()
	if err != nil {
		return a, err
	}
	a.kind = inner.kind
	switch {
	case function == "countif" && inner.kind == kindBool:
		a.kind, a.of = kindLong, func(rows []Row) any {
			n := 0.0
			for _, row := range rows {
				if inner.value(row) == true {
					n++
				}
			}
			return n
		}
	case function == "sum" && isNumber(inner.kind):
		a.of = func(rows []Row) any {
			sum := 0.0
			for _, row := range rows {
				sum += float(inner.value(row))
			}
			return sum
		}
	case function == "max":
		a.of = func(rows []Row) (most any) {
			for _, row := range rows {
				if v := inner.value(row); v != nil && (most == nil || ordered(most, v) < 0) {
					most = v
				}
			}
			return most
		}
	default:
		return a, fmt.Errorf("the aggregation %s of a value of type %s is not one that the stand-in has", function,
			inner.kind)
	}
	return a, p.expect(")")
}

func summarized(rows []Row, keys []named, all []aggregation) []Row {
	groups := map[string][]Row{}
	var order []string
	if len(keys) == 0 {
		order = []string{""}
	}
	for _, row := range rows {
		var parts []string
		for _, k := range keys {
			parts = append(parts, fmt.Sprintf("%q", fmt.Sprint(k.value(row))))
		}
		group := strings.Join(parts, " ")
		if _, there := groups[group]; !there && len(keys) > 0 {
			order = append(order, group)
		}
		groups[group] = append(groups[group], row)
	}
	var out []Row
	for _, group := range order {
		made := Row{}
		for _, k := range keys {
			made[k.name] = k.value(groups[group][0])
		}
		for _, a := range all {
			made[a.name] = a.of(groups[group])
		}
		out = append(out, made)
	}
	return out
}

package arm

// transformation is the query of a data flow, compiled: what each column of its output is made of.
// https://learn.microsoft.com/azure/azure-monitor/data-collection/data-collection-transformations-kql
type transformation struct {
	columns map[string]term
}

// compile reads a data flow's query about rows with these columns: source, and project.
func compile(query string, source []Column) (transformation, error) {
	t := transformation{columns: map[string]term{}}
	p, err := newQueryParser(query, source)
	if err != nil {
		return t, err
	}
	if err := p.expect("source"); err != nil {
		return t, err
	}
	if p.next() == "" { // as it comes
		for _, c := range source {
			if t.columns[c.Name], err = p.columnOf(c.Name); err != nil {
				return t, err
			}
		}
		return t, nil
	}
	if err := p.expect("|", "project"); err != nil {
		return t, err
	}
	items, err := p.items()
	if err != nil {
		return t, err
	}
	for _, item := range items {
		t.columns[item.name] = item.term
	}
	return t, p.end()
}

// apply makes a row of the output of one of the source.
func (t transformation) apply(row Row) Row {
	out := Row{}
	for name, column := range t.columns {
		out[name] = column.value(row)
	}
	return out
}

package arm

import (
	"fmt"
	"regexp"
	"strings"
)

// query is what the stand-in understands of Kusto's language: a union of tables, filters, and one row that counts. A
// query of another form is an error, so that none is evaluated wrongly.
// https://learn.microsoft.com/kusto/query/
type query struct {
	tables []string
	source string // column that has the table's name
	steps  []step
}

// step filters rows, or makes one row of their numbers.
type step struct {
	where  []comparison
	counts []count
}

// comparison is column operator value.
type comparison struct{ column, operator, value string }

// count is how many rows fit.
type count struct {
	column string
	where  []comparison
}

// Row is a row of a table, by column.
type Row map[string]any

var (
	unionForm = regexp.MustCompile(`^union isfuzzy=true (?:withsource=(\w+) )?\(datatable\(([^)]*)\)\[\]\), (.+)$`)
	countForm = regexp.MustCompile(`^(\w+) = count(if)?\(([^()]*)\)$`)
	isForm    = regexp.MustCompile(`^(\w+) (==|=~|>) ("[^"]*"|\d+)$`)
)

// parseQuery reads a query. Its tables may all be missing: the union has to be fuzzy, with an empty table in it that
// has the columns.
func parseQuery(text string) (query, error) {
	parts := strings.Split(text, "\n| ")
	head := unionForm.FindStringSubmatch(parts[0])
	if head == nil {
		table, _, _ := strings.Cut(parts[0], " ")
		return query{}, fmt.Errorf("'%s' operator: Failed to resolve table or column expression named '%s'",
			"union", table)
	}
	q := query{source: head[1], tables: strings.Split(head[3], ", ")}
	columns := map[string]bool{head[1]: true}
	for _, declared := range strings.Split(head[2], ", ") {
		name, _, _ := strings.Cut(declared, ":")
		columns[name] = true
	}
	for _, part := range parts[1:] {
		operator, rest, _ := strings.Cut(part, " ")
		var s step
		var err error
		switch operator {
		case "where":
			s.where, err = parseConditions(rest, columns)
		case "summarize":
			s.counts, err = parseCounts(rest, columns)
			columns = map[string]bool{}
			for _, c := range s.counts {
				columns[c.column] = true
			}
		default:
			err = fmt.Errorf("the operator %s is not one that the stand-in has", operator)
		}
		if err != nil {
			return query{}, err
		}
		q.steps = append(q.steps, s)
	}
	return q, nil
}

func parseConditions(text string, columns map[string]bool) ([]comparison, error) {
	var all []comparison
	for _, part := range strings.Split(text, " and ") {
		is := isForm.FindStringSubmatch(part)
		if is == nil {
			return nil, fmt.Errorf("the condition %s is of a form that the stand-in does not have", part)
		}
		if !columns[is[1]] {
			return nil, fmt.Errorf("'where' operator: Failed to resolve table or column expression named '%s'", is[1])
		}
		all = append(all, comparison{is[1], is[2], strings.Trim(is[3], `"`)})
	}
	return all, nil
}

func parseCounts(text string, columns map[string]bool) ([]count, error) {
	var all []count
	for _, part := range strings.Split(text, "), ") {
		is := countForm.FindStringSubmatch(strings.TrimSuffix(part, ")") + ")")
		if is == nil {
			return nil, fmt.Errorf("the aggregation %s is of a form that the stand-in does not have", part)
		}
		c := count{column: is[1]}
		if is[2] != "" {
			var err error
			if c.where, err = parseConditions(is[3], columns); err != nil {
				return nil, err
			}
		}
		all = append(all, c)
	}
	return all, nil
}

// run asks the tables.
func (q query) run(tables map[string][]Row) []Row {
	var rows []Row
	for _, name := range q.tables {
		for _, row := range tables[name] {
			of := Row{q.source: name}
			for column, value := range row {
				of[column] = value
			}
			rows = append(rows, of)
		}
	}
	for _, s := range q.steps {
		rows = s.on(rows)
	}
	return rows
}

func (s step) on(rows []Row) []Row {
	if len(s.counts) > 0 { // of no rows too, there is one row of numbers
		numbers := Row{}
		for _, c := range s.counts {
			numbers[c.column] = len(fitting(rows, c.where))
		}
		return []Row{numbers}
	}
	return fitting(rows, s.where)
}

func fitting(rows []Row, where []comparison) []Row {
	var all []Row
	for _, row := range rows {
		if first(where, func(c comparison) string {
			if c.holds(row) {
				return ""
			}
			return c.column
		}) == "" {
			all = append(all, row)
		}
	}
	return all
}

func (c comparison) holds(row Row) bool {
	value := fmt.Sprint(row[c.column])
	switch c.operator {
	case "==":
		return value == c.value
	case "=~":
		return strings.EqualFold(value, c.value)
	}
	number, _ := row[c.column].(int)
	var bound int
	_, err := fmt.Sscan(c.value, &bound)
	return err == nil && number > bound
}

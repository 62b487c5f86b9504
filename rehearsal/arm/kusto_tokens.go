package arm

import (
	"fmt"
	"regexp"
	"strings"
)

// Kusto's language as the stand-in has it: a part of what Azure takes. What it does not know it refuses, so that no
// query is evaluated wrongly.
// https://learn.microsoft.com/kusto/query/

// Column is one of a table or of a query's answer.
type Column struct{ Name, Type string }

// Row is a row of a table, by column. A number is a float64, a time is written as in JSON.
type Row = map[string]any

// Types of values, as a stream or a table declares them, and two that only queries have.
const (
	kindText    = "string"
	kindInt     = "int"
	kindLong    = "long"
	kindReal    = "real"
	kindDynamic = "dynamic"
	kindBool    = "bool"
	kindTime    = "datetime"
	kindSpan    = "timespan"
)

// tokenForm is that of a text in quotes, a word, a number or span of time, or a sign.
var tokenForm = regexp.MustCompile(`^\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[A-Za-z_]\w*|\d+(?:\.\d+)?[smhd]?|` +
	`==|!=|=~|>=|<=|[|,=()\[\]<>+:])`)

// queryParser reads a query, token by token, about rows with these columns.
type queryParser struct {
	tokens  []string
	columns []Column
}

func newQueryParser(query string, columns []Column) (*queryParser, error) {
	p := &queryParser{columns: columns}
	for rest := query; strings.TrimSpace(rest) != ""; {
		found := tokenForm.FindStringSubmatch(rest)
		if found == nil {
			return nil, fmt.Errorf("SyntaxError: unexpected input '%s'", strings.TrimSpace(rest))
		}
		p.tokens, rest = append(p.tokens, found[1]), rest[len(found[0]):]
	}
	return p, nil
}

// next is the next token; empty at the end.
func (p *queryParser) next() string {
	if len(p.tokens) == 0 {
		return ""
	}
	return p.tokens[0]
}

func (p *queryParser) take() string {
	taken := p.next()
	if taken != "" {
		p.tokens = p.tokens[1:]
	}
	return taken
}

// took takes the next token if it is that one.
func (p *queryParser) took(token string) bool {
	is := p.next() == token
	if is {
		p.take()
	}
	return is
}

func (p *queryParser) expect(all ...string) error {
	for _, wanted := range all {
		if got := p.take(); got != wanted {
			return fmt.Errorf("SyntaxError: '%s' where '%s' is expected", got, wanted)
		}
	}
	return nil
}

// end refuses what is left of a query.
func (p *queryParser) end() error {
	if p.next() == "" {
		return nil
	}
	return fmt.Errorf("SyntaxError: extraneous input '%s' expecting <EOF>", p.next())
}

// named is a term with the name of the column that it makes.
type named struct {
	name string
	term
}

// items are those of a list: the name of a column, or a new one and what it is made of.
func (p *queryParser) items() ([]named, error) {
	var all []named
	for more := true; more; more = p.took(",") {
		name, given := p.next(), false
		if len(p.tokens) > 1 && p.tokens[1] == "=" {
			p.tokens, given = p.tokens[2:], true
		}
		value, err := p.term()
		if err != nil {
			return nil, err
		}
		if !given && value.column != "" {
			name = value.column
		}
		for _, other := range all {
			if other.name == name {
				return nil, fmt.Errorf("column '%s' is there twice", name)
			}
		}
		all = append(all, named{name, value})
	}
	return all, nil
}

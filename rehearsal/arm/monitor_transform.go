package arm

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// transformation is the query of a data flow, compiled: what each column of its output is made of. It knows a part of
// what Azure allows in such a query, which is itself a part of KQL: source, project, and the operators and functions
// below. What it does not know, it refuses.
// https://learn.microsoft.com/azure/azure-monitor/data-collection/data-collection-transformations-kql
type transformation struct {
	columns map[string]term
}

// term is a part of a query: the type of its values, and its value for a row.
type term struct {
	kind  string // as a stream or a table declares it; dynamic: any JSON; bool: of a condition
	value func(row map[string]any) any
}

const (
	kindText    = "string"
	kindInt     = "int"
	kindDynamic = "dynamic"
	kindBool    = "bool"
	kindTime    = "datetime"
)

// tokenForm is that of a word, a text in quotes or a sign of a query.
var tokenForm = regexp.MustCompile(`^\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[A-Za-z_]\w*|==|[|,=()\[\]])`)

// compile reads a query about rows with these columns.
func compile(query string, source map[string]string) (transformation, error) {
	p := queryParser{columns: source}
	for rest := query; strings.TrimSpace(rest) != ""; {
		found := tokenForm.FindStringSubmatch(rest)
		if found == nil {
			return transformation{}, fmt.Errorf("SyntaxError: unexpected input '%s'", strings.TrimSpace(rest))
		}
		p.tokens, rest = append(p.tokens, found[1]), rest[len(found[0]):]
	}
	return p.query()
}

type queryParser struct {
	tokens  []string
	columns map[string]string
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

func (p *queryParser) expect(all ...string) error {
	for _, wanted := range all {
		if got := p.take(); got != wanted {
			return fmt.Errorf("SyntaxError: '%s' where '%s' is expected", got, wanted)
		}
	}
	return nil
}

func (p *queryParser) query() (transformation, error) {
	t := transformation{columns: map[string]term{}}
	if err := p.expect("source"); err != nil {
		return t, err
	}
	if p.next() == "" { // as it comes
		for name := range p.columns {
			t.columns[name] = p.column(name)
		}
		return t, nil
	}
	if err := p.expect("|", "project"); err != nil {
		return t, err
	}
	for more := true; more; more = p.next() == "," && p.take() != "" {
		if err := p.item(t); err != nil {
			return t, err
		}
	}
	if p.next() != "" {
		return t, fmt.Errorf("SyntaxError: extraneous input '%s' expecting <EOF>", p.next())
	}
	return t, nil
}

// item is one of project's: the name of a column, or a new one and what it is made of.
func (p *queryParser) item(t transformation) error {
	name := p.next()
	if len(p.tokens) > 1 && p.tokens[1] == "=" {
		p.tokens = p.tokens[2:]
	}
	value, err := p.term()
	if _, twice := t.columns[name]; err == nil && twice {
		err = fmt.Errorf("column '%s' is there twice", name)
	}
	t.columns[name] = value
	return err
}

func (p *queryParser) column(name string) term {
	return term{p.columns[name], func(row map[string]any) any { return row[name] }}
}

// term is a value, perhaps one inside another, and perhaps compared with a third.
func (p *queryParser) term() (term, error) {
	left, err := p.primary()
	for err == nil && p.next() == "[" {
		left, err = p.member(left)
	}
	if err != nil || p.next() != "==" {
		return left, err
	}
	p.take()
	right, err := p.primary()
	if err == nil && left.kind != right.kind {
		err = fmt.Errorf("cannot compare values of types %s and %s", left.kind, right.kind)
	}
	return term{kindBool, func(row map[string]any) any { return left.value(row) == right.value(row) }}, err
}

// member is a value inside a dynamic one, by its name.
func (p *queryParser) member(of term) (term, error) {
	p.take()
	name, err := p.term()
	if err == nil && (of.kind != kindDynamic || name.kind != kindText) {
		err = fmt.Errorf("a value of type %s has no member by a %s", of.kind, name.kind)
	}
	if err == nil {
		err = p.expect("]")
	}
	return term{kindDynamic, func(row map[string]any) any {
		object, _ := of.value(row).(map[string]any)
		at, _ := name.value(row).(string)
		return object[at]
	}}, err
}

func (p *queryParser) primary() (term, error) {
	word := p.take()
	switch {
	case word == "":
		return term{}, fmt.Errorf("SyntaxError: unexpected <EOF>")
	case word[0] == '\'' || word[0] == '"':
		text := unquoted(word)
		return term{kindText, func(map[string]any) any { return text }}, nil
	case p.next() == "(":
		return p.call(word)
	case p.columns[word] == "":
		return term{}, fmt.Errorf("Undefined symbol: %s", word)
	}
	return p.column(word), nil
}

// unquoted is a text of a query without its quotes and the backslashes before signs in it.
func unquoted(word string) string {
	return regexp.MustCompile(`\\(.)`).ReplaceAllString(word[1:len(word)-1], "$1")
}

// functions are those that are known here, by name: the types of their arguments, and what they give.
var functions = map[string]struct {
	takes []string // "": any, alike where there are several
	gives string   // "": the type of what it takes
	value func(arguments []any) any
}{
	"toint": {[]string{kindText}, kindInt, func(a []any) any {
		text, _ := a[0].(string)
		if n, err := strconv.ParseInt(text, 10, 32); err == nil {
			return float64(n)
		}
		return nil
	}},
	"tostring": {[]string{kindDynamic}, kindText, func(a []any) any {
		switch v := a[0].(type) {
		case nil:
			return ""
		case string:
			return v
		default:
			text, _ := json.Marshal(v) // which came out of JSON
			return string(text)
		}
	}},
	"parse_json": {[]string{kindText}, kindDynamic, func(a []any) any {
		var v any
		text, _ := a[0].(string)
		if json.Unmarshal([]byte(text), &v) != nil {
			return text
		}
		return v
	}},
	"iif": {[]string{kindBool, "", ""}, "", func(a []any) any {
		if a[0] == true {
			return a[1]
		}
		return a[2]
	}},
}

func (p *queryParser) call(name string) (term, error) {
	f, known := functions[name]
	if !known {
		return term{}, fmt.Errorf("Unknown function: '%s'", name)
	}
	p.take()
	var arguments []term
	gives := f.gives
	for i, takes := range f.takes {
		if i > 0 {
			if err := p.expect(","); err != nil {
				return term{}, err
			}
		}
		argument, err := p.term()
		if err != nil {
			return term{}, err
		}
		if takes == "" {
			takes = gives
			if i == 0 || gives == "" {
				takes, gives = argument.kind, argument.kind
			}
		}
		if argument.kind != takes {
			return term{}, fmt.Errorf("%s(): argument %d is of type %s, not %s", name, i+1, argument.kind, takes)
		}
		arguments = append(arguments, argument)
	}
	return term{gives, func(row map[string]any) any {
		var values []any
		for _, a := range arguments {
			values = append(values, a.value(row))
		}
		return f.value(values)
	}}, p.expect(")")
}

// apply makes a row of the output of one of the source.
func (t transformation) apply(row map[string]any) map[string]any {
	out := map[string]any{}
	for name, column := range t.columns {
		out[name] = column.value(row)
	}
	return out
}

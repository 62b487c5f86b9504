package arm

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// term is a part of a query: the type of its values, and its value for a row.
type term struct {
	kind   string
	value  func(row Row) any
	column string // that it is, or is made of alone; empty: it is a value of its own
}

// operators are those between two terms, from those that bind least.
var operators = [][]string{{"or"}, {"and"}, {"==", "!=", "=~", ">", ">=", "<", "<="}, {"+"}}

// term is a value, perhaps of several.
func (p *queryParser) term() (term, error) { return p.level(0) }

func (p *queryParser) level(n int) (term, error) {
	if n == len(operators) {
		return p.single()
	}
	left, err := p.level(n + 1)
	for err == nil && slices.Contains(operators[n], p.next()) {
		operator := p.take()
		var right term
		if right, err = p.level(n + 1); err == nil {
			left, err = combined(operator, left, right)
		}
	}
	return left, err
}

// single is a value, perhaps one inside another.
func (p *queryParser) single() (term, error) {
	value, err := p.primary()
	for err == nil && p.next() == "[" {
		value, err = p.member(value)
	}
	return value, err
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
	return term{kind: kindDynamic, value: func(row Row) any {
		object, _ := of.value(row).(map[string]any)
		at, _ := name.value(row).(string)
		return object[at]
	}}, err
}

var numberForm = regexp.MustCompile(`^(\d+(?:\.\d+)?)([smhd]?)$`)

func (p *queryParser) primary() (term, error) {
	word := p.take()
	switch {
	case word == "":
		return term{}, fmt.Errorf("SyntaxError: unexpected <EOF>")
	case word == "(":
		inner, err := p.term()
		if err == nil {
			err = p.expect(")")
		}
		return inner, err
	case word[0] == '\'' || word[0] == '"':
		return constant(kindText, unquoted(word)), nil
	case numberForm.MatchString(word):
		return number(word)
	case p.next() == "(":
		return p.call(word)
	}
	return p.columnOf(word)
}

func (p *queryParser) columnOf(name string) (term, error) {
	for _, c := range p.columns {
		if c.Name == name {
			return term{kind: c.Type, column: name, value: func(row Row) any { return row[name] }}, nil
		}
	}
	return term{}, fmt.Errorf("Undefined symbol: %s: Failed to resolve table or column expression named '%[1]s'", name)
}

func constant(kind string, value any) term {
	return term{kind: kind, value: func(Row) any { return value }}
}

// spans are the units of a span of time.
var spans = map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}

func number(word string) (term, error) {
	parts := numberForm.FindStringSubmatch(word)
	n, err := strconv.ParseFloat(parts[1], 64)
	if unit, is := spans[parts[2]]; is {
		return constant(kindSpan, time.Duration(n*float64(unit))), err
	}
	if strings.Contains(word, ".") {
		return constant(kindReal, n), err
	}
	return constant(kindLong, n), err
}

// unquoted is a text of a query without its quotes and the backslashes before signs in it.
func unquoted(word string) string {
	return regexp.MustCompile(`\\(.)`).ReplaceAllString(word[1:len(word)-1], "$1")
}

func isNumber(kind string) bool { return kind == kindInt || kind == kindLong || kind == kindReal }

// alike tells whether values of two types can be compared.
func alike(a, b string) bool { return a == b || isNumber(a) && isNumber(b) }

// combined is what an operator makes of two terms.
func combined(operator string, left, right term) (term, error) {
	switch {
	case operator == "or" || operator == "and":
		if left.kind != kindBool || right.kind != kindBool {
			return term{}, fmt.Errorf("'%s' is between conditions, not values of types %s and %s", operator, left.kind,
				right.kind)
		}
		return term{kind: kindBool, value: func(row Row) any {
			l, r := left.value(row) == true, right.value(row) == true
			return operator == "or" && (l || r) || l && r
		}}, nil
	case operator == "+":
		if !isNumber(left.kind) || !isNumber(right.kind) {
			return term{}, fmt.Errorf("cannot add values of types %s and %s", left.kind, right.kind)
		}
		return term{kind: left.kind, value: func(row Row) any {
			return float(left.value(row)) + float(right.value(row))
		}}, nil
	case !alike(left.kind, right.kind):
		return term{}, fmt.Errorf("cannot compare values of types %s and %s", left.kind, right.kind)
	}
	return term{kind: kindBool, value: func(row Row) any {
		return compared(operator, left.value(row), right.value(row))
	}}, nil
}

func float(v any) float64 {
	n, _ := v.(float64)
	return n
}

// compared compares two values of one type. Nothing is less or greater than null.
func compared(operator string, left, right any) bool {
	switch operator {
	case "==":
		return left == right
	case "!=":
		return left != right
	case "=~":
		l, _ := left.(string)
		r, _ := right.(string)
		return strings.EqualFold(l, r)
	}
	if left == nil || right == nil {
		return false
	}
	order := ordered(left, right)
	return operator[0] == '<' && order < 0 || operator[0] == '>' && order > 0 || len(operator) == 2 && order == 0
}

// ordered is below 0 where a value comes before another of its type. Times are written so that texts have their order.
func ordered(a, b any) int {
	if x, isNumber := a.(float64); isNumber {
		switch y := float(b); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	x, _ := a.(string)
	y, _ := b.(string)
	return strings.Compare(x, y)
}

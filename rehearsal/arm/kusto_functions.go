package arm

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strconv"
	"time"
)

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
	"ipv4_is_in_range": {[]string{kindText, kindText}, kindBool, func(a []any) any {
		text, _ := a[0].(string)
		in, _ := a[1].(string)
		address, err := netip.ParseAddr(text)
		space, err2 := netip.ParsePrefix(in)
		return err == nil && err2 == nil && space.Contains(address)
	}},
	"bin": {[]string{kindTime, kindSpan}, kindTime, func(a []any) any {
		text, _ := a[0].(string)
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return nil
		}
		return at.UTC().Truncate(a[1].(time.Duration)).Format(time.RFC3339)
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
	made := term{kind: gives, value: func(row Row) any {
		var values []any
		for _, a := range arguments {
			values = append(values, a.value(row))
		}
		return f.value(values)
	}}
	if name == "bin" {
		made.column = arguments[0].column
	}
	return made, p.expect(")")
}

package report

import (
	"fmt"
	"strings"
	"unicode"
)

// parameters are the secrets that a template asks for instead of holding them.
type parameters struct {
	texts    []string          // what must not be in the template
	declared map[string]any    // by name
	byText   map[string]string // names, by the text that each stands for
}

// reference is the expression for a text that holds a secret. Its parameter is called after the property that it fills;
// the same text in two places is one parameter.
func (p parameters) reference(property, text string) string {
	name, known := p.byText[text]
	if !known {
		name = p.free(identifier(property))
		p.byText[text] = name
		p.declared[name] = map[string]any{"type": "securestring"}
	}
	return "[parameters('" + name + "')]"
}

// free is a name that no other parameter has. ARM compares them without regard to case.
func (p parameters) free(name string) string {
	taken := map[string]bool{}
	for other := range p.declared {
		taken[strings.ToLower(other)] = true
	}
	free := name
	for n := 2; taken[strings.ToLower(free)]; n++ {
		free = fmt.Sprintf("%s%d", name, n)
	}
	return free
}

// identifier is what of a property's name may be a parameter's: a tag can be called anything.
func identifier(property string) string {
	name := strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
		return -1
	}, property)
	if name == "" || unicode.IsDigit(rune(name[0])) {
		return "secret" + name
	}
	return name
}

package site

import (
	"fmt"
	"strings"
)

// Error is one thing that is wrong with the configuration, in words that a user can act on.
type Error struct {
	Key     string // the config key, such as scaleSet.instances or sensorCidrs[1]
	Value   string // what it got, quoted; empty when nothing was given or the value is a secret
	Problem string // why that cannot be used
	Allowed string // what can be
	Do      string // what to do
}

func (e Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Key)
	if e.Value != "" {
		fmt.Fprintf(&b, " = %s", e.Value)
	}
	fmt.Fprintf(&b, ": %s. Allowed: %s. %s", e.Problem, e.Allowed, sentence(e.Do))
	return b.String()
}

// sentence ends a text with a full stop, unless it is a question.
func sentence(text string) string {
	if strings.HasSuffix(text, "?") {
		return text
	}
	return text + "."
}

// Errors is everything that is wrong with the configuration, in the order of its keys.
type Errors []Error

func (e Errors) Error() string {
	found := "1 error"
	if len(e) != 1 {
		found = fmt.Sprintf("%d errors", len(e))
	}
	return Listed(fmt.Sprintf("the configuration has %s; nothing was changed", found), e)
}

// Listed writes several errors as one: a heading, and a line for each.
func Listed[E error](heading string, all []E) string {
	var b strings.Builder
	b.WriteString(heading + ":")
	for _, err := range all {
		b.WriteString("\n  - " + err.Error())
	}
	return b.String()
}

// findings is what reading a configuration found: errors, and what should be looked at though it can be built.
type findings struct {
	errors   Errors
	warnings []string
}

func (f *findings) fail(e Error) {
	f.errors = append(f.errors, e)
}

// warn notes something that can be built, and that the user should look at.
func (f *findings) warn(key string, value any, problem, do string) {
	text := key
	if value := quote(value); value != "" {
		text += " = " + value
	}
	f.warnings = append(f.warnings, fmt.Sprintf("%s: %s. %s", text, problem, sentence(do)))
}

// Package arguments compares what a program passes to a component with the form of the arguments that the component
// takes.
package arguments

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Check finds everything in the arguments of a program that a component's own arguments cannot hold. Args is a pointer
// to those.
func Check(component, name string, given property.Map, args any) error {
	var wrong misfits
	wrong.object("", given, reflect.TypeOf(args).Elem())
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	return fmt.Errorf("%s %q: wrong arguments, %d; nothing was registered:\n  - %s", component, name, len(wrong),
		strings.Join(wrong, "\n  - "))
}

// misfits are lines about values of the wrong form. They show no value: it may be a secret.
type misfits []string

func (m *misfits) add(path, problem string, args ...any) {
	*m = append(*m, path+" "+fmt.Sprintf(problem, args...))
}

// object compares the fields of an object with those of a struct.
func (m *misfits) object(path string, given property.Map, into reflect.Type) {
	fields := map[string]reflect.Type{}
	var keys []string
	for i := range into.NumField() {
		if key, _, _ := strings.Cut(into.Field(i).Tag.Get("pulumi"), ","); key != "" {
			fields[key] = into.Field(i).Type
			keys = append(keys, key)
		}
	}
	for key, value := range given.AllStable {
		at := strings.TrimPrefix(path+"."+key, ".")
		if field, known := fields[key]; known {
			m.value(at, value, field)
		} else if !strings.HasPrefix(key, "__") { // Pulumi's own
			m.add(at, "is not known: use one of %s", strings.Join(keys, ", "))
		}
	}
}

var inputs = map[reflect.Type]reflect.Type{
	reflect.TypeFor[pulumi.StringInput]():    reflect.TypeFor[string](),
	reflect.TypeFor[pulumi.StringMapInput](): reflect.TypeFor[map[string]string](),
}

// value compares one value with the type of its field.
func (m *misfits) value(path string, v property.Value, into reflect.Type) {
	for into.Kind() == reflect.Pointer {
		into = into.Elem()
	}
	plain, isInput := inputs[into]
	switch {
	case v.IsNull() || isInput && v.IsComputed():
	case isInput:
		m.form(path, v, plain, true)
	case v.IsComputed() || len(v.Dependencies()) > 0:
		m.add(path, "comes from another resource, and decides what is built: give it as it is, or take it from the "+
			"stack's configuration")
	case v.Secret():
		m.add(path, "is secret, and is checked before anything is built: give it in plain text, and keep secret only "+
			"fields that may be")
	default:
		m.form(path, v, into, false)
	}
}

// form compares a known value with a plain type. What is below an input may be unknown too.
func (m *misfits) form(path string, v property.Value, into reflect.Type, input bool) {
	switch below := func(path string, v property.Value, into reflect.Type) {
		if !input {
			m.value(path, v, into)
		} else if !v.IsComputed() && !v.IsNull() {
			m.form(path, v, into, true)
		}
	}; {
	case into.Kind() == reflect.Struct && v.IsMap():
		m.object(path, v.AsMap(), into)
	case into.Kind() == reflect.Map && v.IsMap():
		for key, inner := range v.AsMap().AllStable {
			below(path+"."+key, inner, into.Elem())
		}
	case into.Kind() == reflect.Slice && v.IsArray():
		for i, inner := range v.AsArray().All {
			below(fmt.Sprintf("%s[%d]", path, i), inner, into.Elem())
		}
	default:
		if err := fits(v, into.Kind()); err != nil {
			m.add(path, "is %s: %v", kindOf(v), err)
		}
	}
}

// fits tells what a value should be, if it is something else.
func fits(v property.Value, kind reflect.Kind) error {
	switch {
	case kind == reflect.String && !v.IsString():
		return errors.New("give a text")
	case kind == reflect.Bool && !v.IsBool():
		return errors.New("give true or false")
	case kind == reflect.Int && (!v.IsNumber() || v.AsNumber() != math.Trunc(v.AsNumber())):
		return errors.New("give a whole number")
	case kind == reflect.Slice:
		return errors.New("give a list")
	case kind == reflect.Struct || kind == reflect.Map:
		return errors.New("give an object")
	}
	return nil
}

func kindOf(v property.Value) string {
	switch {
	case v.IsString():
		return "a text"
	case v.IsNumber():
		return "a number"
	case v.IsBool():
		return "true or false"
	case v.IsArray():
		return "a list"
	case v.IsMap():
		return "an object"
	}
	return "something else"
}

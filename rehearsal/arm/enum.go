package arm

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/monitor/armmonitor"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"
)

// allowedValues maps each enumerated type of the models in use to what the SDK lists for it.
var allowedValues = func() map[reflect.Type][]string {
	out := map[reflect.Type][]string{}
	for _, list := range enumerations {
		values := reflect.ValueOf(list).Call(nil)[0]
		var all []string
		for i := range values.Len() {
			all = append(all, values.Index(i).String())
		}
		out[values.Type().Elem()] = all
	}
	return out
}()

// combinable values may be several, with commas between them.
// https://learn.microsoft.com/rest/api/storagerp/storage-accounts/create#bypass
var combinable = reflect.TypeFor[armstorage.Bypass]()

// open types list some of their values, and Azure takes others: a data flow's stream may be one that the rule declares.
var open = []reflect.Type{reflect.TypeFor[armmonitor.KnownDataFlowStreams]()}

// badValue finds a value inside an official model that its enumerated type does not list. Azure does not mind letter
// case.
func badValue(model any) string {
	return eachValue(reflect.ValueOf(model), "", func(v reflect.Value, path string) string {
		if v.Kind() != reflect.String {
			return ""
		}
		return unlisted(v, path)
	})
}

// eachValue asks about every value inside an official model, and gives back the first complaint.
func eachValue(v reflect.Value, path string, ask func(v reflect.Value, path string) string) string {
	if wrong := ask(v, path); wrong != "" {
		return wrong
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			return eachValue(v.Elem(), path, ask)
		}
	case reflect.Slice:
		for i := range v.Len() {
			if wrong := eachValue(v.Index(i), fmt.Sprintf("%s[%d]", path, i), ask); wrong != "" {
				return wrong
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() {
				if wrong := eachValue(v.Field(i), member(path, field.Name), ask); wrong != "" {
					return wrong
				}
			}
		}
	}
	return ""
}

func unlisted(v reflect.Value, path string) string {
	allowed, enumerated := allowedValues[v.Type()]
	if !enumerated {
		return ""
	}
	given := []string{v.String()}
	if v.Type() == combinable {
		given = strings.Split(v.String(), ",")
	}
	return first(given, func(one string) string {
		if slices.ContainsFunc(allowed, func(a string) bool { return strings.EqualFold(a, strings.TrimSpace(one)) }) {
			return ""
		}
		return fmt.Sprintf("Cannot parse the request. Error converting value '%s' to type '%s'. Path '%s'. Allowed "+
			"values: %s.",
			one, v.Type().Name(), path, strings.Join(allowed, ", "))
	})
}

// member is the path of a Go field of what is at path.
func member(path, field string) string { return strings.TrimPrefix(path+"."+memberName(field), ".") }

// memberName is how a Go field is called in JSON: SKU is sku, IPConfigurations is ipConfigurations.
func memberName(field string) string {
	capitals := 0
	for capitals < len(field) && field[capitals] >= 'A' && field[capitals] <= 'Z' {
		capitals++
	}
	if capitals > 1 && capitals < len(field) {
		capitals--
	}
	return strings.ToLower(field[:capitals]) + field[capitals:]
}

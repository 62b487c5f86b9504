package azurenative

import (
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// unknown is a value that nobody knows before Azure has answered.
func unknown() resource.PropertyValue { return resource.MakeComputed(resource.NewStringProperty("")) }

// previewed is what a preview says of a resource's outputs: what the program writes comes back as it is, everything
// else that the type has is unknown, on every level.
func previewed(inputs resource.PropertyMap, outputs reflect.Type) resource.PropertyMap {
	all := resource.PropertyMap{}
	for name, t := range propertiesOf(outputs) {
		key := resource.PropertyKey(name)
		all[key] = unknown()
		if value, given := inputs[key]; given {
			all[key] = previewedValue(value, t)
		}
	}
	return all
}

func previewedValue(input resource.PropertyValue, t reflect.Type) resource.PropertyValue {
	t = plainType(t)
	switch {
	case t.Kind() == reflect.Interface:
		return input
	case t.Kind() == reflect.Struct && input.IsObject():
		return resource.NewObjectProperty(previewed(input.ObjectValue(), t))
	case t.Kind() == reflect.Slice && input.IsArray():
		items := []resource.PropertyValue{}
		for _, item := range input.ArrayValue() {
			items = append(items, previewedValue(item, t.Elem()))
		}
		return resource.NewArrayProperty(items)
	case t.Kind() == reflect.Map && input.IsObject():
		entries := resource.PropertyMap{}
		for key, entry := range input.ObjectValue() {
			entries[key] = previewedValue(entry, t.Elem())
		}
		return resource.NewObjectProperty(entries)
	case input.IsString() || input.IsNumber() || input.IsBool():
		return input
	}
	return unknown()
}

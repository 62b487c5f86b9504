package azurenative

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

// azure-native's properties are ARM's with every level named "properties" taken out. Microsoft's Go models know which
// those levels are, so the models translate: an input is looked up among a model's Properties first and its own fields
// then. The models' field names equal azure-native's but for letter case.

// problem is an input that the model does not take.
type problem struct {
	path, reason string
}

// fill writes inputs into a model. Unknown values, which only a preview has, stay empty.
func fill(model reflect.Value, inputs resource.PropertyMap) []problem {
	f := filler{}
	f.object(model, inputs, "")
	return f.problems
}

type filler struct{ problems []problem }

func (f *filler) object(model reflect.Value, inputs resource.PropertyMap, path string) {
	for _, key := range inputs.StableKeys() {
		at := string(key)
		if path != "" {
			at = path + "." + at
		}
		field, ok := settable(model, string(key))
		if !ok {
			f.problems = append(f.problems,
				problem{at, fmt.Sprintf("%s has no property of this name", model.Type().Name())})
			continue
		}
		f.value(field, inputs[key], at)
	}
}

// settable finds the field for a key, making the Properties level if that is where it is.
func settable(model reflect.Value, key string) (reflect.Value, bool) {
	if level := model.FieldByName("Properties"); level.IsValid() && level.Kind() == reflect.Pointer &&
		level.Type().Elem().Kind() == reflect.Struct {
		if index, ok := fieldIndex(level.Type().Elem(), key); ok {
			if level.IsNil() {
				level.Set(reflect.New(level.Type().Elem()))
			}
			return level.Elem().Field(index), true
		}
	}
	index, ok := fieldIndex(model.Type(), key)
	if !ok {
		return reflect.Value{}, false
	}
	return model.Field(index), true
}

// fieldIndex finds a field by its own name, which is the one that Microsoft's specification gives to clients, or by its
// name in JSON: the models have shortened a few on their own.
func fieldIndex(t reflect.Type, key string) (int, bool) {
	type name struct {
		t   reflect.Type
		key string
	}
	index, known := fieldIndexes.Load(name{t, key})
	if !known {
		index = findField(t, key)
		fieldIndexes.Store(name{t, key}, index)
	}
	return index.(int), index.(int) >= 0
}

// fieldIndexes caches what fieldIndex finds.
var fieldIndexes sync.Map

func findField(t reflect.Type, key string) int {
	for i := range t.NumField() {
		if strings.EqualFold(t.Field(i).Name, key) {
			return i
		}
	}
	for i := range t.NumField() {
		if t.Field(i).IsExported() && jsonName(t, i) == key {
			return i
		}
	}
	return -1
}

func (f *filler) value(field reflect.Value, value resource.PropertyValue, path string) {
	if value.IsComputed() || value.IsOutput() || value.IsNull() {
		return
	}
	mismatch := func(want string) {
		f.problems = append(f.problems,
			problem{path, fmt.Sprintf("is %s, and Azure takes %s", value.TypeString(), want)})
	}
	if field.Kind() == reflect.Pointer {
		if field.Type().Elem() == reflect.TypeFor[time.Time]() {
			mismatch("no time here")
			return
		}
		target := reflect.New(field.Type().Elem())
		f.value(target.Elem(), value, path)
		field.Set(target)
		return
	}
	switch field.Kind() {
	case reflect.Interface:
		concrete, several := arm.Concrete(field.Type())
		if !several {
			field.Set(reflect.ValueOf(value.Mappable()))
			return
		}
		chosen := reflect.New(concrete)
		f.value(chosen.Elem(), value, path)
		field.Set(chosen)
	case reflect.Struct:
		if !value.IsObject() {
			mismatch("an object")
			return
		}
		f.object(field, value.ObjectValue(), path)
	case reflect.Slice:
		if !value.IsArray() {
			mismatch("a list")
			return
		}
		items := reflect.MakeSlice(field.Type(), len(value.ArrayValue()), len(value.ArrayValue()))
		for i, item := range value.ArrayValue() {
			f.value(items.Index(i), item, fmt.Sprintf("%s[%d]", path, i))
		}
		field.Set(items)
	case reflect.Map:
		if !value.IsObject() {
			mismatch("a map")
			return
		}
		entries := reflect.MakeMap(field.Type())
		for key, item := range value.ObjectValue() {
			entry := reflect.New(field.Type().Elem()).Elem()
			f.value(entry, item, path+"."+string(key))
			entries.SetMapIndex(reflect.ValueOf(string(key)), entry)
		}
		field.Set(entries)
	case reflect.String:
		if !value.IsString() {
			mismatch("text")
			return
		}
		field.SetString(value.StringValue())
	case reflect.Bool:
		if !value.IsBool() {
			mismatch("true or false")
			return
		}
		field.SetBool(value.BoolValue())
	case reflect.Int32, reflect.Int64:
		if !value.IsNumber() {
			mismatch("a number")
			return
		}
		field.SetInt(int64(value.NumberValue()))
	case reflect.Float32, reflect.Float64:
		if !value.IsNumber() {
			mismatch("a number")
			return
		}
		field.SetFloat(value.NumberValue())
	default:
		mismatch(field.Kind().String())
	}
}

// answered is the way back: what Azure answered, as far as the SDK's type declares it, in azure-native's words.
func answered(model reflect.Value, t reflect.Type) resource.PropertyMap {
	for model.Kind() == reflect.Pointer {
		model = model.Elem()
	}
	outputs := answeredObject(model, t)
	if id := model.FieldByName("ID"); id.IsValid() && !id.IsNil() {
		// of every resource, though the SDK declares it elsewhere
		outputs["id"] = resource.NewStringProperty(id.Elem().String())
	}
	return outputs
}

func answeredObject(model reflect.Value, t reflect.Type) resource.PropertyMap {
	fields := resource.PropertyMap{}
	for name, declared := range propertiesOf(t) {
		if field, ok := readable(model, name); ok {
			if value, given := answeredValue(field, declared); given {
				fields[resource.PropertyKey(name)] = value
			}
		}
	}
	return fields
}

// readable finds the field for a key, as settable does.
func readable(model reflect.Value, key string) (reflect.Value, bool) {
	if level := model.FieldByName("Properties"); level.IsValid() && level.Kind() == reflect.Pointer &&
		level.Type().Elem().Kind() == reflect.Struct {
		if index, ok := fieldIndex(level.Type().Elem(), key); ok {
			if level.IsNil() {
				return reflect.Value{}, false
			}
			return level.Elem().Field(index), true
		}
	}
	index, ok := fieldIndex(model.Type(), key)
	if !ok {
		return reflect.Value{}, false
	}
	return model.Field(index), true
}

// answeredValue translates a field; false where Azure has left it out.
func answeredValue(field reflect.Value, t reflect.Type) (resource.PropertyValue, bool) {
	t = plainType(t)
	switch field.Kind() {
	case reflect.Pointer:
		if field.IsNil() {
			return resource.PropertyValue{}, false
		}
		return answeredValue(field.Elem(), t)
	case reflect.Interface:
		if _, several := arm.Concrete(field.Type()); several && !field.IsNil() {
			declared, known := unions[field.Elem().Type().Elem()]
			if !known { // written by somebody else, in a form that the program never takes
				return resource.PropertyValue{}, false
			}
			return answeredValue(field.Elem(), declared)
		}
		return resource.NewPropertyValue(field.Interface()), !field.IsNil()
	case reflect.Struct:
		if at, ok := field.Interface().(time.Time); ok {
			return resource.NewStringProperty(at.Format(time.RFC3339)), true
		}
		return resource.NewObjectProperty(answeredObject(field, t)), true
	case reflect.Slice:
		items := []resource.PropertyValue{}
		for i := range field.Len() {
			if item, given := answeredValue(field.Index(i), t.Elem()); given {
				items = append(items, item)
			}
		}
		return resource.NewArrayProperty(items), !field.IsNil()
	case reflect.Map:
		entries := resource.PropertyMap{}
		for iterator := field.MapRange(); iterator.Next(); {
			if entry, given := answeredValue(iterator.Value(), t.Elem()); given {
				entries[resource.PropertyKey(iterator.Key().String())] = entry
			}
		}
		return resource.NewObjectProperty(entries), !field.IsNil()
	case reflect.String:
		return resource.NewStringProperty(field.String()), true
	case reflect.Bool:
		return resource.NewBoolProperty(field.Bool()), true
	case reflect.Int32, reflect.Int64:
		return resource.NewNumberProperty(float64(field.Int())), true
	case reflect.Float32, reflect.Float64:
		return resource.NewNumberProperty(field.Float()), true
	}
	return resource.PropertyValue{}, false
}

// jsonName asks the model: with one field set, the one key of its JSON is the field's.
func jsonName(t reflect.Type, index int) string {
	probe := reflect.New(t)
	field := probe.Elem().Field(index)
	switch field.Kind() {
	case reflect.Pointer:
		field.Set(reflect.New(field.Type().Elem()))
	case reflect.Slice:
		field.Set(reflect.MakeSlice(field.Type(), 0, 0))
	case reflect.Map:
		field.Set(reflect.MakeMap(field.Type()))
	}
	text, err := json.Marshal(probe.Interface())
	if err != nil {
		return ""
	}
	var keys map[string]any
	if json.Unmarshal(text, &keys) != nil || len(keys) != 1 {
		return ""
	}
	for key := range keys {
		return key
	}
	return ""
}

// resolve replaces azure-native's "$self/…", a reference to a child of the resource itself. The plugin does so in
// objects of the type SubResource and nowhere else.
func (a *Azure) resolve(v resource.PropertyValue, t reflect.Type, id string) resource.PropertyValue {
	t = plainType(t)
	switch {
	case v.IsObject() && t.Kind() == reflect.Struct:
		fields := resource.PropertyMap{}
		for key, field := range v.ObjectValue() {
			fields[key] = field
			if declared, ok := propertiesOf(t)[string(key)]; ok {
				fields[key] = a.resolve(field, declared, id)
			}
		}
		if relative := fields["id"]; relative.IsString() && (t.Name() == "SubResource" ||
			a.deviates(resolvesSelfEverywhere)) {
			if rest, ok := strings.CutPrefix(relative.StringValue(), "$self/"); ok {
				fields["id"] = resource.NewStringProperty(id + "/" + rest)
			}
		}
		return resource.NewObjectProperty(fields)
	case v.IsArray() && t.Kind() == reflect.Slice:
		items := []resource.PropertyValue{}
		for _, item := range v.ArrayValue() {
			items = append(items, a.resolve(item, t.Elem(), id))
		}
		return resource.NewArrayProperty(items)
	}
	return v
}

// plainJSON is a model as encoding/json would read it.
func plainJSON(model any) (map[string]any, error) {
	text, err := json.Marshal(model)
	if err != nil {
		return nil, err
	}
	plain := map[string]any{}
	return plain, json.Unmarshal(text, &plain)
}

package azurenative

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// azure-native's properties are ARM's with every level named "properties" taken out. Microsoft's Go models know which those
// levels are, so the models translate: an input is looked up among a model's Properties first and its own fields then. The models'
// field names equal azure-native's but for letter case.

// problem is an input that the model does not take.
type problem struct {
	path, reason string
}

// fill writes inputs into a model. Unknown values, which only a preview has, stay empty.
func fill(model reflect.Value, inputs resource.PropertyMap, id string) []problem {
	f := filler{id: id}
	f.object(model, inputs, "")
	return f.problems
}

type filler struct {
	id       string // of the resource itself
	problems []problem
}

func (f *filler) object(model reflect.Value, inputs resource.PropertyMap, path string) {
	for _, key := range inputs.StableKeys() {
		at := string(key)
		if path != "" {
			at = path + "." + at
		}
		field, ok := settable(model, string(key))
		if !ok {
			f.problems = append(f.problems, problem{at, fmt.Sprintf("%s has no property of this name", model.Type().Name())})
			continue
		}
		f.value(field, inputs[key], at)
	}
}

// settable finds the field for a key, making the Properties level if that is where it is.
func settable(model reflect.Value, key string) (reflect.Value, bool) {
	if level := model.FieldByName("Properties"); level.IsValid() && level.Kind() == reflect.Pointer && level.Type().Elem().Kind() == reflect.Struct {
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

// fieldIndex finds a field by its own name, which is the one that Microsoft's specification gives to clients, or by its name in
// JSON: the models have shortened a few on their own.
func fieldIndex(t reflect.Type, key string) (int, bool) {
	for i := range t.NumField() {
		if strings.EqualFold(t.Field(i).Name, key) {
			return i, true
		}
	}
	for i := range t.NumField() {
		if t.Field(i).IsExported() && jsonName(t, i) == key {
			return i, true
		}
	}
	return 0, false
}

func (f *filler) value(field reflect.Value, value resource.PropertyValue, path string) {
	value = unsecret(value)
	if value.IsComputed() || value.IsOutput() || value.IsNull() {
		return
	}
	mismatch := func(want string) {
		f.problems = append(f.problems, problem{path, fmt.Sprintf("is %s, and Azure takes %s", value.TypeString(), want)})
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
		field.Set(reflect.ValueOf(value.Mappable()))
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
		text, _ := absoluteID(value.StringValue(), f.id)
		field.SetString(text)
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

// flatten is the way back: a model as azure-native's properties.
func flatten(model reflect.Value) (resource.PropertyValue, error) {
	switch model.Kind() {
	case reflect.Pointer, reflect.Interface:
		if model.IsNil() {
			return resource.NewNullProperty(), nil
		}
		return flatten(model.Elem())
	case reflect.Struct:
		if model.Type() == reflect.TypeFor[time.Time]() {
			return resource.NewStringProperty(model.Interface().(time.Time).Format(time.RFC3339)), nil
		}
		fields := resource.PropertyMap{}
		return resource.NewObjectProperty(fields), flattenStruct(model, fields)
	case reflect.Slice:
		items := make([]resource.PropertyValue, 0, model.Len())
		for i := range model.Len() {
			item, err := flatten(model.Index(i))
			if err != nil {
				return item, err
			}
			items = append(items, item)
		}
		return resource.NewArrayProperty(items), nil
	case reflect.Map:
		entries := resource.PropertyMap{}
		for iterator := model.MapRange(); iterator.Next(); {
			entry, err := flatten(iterator.Value())
			if err != nil {
				return entry, err
			}
			entries[resource.PropertyKey(iterator.Key().String())] = entry
		}
		return resource.NewObjectProperty(entries), nil
	case reflect.String:
		return resource.NewStringProperty(model.String()), nil
	case reflect.Bool:
		return resource.NewBoolProperty(model.Bool()), nil
	case reflect.Int32, reflect.Int64:
		return resource.NewNumberProperty(float64(model.Int())), nil
	case reflect.Float32, reflect.Float64:
		return resource.NewNumberProperty(model.Float()), nil
	}
	return resource.PropertyValue{}, fmt.Errorf("the model's %s cannot be translated", model.Type())
}

// flattenStruct lifts Properties up last, so that they win over the model's own fields as they do in fill.
func flattenStruct(model reflect.Value, into resource.PropertyMap) error {
	var properties reflect.Value
	for i := range model.NumField() {
		field := model.Type().Field(i)
		if !field.IsExported() || model.Field(i).IsZero() {
			continue
		}
		if field.Name == "Properties" && field.Type.Kind() == reflect.Pointer && field.Type.Elem().Kind() == reflect.Struct {
			properties = model.Field(i).Elem()
			continue
		}
		value, err := flatten(model.Field(i))
		if err != nil {
			return err
		}
		for _, name := range propertyNames(model.Type(), i) {
			into[resource.PropertyKey(name)] = value
		}
	}
	if properties.IsValid() {
		return flattenStruct(properties, into)
	}
	return nil
}

// propertyNames are what azure-native may call a model's field: ARM's own spelling where the field means the same name; otherwise
// both, because it depends on whether Microsoft's specification or the model alone has renamed it.
func propertyNames(t reflect.Type, index int) []string {
	name, json := t.Field(index).Name, jsonName(t, index)
	if strings.EqualFold(json, name) {
		return []string{json}
	}
	return []string{json, camel(name)}
}

// jsonNames caches what jsonName finds.
var jsonNames sync.Map // of modelField to string

type modelField struct {
	t     reflect.Type
	index int
}

// jsonName asks the model: with one field set, the one key of its JSON is the field's.
func jsonName(t reflect.Type, index int) string {
	if name, ok := jsonNames.Load(modelField{t, index}); ok {
		return name.(string)
	}
	name := probeJSONName(t, index)
	jsonNames.Store(modelField{t, index}, name)
	return name
}

func probeJSONName(t reflect.Type, index int) string {
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

// camel writes EnableHTTPSTrafficOnly as enableHttpsTrafficOnly.
func camel(name string) string {
	runes := []rune(name)
	for i := range runes {
		start := i == 0
		insideAcronym := i > 0 && unicode.IsUpper(rune(name[i-1])) && (i+1 == len(runes) || !unicode.IsLower(runes[i+1]))
		if start || insideAcronym {
			runes[i] = unicode.ToLower(runes[i])
		}
	}
	return string(runes)
}

// writeOnly names what Azure never gives back.
var writeOnly = map[resource.PropertyKey]bool{
	"adminPassword": true, "authorizationKey": true, "customData": true, "protectedSettings": true, "sharedKey": true,
}

// whole names the maps whose every key is the user's: one that somebody added is drift too.
var whole = map[resource.PropertyKey]bool{"tags": true}

// live returns the inputs as Azure holds them now: only what the program set, so that what Azure fills in is no drift. A
// reference that the program wrote relative to the resource's own ID stays relative.
func live(inputs, now resource.PropertyValue, id string) resource.PropertyValue {
	switch {
	case inputs.IsSecret():
		return resource.MakeSecret(live(inputs.SecretValue().Element, now, id))
	case inputs.IsObject() && now.IsObject():
		fields := resource.PropertyMap{}
		for key, field := range inputs.ObjectValue() {
			if value, ok := now.ObjectValue()[key]; ok && whole[key] {
				fields[key] = value
			} else if ok {
				fields[key] = live(field, value, id)
			} else if writeOnly[key] {
				fields[key] = field
			}
		}
		return resource.NewObjectProperty(fields)
	case inputs.IsArray() && now.IsArray():
		var items []resource.PropertyValue
		for i, item := range now.ArrayValue() {
			if i < len(inputs.ArrayValue()) {
				item = live(inputs.ArrayValue()[i], item, id)
			}
			items = append(items, item)
		}
		return resource.NewArrayProperty(items)
	case inputs.IsString() && now.IsString():
		if absolute, relative := absoluteID(inputs.StringValue(), id); relative && strings.EqualFold(absolute, now.StringValue()) {
			return inputs
		}
	}
	return now
}

// absoluteID resolves azure-native's "$self/…", a reference to a child of the resource itself.
func absoluteID(text, id string) (absolute string, relative bool) {
	rest, relative := strings.CutPrefix(text, "$self")
	if !relative {
		return text, false
	}
	return id + rest, true
}

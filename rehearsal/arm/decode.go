package arm

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// decoded is a body that went through the official model and back.
type decoded struct {
	model any            // a pointer to the type's Model, every Properties level present
	body  map[string]any // what the model holds, without what Azure ignores
	lost  []string       // paths that the model does not know
	err   error          // a value of the wrong kind
}

// decode reads a body into the type's official model, and that back into JSON to see what the model does not know.
func decode(t *Type, sent map[string]any) decoded {
	stripped := clone(sent).(map[string]any)
	for _, path := range readOnlyPaths(t) {
		remove(stripped, path)
	}
	oneTagPerName(stripped)
	if path := nullItem(stripped, ""); path != "" {
		return decoded{err: fmt.Errorf("a list item is null at '%s'", path)}
	}
	raw, err := json.Marshal(stripped)
	if err != nil {
		return decoded{err: err}
	}
	m := reflect.New(t.Model)
	if err := json.Unmarshal(raw, m.Interface()); err != nil {
		return decoded{err: err}
	}
	raw, err = json.Marshal(m.Interface())
	if err != nil {
		return decoded{err: err}
	}
	out := decoded{model: m.Interface()}
	if err := json.Unmarshal(raw, &out.body); err != nil {
		return decoded{err: err}
	}
	out.lost = lost(stripped, out.body, "")
	fillProperties(m)
	return out
}

// oneTagPerName leaves of tags whose names differ only in case one, as Azure does: to it they are the same. Which one
// stays is not documented; here, it is the last in order.
// https://github.com/MicrosoftDocs/azure-docs/issues/57888
func oneTagPerName(body map[string]any) {
	tags, _ := body["tags"].(map[string]any)
	kept := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		if earlier, taken := kept[strings.ToLower(name)]; taken {
			delete(tags, earlier)
		}
		kept[strings.ToLower(name)] = name
	}
}

// readOnlyPaths are what Azure ignores when a client sends back what it got from a GET.
func readOnlyPaths(t *Type) []string {
	paths := append([]string{
		"id", "name", "type", "etag", "systemData", "properties.provisioningState", "properties.resourceGuid",
	}, t.readOnly...)
	for _, child := range t.children {
		under := "properties." + child + "."
		paths = append(paths, under+"etag", under+"type", under+"properties.provisioningState")
	}
	return paths
}

// nullItem is the path of a list's item that is null, which no list of the models takes; or "".
func nullItem(v any, path string) string {
	switch v := v.(type) {
	case []any:
		for i, item := range v {
			at := fmt.Sprintf("%s[%d]", path, i)
			if item == nil {
				return at
			}
			if found := nullItem(item, at); found != "" {
				return found
			}
		}
	case map[string]any:
		for name, item := range v {
			if found := nullItem(item, strings.TrimPrefix(path+"."+name, ".")); found != "" {
				return found
			}
		}
	}
	return ""
}

// lost lists the paths of sent that are not in kept. A null says the same as nothing at all.
func lost(sent, kept any, path string) []string {
	var out []string
	switch sent := sent.(type) {
	case map[string]any:
		have, _ := kept.(map[string]any)
		for name, v := range sent {
			at := strings.TrimPrefix(path+"."+name, ".")
			if inner, ok := have[name]; ok {
				out = append(out, lost(v, inner, at)...)
			} else if v != nil {
				out = append(out, at)
			}
		}
	case []any:
		have, _ := kept.([]any)
		for i := range min(len(sent), len(have)) {
			out = append(out, lost(sent[i], have[i], fmt.Sprintf("%s[%d]", path, i))...)
		}
	}
	return out
}

// fillProperties makes every absent Properties level, so that rules read m.Properties.X without asking first.
func fillProperties(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			fillProperties(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			fillProperties(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if !field.IsExported() {
				continue
			}
			if field.Name == "Properties" && field.Type.Kind() == reflect.Pointer && v.Field(i).IsNil() {
				v.Field(i).Set(reflect.New(field.Type.Elem()))
			}
			fillProperties(v.Field(i))
		}
	}
}

// typeAt names the model's type that a path leads into: the object on which its last member was not found.
func typeAt(t reflect.Type, path string) string {
	members := strings.Split(path, ".")
	for _, member := range members[:len(members)-1] {
		name, _, _ := strings.Cut(member, "[")
		field, ok := fieldOf(t, name)
		if !ok {
			break
		}
		t = field
	}
	return t.Name()
}

// fieldOf is the type of a struct's field, its pointers and lists taken off. The models' field names are the JSON names
// but for letter case.
func fieldOf(t reflect.Type, name string) (reflect.Type, bool) {
	if t.Kind() != reflect.Struct {
		return nil, false
	}
	field, ok := t.FieldByNameFunc(func(s string) bool { return strings.EqualFold(s, name) })
	if !ok {
		return nil, false
	}
	at := field.Type
	for at.Kind() == reflect.Pointer || at.Kind() == reflect.Slice {
		at = at.Elem()
	}
	return at, true
}

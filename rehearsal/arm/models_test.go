package arm

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// modelTypes are all types that the models in use reach.
func modelTypes() map[reflect.Type]bool {
	seen := map[reflect.Type]bool{}
	var visit func(reflect.Type)
	visit = func(kind reflect.Type) {
		if seen[kind] {
			return
		}
		seen[kind] = true
		switch kind.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			visit(kind.Elem())
		case reflect.Interface:
			if concrete, known := Concrete(kind); known {
				visit(concrete)
			}
		case reflect.Struct:
			for i := range kind.NumField() {
				if kind.Field(i).IsExported() && ofTheSDK(kind) {
					visit(kind.Field(i).Type)
				}
			}
		}
	}
	for _, kind := range Types() {
		visit(kind.Model)
	}
	return seen
}

func ofTheSDK(kind reflect.Type) bool { return strings.Contains(kind.PkgPath(), "azure-sdk-for-go") }

func TestEveryEnumeratedTypeOfTheModelsIsHeldToItsValues(t *testing.T) {
	for kind := range modelTypes() {
		if _, known := allowedValues[kind]; kind.Kind() == reflect.String && kind.PkgPath() != "" && !known &&
			!slices.Contains(open, kind) {
			t.Errorf("%s is missing from the enumerations", kind)
		}
	}
	t.Logf("counted: %d enumerated types of Microsoft's models held to their values", len(allowedValues))
}

// The models' own source says of each property whether it is required, which reflection does not see.
func TestEveryRequiredPropertyOfTheModelsIsHeldToBeGiven(t *testing.T) {
	sources := map[string]map[string][]string{}
	count := 0
	for kind := range modelTypes() {
		if kind.Kind() != reflect.Struct || !ofTheSDK(kind) {
			continue
		}
		if sources[kind.PkgPath()] == nil {
			sources[kind.PkgPath()] = requiredIn(t, kind.PkgPath())
		}
		if want := sources[kind.PkgPath()][kind.Name()]; !slices.Equal(required[kind], want) {
			t.Errorf("%s requires %q, and %q is held to it", kind, want, required[kind])
		}
		count += len(required[kind])
	}
	if len(required) == 0 || count == 0 {
		t.Error("nothing is required")
	}
	t.Logf("counted: %d required properties of Microsoft's models held to be given", count)
}

// requiredIn are the properties that a package's models mark as required, by model.
func requiredIn(t *testing.T, pkg string) map[string][]string {
	t.Helper()
	found, err := build.Import(pkg, ".", build.FindOnly)
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(found.Dir, "models.go"), nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for node := range ast.Preorder(file) {
		model, isType := node.(*ast.TypeSpec)
		if !isType {
			continue
		}
		if fields, isStruct := model.Type.(*ast.StructType); isStruct {
			for _, field := range fields.Fields.List {
				if name := field.Names[0].Name; strings.HasPrefix(field.Doc.Text(), "REQUIRED;") &&
					name != "Properties" {
					out[model.Name.Name] = append(out[model.Name.Name], name)
				}
			}
		}
	}
	return out
}

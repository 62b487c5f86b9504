package main

import (
	"fmt"
	"go/ast"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

const module = "defender-iot-proxy:index:"

// spec is the schema of all components. It has no version: the plug-in that hands it out has one.
func (s source) spec() (schema.PackageSpec, error) {
	spec := schema.PackageSpec{
		Name:        "defender-iot-proxy",
		DisplayName: "Defender for IoT proxy",
		Description: "Components that connect OT sensors privately to Microsoft Defender for IoT, through " +
			"proxies in Azure.",
		Keywords:   []string{"category/infrastructure", "kind/component", "azure", "defender-for-iot"},
		Homepage:   "https://github.com/defender-iot-proxy/pulumi-defender-iot-proxy",
		Repository: "https://github.com/defender-iot-proxy/pulumi-defender-iot-proxy",
		License:    "Apache-2.0",
		Resources:  map[string]schema.ResourceSpec{},
		Types:      map[string]schema.ComplexTypeSpec{},
		Language: map[string]schema.RawMessage{
			"nodejs": schema.RawMessage(`{"respectSchemaVersion":true}`),
			"python": schema.RawMessage(`{"respectSchemaVersion":true,"pyproject":{"enabled":true}}`),
			"csharp": schema.RawMessage(`{"respectSchemaVersion":true}`),
			"go":     schema.RawMessage(`{"respectSchemaVersion":true,"generateResourceContainerTypes":true}`),
		},
	}
	names := newNames(s)
	for _, component := range s.components {
		inputs, err := s.object(component+"Args", names)
		if err != nil {
			return spec, err
		}
		outputs, err := s.object(component, names)
		if err != nil {
			return spec, err
		}
		spec.Resources[module+component] = schema.ResourceSpec{
			ObjectTypeSpec: outputs, InputProperties: inputs.Properties,
			RequiredInputs: inputs.Required, IsComponent: true,
		}
	}
	for _, name := range s.nested() {
		object, err := s.object(name, names)
		if err != nil {
			return spec, err
		}
		spec.Types[module+name] = schema.ComplexTypeSpec{ObjectTypeSpec: object}
	}
	return spec, nil
}

// object describes a struct.
func (s source) object(name string, names names) (schema.ObjectTypeSpec, error) {
	object := schema.ObjectTypeSpec{
		Type: "object", Description: names.translated(s.structs[name].doc, name),
		Properties: map[string]schema.PropertySpec{},
	}
	for _, f := range s.structs[name].fields {
		kind, err := s.typeOf(f.expr)
		if err != nil {
			return object, fmt.Errorf("%s.%s: %w", name, f.name, err)
		}
		object.Properties[f.key] = schema.PropertySpec{
			TypeSpec: kind, Description: names.translated(f.doc, name), Secret: f.secret,
		}
		if !f.optional {
			object.Required = append(object.Required, f.key)
		}
	}
	slices.Sort(object.Required)
	return object, nil
}

// nested are the structs that arguments are made of, sorted.
func (s source) nested() []string {
	found := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		for _, f := range s.structs[name].fields {
			if inner := elementOf(f.expr); inner != "" && s.isStruct(inner) && !found[inner] {
				found[inner] = true
				visit(inner)
			}
		}
	}
	for _, component := range s.components {
		visit(component + "Args")
	}
	return slices.Sorted(maps.Keys(found))
}

func (s source) isStruct(name string) bool {
	_, is := s.structs[name]
	return is
}

// elementOf is the name of the type that pointers and slices lead to; empty for one of another package.
func elementOf(expr ast.Expr) string {
	switch e := expr.(type) {
	case *ast.StarExpr:
		return elementOf(e.X)
	case *ast.ArrayType:
		return elementOf(e.Elt)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

var (
	plainTypes = map[string]string{"string": "string", "int": "integer", "bool": "boolean"}
	text       = schema.TypeSpec{Type: "string"}
	// of Pulumi's SDK
	pulumiTypes = map[string]schema.TypeSpec{
		"StringInput":       text,
		"StringMapInput":    {Type: "object", AdditionalProperties: &text},
		"StringOutput":      text,
		"IDOutput":          text,
		"IntOutput":         {Type: "integer"},
		"StringArrayOutput": {Type: "array", Items: &text},
		"StringMapOutput":   {Type: "object", AdditionalProperties: &text},
	}
)

// typeOf describes a type. What is a plain value in Go is plain in the schema: no other resource can decide it.
func (s source) typeOf(expr ast.Expr) (schema.TypeSpec, error) {
	switch e := expr.(type) {
	case *ast.StarExpr:
		return s.typeOf(e.X)
	case *ast.ArrayType:
		items, err := s.typeOf(e.Elt)
		return schema.TypeSpec{Type: "array", Items: &items, Plain: items.Plain}, err
	case *ast.Ident:
		if plain, known := plainTypes[e.Name]; known {
			return schema.TypeSpec{Type: plain, Plain: true}, nil
		}
		if s.isStruct(e.Name) {
			return schema.TypeSpec{Ref: "#/types/" + module + e.Name, Plain: !s.takesInputs(e.Name)}, nil
		}
	case *ast.SelectorExpr:
		if known, is := pulumiTypes[e.Sel.Name]; is {
			return known, nil
		}
	}
	return schema.TypeSpec{}, fmt.Errorf("a type that the schema has no word for: add it to plainTypes or pulumiTypes")
}

// takesInputs tells whether a struct holds anything that may come from another resource.
func (s source) takesInputs(name string) bool {
	return slices.ContainsFunc(s.structs[name].fields, func(f field) bool {
		inner := elementOf(f.expr)
		return inner == "" || s.isStruct(inner) && s.takesInputs(inner)
	})
}

package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

// source is what the schema is made of: the structs of package components with their comments, and its constructors.
type source struct {
	structs    map[string]structure
	components []string // names, each with a constructor New…
}

type structure struct {
	doc    string
	fields []field
}

type field struct {
	name, key        string // in Go and in Pulumi
	expr             ast.Expr
	doc              string
	optional, secret bool
}

// readSource reads a folder of Go files. Nothing is compiled, least of all the Azure SDK.
func readSource(folder string) (source, error) {
	s := source{structs: map[string]structure{}}
	files, err := os.ReadDir(folder)
	if err != nil {
		return s, err
	}
	for _, entry := range files {
		if name := entry.Name(); !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(folder, entry.Name()), nil,
			parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return s, err
		}
		for _, declaration := range file.Decls {
			s.add(declaration)
		}
	}
	return s, nil
}

func (s *source) add(declaration ast.Decl) {
	switch d := declaration.(type) {
	case *ast.FuncDecl:
		if name, isNew := strings.CutPrefix(d.Name.Name, "New"); isNew && d.Recv == nil {
			s.components = append(s.components, name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			named, isType := spec.(*ast.TypeSpec)
			if !isType {
				continue
			}
			if body, isStruct := named.Type.(*ast.StructType); isStruct && named.Name.IsExported() {
				s.structs[named.Name.Name] = structure{doc: oneLine(d.Doc), fields: fields(body)}
			}
		}
	}
}

// fields are those that Pulumi knows.
func fields(body *ast.StructType) []field {
	var all []field
	for _, f := range body.Fields.List {
		if f.Tag == nil || len(f.Names) != 1 {
			continue
		}
		text, err := strconv.Unquote(f.Tag.Value)
		if err != nil {
			continue // the compiler refuses such a tag
		}
		tag := reflect.StructTag(text)
		key, options, _ := strings.Cut(tag.Get("pulumi"), ",")
		if key == "" {
			continue
		}
		all = append(all, field{
			name: f.Names[0].Name, key: key, expr: f.Type, doc: oneLine(f.Doc),
			optional: options == "optional", secret: tag.Get("provider") == "secret",
		})
	}
	return all
}

func oneLine(comment *ast.CommentGroup) string {
	return strings.Join(strings.Fields(comment.Text()), " ")
}

package components

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// module is the path of this module, whose internal packages nobody else can import.
const module = "github.com/defender-iot-proxy/pulumi-defender-iot-proxy/"

// packages type-checks this module's packages from their source and the standard library's from its export data. It
// takes every other package for empty, and goes on past what it cannot find there: only names of this module matter
// here.
type packages struct {
	files    *token.FileSet
	standard types.Importer
	known    map[string]*types.Package
}

func (p *packages) Import(path string) (*types.Package, error) {
	if known := p.known[path]; known != nil {
		return known, nil
	}
	own, isOwn := strings.CutPrefix(path, module)
	if !isOwn {
		if !strings.Contains(path, ".") {
			return p.standard.Import(path)
		}
		name := filepath.Base(path)
		empty := types.NewPackage(path, strings.ReplaceAll(name, "-", "_"))
		empty.MarkComplete()
		p.known[path] = empty
		return empty, nil
	}
	return p.load(path, filepath.Join("..", own))
}

func (p *packages) load(path, directory string) (*types.Package, error) {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return nil, err
	}
	var files []*ast.File
	for _, entry := range entries {
		if name := entry.Name(); strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			file, err := parser.ParseFile(p.files, filepath.Join(directory, name), nil, parser.SkipObjectResolution)
			if err != nil {
				return nil, err
			}
			files = append(files, file)
		}
	}
	config := types.Config{Importer: p, Error: func(error) {}}
	loaded, _ := config.Check(path, p.files, files, nil)
	p.known[path] = loaded
	return loaded, nil
}

// internalNames finds the internal types that a package's exported identifiers name.
func internalNames(pkg *types.Package) []string {
	w := walk{pkg: pkg, seen: map[types.Type]bool{}}
	for _, name := range pkg.Scope().Names() {
		if object := pkg.Scope().Lookup(name); object.Exported() {
			w.visit(name, object.Type())
		}
	}
	return w.found
}

type walk struct {
	pkg   *types.Package
	seen  map[types.Type]bool
	found []string
}

func (w *walk) visit(path string, t types.Type) {
	if t == nil || w.seen[t] {
		return
	}
	w.seen[t] = true
	switch t := t.(type) {
	case *types.Named:
		w.named(path, t)
	case *types.Alias:
		w.visit(path, types.Unalias(t))
	case *types.Struct:
		for i := range t.NumFields() {
			if field := t.Field(i); field.Exported() || field.Embedded() {
				w.visit(path+"."+field.Name(), field.Type())
			}
		}
	case *types.Signature:
		for tuple := range []int{0, 1} {
			vars := []*types.Tuple{t.Params(), t.Results()}[tuple]
			for i := range vars.Len() {
				w.visit(path+"()", vars.At(i).Type())
			}
		}
	case *types.Map:
		w.visit(path, t.Key())
		w.visit(path, t.Elem())
	case interface{ Elem() types.Type }: // pointers, slices, arrays, channels
		w.visit(path, t.Elem())
	}
}

func (w *walk) named(path string, t *types.Named) {
	pkg := t.Obj().Pkg()
	switch {
	case pkg == nil:
	case strings.Contains(pkg.Path(), "/internal/"):
		w.found = append(w.found, path+" names "+pkg.Name()+"."+t.Obj().Name())
	case pkg == w.pkg:
		w.visit(path, t.Underlying())
		for i := range t.NumMethods() {
			if method := t.Method(i); method.Exported() {
				w.visit(path+"."+method.Name(), method.Type())
			}
		}
	}
}

func TestNoExportedIdentifierNamesAnInternalType(t *testing.T) {
	p := &packages{files: token.NewFileSet(), standard: importer.Default(), known: map[string]*types.Package{}}
	pkg, err := p.load(module+"components", ".")
	if err != nil {
		t.Fatal(err)
	}
	if len(pkg.Scope().Names()) < 20 {
		t.Fatalf("only %q were found", pkg.Scope().Names())
	}
	for _, found := range internalNames(pkg) {
		t.Error(found)
	}
}

// The product's own program builds on internal types, so it shows that they would be found.
func TestAnInternalTypeInAnExportedIdentifierIsFound(t *testing.T) {
	p := &packages{files: token.NewFileSet(), standard: importer.Default(), known: map[string]*types.Package{}}
	pkg, err := p.load(module+"internal/reach", filepath.Join("..", "internal", "reach"))
	if err != nil {
		t.Fatal(err)
	}
	if found := strings.Join(internalNames(pkg), "\n"); !strings.Contains(found, "Plan() names site.Site") {
		t.Errorf("found in package reach: %s", found)
	}
}

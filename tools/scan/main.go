// Command scan asks KICS's queries for Azure Resource Manager about deployment templates, and prints what they find as
// JSON. It evaluates the queries as KICS does, with the same engine and the same libraries, and leaves out the rest of
// KICS, which takes minutes to compile.
//
//	scan QUERIES TEMPLATE…
//
// QUERIES is the folder assets/queries/azureResourceManager of KICS's module. A finding ends no scan: the exit code
// is 0 unless something cannot be read.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/Checkmarx/kics/v2/assets"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

// finding is what a query says of a template.
type finding struct {
	Template string `json:"template"` // name of the file
	Query    string `json:"query"`    // KICS's name for it
	Severity string `json:"severity"`
	Place    string `json:"place"` // in the template, as KICS writes it
	Expected string `json:"expected"`
	Actual   string `json:"actual"`
}

// said is all that a scan says.
type said struct {
	Queries  int       `json:"queries"` // that were asked of each template
	Findings []finding `json:"findings"`
}

func main() {
	result, err := scan(context.Background(), os.Args[1:])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(result)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "scan:", err)
		os.Exit(1)
	}
}

func scan(ctx context.Context, args []string) (said, error) {
	if len(args) < 2 {
		return said{}, fmt.Errorf("usage: scan QUERIES TEMPLATE…")
	}
	folders, err := filepath.Glob(filepath.Join(args[0], "*", "query.rego"))
	if err != nil || len(folders) == 0 {
		return said{}, fmt.Errorf("no queries in %s: %w", args[0], err)
	}
	templates := map[string]any{}
	for _, file := range args[1:] {
		var template map[string]any
		if err := readJSON(file, &template); err != nil {
			return said{}, err
		}
		template["id"], template["file"] = filepath.Base(file), file
		templates[filepath.Base(file)] = map[string]any{"document": []any{template}}
	}
	out := said{Queries: len(folders), Findings: []finding{}}
	for _, file := range folders {
		found, err := ask(ctx, filepath.Dir(file), templates)
		if err != nil {
			return said{}, fmt.Errorf("%s: %w", file, err)
		}
		out.Findings = append(out.Findings, found...)
	}
	return out, nil
}

// ask evaluates a query on every template.
func ask(ctx context.Context, folder string, templates map[string]any) ([]finding, error) {
	var about struct{ QueryName, Severity string }
	if err := readJSON(filepath.Join(folder, "metadata.json"), &about); err != nil {
		return nil, err
	}
	query, err := prepare(ctx, folder)
	if err != nil {
		return nil, err
	}
	var all []finding
	for _, name := range slices.Sorted(maps.Keys(templates)) {
		results, err := query.Eval(ctx, rego.EvalInput(templates[name]))
		if err != nil {
			return nil, err
		}
		for _, result := range results {
			found, err := findings(result.Bindings["result"])
			if err != nil {
				return nil, err
			}
			for _, f := range found {
				f.Template, f.Query, f.Severity = name, about.QueryName, about.Severity
				all = append(all, f)
			}
		}
	}
	return all, nil
}

func prepare(ctx context.Context, folder string) (rego.PreparedEvalQuery, error) {
	var none rego.PreparedEvalQuery
	text, err := os.ReadFile(filepath.Join(folder, "query.rego"))
	if err != nil {
		return none, err
	}
	options := []func(*rego.Rego){
		rego.Query("result = data.Cx.CxPolicy"), rego.Module("query", string(text)), rego.SetRegoVersion(ast.RegoV0),
	}
	for _, library := range []string{"common", "azureresourcemanager"} {
		code, err := assets.GetEmbeddedLibrary(library)
		if err != nil {
			return none, err
		}
		options = append(options, rego.Module(library, code))
	}
	data := map[string]any{}
	common, err := assets.GetEmbeddedLibraryData("common")
	if err == nil {
		err = json.Unmarshal([]byte(common), &data)
	}
	if err != nil {
		return none, err
	}
	return rego.New(append(options, rego.Store(inmem.NewFromObject(data)))...).PrepareForEval(ctx)
}

// findings reads what a query gives.
func findings(v any) ([]finding, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var results []struct{ SearchKey, KeyExpectedValue, KeyActualValue string }
	if err := json.Unmarshal(text, &results); err != nil {
		return nil, err
	}
	var all []finding
	for _, r := range results {
		all = append(all, finding{Place: r.SearchKey, Expected: r.KeyExpectedValue, Actual: r.KeyActualValue})
	}
	return all, nil
}

func readJSON(file string, into any) error {
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		return fmt.Errorf("reading %s: %w", file, err)
	}
	return nil
}

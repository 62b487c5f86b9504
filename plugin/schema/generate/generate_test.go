package main

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// The tests run in the command's folder, the command in the module's.
const plugin = "../.."

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func written(t *testing.T) schema.PackageSpec {
	t.Helper()
	var spec schema.PackageSpec
	if err := json.Unmarshal(read(t, plugin+"/"+file), &spec); err != nil {
		t.Fatal(err)
	}
	return spec
}

func TestTheSchemaIsUpToDate(t *testing.T) {
	want, err := generated(plugin + "/" + components)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, read(t, plugin+"/"+file)) {
		t.Errorf("plugin/%s is not what `make generate` writes", file)
	}
}

// noOthers finds no other package: the schema refers to none.
type noOthers struct{ schema.Loader }

func TestPulumiTakesTheSchema(t *testing.T) {
	pkg, problems, err := schema.BindSpec(written(t), noOthers{}, schema.ValidationOptions{})
	if err != nil || len(problems) > 0 {
		t.Fatalf("%v, %v", err, problems)
	}
	if len(pkg.Resources) < 11 {
		t.Errorf("only %d components", len(pkg.Resources))
	}
}

func TestTheProviderOffersEveryComponentOfTheSchema(t *testing.T) {
	var offered []string
	for _, match := range regexp.MustCompile(`offer\(components\.New(\w+)\)`).
		FindAllSubmatch(read(t, plugin+"/provider.go"), -1) {
		offered = append(offered, module+string(match[1]))
	}
	slices.Sort(offered)
	var want []string
	for token := range written(t).Resources {
		want = append(want, token)
	}
	slices.Sort(want)
	if !slices.Equal(offered, want) {
		t.Errorf("plugin/provider.go offers\n%q, the package has\n%q", offered, want)
	}
}

func TestEverythingIsDescribed(t *testing.T) {
	counted := 0
	described := func(name, text string) {
		counted++
		if len(text) < 5 {
			t.Errorf("%s has no comment in package components", name)
		}
	}
	all := func(owner string, properties map[string]schema.PropertySpec) {
		for name, property := range properties {
			described(owner+"."+name, property.Description)
		}
	}
	spec := written(t)
	for token, component := range spec.Resources {
		described(token, component.Description)
		all(token, component.Properties)
		all(token, component.InputProperties)
	}
	for token, object := range spec.Types {
		described(token, object.Description)
		all(token, object.Properties)
	}
	t.Logf("counted: %d descriptions in the plugin's schema", counted)
}

// A description names fields as a program of another language writes them.
func TestDescriptionsNameNoFieldAsInGo(t *testing.T) {
	source, err := readSource(plugin + "/" + components)
	if err != nil {
		t.Fatal(err)
	}
	text := read(t, plugin+"/"+file)
	for goName, key := range newNames(source).anywhere {
		if _, isType := source.structs[goName]; !isType && regexp.MustCompile(`\b`+goName+`\b`).Match(text) {
			t.Errorf("the schema names %s, which is %s there", goName, key)
		}
	}
}

func TestNamesAreThoseOfTheOtherLanguages(t *testing.T) {
	n := newNames(source{structs: map[string]structure{
		"Args": {fields: []field{{name: "CustomData", key: "customData"}, {name: "Kind", key: "kind"},
			{name: "BGP", key: "bgp"}, {name: "Name", key: "name"}}},
		"Other": {fields: []field{{name: "IPsec", key: "ipsec"}, {name: "VMSize", key: "vmSize"}}},
	}})
	for comment, want := range map[string]string{
		"Required with CustomData.":     "Required with `customData`.",
		"Required if Kind is existing.": "Required if `kind` is existing.",
		"Name of it. Kind words.":       "Name of it. Kind words.",
		"A gateway with BGP or IPsec.":  "A gateway with BGP or IPsec.",
		"Where VMSize starts no other.": "Where `vmSize` starts no other.",
		"ProxyCustomData is no field.":  "ProxyCustomData is no field.",
	} {
		if got := n.translated(comment, "Args"); got != want {
			t.Errorf("%q becomes %q, want %q", comment, got, want)
		}
	}
	if got := n.translated("Other kinds: one Kind.", "Other"); got != "Other kinds: one Kind." {
		t.Errorf("a field of another struct is translated: %q", got)
	}
}

package fleet

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestAChangeTouchesTheStacksThatItMayChange(t *testing.T) {
	stacks := parsed(t, map[string]like{
		"a": {"exact-endpoints", nil}, "b": plain(1, nil), "c": {"direct", nil},
	})
	all := []string{"a", "b", "c"}
	for change, want := range map[string][]string{
		"Pulumi.b.yaml":                        {"b"},
		"Pulumi.b.yaml README.md":              {"b"},
		"Pulumi.gone.yaml":                     nil,
		"examples/data/endpoint-details.csv":   {"a"},
		"examples/data/service-tags.json":      {"c"},
		"examples/smallest.yaml":               nil,
		"docs/operations.md LICENSE":           nil,
		"program/program_test.go cmd/sites/up": nil,
		"internal/squid/testdata/squid.conf":   nil,
		"components/internal_lb.go":            all,
		"internal/squid/squid.conf.tmpl":       all,
		"Pulumi.yaml":                          all,
		"sites.yaml":                           all,
		"endpoints.csv":                        all,
		"Pulumi.b.yaml go.sum":                 all,
		"":                                     nil,
	} {
		if got := (Project{Name: project}).Touched(strings.Fields(change), stacks); !slices.Equal(got, want) {
			t.Errorf("a change of %s touches %v, want %v", change, got, want)
		}
	}
}

// What the program is compiled of touches every stack.
func TestEverySourceOfTheProgramTouchesEveryStack(t *testing.T) {
	sources, err := exec.CommandContext(t.Context(), "../../tools/site", "sources").Output()
	if err != nil {
		t.Fatal(err)
	}
	stacks := parsed(t, map[string]like{"a": plain(0, nil), "b": plain(1, nil)})
	files := slices.DeleteFunc(strings.Fields(string(sources)), func(file string) bool {
		return strings.Contains(file, "/testdata/") // which no program is compiled of
	})
	if len(files) < 50 {
		t.Fatalf("the program is compiled of %v", files)
	}
	for _, file := range files {
		if got := (Project{Name: project}).Touched([]string{file}, stacks); len(got) != 2 {
			t.Errorf("a change of %s touches %v", file, got)
		}
	}
}

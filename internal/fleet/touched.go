package fleet

import (
	"path/filepath"
	"slices"
	"strings"
)

// Touched are the stacks that a change of files may change, by name, sorted. Paths are relative to the project, with
// slashes. A stack file, or a file that one names, touches its stack; what sites are not made of, none; all else
// touches every stack.
func (p Project) Touched(changed []string, stacks []Stack) []string {
	touched := map[string]bool{}
	for _, file := range changed {
		owners := p.owners(file, stacks)
		if len(owners) == 0 && !isStackFile(file) && !isBesides(file) {
			owners = stacks
		}
		for _, s := range owners {
			touched[s.Name] = true
		}
	}
	var names []string
	for name := range touched {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// owners are the stacks whose file it is, or which name it in their configuration.
func (p Project) owners(file string, stacks []Stack) (all []Stack) {
	for _, s := range stacks {
		if filepath.ToSlash(s.File) == file || slices.ContainsFunc([]string{"endpointDetailsFile", "azureIpRangesFile"},
			func(key string) bool {
				name, _ := s.values[p.Name+":"+key].(string)
				return name != "" && filepath.ToSlash(filepath.Clean(name)) == file
			}) {
			all = append(all, s)
		}
	}
	return all
}

// isStackFile tells whether a file is one; one that is none of the stacks is deleted, or elsewhere.
func isStackFile(file string) bool {
	return !strings.Contains(file, "/") && strings.HasPrefix(file, "Pulumi.") && file != "Pulumi.yaml"
}

// besides are folders and files that the program is not made of.
var besides = []string{".ci", ".devcontainer", ".github", "cmd", "docs", "examples", "plugin", "rehearsal",
	".gitignore", ".golangci.yml", "LICENSE", "Makefile"}

func isBesides(file string) bool {
	top, _, _ := strings.Cut(file, "/")
	return slices.Contains(besides, top) || strings.HasSuffix(file, ".md") || strings.HasSuffix(file, "_test.go") ||
		strings.Contains(file, "/testdata/")
}

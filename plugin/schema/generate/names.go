package main

import (
	"regexp"
	"strings"
)

// names are the fields as Pulumi's languages know them. The comments in Go name them as Go does.
type names struct {
	anywhere map[string]string            // names that are no other word: CustomData
	within   map[string]map[string]string // names that may be other words too, by their struct: Kind
}

var compound = regexp.MustCompile(`[a-z][A-Z]|[A-Z]{2}[a-z]`)

func newNames(s source) names {
	n := names{anywhere: map[string]string{}, within: map[string]map[string]string{}}
	for owner, body := range s.structs {
		n.within[owner] = map[string]string{}
		for _, f := range body.fields {
			_, isType := s.structs[f.name] // NetworkWatcher
			switch isTerm := strings.ToLower(f.key) == f.key && strings.ToUpper(f.name[:2]) == f.name[:2]; {
			case isTerm, isType: // BGP, IPsec
			case compound.MatchString(f.name):
				n.anywhere[f.name] = f.key
			default:
				n.within[owner][f.name] = f.key
			}
		}
	}
	return n
}

var (
	word       = regexp.MustCompile(`\w+`)
	endsBefore = regexp.MustCompile(`(^|[.:] )$`) // what stands before the first word of a sentence
)

// translated writes a comment of a struct or of its fields with the names of Pulumi's languages.
func (n names) translated(comment, owner string) string {
	var out strings.Builder
	at := 0
	for _, place := range word.FindAllStringIndex(comment, -1) {
		name := comment[place[0]:place[1]]
		key, known := n.anywhere[name]
		if !known && !endsBefore.MatchString(comment[:place[0]]) {
			key, known = n.within[owner][name]
		}
		out.WriteString(comment[at:place[0]])
		if known {
			name = "`" + key + "`"
		}
		out.WriteString(name)
		at = place[1]
	}
	return out.String() + comment[at:]
}

package arm

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite docs/azure-rules.md")

const cataloguePage = "../../docs/azure-rules.md"

const catalogueIntroduction = `# What the rehearsal enforces

Azure's stand-in refuses what Azure refuses. These are all of its rules: for each a test breaks a healthy site, and has it refused by
this rule, with this code and status. Where only the rule is documented, its code is assumed to be like its neighbours'.

Beside them, enumerated values and required properties are held to Microsoft's own models of each type.
`

// catalogue is the page of all rules.
func catalogue() []byte {
	var page bytes.Buffer
	page.WriteString(catalogueIntroduction)
	of := ""
	for _, rule := range Rules() {
		if rule.Type != of {
			of = rule.Type
			fmt.Fprintf(&page, "\n## %s\n\n| rule | code | status | source |\n|---|---|---|---|\n", strings.Replace(of, "*", "Every type", 1))
		}
		link, assumed := strings.CutSuffix(rule.Source, codeAssumed)
		note := ""
		if assumed {
			note = ", code assumed"
		}
		fmt.Fprintf(&page, "| %s | `%s` | %d | [%s](%s)%s |\n", rule.Name, rule.Code, rule.Status, publisher(link), link, note)
	}
	return page.Bytes()
}

// publisher is whose page a source is.
func publisher(link string) string {
	host, _, _ := strings.Cut(strings.TrimPrefix(link, "https://"), "/")
	return host
}

func TestTheCatalogueIsThePageInTheDocuments(t *testing.T) {
	want := catalogue()
	if *update {
		if err := os.WriteFile(cataloguePage, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if kept, err := os.ReadFile(cataloguePage); err != nil || !bytes.Equal(kept, want) {
		t.Errorf("%s is not what is enforced (%v): run this test with -update", cataloguePage, err)
	}
	t.Logf("counted: %d rules in the catalogue", len(Rules()))
}

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

Azure's stand-in refuses what Azure refuses. These are all of its rules: for each a test breaks a healthy site, and has
it refused by this rule, with this code and status. Where only the rule is documented, its code is assumed to be like
its neighbours'. Of two sources, the first shows the code, the second the limit.

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
			fmt.Fprintf(&page, "\n## %s\n\n| rule | code | status | source |\n|---|---|---|---|\n",
				strings.Replace(of, "*", "Every type", 1))
		}
		var links []string
		for _, link := range strings.Fields(strings.TrimSuffix(rule.Source, codeAssumed)) {
			links = append(links, fmt.Sprintf("[%s](%s)", publisher(link), link))
		}
		if isAssumed(rule) {
			links = append(links, "code assumed")
		}
		fmt.Fprintf(&page, "| %s | `%s` | %d | %s |\n", rule.Name, rule.Code, rule.Status, strings.Join(links, ", "))
	}
	return page.Bytes()
}

func isAssumed(rule RuleInfo) bool { return strings.HasSuffix(rule.Source, codeAssumed) }

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

// mostAssumed is how many rules may have a code that nobody has shown. A new rule brings the source of its code, or
// takes the place of one without.
const mostAssumed = 49

func TestTheCodesOfMostRulesHaveASource(t *testing.T) {
	assumed := 0
	for _, rule := range Rules() {
		if isAssumed(rule) {
			assumed++
		}
		for _, link := range strings.Fields(strings.TrimSuffix(rule.Source, codeAssumed)) {
			if !strings.HasPrefix(link, "https://") {
				t.Errorf("a source of the rule %q is %q", rule.Name, link)
			}
		}
	}
	if assumed > mostAssumed {
		t.Errorf("the codes of %d rules are assumed, and at most %d may be", assumed, mostAssumed)
	}
	t.Logf("counted: %d rules with a source, %d rules whose code is assumed", len(Rules())-assumed, assumed)
}

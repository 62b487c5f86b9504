package lifecycle

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/stackfile"
)

const changesPage = root + "/docs/changes.md"

func (c keyChange) begin(t *testing.T) *Stack {
	t.Helper()
	s := start(t, c.file)
	for key, value := range c.base {
		put(t, s.Values, key, value)
	}
	return s
}

func (c keyChange) apply(t *testing.T, s *Stack) {
	t.Helper()
	for key, value := range c.also {
		put(t, s.Values, key, value)
	}
	put(t, s.Values, c.key, c.to)
}

// row deploys the example, changes the key, and says what happened.
func (c keyChange) row(t *testing.T) string {
	s := c.begin(t)
	mustUp(t, s)
	before := s.Outputs()
	c.apply(t, s)
	if c.preexisting != nil {
		if err := c.preexisting(s); err != nil {
			t.Fatal(err)
		}
	}
	var effect []string
	if _, err := s.Preview(t.Context()); err != nil {
		names := allowedBy(err)
		if names == nil {
			return c.cells("**refused**: "+refusedBecause(t, err), nil)
		}
		effect = append(effect, "**refused** unless `allowDisruption` names `"+strings.Join(names, "`, `")+"`")
		put(t, s.Values, "allowDisruption", names)
	}
	if _, err := s.Up(t.Context()); err != nil {
		t.Fatalf("%s: %v", c.key, err)
	}
	effect = append(effect, happened(s.Steps)...)
	if len(effect) == 0 {
		effect = []string{"nothing in Azure"}
	}
	var outputs []string
	after := s.Outputs()
	for name := range after {
		if string(name) != "readme" && !after[name].DeepEquals(before[name]) {
			outputs = append(outputs, "`"+string(name)+"`")
		}
	}
	slices.Sort(outputs)
	return c.cells(strings.Join(effect, "; "), outputs)
}

func (c keyChange) cells(effect string, outputs []string) string {
	to, err := json.Marshal(c.to)
	if err != nil {
		panic(err) // of values written above
	}
	shown := "`" + string(to) + "`"
	switch {
	case c.to == nil:
		shown = "removed"
	case c.to == aNewKey:
		shown = "another one"
	case len(to) > longestShown:
		shown = "other settings"
	}
	for _, key := range slices.Sorted(maps.Keys(c.base)) {
		shown += fmt.Sprintf(", with `%s` `%v`,", key, c.base[key])
	}
	return fmt.Sprintf("| `%s` | %s in [%s](../%s) | %s | %s |", c.key, shown, stackfile.Name(c.file), c.file, effect,
		strings.Join(outputs, ", "))
}

const longestShown = 44

var allowance = regexp.MustCompile(`allowed by (\w+)`)

// allowedBy is what a refusal says would allow the change; nil where nothing would.
func allowedBy(err error) []string {
	if !strings.Contains(err.Error(), "set `allowDisruption: [") {
		return nil
	}
	var names []string
	for _, match := range allowance.FindAllStringSubmatch(err.Error(), -1) {
		if !slices.Contains(names, match[1]) {
			names = append(names, match[1])
		}
	}
	return names
}

var azuresRefusal = regexp.MustCompile(`(?m): (Azure [^.]*)\.`)

// refusedBecause is why nothing allows a change.
func refusedBecause(t *testing.T, err error) string {
	t.Helper()
	match := azuresRefusal.FindStringSubmatch(err.Error())
	if match == nil {
		t.Fatalf("refused without Azure's reason: %v", err)
	}
	return match[1]
}

// happened puts the engine's steps into words, by what they do to the resources.
func happened(steps []Step) []string {
	kinds := map[string][]string{}
	for _, step := range steps {
		name := step.URN.Type().String()
		if strings.HasPrefix(name, "pulumi:") || strings.HasPrefix(name, stackfile.Project) {
			continue
		}
		kind := name[strings.LastIndex(name, ":")+1:]
		if !slices.Contains(kinds[step.Operation], kind) {
			kinds[step.Operation] = append(kinds[step.Operation], kind)
		}
	}
	if slices.Contains(kinds["replace"], "ResourceGroup") {
		return []string{"everything is deleted and built again"}
	}
	var words []string
	if slices.Equal(kinds["replace"], []string{"VirtualMachineScaleSet"}) {
		words, kinds["replace"] = append(words, "**a new scale set**, then the old one goes"), nil
	}
	for _, operation := range []struct{ name, word string }{{"replace", "**replaced**"}, {"create", "made"},
		{"delete", "deleted"}, {"update", "in place"}} {
		if all := kinds[operation.name]; len(all) > 0 {
			slices.Sort(all)
			words = append(words, operation.word+": "+strings.Join(all, ", "))
		}
	}
	return words
}

const changesHead = `# What a change of a key does

Each row is one change of an example, as the rehearsal's engine and stand-in carried it out: the tests run every one of
them and compare. After a change of the program, write it anew with

` + "```sh" + `
go -C rehearsal test ./lifecycle -run ChangesPage -update
` + "```" + `

A change that others would notice is refused at preview, with what it would cost;
[operations.md](operations.md#change-it) tells how to allow it. *In place* keeps a resource and its address. Where
something that ` + "`protect`" + ` covers would go, Pulumi refuses as well.

| key | changed to | what happens | outputs that change |
|---|---|---|---|
`

func TestTheChangesPageIsWhatHappens(t *testing.T) {
	rows := make([]string, len(keyChanges))
	t.Run("rows", func(t *testing.T) {
		for i, c := range keyChanges {
			t.Run(strconv.Itoa(i)+" "+c.key, func(t *testing.T) {
				t.Parallel()
				rows[i] = c.row(t)
			})
		}
	})
	if t.Failed() {
		return
	}
	page := changesHead + strings.Join(rows, "\n") + "\n"
	if *update {
		if err := os.WriteFile(changesPage, []byte(page), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	stored, err := os.ReadFile(changesPage)
	if err != nil {
		t.Fatal(err)
	}
	if string(stored) == page {
		return
	}
	lines := strings.Split(string(stored), "\n")
	for _, row := range rows {
		if !slices.Contains(lines, row) {
			t.Errorf("not in %s: %s", filepath.Base(changesPage), row)
		}
	}
	t.Error("if the change is meant, run this test with -update")
}

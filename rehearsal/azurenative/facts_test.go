package azurenative

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

var update = flag.Bool("update", false, "write docs/provider-facts.md anew")

// fact is something that the real plugin does, where that can be read, and the check that the stand-in does so too.
type fact struct {
	name, source string
	check        func(b *bench) error
}

// Where facts are read: files of the repository pulumi/pulumi-azure-native, as they were at 2.90.0 or closest to it.
const (
	inProvider  = "provider/pkg/provider/provider.go"
	inDiff      = "provider/pkg/provider/diff.go"
	inCRUD      = "provider/pkg/provider/crud/crud.go"
	inClient    = "provider/pkg/azure/client_azcore.go"
	inResources = "provider/pkg/resources/resources.go"
	inForceNew  = "provider/pkg/gen/replacement.go"
	inDefaults  = "provider/pkg/gen/propertyDefaults.go"
	inProperty  = "provider/pkg/gen/properties.go"
	inPreview   = "provider/pkg/convert/previewOutputs.go"
	inProject   = "provider/pkg/convert/sdkOutputsToSdkInputs.go"
	inRequest   = "provider/pkg/convert/sdkInputsToRequestBody.go"

	recordedVM      = "recording upgrade-networked-vm/2.76.0"
	recordedStorage = "recording upgrade-storage-blob/2.76.0"
	recordedAKS     = "recording upgrade-aks-api-version/2.90.0"
)

func facts() []fact {
	return slices.Concat(handshakeFacts, namingFacts, recordedFacts, replacementFacts(), diffFacts, previewFacts,
		createFacts, failureFacts, updateFacts, readFacts, clientFacts)
}

// holds checks a fact on a stand-in that deviates.
func (f fact) holds(d deviation) error {
	return f.check(newBench(d))
}

func TestTheStandInDoesWhatThePluginDoes(t *testing.T) {
	all := facts()
	t.Run("facts", func(t *testing.T) {
		for _, f := range all {
			t.Run(f.name, func(t *testing.T) {
				t.Parallel()
				if err := f.holds(none); err != nil {
					t.Errorf("%v\n(%s)", err, f.source)
				}
			})
		}
	})
	t.Logf("counted: %d facts of the real azure-native provider checked", len(all))
}

// mutation is something that the stand-in could do wrong, in words.
type mutation struct {
	deviation deviation
	what      string
}

var mutations = []mutation{
	{reportsFailureOnRead, "Read reports that a resource failed"},
	{forgetsFailedCreate, "a creation that fails after it began leaves nothing in the state"},
	{forgetsFailedUpdate, "an update that fails after it began leaves the old inputs in the state"},
	{answersAfterTimeout, "after the time is up there is time left to read the resource"},
	{suffixesEveryName, "a random suffix is added below another resource too"},
	{suffixesNoName, "no random suffix is added"},
	{createsBeforeDeletingFixedNames, "a name that the program gives is marked as random"},
	{replacesScaleSets, "a scale set is replaced for what Azure decides once"},
	{replacesNothing, "only the path's parameters replace"},
	{deletesFirstUnasked, "a fixed name is enough for deletion before replacement"},
	{masksAdditions, "Read leaves out what the program does not write"},
	{masksRemovals, "Read leaves out what is gone from Azure"},
	{keepsOutputsInPreview, "a previewed update keeps the outputs"},
	{mindsCaseOfGroups, "the case of a resource group's name is a change"},
	{mindsSpacesInLocations, "case and spaces of a location are a change"},
	{acceptsSecrets, "the plugin is sent secrets"},
	{dropsSubResources, "an update drops lists that are resources of their own"},
	{adoptsResources, "a creation takes over what is there"},
	{mindsMissingOnDelete, "deleting what is gone is an error"},
	{resolvesSelfEverywhere, "$self is resolved in objects of every type"},
}

// noticed names for each mutation the facts that notice it.
func noticed(mutations []mutation) [][]string {
	names := make([][]string, len(mutations))
	var all sync.WaitGroup
	for i, m := range mutations {
		all.Go(func() {
			for _, f := range facts() {
				if f.holds(m.deviation) != nil {
					names[i] = append(names[i], f.name)
				}
			}
		})
	}
	all.Wait()
	return names
}

const page = "../../docs/provider-facts.md"

const pageHead = `# What the stand-in knows of azure-native

The rehearsal plays the azure-native plugin (2.90.0). Each row of the first table is something that the real plugin
does, where it can be read in [pulumi/pulumi-azure-native](https://github.com/pulumi/pulumi-azure-native), and a test of
the same name in [facts_test.go](../rehearsal/azurenative/facts_test.go). Recordings are in
` + "`provider/pkg/provider/testdata/recorded/TestProviderUpgrade`" + ` there. Each row of the second is something that
the stand-in could do wrong: the tests make it do so, and list which facts notice. After a change, write the page anew
with ` + "`go -C rehearsal test ./azurenative -run Page -update`" + `.

Not played: keyed lists (` + "`x-ms-identifiers`" + `), in which the real plugin finds items by key and not by place;
the defaults of Microsoft's specification, which make a property that is set to its default no change; and import.

| what the plugin does | where it can be read |
|---|---|
`

const mutationsHead = `
| what the stand-in would do wrong | noticed by |
|---|---|
`

func TestThePageListsEveryFactAndWhatEveryMutationBreaks(t *testing.T) {
	text := pageHead
	for _, f := range facts() {
		text += fmt.Sprintf("| %s | %s |\n", f.name, f.source)
	}
	text += mutationsHead
	for i, names := range noticed(mutations) {
		if len(names) == 0 {
			t.Errorf("no fact notices that %s", mutations[i].what)
		}
		text += fmt.Sprintf("| %s | %s |\n", mutations[i].what, strings.Join(names, "; "))
	}
	if *update {
		if err := os.WriteFile(page, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	stored, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(stored) != text {
		t.Error("docs/provider-facts.md is not what the tests say: if the change is meant, run this test with -update")
	}
	t.Logf("counted: %d mutations of the provider's stand-in noticed", len(mutations))
}

func TestEveryDeviationIsAMutation(t *testing.T) {
	for d := none + 1; d <= resolvesSelfEverywhere; d++ {
		if !slices.ContainsFunc(mutations, func(m mutation) bool { return m.deviation == d }) {
			t.Errorf("deviation %d is not in the table", d)
		}
	}
}

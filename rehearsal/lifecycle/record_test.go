package lifecycle

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/impact"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/program"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/stackfile"
)

// record is what the stack's components keep of what they handed out.
func record(t *testing.T, s *Stack) impact.Record {
	t.Helper()
	outputs := map[string]map[string]any{}
	for _, r := range s.Snapshot.Resources {
		if !r.Delete {
			outputs[string(r.URN)] = plain(resource.NewObjectProperty(r.Outputs)).(map[string]any)
		}
	}
	recorded, err := impact.Recorded(outputs)
	if err != nil {
		t.Fatal(err)
	}
	return recorded
}

// plain is a value without the wrapping of secrets.
func plain(v resource.PropertyValue) any {
	return v.MapRepl(nil, func(v resource.PropertyValue) (any, bool) {
		if v.IsSecret() {
			return plain(v.SecretValue().Element), true
		}
		return nil, false
	})
}

// leaves are the values of a record by their path in JSON.
func leaves(t *testing.T, r impact.Record) map[string]string {
	t.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var all any
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	var walk func(path string, value any)
	walk = func(path string, value any) {
		inner, nested := value.(map[string]any)
		for key, value := range inner {
			walk(path+"."+key, value)
		}
		if !nested {
			found[path] = fmt.Sprint(value)
		}
	}
	walk("", all)
	return found
}

// chosenLater is what a plan leaves to Azure or Pulumi.
var chosenLater = []string{"host", "name", "address", "addresses", "password", "sharedKey", "generation"}

// notTold is what Azure keeps to itself of an ExpressRoute gateway: it has no address of the customer's, and no
// generation.
var notTold = []string{".gateway.addresses", ".gateway.generation"}

// TestWhatIsRecordedIsWhatWasPlanned holds the names by which the components record what they hand out against those
// that package impact reads: what a plan says is recorded, and what it leaves to Azure or Pulumi is there afterwards.
func TestWhatIsRecordedIsWhatWasPlanned(t *testing.T) {
	for _, file := range append(exampleFiles(t), "Pulumi.dev.yaml", "Pulumi.prod.yaml") {
		t.Run(stackfile.Name(file), func(t *testing.T) {
			t.Parallel()
			s := start(t, file)
			mustUp(t, s)
			described, err := s.Site()
			if err != nil {
				t.Fatal(err)
			}
			want, got := leaves(t, impact.Planned(described, program.ResourceGroupName(described))),
				leaves(t, record(t, s))
			if all := slices.Sorted(maps.Keys(want)); !slices.Equal(all, slices.Sorted(maps.Keys(got))) {
				t.Fatalf("planned are %v, recorded %v", all, slices.Sorted(maps.Keys(got)))
			}
			for path, planned := range want {
				name, recorded := path[strings.LastIndex(path, ".")+1:], got[path]
				if want[".gateway.kind"] == site.GatewayExpressRoute && slices.Contains(notTold, path) {
					continue
				}
				if slices.Contains(chosenLater, name) && slices.Contains([]string{"", "<nil>"}, planned) {
					if recorded == planned {
						t.Errorf("%s is not recorded", path)
					}
				} else if recorded != planned {
					t.Errorf("%s is planned as %s, and recorded as %s", path, planned, recorded)
				}
			}
		})
	}
}

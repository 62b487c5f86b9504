package lifecycle

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/stackfile"
)

var update = flag.Bool("update", false, "rewrite what the tests keep in docs")

const roleFile = root + "/docs/custom-role.json"

// role is a custom role as az role definition create takes it.
// https://learn.microsoft.com/azure/role-based-access-control/custom-roles#custom-role-properties
type role struct {
	Name             string
	IsCustom         bool
	Description      string
	Actions          []string
	NotActions       []string
	DataActions      []string
	NotDataActions   []string
	AssignableScopes []string
}

// wider are permissions that a custom role can only name with a *: Azure refuses a role with an action that no provider
// lists.
// Source: https://learn.microsoft.com/azure/role-based-access-control/permissions/storage#microsoftstorage
var wider = map[string]string{"Microsoft.Storage/locations/asyncoperations/read": "Microsoft.Storage/locations/*/read"}

// The other URL of a deletion in Microsoft.Network. Azure names two, and which one is asked is for the client to
// choose: ours asks how the operation stands.
const otherURL = "Microsoft.Network/locations/operationResults/read"

// The role that the documents offer is what the program does in Azure, over every example: no less and no more.
func TestTheCustomRoleIsWhatTheProgramNeeds(t *testing.T) {
	var mu sync.Mutex
	asking := map[string][]string{} // by action: the examples that ask for it
	calls := 0
	t.Run("lives", func(t *testing.T) {
		for _, file := range exampleFiles(t) {
			t.Run(filepath.Base(file), func(t *testing.T) {
				t.Parallel()
				s := start(t, file)
				if err := wholeLife(t.Context(), s); err != nil {
					t.Fatal(err)
				}
				for _, unknown := range s.Azure.UnknownLinks() {
					t.Errorf("whether %s needs a permission is not known", unknown)
				}
				mu.Lock()
				defer mu.Unlock()
				calls += len(s.Azure.Operations())
				for _, action := range s.Azure.AskedActions() {
					action = cmp.Or(wider[action], action)
					asking[action] = append(asking[action], file)
				}
			})
		}
	})
	actions := slices.Sorted(maps.Keys(asking))
	checkRole(t, roleFile, role{
		Name:        "Defender for IoT proxy deployer",
		Description: "What defender-iot-proxy does in Azure to build, change and remove a site, and nothing else.",
		Actions:     actions, DataActions: []string{},
	})
	without(t, actions, asking)
	t.Logf("counted: %d permissions in the custom role, for %d writes and deletes in Azure", len(actions), calls)
}

// wholeLife is a site built, changed, refreshed, removed.
func wholeLife(ctx context.Context, s *Stack) error {
	if _, err := s.Up(ctx); err != nil {
		return err
	}
	maps.Copy(s.Values, map[string]string{
		stackfile.Project + ":tags":         `{"owner":"ot"}`,
		stackfile.Project + ":extraDomains": `["updates.example.org","files.example.org","*.ods.opinsights.azure.com"]`,
	})
	for _, act := range []func(context.Context) (Changes, error){s.Up, s.Refresh, s.Destroy} {
		if _, err := act(ctx); err != nil {
			return err
		}
	}
	return nil
}

// checkRole compares a role with the file that offers it.
func checkRole(t *testing.T, file string, r role) {
	t.Helper()
	r.IsCustom, r.NotActions, r.NotDataActions = true, []string{}, []string{}
	r.AssignableScopes = []string{"/subscriptions/00000000-0000-0000-0000-000000000000"}
	want, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if kept, err := os.ReadFile(file); err != nil || !bytes.Equal(kept, want) {
		t.Errorf("%v\n%s is not what the calls need, which is\n%s\nif that is meant, run this test with -update",
			err, file, want)
	}
}

// without takes the permissions away one by one: each time a life that needs it is refused, and with all of them it is
// not. Of those that ask for it, some only warn that they could not find something out.
func without(t *testing.T, actions []string, asking map[string][]string) {
	t.Run("without", func(t *testing.T) {
		for _, taken := range append([]string{"nothing"}, actions...) {
			if taken == otherURL {
				continue
			}
			t.Run(taken, func(t *testing.T) {
				t.Parallel()
				rest := slices.DeleteFunc(slices.Clone(actions), func(action string) bool { return action == taken })
				live := func(file string) error {
					return wholeLife(t.Context(), startWith(t, file, arm.Options{Actions: rest}))
				}
				if taken == "nothing" {
					if err := live("Pulumi.dev.yaml"); err != nil {
						t.Errorf("with the whole role: %v", err)
					}
					return
				}
				for _, file := range slices.Sorted(slices.Values(asking[taken])) {
					if err := live(file); err != nil && strings.Contains(err.Error(), "AuthorizationFailed") {
						return
					} else if err != nil {
						t.Errorf("without %s, %s ends with %v", taken, file, err)
					}
				}
				t.Errorf("without %s, every one of %v lives", taken, asking[taken])
			})
		}
	})
}

// Whoever may write and not ask how it went gets what was asked for, and an error: the stack holds the resource as
// unfinished.
func TestWithoutThePermissionToAskAWriteIsDoneAndIsHeldAsUnfinished(t *testing.T) {
	text, err := os.ReadFile(roleFile)
	if err != nil {
		t.Fatal(err)
	}
	var offered role
	if err := json.Unmarshal(text, &offered); err != nil {
		t.Fatal(err)
	}
	const poll = "Microsoft.Network/locations/operations/read"
	rest := slices.DeleteFunc(offered.Actions, func(action string) bool { return action == poll })
	s := startWith(t, "Pulumi.dev.yaml", arm.Options{Actions: rest})
	_, err = s.Up(t.Context())
	if err == nil || !strings.Contains(err.Error(), poll) {
		t.Fatalf("an up that may not ask how its writes went ended with %v", err)
	}
	unfinished := map[string]bool{}
	for _, r := range s.Snapshot.Resources {
		unfinished[string(r.ID)] = len(r.InitErrors) > 0
	}
	asked := 0
	for _, r := range s.Azure.Resources() {
		if !strings.HasPrefix(r.Type, "Microsoft.Network/") {
			continue
		}
		asked++
		if !unfinished[r.ID] {
			t.Errorf("%s is there, and the stack does not hold it as unfinished", r.ID)
		}
	}
	if asked == 0 {
		t.Error("nothing was made")
	}
}

package lifecycle

import (
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/program"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/stackfile"
)

// place puts the resource group that a stack would make into its Azure.
func (s *Stack) place(t *testing.T, tags map[string]any) {
	t.Helper()
	described, err := s.Site()
	if err != nil {
		t.Fatal(err)
	}
	id := "/subscriptions/" + arm.Subscription + "/resourceGroups/" +
		strings.ToUpper(program.ResourceGroupName(described))
	if err := s.Azure.AddPreexisting(id, "2022-09-01", map[string]any{"location": described.Location,
		"tags": tags}); err != nil {
		t.Fatal(err)
	}
}

func TestAResourceGroupThatAnotherStackOwnsIsRefusedAtPreview(t *testing.T) {
	for what, c := range map[string]struct {
		tags map[string]any
		says string
	}{
		"of another stack": {map[string]any{program.StackTag: stackfile.Project + "/prod"},
			"belongs to the stack " + stackfile.Project + "/prod"},
		"of nobody that we know": {map[string]any{"owner": "somebody"}, "was not made by this stack"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s := start(t, "Pulumi.dev.yaml")
			s.place(t, c.tags)
			before := len(s.Azure.Operations())
			_, err := s.Preview(t.Context())
			if err == nil {
				t.Fatal("the group is taken, and the preview says nothing")
			}
			for _, word := range []string{c.says, "siteName", "defender-iot-lab", "leave the group as it is"} {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("the refusal does not say %q: %v", word, err)
				}
			}
			if text := strings.ToLower(err.Error()); strings.Contains(text, "delete") ||
				strings.Contains(text, "import") {
				t.Errorf("the refusal advises to delete or import: %v", err)
			}
			if _, err := s.Up(t.Context()); err == nil || !strings.Contains(err.Error(), c.says) ||
				len(s.Azure.Operations()) > before {
				t.Errorf("up: %v, with operations %v", err, s.Azure.Operations()[before:])
			}
		})
	}
}

// A first up that fails leaves a group that is the stack's own, though nobody was told anything yet.
func TestAResourceGroupOfTheStackItselfIsTakenUpAgain(t *testing.T) {
	network := &failing{path: "/virtualNetworks/"}
	s := startWith(t, "Pulumi.dev.yaml", arm.Options{InjectedFaults: network.ask})
	network.on.Store(true)
	if _, err := s.Up(t.Context()); err == nil {
		t.Fatal("the up was to fail")
	}
	network.on.Store(false)
	if _, err := s.Up(t.Context()); err != nil {
		t.Errorf("the up after that: %v", err)
	}
	if len(s.Warnings) > 0 {
		t.Errorf("warnings: %v", s.Warnings)
	}
}

func TestASiteMovesNotIntoTheGroupOfAnother(t *testing.T) {
	s := start(t, "Pulumi.dev.yaml")
	mustUp(t, s)
	s.set(map[string]string{"siteName": "renamed"})
	s.set(allow("sensorProxy", "network", "egress", "logs"))
	s.place(t, map[string]any{program.StackTag: stackfile.Project + "/renamed"})
	if _, err := s.Preview(t.Context()); err == nil || !strings.Contains(err.Error(), stackfile.Project+"/renamed") {
		t.Errorf("refused with: %v", err)
	}
}

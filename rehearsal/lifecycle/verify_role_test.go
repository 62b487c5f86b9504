package lifecycle

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

const verifyRoleFile = root + "/docs/verify-role.json"

// The reader's role is what cmd/verify asks Azure for, over every example: no less and no more.
func TestTheReadersRoleIsWhatVerifyNeeds(t *testing.T) {
	asking := map[string]string{} // by action: an example that asks for it
	for _, file := range []string{"Pulumi.dev.yaml", "examples/vpn-bgp.yaml", "examples/express-route.yaml",
		"examples/firewall-egress.yaml", "examples/existing-network.yaml", "examples/shared-network.yaml"} {
		v := raise(t, file)
		for _, letIn := range []bool{false, true} {
			v.azure.LetIn = letIn
			v.report()
		}
		for _, action := range v.azure.Asked() {
			if asking[action] == "" {
				asking[action] = file
			}
		}
	}
	isData := func(action string) bool { return strings.HasSuffix(action, "/blobs/read") }
	actions := slices.Sorted(maps.Keys(asking))
	checkRole(t, verifyRoleFile, role{
		Name: "Defender for IoT proxy verifier", Description: "What cmd/verify of defender-iot-proxy reads in Azure, " +
			"and nothing else.",
		Actions:     slices.DeleteFunc(slices.Clone(actions), isData),
		DataActions: slices.DeleteFunc(slices.Clone(actions), func(a string) bool { return !isData(a) }),
	})
	for _, taken := range actions {
		if isData(taken) {
			continue // Azure Monitor answers in the place of the files
		}
		t.Run("without "+taken, func(t *testing.T) {
			v := raise(t, asking[taken])
			v.azure.Role = slices.DeleteFunc(slices.Clone(actions), func(a string) bool { return a == taken })
			stdout, stderr, code := v.says()
			if said := stdout + stderr; code != 2 || !strings.Contains(said, "docs/verify-role.json") {
				t.Errorf("exit code %d:\n%s", code, said)
			}
		})
	}
}

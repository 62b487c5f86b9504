package engine

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/languagehost"
)

// The component provider, from plugin/, run as Pulumi runs it for a program that is not written in Go.

// pluginName is the executable that the CLI looks for.
const pluginName = "pulumi-resource-defender-iot-proxy"

// newLanguages is an operator whose machine has the component provider and the host of YAML programs.
func newLanguages(t *testing.T) *operator {
	t.Helper()
	o := newOperator(t)
	// At a place of their own, both are linked only if something has changed.
	folder, err := filepath.Abs("../../.tools/plugin")
	if err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(folder, pluginName), ".")
	build.Dir = "../../plugin"
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("compiling the plugin: %v\n%s", err, out)
	}
	if err := languagehost.Build(t.Context(), "../..", folder, "yaml"); err != nil {
		t.Fatal(err)
	}
	o.logIn()
	o.meanwhile("export PULUMI_CONFIG_PASSPHRASE=words PATH=" + folder + ":$PATH")
	return o
}

// enter makes a directory of the operator's own, and the stack plant-7 in it.
func (o *operator) enter(files string) {
	o.t.Helper()
	o.meanwhile("mkdir ../own && cp -r " + files + " ../own")
	o.clone = filepath.Join(o.clone, "../own")
	o.meanwhile(`pulumi stack init plant-7 && pulumi config set sshPublicKey "$(cat ~/.ssh/id_ed25519.pub)"`)
}

// isTheSameSite takes a program of another language through its life, and compares what it has deployed with the site in Go.
func (o *operator) isTheSameSite(want map[string]string, up, destroy string) {
	o.t.Helper()
	o.meanwhile(up)
	have := o.inventory()
	for urn, resource := range want {
		if have[urn] == "" {
			o.t.Errorf("%s is missing", urn)
		} else if have[urn] != resource {
			o.t.Errorf("%s is\n%s\nand in Go\n%s", urn, have[urn], resource)
		}
	}
	for urn := range have {
		if want[urn] == "" {
			o.t.Errorf("%s is there, and not in Go", urn)
		}
	}
	if again := o.meanwhile(up); !strings.Contains(again, " unchanged") || strings.Contains(again, " created") || strings.Contains(again, " updated") {
		o.t.Errorf("a second up says\n%s", again)
	}
	o.meanwhile(destroy)
	for _, r := range o.azure.Azure.Resources() {
		o.t.Errorf("%s is left", r.ID)
	}
}

// suffix is what Pulumi adds to the names of Azure's resources, another one each time.
var suffix = regexp.MustCompile(`(plant-?7[a-z-]*?)[0-9a-f]{8}\b`)

// inventory are the resources of the stack plant-7 by URN, without the plug-ins: what each was given, and the names of what it gives back.
// What these are is Azure's choice: addresses, IDs, versions.
func (o *operator) inventory() map[string]string {
	o.t.Helper()
	var state struct {
		Deployment struct {
			Resources []struct {
				URN, Type, Parent string
				Inputs, Outputs   map[string]any
				Dependencies      []string
				Protect           bool
			}
		}
	}
	text := o.meanwhile("pulumi stack export --show-secrets")
	if err := json.Unmarshal([]byte(suffix.ReplaceAllString(text, "${1}SUFFIX")), &state); err != nil {
		o.t.Fatal(err)
	}
	all := map[string]string{}
	for _, r := range state.Deployment.Resources {
		if strings.HasPrefix(r.Type, "pulumi:providers:") {
			continue
		}
		slices.Sort(r.Dependencies)
		for name := range r.Outputs {
			r.Outputs[name] = "given"
		}
		text, err := json.MarshalIndent(r, "", " ")
		if err != nil {
			o.t.Fatal(err)
		}
		all[r.URN] = string(text)
	}
	return all
}

func inYAML(t *testing.T, site map[string]string) {
	o := newLanguages(t)
	o.enter("examples/library-yaml/*")
	o.isTheSameSite(site, "pulumi up", "pulumi destroy")
}

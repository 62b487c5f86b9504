package engine

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/azurenative"
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

// isTheSameSite takes a program of another language through its life, and compares what it has deployed with the site
// in Go.
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
	if again := o.meanwhile(up); !strings.Contains(again, " unchanged") || strings.Contains(again, " created") ||
		strings.Contains(again, " updated") {
		o.t.Errorf("a second up says\n%s", again)
	}
	o.meanwhile(destroy)
	for _, r := range o.azure.Azure.Resources() {
		o.t.Errorf("%s is left", r.ID)
	}
}

// suffix is what Pulumi adds to the names of Azure's resources, another one each time.
var suffix = regexp.MustCompile(`(plant-?7[a-z-]*?)[0-9a-f]{8}\b`)

// inventory are the resources of the stack plant-7 by URN, without the plug-ins: what each was given, and the names of
// what it gives back. What these are is Azure's choice: addresses, IDs, versions.
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

func inTypeScript(t *testing.T, site map[string]string) {
	o := newLanguages(t)
	o.enter("examples/library-typescript/* rehearsal/engine/testdata/inline.js")
	o.installTypeScript()
	o.generateSDK()
	o.meanwhile("node_modules/typescript/bin/tsc --project .")
	o.isTheSameSite(site, "node inline.js up", "node inline.js destroy")
}

// installTypeScript puts the packages of the example's package-lock.json in place, which make has installed. Node
// follows the links, so the SDK and the program find the same @pulumi/pulumi.
func (o *operator) installTypeScript() {
	o.t.Helper()
	installed, err := filepath.Abs("../../.tools/typescript/node_modules")
	if err != nil {
		o.t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(installed, "@pulumi/pulumi")); err != nil {
		o.t.Fatalf("the example's npm packages are not there: run `make .tools/typescript`: %v", err)
	}
	o.meanwhile("mkdir -p node_modules/@pulumi && cd node_modules && ln -s " + installed + "/@types " + installed +
		"/typescript . && " +
		"ln -s " + installed + "/@pulumi/pulumi @pulumi/ && ln -s ../../sdk @pulumi/defender-iot-proxy")
}

// generateSDK does what `pulumi package add` does and has the Node.js language host do: it compiles the plugin of the
// checkout as its PulumiPlugin.yaml says, asks it for its schema, and generates and compiles the SDK. The plugins
// behind it, which the stand-in plays, count as installed.
func (o *operator) generateSDK() {
	o.t.Helper()
	var spec schema.PackageSpec
	for name, version := range map[string]string{"azure-native": azurenative.AzureNativeVersion,
		"random": azurenative.RandomVersion} {
		o.meanwhile("F=$PULUMI_HOME/plugins/resource-" + name + "-v" + version + " && mkdir -p $F && touch " +
			"$F/pulumi-resource-" + name)
	}
	if err := json.Unmarshal([]byte(o.meanwhile("pulumi package get-schema ../clone/plugin")), &spec); err != nil {
		o.t.Fatal(err)
	}
	pkg, err := schema.ImportSpec(spec, nil, noOthers{}, schema.ValidationOptions{})
	if err != nil {
		o.t.Fatal(err)
	}
	files, err := nodejs.GeneratePackage("rehearsal", pkg, nil, nil, true, noOthers{})
	if err != nil {
		o.t.Fatal(err)
	}
	for name, text := range files {
		file := filepath.Join(o.clone, "sdk", name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			o.t.Fatal(err)
		}
		if err := os.WriteFile(file, text, 0o600); err != nil {
			o.t.Fatal(err)
		}
	}
	o.meanwhile("node_modules/typescript/bin/tsc --project sdk --types node && cp sdk/package.json sdk/bin/")
}

// noOthers finds no other package: the schema refers to none.
type noOthers struct{ schema.ReferenceLoader }

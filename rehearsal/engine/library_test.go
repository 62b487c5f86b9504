package engine

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

// libraryPath is what others fetch this project by.
const libraryPath = "github.com/defender-iot-proxy/pulumi-defender-iot-proxy"

// TestTheLibraryBuildsASiteFromAnEmptyDirectory follows docs/components.md: a program of one file, the module fetched
// by go get, and the real CLI. What there is in Azure then is what the program builds of examples/smallest.yaml.
// Programs of other languages build the same.
func TestTheLibraryBuildsASiteFromAnEmptyDirectory(t *testing.T) {
	smallest := start(t, "examples/smallest.yaml")
	up(t, smallest)
	want := kinds(smallest.Azure.Resources())

	o := newOperator(t)
	o.logIn()
	proxy, library := moduleProxy(t, o.clone)
	o.meanwhile("export PULUMI_CONFIG_PASSPHRASE=words GONOSUMDB=" + library.Path + " GOPROXY=file://" +
		proxy + ",$GOPROXY")
	o.meanwhile("mkdir ../own && cp examples/library-go/* ../own")
	o.clone = filepath.Join(o.clone, "../own")
	o.meanwhile("go mod init plant-7 && go get " + library.String() + " && go mod tidy")
	o.meanwhile(`pulumi stack init plant-7 && pulumi config set sshPublicKey "$(cat ~/.ssh/id_ed25519.pub)" && ` +
		`pulumi config set azure-native:location westeurope`)
	o.meanwhile("pulumi up")
	if have := kinds(o.azure.Azure.Resources()); !slices.Equal(have, want) {
		t.Errorf("the library builds\n%s\nthe program\n%s", strings.Join(have, "\n"), strings.Join(want, "\n"))
	}
	site := o.inventory()
	var outputs struct {
		Host string
		Port int
	}
	if err := json.Unmarshal([]byte(o.meanwhile("pulumi stack output --json")), &outputs); err != nil {
		t.Fatal(err)
	}
	if outputs.Host != "10.47.0.36" || outputs.Port != 3128 {
		t.Errorf("sensors are told %+v", outputs)
	}
	if again := o.meanwhile("pulumi up"); !strings.Contains(again, " unchanged") ||
		strings.Contains(again, " created") || strings.Contains(again, " updated") {
		t.Errorf("a second up says\n%s", again)
	}
	o.meanwhile("pulumi destroy")
	for _, r := range o.azure.Azure.Resources() {
		t.Errorf("%s is left", r.ID)
	}

	t.Run("YAML", func(t *testing.T) { inYAML(t, site) })
	t.Run("TypeScript", func(t *testing.T) { inTypeScript(t, site) })
}

// kinds are the types of resources, each as often as there is one.
func kinds(resources []arm.Resource) []string {
	var all []string
	for _, r := range resources {
		all = append(all, r.Type)
	}
	slices.Sort(all)
	return all
}

// moduleProxy is a folder that go get fetches the checkout from as the library, in the layout of a module proxy. The
// version is one that nobody has, and another one for every other content: Go keeps a version that it has fetched for
// ever.
// https://go.dev/ref/mod#goproxy-protocol
func moduleProxy(t *testing.T, checkout string) (folder string, library module.Version) {
	t.Helper()
	folder = t.TempDir()
	content := sha256.Sum256(zipped(t, checkout, module.Version{Path: libraryPath, Version: "v0.0.1"}))
	library = module.Version{Path: libraryPath, Version: fmt.Sprintf("v0.0.1-sum%x", content[:8])}
	mod, err := os.ReadFile(filepath.Join(checkout, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	versions := filepath.Join(folder, library.Path, "@v")
	if err := os.MkdirAll(versions, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{
		"list":                    []byte(library.Version + "\n"),
		library.Version + ".info": fmt.Appendf(nil, `{"Version":%q}`, library.Version),
		library.Version + ".mod":  mod,
		library.Version + ".zip":  zipped(t, checkout, library),
	} {
		if err := os.WriteFile(filepath.Join(versions, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder, library
}

// zipped is the checkout as a module proxy hands it out, without the other modules.
func zipped(t *testing.T, checkout string, library module.Version) []byte {
	t.Helper()
	var text bytes.Buffer
	if err := zip.CreateFromDir(&text, library, checkout); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

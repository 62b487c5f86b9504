package engine

import (
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

// library is this project as others fetch it, in a version that nobody has.
var library = module.Version{Path: "github.com/defender-iot-proxy/pulumi-defender-iot-proxy", Version: "v0.0.1"}

// TestTheLibraryBuildsASiteFromAnEmptyDirectory follows docs/components.md: a program of one file, the module fetched by go get, and the
// real CLI. What there is in Azure then is what the program builds of examples/smallest.yaml.
func TestTheLibraryBuildsASiteFromAnEmptyDirectory(t *testing.T) {
	smallest := start(t, "examples/smallest.yaml")
	up(t, smallest)
	want := kinds(smallest.Azure.Resources())

	o := newOperator(t)
	o.logIn()
	o.meanwhile("export PULUMI_CONFIG_PASSPHRASE=words GONOSUMDB=" + library.Path + " GOPROXY=file://" + moduleProxy(t, o.clone) + ",$GOPROXY")
	o.meanwhile("mkdir ../own && cp examples/library-go/* ../own")
	o.clone = filepath.Join(o.clone, "../own")
	o.meanwhile("go mod init plant-7 && go get " + library.String() + " && go mod tidy")
	o.meanwhile(`pulumi stack init plant-7 && pulumi config set sshPublicKey "$(cat ~/.ssh/id_ed25519.pub)" && pulumi config set azure-native:location westeurope`)
	o.meanwhile("pulumi up")
	if have := kinds(o.azure.Azure.Resources()); !slices.Equal(have, want) {
		t.Errorf("the library builds\n%s\nthe program\n%s", strings.Join(have, "\n"), strings.Join(want, "\n"))
	}
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
	if again := o.meanwhile("pulumi up"); !strings.Contains(again, " unchanged") || strings.Contains(again, " created") || strings.Contains(again, " updated") {
		t.Errorf("a second up says\n%s", again)
	}
	o.meanwhile("pulumi destroy")
	for _, r := range o.azure.Azure.Resources() {
		t.Errorf("%s is left", r.ID)
	}
}

// kinds are the types of resources, once for each.
func kinds(resources []arm.Resource) []string {
	var all []string
	for _, r := range resources {
		all = append(all, r.Type)
	}
	slices.Sort(all)
	return all
}

// moduleProxy is a folder that go get fetches the checkout from as the library, in the layout of a module proxy.
// https://go.dev/ref/mod#goproxy-protocol
func moduleProxy(t *testing.T, checkout string) string {
	t.Helper()
	folder := t.TempDir()
	versions := filepath.Join(folder, library.Path, "@v")
	if err := os.MkdirAll(versions, 0o700); err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(checkout, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"list":                    library.Version + "\n",
		library.Version + ".info": fmt.Sprintf(`{"Version":%q}`, library.Version),
		library.Version + ".mod":  string(mod),
	} {
		if err := os.WriteFile(filepath.Join(versions, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.Create(filepath.Join(versions, library.Version+".zip"))
	if err != nil {
		t.Fatal(err)
	}
	if err := zip.CreateFromDir(file, library, checkout); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return folder
}

package squid

import (
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// withPackages is the cloud-config of the documented proxy with packages from there.
func withPackages(t *testing.T, packages Packages) cloudConfig {
	t.Helper()
	p := documented
	p.Packages = packages
	document, err := CloudConfig(p)
	if err != nil {
		t.Fatal(err)
	}
	var back cloudConfig
	if err := yaml.UnmarshalWithOptions(document, &back, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	return back
}

func TestPackagesComeFromTheCompanysMirrorOrThroughItsProxy(t *testing.T) {
	const mirror, proxy = "http://mirror.example.com/ubuntu", "http://packages.example.com:3142"
	from := withPackages(t, Packages{Mirror: mirror}).APT
	if from == nil || from.Preserve == nil || *from.Preserve ||
		len(from.Primary) != 1 || len(from.Security) != 1 || from.Primary[0].URI != mirror ||
		from.Security[0].URI != mirror || from.HTTPProxy != "" {
		t.Errorf("with a mirror, apt is told %+v", from)
	}
	from = withPackages(t, Packages{Proxy: proxy}).APT
	if from == nil || from.Preserve != nil || from.Primary != nil ||
		from.HTTPProxy != proxy || from.HTTPSProxy != proxy {
		t.Errorf("with a proxy, apt is told %+v", from)
	}
}

// Squid starts with an image that has it, before cloud-init has configured it: it is held until the setup.
func TestWithSquidInTheImageNothingIsInstalledAndSquidIsHeld(t *testing.T) {
	config := withPackages(t, Packages{InImage: true})
	if config.PackageUpdate || len(config.Packages) > 0 || config.APT != nil {
		t.Errorf("%t %v %v", config.PackageUpdate, config.Packages, config.APT)
	}
	if len(config.BootCmd) != 1 || !strings.HasSuffix(config.BootCmd[0], "systemctl mask --runtime squid") {
		t.Errorf("the boot begins with %v", config.BootCmd)
	}
	i := slices.IndexFunc(config.WriteFiles, func(f writeFile) bool { return f.Path == setupPath })
	setup := config.WriteFiles[i].Content
	released, restarted := strings.Index(setup, "unmask --runtime squid"), strings.Index(setup, "restart squid")
	if released < 0 || restarted < released {
		t.Error("the setup does not release Squid before it starts it")
	}
	if !strings.Contains(setup, "scaleSet.packages.inImage") || !strings.Contains(setup, `step "package squid"`) {
		t.Error("the setup does not say what an image lacks")
	}
}

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
	if from == nil || from.Preserve == nil || *from.Preserve || len(from.Primary) != 1 || len(from.Security) != 1 || from.Primary[0].URI != mirror ||
		from.Security[0].URI != mirror || from.HTTPProxy != "" {
		t.Errorf("with a mirror, apt is told %+v", from)
	}
	from = withPackages(t, Packages{Proxy: proxy}).APT
	if from == nil || from.Preserve != nil || from.Primary != nil || from.HTTPProxy != proxy || from.HTTPSProxy != proxy {
		t.Errorf("with a proxy, apt is told %+v", from)
	}
}

// Squid starts with an image that has it, before cloud-init's deferred files: it must find its configuration.
func TestWithSquidInTheImageNothingIsInstalledAndNothingIsDeferred(t *testing.T) {
	config := withPackages(t, Packages{InImage: true})
	if config.PackageUpdate || len(config.Packages) > 0 || config.APT != nil {
		t.Errorf("%t %v %v", config.PackageUpdate, config.Packages, config.APT)
	}
	if slices.ContainsFunc(config.WriteFiles, func(f writeFile) bool { return f.Defer }) {
		t.Error("a file is deferred")
	}
	i := slices.IndexFunc(config.WriteFiles, func(f writeFile) bool { return f.Path == setupPath })
	if setup := config.WriteFiles[i].Content; !strings.Contains(setup, "scaleSet.packages.inImage") ||
		!strings.Contains(setup, `step "package squid"`) {
		t.Error("the setup does not say what an image lacks")
	}
}

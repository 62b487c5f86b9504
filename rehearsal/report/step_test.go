package report

import (
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

func TestAStepBelongsToItsNearestComponent(t *testing.T) {
	for types, want := range map[string]string{
		"azure-native:resources:ResourceGroup": "",

		"site:index:NetworkLayer$azure-native:network/v20240501:VirtualNetwork":                                              "NetworkLayer",
		"site:index:NetworkLayer$azure-native:network/v20240501:VirtualNetwork$azure-native:network/v20240501:Subnet":        "NetworkLayer",
		"site:index:Site$site:index:SiteGateway$azure-native:network/v20240501:VirtualNetworkGateway":                        "SiteGateway",
		"azure-native:network/v20240501:VirtualNetwork$azure-native:network/v20240501:Subnet":                                "",
		"site:index:Site$azure-native:network:NetworkSecurityGroup$azure-native:insights/v20210501preview:DiagnosticSetting": "Site",
	} {
		if got := component(resource.URN("urn:pulumi:prod::site::" + types + "::name")); got != want {
			t.Errorf("%s is of component %q, want %q", types, got, want)
		}
	}
}

func TestTheStepsOfTheChainToTheProxyAreMarked(t *testing.T) {
	u := theProxy()
	var r Report
	r.SetSteps(u.steps, u.measure())
	var critical []string
	for _, step := range r.Steps {
		if step.Critical {
			critical = append(critical, step.name())
		}
	}
	if want := []string{"Plant", "nat", "MD4IoT-VNET", "lb", "proxies"}; !slices.Equal(critical, want) {
		t.Errorf("marked are %v, want %v", critical, want)
	}
	if r.MakespanMs != 2726000 || r.CriticalPathMs != 2726000 || r.ProxyReadyMs != 186000 ||
		r.ProxyReadyBoundMs != 186000 {
		t.Errorf("the times are %d, %d, %d, %d ms", r.MakespanMs, r.CriticalPathMs, r.ProxyReadyMs, r.ProxyReadyBoundMs)
	}
}

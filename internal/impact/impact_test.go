package impact

import (
	"slices"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// resources is a small stack as its state has it.
func resources(subnet string) []Resource {
	return []Resource{
		{Type: "ResourceGroup", Outputs: map[string]any{"name": "defender-iot-plant", "location": "West Europe"}},
		{Component: "NetworkLayer", Type: "VirtualNetwork", Outputs: map[string]any{
			"name": "MD4IoT-VNET", "addressSpace": map[string]any{"addressPrefixes": []any{"10.42.0.0/26"}},
			"subnets": []any{map[string]any{"name": "ProxyserverSubnet", "addressPrefixes": []any{subnet}}},
		}},
		{Component: "InternalLB", Type: "LoadBalancer", Outputs: map[string]any{
			"frontendIPConfigurations": []any{map[string]any{"privateIPAddress": "10.42.0.36"}},
			"loadBalancingRules":       []any{map[string]any{"frontendPort": 3128.0}},
		}},
		{Component: "ProxyScaleSet", Type: "VirtualMachineScaleSet"},
		{Component: "Elsewhere", Type: "PublicIPAddress", Outputs: map[string]any{"ipAddress": "20.50.0.9"}},
	}
}

func plan(t *testing.T) Plan {
	t.Helper()
	s, err := site.Load(site.Config{Project: "defender-iot-proxy", Stack: "plant", Values: map[string]string{
		"azure-native:location":           "westeurope",
		"defender-iot-proxy:addressSpace": "10.42.0.0/26",
		"defender-iot-proxy:sensorCidrs":  `["10.30.0.0/22"]`,
		"defender-iot-proxy:sshPublicKey": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl test",
	}})
	if err != nil {
		t.Fatal(err)
	}
	return Plan{Site: s, Group: "defender-iot-plant"}
}

var handedOut = map[string]any{"sensorProxy": map[string]any{"host": "10.42.0.36", "port": 3128.0}}

func TestTheSameSiteCostsNobodyAnything(t *testing.T) {
	today, err := Read(handedOut, resources("10.42.0.32/27"))
	if err != nil {
		t.Fatal(err)
	}
	if today.Proxy == nil || today.Network == nil || today.Egress != "" {
		t.Errorf("read as %+v", today)
	}
	if all := Consequences(today, plan(t)); len(all) > 0 {
		t.Errorf("nothing changes, and yet:\n%v", Refusal(all))
	}
}

func TestASubnetIsComparedInWhicheverFormAzureGivesIt(t *testing.T) {
	today, err := Read(handedOut, resources("10.42.0.0/27"))
	if err != nil {
		t.Fatal(err)
	}
	if all := Consequences(today, plan(t)); len(all) != 1 || all[0].Allow != "" {
		t.Errorf("a moved subnet: %v", Refusal(all))
	}
}

func TestNobodyReliesOnAStackThatHandedOutNothing(t *testing.T) {
	today, err := Read(nil, resources("10.42.0.0/27"))
	if err != nil {
		t.Fatal(err)
	}
	moved := plan(t)
	moved.Group = "another"
	if all := Consequences(today, moved); len(all) > 0 {
		t.Errorf("%v", Refusal(all))
	}
}

func TestNobodyReliesOnAStackWithoutProxies(t *testing.T) {
	halfMade := slices.DeleteFunc(resources("10.42.0.0/27"), func(r Resource) bool { return r.Component == "ProxyScaleSet" })
	today, err := Read(handedOut, halfMade)
	if err != nil {
		t.Fatal(err)
	}
	changed := plan(t)
	changed.Site.ProxyPort = 8080
	if all := Consequences(today, changed); len(all) != 1 || all[0].Allow != "" {
		t.Errorf("all that is left to say is what Azure refuses: %v", Refusal(all))
	}
	changed.Group = "another"
	if all := Consequences(today, changed); len(all) > 0 {
		t.Errorf("%v", Refusal(all))
	}
}

func TestALoadBalancerWithoutAnAddressIsNoProxyYet(t *testing.T) {
	halfMade := resources("10.42.0.32/27")
	halfMade[2].Outputs["frontendIPConfigurations"] = []any{map[string]any{}}
	if today, err := Read(handedOut, halfMade); err != nil || today.Proxy != nil {
		t.Errorf("read as %+v, %v", today.Proxy, err)
	}
}

func TestWhatCannotBeReadIsAnErrorThatShowsNoValue(t *testing.T) {
	const secret = "correct horse battery"
	_, err := Read(map[string]any{"sensorProxy": secret}, resources("ten"))
	if err == nil || strings.Contains(err.Error(), secret) {
		t.Fatalf("read with: %v", err)
	}
	for _, word := range []string{"outputs", "ProxyserverSubnet"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the error does not say %s: %v", word, err)
		}
	}
}

func TestARefusalNamesWhatIsMissingAndNothingElse(t *testing.T) {
	all := []Consequence{
		{Change: "a", Lost: "b", Cost: "c", Allow: site.DisruptGateway},
		{Change: "a", Lost: "d", Cost: "e", Allow: site.DisruptLogs},
		{Change: "f", Cost: "g"},
	}
	err := Refuse(all, []site.Disruption{site.DisruptLogs})
	want := "others rely on what this change takes away; nothing was changed:\n  - a:\n      b goes (allowed by gateway): c.\n  - f: g.\n" +
		"Take the change back; or, where all of that is meant, set allowDisruption: [gateway], and remove it after the up."
	if err == nil || err.Error() != want {
		t.Errorf("refused with\n%v\nwant\n%s", err, want)
	}
	if err := Refuse(all[:2], []site.Disruption{site.DisruptLogs, site.DisruptGateway}); err != nil {
		t.Errorf("all is allowed, and yet: %v", err)
	}
	if got := Unneeded(all, []site.Disruption{site.DisruptLogs, site.DisruptEgress}); len(got) != 1 || got[0] != "egress" {
		t.Errorf("unneeded: %v", got)
	}
}

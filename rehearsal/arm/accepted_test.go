package arm

import (
	"strings"
	"testing"
)

// What Azure takes must be taken here too: a stand-in that refuses too much proves as little as one that refuses
// nothing.

// Each is made, on Azure, by Microsoft's own tests of its command line:
// https://github.com/Azure/azure-powershell/tree/main/src/Network/Network.Test/ScenarioTests.
func TestWhatMicrosoftsOwnTestsMakeIsTaken(t *testing.T) {
	for test, made := range map[string]struct {
		id, path string
		value    any
	}{
		"VirtualNetworkGatewayTests: addresses for BGP without enableBgp": {gatewayID,
			"properties.enableBgp", false},
		"VirtualNetworkGatewayConnectionTests: a BGP address in a partner's network": {partnerID, prefixesPath,
			[]string{"169.254.21.0/30"}},
		"RouteFilterTestsGenerated: a rule that denies":             {filterID, filterRule + "access", "Deny"},
		"NetworkWatcherAPITests: a network's flow log of version 1": {flowID, "properties.format.version", 1},
	} {
		a := newPrivatePath(t)
		a.change(made.id, made.path, made.value)
		if a.last().Code != "" {
			t.Errorf("%s was answered %+v", test, a.last())
		}
	}
	// VirtualNetworkGatewayConnectionTests: BGP over a connection of a gateway without enableBgp.
	a := newPrivatePath(t)
	a.make(gatewayID, set(bodyOf(gatewayID), "properties.enableBgp", false))
	a.make(tunnelID, bodyOf(tunnelID))
	// ExpressRouteCircuitTests: a circuit is deleted with its peering.
	a.make(circuitID("own"), set(circuitBody, "properties.serviceProviderProvisioningState", "NotProvisioned"))
	a.make(circuitID("own")+"/peerings/MicrosoftPeering", bodyOf(peeringID))
	a.delete(circuitID("own"))
	if a.last().Code != "" {
		t.Errorf("deleting a circuit that its provider has not provisioned was answered %+v", a.last())
	}
}

func TestAStaticFrontendGetsTheAddressItAsksFor(t *testing.T) {
	a := newSite(t)
	staticFrontend("10.9.0.40")(a)
	if got := atIndex(a.get(lbID),
		"properties.frontendIPConfigurations.0.properties.privateIPAddress"); got != "10.9.0.40" {
		t.Errorf("the frontend is at %v, want 10.9.0.40", got)
	}
	a.make(vmssID, set(bodyOf(vmssID), "sku.capacity", 4))
	var got []string
	for _, address := range a.server.Instances(vmssID) {
		got = append(got, address.String())
	}
	if want := "10.9.0.37 10.9.0.38 10.9.0.36 10.9.0.39"; strings.Join(got, " ") != want {
		t.Errorf("the instances are at %v, want those they had and then the free ones: %s", got, want)
	}
}

func TestAPublicLoadBalancerTakesNoPrivateAddress(t *testing.T) {
	a := newSite(t)
	a.make(ipID+"2", bodyOf(ipID))
	body := strings.ReplaceAll(bodyOf(lbID), lbID, lbID+"2")
	body = set(set(body, frontendPath+"zones", nil), frontendPath+"properties",
		map[string]any{"publicIPAddress": map[string]any{"id": ipID + "2"}})
	a.make(lbID+"2", body)
	frontend := lbID + "2/frontendIPConfigurations/sensors"
	if got := atIndex(a.get(ipID+"2"), "properties.ipConfiguration.id"); got != frontend {
		t.Errorf("the public address belongs to %v, want %s", got, frontend)
	}
	if got := atIndex(a.get(lbID+"2"),
		"properties.frontendIPConfigurations.0.properties.privateIPAddress"); got != nil {
		t.Errorf("the public frontend has the private address %v", got)
	}
}

func TestSSHKeysThatAzureTakesAndDoesNot(t *testing.T) {
	exponent := []byte{1, 0, 1}
	modulus := func(bits int) []byte { return append([]byte{0, 0xff}, make([]byte, bits/8-1)...) }
	for line, good := range map[string]bool{
		sshLine("ssh-rsa", exponent, modulus(4096)): true,
		sshLine("ssh-rsa", exponent, modulus(2048)): true,
		sshLine("ssh-rsa", exponent, modulus(1024)): false,
		ed25519Key():                                            true,
		sshLine("ssh-ed25519", make([]byte, 31)):                false,
		sshLine("ssh-dss", exponent):                            false,
		strings.Replace(ed25519Key(), "-ed25519", "-rsa", 1):    false,
		"ssh-rsa AAAA":                                          false,
		"ssh-rsa AAAAB":                                         false,
		"ssh-rsa /////w==":                                      false,
		"-----BEGIN PUBLIC KEY-----":                            false,
		strings.TrimSuffix(ed25519Key(), " somebody@somewhere"): true,
	} {
		if wrong := badSSHKey(line); (wrong == "") != good {
			t.Errorf("the key %.40s… is answered %q", line, wrong)
		}
	}
}

func TestHealthSettingsThatTheExtensionTakesAndDoesNot(t *testing.T) {
	for _, c := range []struct {
		protocol, path string
		port           any
		good           bool
	}{
		{"tcp", "", 3128.0, true},
		{"tcp", "", nil, false},
		{"tcp", "", 0.0, false},
		{"tcp", "/", 3128.0, false},
		{"http", "/health", nil, true},
		{"https", "/health", 443.0, true},
		{"http", "", 80.0, false},
		{"udp", "", 53.0, false},
		{"", "", nil, false},
	} {
		settings := map[string]any{"protocol": c.protocol, "requestPath": c.path}
		if c.port != nil {
			settings["port"] = c.port
		}
		if wrong := badHealthSettings("health", settings); (wrong == "") != c.good {
			t.Errorf("%v is answered %q", settings, wrong)
		}
	}
}

func TestGracePeriodsFromTenToNinetyMinutes(t *testing.T) {
	for period, good := range map[string]bool{
		"PT10M": true, "PT30M": true, "PT90M": true, "PT1H": true, "PT1H30M": true,
		"PT9M": false, "PT91M": false, "PT1H31M": false, "PT2H": false, "PT1H5": false, "10": false,
	} {
		if gracePeriod.MatchString(period) != good {
			t.Errorf("the grace period %s is taken: %v", period, !good)
		}
	}
}

func TestDiagnosticSettingsOfEveryKind(t *testing.T) {
	a := newSite(t)
	metrics := `{"properties": {"workspaceId": "` + lawID + `", "metrics": [{"category": "%", "enabled": true, ` +
		`"retentionPolicy": {"enabled": false, "days": 0}}]}}`
	for target, category := range map[string]string{vnetID: "AllMetrics", ipID: "AllMetrics", vmssID: "AllMetrics",
		storageID: "Transaction", lawID: "AllMetrics"} {
		a.make(target+"/providers/Microsoft.Insights/diagnosticSettings/metrics",
			strings.Replace(metrics, "%", category, 1))
	}
	a.make(strings.TrimSuffix(nsgLogsID, "logs")+"archive",
		`{"properties": {"storageAccountId": "`+storageID+`", "logs": [
		{"category": "NetworkSecurityGroupEvent", "enabled": true}, {"category": "NetworkSecurityGroupRuleCounter",
		"enabled": true}]}}`)
}

package program

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func TestAnExistingWorkspaceIsUsedAndNoneMade(t *testing.T) {
	all := deploy(t, map[string]string{"logs": `{"workspaceId":"` + workspace + `"}`})
	for _, r := range all {
		if strings.HasSuffix(r.token, ":Workspace") {
			t.Errorf("%s is made beside the given workspace", r.name)
		}
	}
	if got := at(t, find(t, all, "DiagnosticSetting", "site-logs-lb").inputs, "workspaceId"); got != workspace {
		t.Errorf("the load balancer's metrics go to %s", got)
	}
}

func TestWithoutFlowLogsThereIsNoStorage(t *testing.T) {
	for _, r := range deploy(t, map[string]string{"logs": `{"flowLogs":false}`}) {
		if strings.HasSuffix(r.token, ":StorageAccount") || strings.HasSuffix(r.token, ":FlowLog") {
			t.Errorf("%s is made", r.name)
		}
	}
}

func TestProtectionCoversWhatIsSlowOrRemembered(t *testing.T) {
	covered := []string{"bastion-ip", "site-lb-internal", "site-logs-workspace", "site-nat-ip",
		"site-network-vnet", "sitelogsflow"}
	for _, on := range []bool{true, false} {
		var got []string
		for _, r := range deploy(t, map[string]string{"protect": fmt.Sprint(on)}) {
			if r.protect {
				got = append(got, r.name)
			}
		}
		slices.Sort(got)
		if want := covered; on && !slices.Equal(got, want) || !on && len(got) > 0 {
			t.Errorf("protect = %t covers %v", on, got)
		}
	}
}

func TestWhatAnInstanceIsMadeOfReplacesTheScaleSet(t *testing.T) {
	r := find(t, deploy(t, nil), "VirtualMachineScaleSet", "")
	if !slices.Contains(r.replaceOn, "virtualMachineProfile.osProfile") {
		t.Errorf("the scale set is replaced on changes of %v: new custom data would never reach an instance",
			r.replaceOn)
	}
	if at(t, r.inputs, "vmScaleSetName") != "absent" {
		t.Error("the scale set has a fixed name: its replacement could not stand beside it")
	}
}

func TestCustomDataServesTheSensorsOnly(t *testing.T) {
	text := customDataOf(t, nil)
	for _, want := range []string{"10.30.0.0/22", "10.31.0.0/24", ".azure-devices.net", ".blob.core.windows.net",
		".servicebus.windows.net", "http_port 3128"} {
		if !strings.Contains(text, want) {
			t.Errorf("custom data lacks %s", want)
		}
	}
}

func TestSquidGetsTheHashAndNeverThePassword(t *testing.T) {
	const password = "correct horse battery"
	text := customDataOf(t, map[string]string{"proxyAuth": `{"username":"sensor","password":"` + password + `"}`})
	if strings.Contains(text, password) {
		t.Error("custom data holds the password")
	}
	if !strings.Contains(text, "sensor:$6$rounds=1000$generated0123456$") {
		t.Error("custom data lacks the user and the hash with the stored salt")
	}
}

func customDataOf(t *testing.T, changes map[string]string) string {
	t.Helper()
	r := find(t, deploy(t, changes), "VirtualMachineScaleSet", "")
	text, err := base64.StdEncoding.DecodeString(at(t, r.inputs, "virtualMachineProfile.osProfile.customData"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestBadConfigurationRegistersNothing(t *testing.T) {
	c := &cloud{}
	err := deployTo(c, map[string]string{"addressSpace": "10.42.0.0/30", "sensorCidrs": "[]", "proxyPort": "22"})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, key := range []string{"addressSpace", "sensorCidrs", "proxyPort"} {
		if !strings.Contains(err.Error(), key) {
			t.Errorf("the error does not name %s: %v", key, err)
		}
	}
	for _, r := range c.resources {
		if r.token != "pulumi:pulumi:Stack" {
			t.Errorf("%s was registered", r.name)
		}
	}
}

func TestTheProgramReadsTheConfigurationOfEitherKind(t *testing.T) {
	values := map[string]string{
		"azure-native:location":           "westeurope",
		"defender-iot-proxy:addressSpace": "10.42.0.0/26",
		"defender-iot-proxy:sensorCidrs":  `["10.30.0.0/22"]`,
		"defender-iot-proxy:sshPublicKey": sshKey,
		"defender-iot-proxy:sensorCidr":   `["10.0.0.0/8"]`,
	}
	run := func() error {
		return pulumi.RunErr(Site, pulumi.WithMocks("defender-iot-proxy", "plant", &cloud{}),
			func(info *pulumi.RunInfo) { info.Config = values })
	}
	if err := run(); err != nil {
		t.Errorf("key by key: %v", err)
	}
	all, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(pulumi.EnvConfig, string(all))
	if err := run(); err == nil || !strings.Contains(err.Error(), "Did you mean sensorCidrs?") {
		t.Errorf("all at once, as the language host does: %v", err)
	}
	t.Setenv(pulumi.EnvConfig, "{")
	if err := run(); err == nil || !strings.Contains(err.Error(), "PULUMI_CONFIG") {
		t.Errorf("a broken configuration: %v", err)
	}
}

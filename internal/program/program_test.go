package program

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"defender-iot-proxy/internal/reach"
	"defender-iot-proxy/internal/site"
)

const (
	sshKey    = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl test"
	workspace = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/logs/providers/Microsoft.OperationalInsights/workspaces/central"
)

// registered is a resource as the program registered it.
type registered struct {
	token, name, parent string
	inputs              resource.PropertyMap
	protect             bool
	replaceOn           []string
}

// cloud answers registrations in the engine's place.
type cloud struct {
	mu        sync.Mutex
	resources []registered
}

func (c *cloud) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return nil, fmt.Errorf("the program calls %s, and nothing here needs a call", args.Token)
}

func (c *cloud) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r := registered{token: args.TypeToken, name: args.Name, inputs: args.Inputs}
	if rpc := args.RegisterRPC; rpc != nil {
		r.parent, r.protect, r.replaceOn = rpc.GetParent(), rpc.GetProtect(), rpc.GetReplaceOnChanges()
	}
	c.mu.Lock()
	c.resources = append(c.resources, r)
	c.mu.Unlock()

	state := args.Inputs.Copy()
	state["name"] = resource.NewStringProperty(args.Name)
	switch {
	case strings.HasSuffix(args.TypeToken, ":PublicIPAddress"):
		state["ipAddress"] = resource.NewStringProperty("20.50.0.1")
	case strings.HasSuffix(args.TypeToken, ":LoadBalancer"):
		frontend := state["frontendIPConfigurations"].ArrayValue()[0].ObjectValue().Copy()
		frontend["privateIPAddress"] = resource.NewStringProperty("10.42.0.36")
		state["frontendIPConfigurations"] = resource.NewArrayProperty([]resource.PropertyValue{resource.NewObjectProperty(frontend)})
	case strings.HasSuffix(args.TypeToken, ":RandomPassword"), strings.HasSuffix(args.TypeToken, ":RandomString"):
		state["result"] = resource.NewStringProperty("generated0123456")
	}
	return "/id/" + args.Name, state, nil
}

// deploy runs the program and returns what it registered.
func deploy(t *testing.T, changes map[string]string) []registered {
	t.Helper()
	c := &cloud{}
	if err := deployTo(c, changes); err != nil {
		t.Fatal(err)
	}
	return c.resources
}

func deployTo(c *cloud, changes map[string]string) error {
	values := map[string]string{
		"azure-native:location":           "westeurope",
		"defender-iot-proxy:siteName":     "plant-1",
		"defender-iot-proxy:addressSpace": "10.42.0.0/25",
		"defender-iot-proxy:sensorCidrs":  `["10.30.0.0/22","10.31.0.0/24"]`,
		"defender-iot-proxy:sshPublicKey": sshKey,
		"defender-iot-proxy:bastion":      `{"enabled":true}`,
		"defender-iot-proxy:tags":         `{"environment":"prod"}`,
	}
	for key, value := range changes {
		if !strings.Contains(key, ":") {
			key = "defender-iot-proxy:" + key
		}
		values[key] = value
	}
	return pulumi.RunErr(func(ctx *pulumi.Context) error { return Deploy(ctx, values) },
		pulumi.WithMocks("defender-iot-proxy", "plant", c))
}

// find returns the one resource of a type, or the one with that name where there are several.
func find(t *testing.T, all []registered, token, name string) registered {
	t.Helper()
	for _, r := range all {
		if strings.HasSuffix(r.token, ":"+token) && (name == "" || r.name == name) {
			return r
		}
	}
	t.Fatalf("no %s %s among %d resources", token, name, len(all))
	return registered{}
}

// at reads a property by its path, "absent" where there is none.
func at(t *testing.T, inputs resource.PropertyMap, path string) string {
	t.Helper()
	parsed, err := resource.ParsePropertyPath(path)
	if err != nil {
		t.Fatal(err)
	}
	value, ok := parsed.Get(resource.NewObjectProperty(inputs))
	if !ok || value.IsNull() {
		return "absent"
	}
	for value.IsSecret() {
		value = value.SecretValue().Element
	}
	return fmt.Sprint(value.Mappable())
}

// documented is every setting of the reference's steps 1, 2, 4, 5, 6 and 7, as it is built today.
var documented = []struct {
	step                       string
	token, name, setting, want string
}{
	{"1 performance, replication", "StorageAccount", "", "sku.name", "Standard_LRS"},
	{"1 account kind", "StorageAccount", "", "kind", "StorageV2"},
	{"1 selected networks", "StorageAccount", "", "networkRuleSet.defaultAction", "Deny"},
	{"1 in virtual networks: none", "StorageAccount", "", "networkRuleSet.virtualNetworkRules", "absent"},
	{"1 Azure's own services write the logs", "StorageAccount", "", "networkRuleSet.bypass", "AzureServices"},
	{"1 public endpoint", "StorageAccount", "", "publicNetworkAccess", "Enabled"},
	{"1 routing preference", "StorageAccount", "", "routingPreference.routingChoice", "MicrosoftRouting"},
	{"1 TLS", "StorageAccount", "", "minimumTlsVersion", "TLS1_2"},
	{"1 HTTPS only", "StorageAccount", "", "enableHttpsTrafficOnly", "true"},
	{"1 no public blobs", "StorageAccount", "", "allowBlobPublicAccess", "false"},

	{"2 name", "VirtualNetwork", "", "virtualNetworkName", "MD4IoT-VNET"},
	{"2 size", "VirtualNetwork", "", "addressSpace.addressPrefixes", "[10.42.0.0/25]"},
	{"2 gateway subnet", "VirtualNetwork", "", "subnets[0].name", "GatewaySubnet"},
	{"2 gateway subnet", "VirtualNetwork", "", "subnets[0].addressPrefix", "10.42.0.0/27"},
	{"2 gateway subnet without NSG", "VirtualNetwork", "", "subnets[0].networkSecurityGroup", "absent"},
	{"2 gateway subnet without NAT", "VirtualNetwork", "", "subnets[0].natGateway", "absent"},
	{"2 proxy subnet", "VirtualNetwork", "", "subnets[1].name", "ProxyserverSubnet"},
	{"2 proxy subnet", "VirtualNetwork", "", "subnets[1].addressPrefix", "10.42.0.32/27"},
	{"2 proxy subnet has no other way out", "VirtualNetwork", "", "subnets[1].defaultOutboundAccess", "false"},
	{"2 Bastion subnet", "VirtualNetwork", "", "subnets[2].name", "AzureBastionSubnet"},
	{"2 Bastion subnet", "VirtualNetwork", "", "subnets[2].addressPrefix", "10.42.0.64/26"},
	{"2 Bastion subnet without NSG", "VirtualNetwork", "", "subnets[2].networkSecurityGroup", "absent"},

	{"4 rule 100", "NetworkSecurityGroup", "", "securityRules[0].priority", "100"},
	{"4 rule 100 sources", "NetworkSecurityGroup", "", "securityRules[0].sourceAddressPrefixes", "[10.30.0.0/22 10.31.0.0/24]"},
	{"4 rule 100 destination", "NetworkSecurityGroup", "", "securityRules[0].destinationAddressPrefix", "10.42.0.32/27"},
	{"4 rule 100 port", "NetworkSecurityGroup", "", "securityRules[0].destinationPortRange", "3128"},
	{"4 rule 100 protocol", "NetworkSecurityGroup", "", "securityRules[0].protocol", "Tcp"},
	{"4 rule 100", "NetworkSecurityGroup", "", "securityRules[0].access", "Allow"},
	{"4 rule 100", "NetworkSecurityGroup", "", "securityRules[0].direction", "Inbound"},
	{"4 rule 4094", "NetworkSecurityGroup", "", "securityRules[1].priority", "4094"},
	{"4 rule 4094 source", "NetworkSecurityGroup", "", "securityRules[1].sourceAddressPrefix", "10.42.0.64/26"},
	{"4 rule 4094 port", "NetworkSecurityGroup", "", "securityRules[1].destinationPortRange", "22"},
	{"4 rule 4094", "NetworkSecurityGroup", "", "securityRules[1].access", "Allow"},
	{"4 rule 4095", "NetworkSecurityGroup", "", "securityRules[2].priority", "4095"},
	{"4 rule 4095 source", "NetworkSecurityGroup", "", "securityRules[2].sourceAddressPrefix", "AzureLoadBalancer"},
	{"4 rule 4095", "NetworkSecurityGroup", "", "securityRules[2].access", "Allow"},
	{"4 rule 4095 as 65001", "NetworkSecurityGroup", "", "securityRules[2].destinationPortRange", "*"},
	{"4 rule 4096", "NetworkSecurityGroup", "", "securityRules[3].priority", "4096"},
	{"4 rule 4096", "NetworkSecurityGroup", "", "securityRules[3].access", "Deny"},
	{"4 rule 4096", "NetworkSecurityGroup", "", "securityRules[3].sourceAddressPrefix", "*"},
	{"4 rule 4096", "NetworkSecurityGroup", "", "securityRules[3].destinationAddressPrefix", "*"},
	{"4 rule 4096", "NetworkSecurityGroup", "", "securityRules[3].destinationPortRange", "*"},
	{"4 rule 4096", "NetworkSecurityGroup", "", "securityRules[3].protocol", "*"},
	{"4 assigned to the proxy subnet", "VirtualNetwork", "", "subnets[1].networkSecurityGroup.id", "/id/network-nsg"},
	{"4 diagnostic setting", "DiagnosticSetting", "diagnostics-nsg", "resourceUri", "/id/network-nsg"},
	{"4 allLogs", "DiagnosticSetting", "diagnostics-nsg", "logs[0].categoryGroup", "allLogs"},
	{"4 allLogs", "DiagnosticSetting", "diagnostics-nsg", "logs[0].enabled", "true"},
	{"4 workspace", "DiagnosticSetting", "diagnostics-nsg", "workspaceId", "/id/diagnostics-workspace"},
	{"4 flow log target", "FlowLog", "", "targetResourceId", "/id/network-vnet"},
	{"4 flow log storage", "FlowLog", "", "storageId", "/id/diagnosticsflow"},
	{"4 flow log on", "FlowLog", "", "enabled", "true"},
	{"4 flow log version 2", "FlowLog", "", "format.version", "2"},
	{"4 flow log format", "FlowLog", "", "format.type", "JSON"},
	{"4 flow log retention", "FlowLog", "", "retentionPolicy.days", "30"},
	{"4 flow log retention", "FlowLog", "", "retentionPolicy.enabled", "true"},
	{"4 flow log's network watcher", "FlowLog", "", "networkWatcherName", "NetworkWatcher_westeurope"},
	{"4 flow log's network watcher", "FlowLog", "", "resourceGroupName", "NetworkWatcherRG"},
	{"4 Traffic Analytics", "FlowLog", "", "flowAnalyticsConfiguration.networkWatcherFlowAnalyticsConfiguration.enabled", "true"},
	{"4 Traffic Analytics workspace", "FlowLog", "", "flowAnalyticsConfiguration.networkWatcherFlowAnalyticsConfiguration.workspaceResourceId", "/id/diagnostics-workspace"},
	{"4 Traffic Analytics interval", "FlowLog", "", "flowAnalyticsConfiguration.networkWatcherFlowAnalyticsConfiguration.trafficAnalyticsInterval", "60"},

	{"5 orchestration mode", "VirtualMachineScaleSet", "", "orchestrationMode", "Uniform"},
	{"5 security type standard", "VirtualMachineScaleSet", "", "virtualMachineProfile.securityProfile", "absent"},
	{"5 image", "VirtualMachineScaleSet", "", "virtualMachineProfile.storageProfile.imageReference.publisher", "Canonical"},
	{"5 image", "VirtualMachineScaleSet", "", "virtualMachineProfile.storageProfile.imageReference.offer", "0001-com-ubuntu-server-jammy"},
	{"5 image Gen1", "VirtualMachineScaleSet", "", "virtualMachineProfile.storageProfile.imageReference.sku", "22_04-lts"},
	{"5 image", "VirtualMachineScaleSet", "", "virtualMachineProfile.storageProfile.imageReference.version", "latest"},
	{"5 disks default", "VirtualMachineScaleSet", "", "virtualMachineProfile.storageProfile.osDisk", "map[createOption:FromImage]"},
	{"5 size", "VirtualMachineScaleSet", "", "sku.name", "Standard_DS1_v2"},
	{"5 instance count", "VirtualMachineScaleSet", "", "sku.capacity", "1"},
	{"5 authentication", "VirtualMachineScaleSet", "", "virtualMachineProfile.osProfile.linuxConfiguration.disablePasswordAuthentication", "true"},
	{"5 authentication", "VirtualMachineScaleSet", "", "virtualMachineProfile.osProfile.linuxConfiguration.ssh.publicKeys[0].keyData", sshKey},
	{"5 authentication", "VirtualMachineScaleSet", "", "virtualMachineProfile.osProfile.adminPassword", "absent"},
	{"5 authentication", "VirtualMachineScaleSet", "", "virtualMachineProfile.osProfile.linuxConfiguration.ssh.publicKeys[0].path", "/home/azureuser/.ssh/authorized_keys"},
	{"5 subnet", "VirtualMachineScaleSet", "", "virtualMachineProfile.networkProfile.networkInterfaceConfigurations[0].ipConfigurations[0].subnet.id", "/id/network-vnet/subnets/ProxyserverSubnet"},
	{"5 no public address", "VirtualMachineScaleSet", "", "virtualMachineProfile.networkProfile.networkInterfaceConfigurations[0].ipConfigurations[0].publicIPAddressConfiguration", "absent"},
	{"5 upgrade mode", "VirtualMachineScaleSet", "", "upgradePolicy.mode", "Automatic"},
	{"5 automatic OS upgrades", "VirtualMachineScaleSet", "", "upgradePolicy.automaticOSUpgradePolicy.enableAutomaticOSUpgrade", "true"},
	{"5 boot diagnostics off", "VirtualMachineScaleSet", "", "virtualMachineProfile.diagnosticsProfile.bootDiagnostics.enabled", "false"},
	{"5 no identity", "VirtualMachineScaleSet", "", "identity", "absent"},
	{"5 overprovisioning", "VirtualMachineScaleSet", "", "overprovision", "true"},
	{"5 application health", "VirtualMachineScaleSet", "", "virtualMachineProfile.extensionProfile.extensions[0].publisher", "Microsoft.ManagedServices"},
	{"5 application health", "VirtualMachineScaleSet", "", "virtualMachineProfile.extensionProfile.extensions[0].type", "ApplicationHealthLinux"},
	{"5 application health TCP", "VirtualMachineScaleSet", "", "virtualMachineProfile.extensionProfile.extensions[0].settings.protocol", "tcp"},
	{"5 application health port", "VirtualMachineScaleSet", "", "virtualMachineProfile.extensionProfile.extensions[0].settings.port", "3128"},
	{"5 one health source only", "VirtualMachineScaleSet", "", "virtualMachineProfile.networkProfile.healthProbe", "absent"},
	{"5 up to 100 instances", "VirtualMachineScaleSet", "", "singlePlacementGroup", "true"},
	{"5 size", "VirtualMachineScaleSet", "", "sku.tier", "Standard"},
	{"5 broken instances are replaced", "VirtualMachineScaleSet", "", "automaticRepairsPolicy.enabled", "true"},
	{"5 but not while they boot", "VirtualMachineScaleSet", "", "automaticRepairsPolicy.gracePeriod", "PT30M"},
	{"5 administrator", "VirtualMachineScaleSet", "", "virtualMachineProfile.osProfile.adminUsername", "azureuser"},
	{"5 computer name", "VirtualMachineScaleSet", "", "virtualMachineProfile.osProfile.computerNamePrefix", "proxy"},
	{"5 agent, which extensions need", "VirtualMachineScaleSet", "", "virtualMachineProfile.osProfile.linuxConfiguration.provisionVMAgent", "true"},
	{"5 application health", "VirtualMachineScaleSet", "", "virtualMachineProfile.extensionProfile.extensions[0].typeHandlerVersion", "1.0"},
	{"5 application health", "VirtualMachineScaleSet", "", "virtualMachineProfile.extensionProfile.extensions[0].autoUpgradeMinorVersion", "true"},
	{"5 network interface", "VirtualMachineScaleSet", "", "virtualMachineProfile.networkProfile.networkInterfaceConfigurations[0].primary", "true"},
	{"5 IP configuration", "VirtualMachineScaleSet", "", "virtualMachineProfile.networkProfile.networkInterfaceConfigurations[0].ipConfigurations[0].primary", "true"},
	{"6 SKU tier", "LoadBalancer", "", "sku.tier", "Regional"},
	{"6 IPv4", "LoadBalancer", "", "frontendIPConfigurations[0].privateIPAddressVersion", "IPv4"},
	{"6 five-tuple hash", "LoadBalancer", "", "loadBalancingRules[0].loadDistribution", "Default"},
	{"6 probe interval", "LoadBalancer", "", "probes[0].intervalInSeconds", "5"},
	{"6 probe threshold", "LoadBalancer", "", "probes[0].probeThreshold", "2"},
	{"7 public IP", "PublicIPAddress", "nat-ip", "publicIPAddressVersion", "IPv4"},
	{"7 public IP", "PublicIPAddress", "nat-ip", "sku.tier", "Regional"},
	{"2 Bastion", "BastionHost", "", "sku.name", "Basic"},
	{"2 Bastion", "BastionHost", "", "ipConfigurations[0].subnet.id", "/id/network-vnet/subnets/AzureBastionSubnet"},
	{"2 Bastion", "BastionHost", "", "ipConfigurations[0].publicIPAddress.id", "/id/bastion-ip"},
	{"4 workspace", "Workspace", "", "sku.name", "PerGB2018"},
	{"4 workspace", "Workspace", "", "retentionInDays", "30"},
	{"5 max spreading", "VirtualMachineScaleSet", "", "platformFaultDomainCount", "1"},
	{"5 zones", "VirtualMachineScaleSet", "", "zones", "[1 2 3]"},

	{"6 SKU", "LoadBalancer", "", "sku.name", "Standard"},
	{"6 internal", "LoadBalancer", "", "frontendIPConfigurations[0].publicIPAddress", "absent"},
	{"6 dynamic address", "LoadBalancer", "", "frontendIPConfigurations[0].privateIPAllocationMethod", "Dynamic"},
	{"6 subnet", "LoadBalancer", "", "frontendIPConfigurations[0].subnet.id", "/id/network-vnet/subnets/ProxyserverSubnet"},
	{"6 zone-redundant", "LoadBalancer", "", "frontendIPConfigurations[0].zones", "[1 2 3]"},
	{"6 backend is the scale set", "VirtualMachineScaleSet", "", "virtualMachineProfile.networkProfile.networkInterfaceConfigurations[0].ipConfigurations[0].loadBalancerBackendAddressPools[0].id", "/id/lb-internal/backendAddressPools/proxies"},
	{"6 backend", "LoadBalancer", "", "backendAddressPools[0].name", "proxies"},
	{"6 rule", "LoadBalancer", "", "loadBalancingRules[0].protocol", "Tcp"},
	{"6 rule", "LoadBalancer", "", "loadBalancingRules[0].frontendPort", "3128"},
	{"6 rule", "LoadBalancer", "", "loadBalancingRules[0].backendPort", "3128"},
	{"6 rule's frontend", "LoadBalancer", "", "loadBalancingRules[0].frontendIPConfiguration.id", "$self/frontendIPConfigurations/sensors"},
	{"6 rule's backend", "LoadBalancer", "", "loadBalancingRules[0].backendAddressPool.id", "$self/backendAddressPools/proxies"},
	{"6 rule's probe", "LoadBalancer", "", "loadBalancingRules[0].probe.id", "$self/probes/proxy-port"},
	{"6 rule ends idle tunnels loudly", "LoadBalancer", "", "loadBalancingRules[0].enableTcpReset", "true"},
	{"6 rule keeps quiet tunnels", "LoadBalancer", "", "loadBalancingRules[0].idleTimeoutInMinutes", "30"},
	{"6 no way out through it", "LoadBalancer", "", "loadBalancingRules[0].disableOutboundSnat", "true"},
	{"6 no floating IP, which rule 100 relies on", "LoadBalancer", "", "loadBalancingRules[0].enableFloatingIP", "false"},
	{"6 probe", "LoadBalancer", "", "probes[0].protocol", "Tcp"},
	{"6 probe", "LoadBalancer", "", "probes[0].port", "3128"},
	{"6 AllMetrics", "DiagnosticSetting", "diagnostics-lb", "metrics[0].category", "AllMetrics"},
	{"6 AllMetrics", "DiagnosticSetting", "diagnostics-lb", "metrics[0].enabled", "true"},
	{"6 diagnostic setting", "DiagnosticSetting", "diagnostics-lb", "resourceUri", "/id/lb-internal"},
	{"6 workspace", "DiagnosticSetting", "diagnostics-lb", "workspaceId", "/id/diagnostics-workspace"},

	{"7 SKU", "NatGateway", "", "sku.name", "Standard"},
	{"7 new public IP", "NatGateway", "", "publicIpAddresses[0].id", "/id/nat-ip"},
	{"7 idle timeout", "NatGateway", "", "idleTimeoutInMinutes", "30"},
	{"7 public IP", "PublicIPAddress", "nat-ip", "sku.name", "Standard"},
	{"7 public IP", "PublicIPAddress", "nat-ip", "publicIPAllocationMethod", "Static"},
	{"7 public IP in every zone", "PublicIPAddress", "nat-ip", "zones", "[1 2 3]"},
	{"7 on the proxy subnet", "VirtualNetwork", "", "subnets[1].natGateway.id", "/id/nat-gateway"},
}

func TestEveryDocumentedSettingIsBuilt(t *testing.T) {
	all := deploy(t, nil)
	for _, d := range documented {
		r := find(t, all, d.token, d.name)
		if got := at(t, r.inputs, d.setting); got != d.want {
			t.Errorf("step %s: %s.%s is %s, want %s", d.step, r.name, d.setting, got, d.want)
		}
	}
}

func TestEveryResourceDescendsFromItsComponentAndCarriesTheTags(t *testing.T) {
	all := deploy(t, map[string]string{"proxyAuth": `{"username":"sensor"}`})
	component := map[string]string{
		"nsg": "NetworkLayer", "vnet": "NetworkLayer", "NatGateway": "NatEgress", "LoadBalancer": "InternalLB",
		"VirtualMachineScaleSet": "ProxyScaleSet", "NetworkSecurityGroup": "NetworkLayer", "VirtualNetwork": "NetworkLayer",
		"StorageAccount": "Diagnostics", "Workspace": "Diagnostics", "DiagnosticSetting": "Diagnostics", "FlowLog": "Diagnostics",
		"BastionHost": "Bastion", "RandomPassword": "ProxyCredentials", "RandomString": "ProxyCredentials",
	}
	untagged := []string{"DiagnosticSetting", "RandomPassword", "RandomString"} // which take none
	for _, r := range all {
		kind := r.token[strings.LastIndex(r.token, ":")+1:]
		if strings.HasPrefix(r.token, "defender-iot-proxy:") || r.token == "pulumi:pulumi:Stack" {
			continue
		}
		want := component[kind]
		if kind == "PublicIPAddress" {
			want = map[string]string{"nat-ip": "NatEgress", "bastion-ip": "Bastion"}[r.name]
		}
		if kind != "ResourceGroup" && !strings.Contains(r.parent, ":"+want+"::") {
			t.Errorf("%s descends from %q, not from %s", r.name, r.parent, want)
		}
		if slices.Contains(untagged, kind) {
			continue
		}
		for tag, value := range map[string]string{"site": "plant-1", "application": "defender-iot-proxy", "environment": "prod"} {
			if got := at(t, r.inputs, "tags."+tag); got != value {
				t.Errorf("%s has tag %s = %s, want %s", r.name, tag, got, value)
			}
		}
	}
}

func TestARegionWithoutZonesGetsNone(t *testing.T) {
	for _, r := range deploy(t, map[string]string{"azure-native:location": "westus"}) {
		for _, path := range []string{"zones", "frontendIPConfigurations[0].zones"} {
			if got := at(t, r.inputs, path); got != "absent" {
				t.Errorf("%s has %s = %s", r.name, path, got)
			}
		}
	}
}

func TestAnExistingWorkspaceIsUsedAndNoneMade(t *testing.T) {
	all := deploy(t, map[string]string{"logs": `{"workspaceId":"` + workspace + `"}`})
	for _, r := range all {
		if strings.HasSuffix(r.token, ":Workspace") {
			t.Errorf("%s is made beside the given workspace", r.name)
		}
	}
	if got := at(t, find(t, all, "DiagnosticSetting", "diagnostics-lb").inputs, "workspaceId"); got != workspace {
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
	covered := []string{"bastion-ip", "diagnostics-workspace", "diagnosticsflow", "lb-internal", "nat-ip", "network-vnet"}
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

func TestNewCustomDataReplacesTheScaleSet(t *testing.T) {
	r := find(t, deploy(t, nil), "VirtualMachineScaleSet", "")
	if !slices.Contains(r.replaceOn, "virtualMachineProfile.osProfile.customData") {
		t.Errorf("the scale set is replaced on changes of %v: new custom data would never reach an instance", r.replaceOn)
	}
	if at(t, r.inputs, "vmScaleSetName") != "absent" {
		t.Error("the scale set has a fixed name: its replacement could not stand beside it")
	}
}

func TestCustomDataServesTheSensorsOnly(t *testing.T) {
	text := customDataOf(t, nil)
	for _, want := range []string{"10.30.0.0/22", "10.31.0.0/24", ".azure-devices.net", ".blob.core.windows.net", ".servicebus.windows.net", "http_port 3128"} {
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
	if !strings.Contains(text, "sensor:$6$generated0123456$") {
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
		return pulumi.RunErr(Site, pulumi.WithMocks("defender-iot-proxy", "plant", &cloud{}), func(info *pulumi.RunInfo) { info.Config = values })
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

// What the proof behind every preview is told of the way out must be what the components build.
func TestInstancesGetOutThroughTheNATGatewayOnly(t *testing.T) {
	all := deploy(t, nil)
	subnet, lb, set := find(t, all, "VirtualNetwork", ""), find(t, all, "LoadBalancer", ""), find(t, all, "VirtualMachineScaleSet", "")
	built := reach.Egress{
		NATGateway:            at(t, subnet.inputs, "subnets[1].natGateway.id") == "/id/nat-gateway",
		DefaultOutboundAccess: at(t, subnet.inputs, "subnets[1].defaultOutboundAccess") != "false",
		LoadBalancerSNAT:      at(t, lb.inputs, "loadBalancingRules[0].disableOutboundSnat") != "true",
		PublicIPs:             strings.Contains(at(t, set.inputs, "virtualMachineProfile.networkProfile"), "publicIPAddressConfiguration"),
	}
	if built != egress {
		t.Errorf("the proof is told %+v, and built is %+v", egress, built)
	}
}

func TestARuleThatOpensMoreThanItsPurposeStopsThePreview(t *testing.T) {
	rule := `[{"name":"AllowMonitoring","priority":200,"sources":[%q],"port":"9100","purpose":{"party":"private","port":"9100"}}]`
	c := &cloud{}
	err := deployTo(c, map[string]string{"extraInboundRules": fmt.Sprintf(rule, "*")})
	if err == nil || !strings.Contains(err.Error(), "AllowMonitoring") || !strings.Contains(err.Error(), "internet") {
		t.Errorf("a rule for everybody: %v", err)
	}
	for _, r := range c.resources {
		if r.token != "pulumi:pulumi:Stack" {
			t.Errorf("%s was registered", r.name)
		}
	}
	expect(t, deploy(t, map[string]string{"extraInboundRules": fmt.Sprintf(rule, "10.50.0.0/28")}), []setting{
		{"NetworkSecurityGroup", "", "securityRules[1].name", "AllowMonitoring"},
		{"NetworkSecurityGroup", "", "securityRules[1].priority", "200"},
		{"NetworkSecurityGroup", "", "securityRules[1].sourceAddressPrefix", "10.50.0.0/28"},
		{"NetworkSecurityGroup", "", "securityRules[1].destinationAddressPrefix", "10.42.0.32/27"},
		{"NetworkSecurityGroup", "", "securityRules[1].destinationPortRange", "9100"},
	})
}

func TestTheReadmeShowsWhoReachesWhat(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	s, err := site.Load(site.Config{Project: "defender-iot-proxy", Stack: "prod", Values: map[string]string{
		"azure-native:location":           "westeurope",
		"defender-iot-proxy:addressSpace": "10.42.0.0/25",
		"defender-iot-proxy:sensorCidrs":  `["10.30.0.0/22"]`,
		"defender-iot-proxy:sshPublicKey": sshKey,
		"defender-iot-proxy:bastion":      `{"enabled":true}`,
	}})
	if err != nil {
		t.Fatal(err)
	}
	proof := reach.Prove(reach.Plan(s, egress))
	if want := proof.Markdown(); !strings.Contains(string(text), want) {
		t.Errorf("the README lacks the table as it is today:\n%s", want)
	}
}

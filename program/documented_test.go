package program

import (
	"slices"
	"strings"
	"testing"
)

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
	{"4 rule 100 sources", "NetworkSecurityGroup", "", "securityRules[0].sourceAddressPrefixes",
		"[10.30.0.0/22 10.31.0.0/24]"},
	{"4 rule 100 destination", "NetworkSecurityGroup", "",
		"securityRules[0].destinationAddressPrefix", "10.42.0.32/27"},
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
	{"4 assigned to the proxy subnet", "VirtualNetwork", "", "subnets[1].networkSecurityGroup.id",
		"/id/site-network-nsg"},
	{"4 diagnostic setting", "DiagnosticSetting", "site-logs-nsg", "resourceUri", "/id/site-network-nsg"},
	{"4 allLogs", "DiagnosticSetting", "site-logs-nsg", "logs[0].categoryGroup", "allLogs"},
	{"4 allLogs", "DiagnosticSetting", "site-logs-nsg", "logs[0].enabled", "true"},
	{"4 workspace", "DiagnosticSetting", "site-logs-nsg", "workspaceId", "/id/site-logs-workspace"},
	{"4 flow log target", "FlowLog", "", "targetResourceId", "/id/site-network-vnet"},
	{"4 flow log storage", "FlowLog", "", "storageId", "/id/sitelogsflow"},
	{"4 flow log on", "FlowLog", "", "enabled", "true"},
	{"4 flow log version 2", "FlowLog", "", "format.version", "2"},
	{"4 flow log format", "FlowLog", "", "format.type", "JSON"},
	{"4 flow log retention", "FlowLog", "", "retentionPolicy.days", "90"},
	{"4 flow log retention", "FlowLog", "", "retentionPolicy.enabled", "true"},
	{"4 flow log's network watcher", "FlowLog", "", "networkWatcherName", "NetworkWatcher_westeurope"},
	{"4 flow log's network watcher", "FlowLog", "", "resourceGroupName", "NetworkWatcherRG"},
	{"4 Traffic Analytics", "FlowLog", "",
		"flowAnalyticsConfiguration.networkWatcherFlowAnalyticsConfiguration.enabled", "true"},
	{"4 Traffic Analytics workspace", "FlowLog", "",
		"flowAnalyticsConfiguration.networkWatcherFlowAnalyticsConfiguration.workspaceResourceId",
		"/id/site-logs-workspace"},
	{"4 Traffic Analytics interval", "FlowLog", "",
		"flowAnalyticsConfiguration.networkWatcherFlowAnalyticsConfiguration.trafficAnalyticsInterval", "60"},

	{"5 orchestration mode", "VirtualMachineScaleSet", "", "orchestrationMode", "Uniform"},
	{"5 security type standard", "VirtualMachineScaleSet", "", "virtualMachineProfile.securityProfile", "absent"},
	{"5 image", "VirtualMachineScaleSet", "", "virtualMachineProfile.storageProfile.imageReference.publisher",
		"Canonical"},
	{"5 image", "VirtualMachineScaleSet", "", "virtualMachineProfile.storageProfile.imageReference.offer",
		"0001-com-ubuntu-server-jammy"},
	{"5 image Gen1", "VirtualMachineScaleSet", "", "virtualMachineProfile.storageProfile.imageReference.sku",
		"22_04-lts"},
	{"5 image", "VirtualMachineScaleSet", "", "virtualMachineProfile.storageProfile.imageReference.version", "latest"},
	{"5 disks default", "VirtualMachineScaleSet", "", "virtualMachineProfile.storageProfile.osDisk",
		"map[createOption:FromImage]"},
	{"5 size", "VirtualMachineScaleSet", "", "sku.name", "Standard_D2s_v5"},
	{"5 instance count", "VirtualMachineScaleSet", "", "sku.capacity", "1"},
	{"5 authentication", "VirtualMachineScaleSet", "",
		"virtualMachineProfile.osProfile.linuxConfiguration.disablePasswordAuthentication", "true"},
	{"5 authentication", "VirtualMachineScaleSet", "",
		"virtualMachineProfile.osProfile.linuxConfiguration.ssh.publicKeys[0].keyData", sshKey},
	{"5 authentication", "VirtualMachineScaleSet", "", "virtualMachineProfile.osProfile.adminPassword", "absent"},
	{"5 authentication", "VirtualMachineScaleSet", "",
		"virtualMachineProfile.osProfile.linuxConfiguration.ssh.publicKeys[0].path",
		"/home/azureuser/.ssh/authorized_keys"},
	{"5 subnet", "VirtualMachineScaleSet", "",
		"virtualMachineProfile.networkProfile.networkInterfaceConfigurations[0].ipConfigurations[0].subnet.id",
		"/id/site-network-vnet/subnets/ProxyserverSubnet"},
	{"5 no public address", "VirtualMachineScaleSet", "",
		"virtualMachineProfile.networkProfile.networkInterfaceConfigurations[0].ipConfigurations[0].publicIPAddressConfiguration", "absent"},
	{"5 upgrade mode", "VirtualMachineScaleSet", "", "upgradePolicy.mode", "Automatic"},
	{"5 automatic OS upgrades", "VirtualMachineScaleSet", "",
		"upgradePolicy.automaticOSUpgradePolicy.enableAutomaticOSUpgrade", "true"},
	{"5 boot diagnostics off", "VirtualMachineScaleSet", "",
		"virtualMachineProfile.diagnosticsProfile.bootDiagnostics.enabled", "false"},
	{"5 no identity", "VirtualMachineScaleSet", "", "identity", "absent"},
	{"5 overprovisioning", "VirtualMachineScaleSet", "", "overprovision", "false"},
	{"5 application health", "VirtualMachineScaleSet", "",
		"virtualMachineProfile.extensionProfile.extensions[0].publisher", "Microsoft.ManagedServices"},
	{"5 application health", "VirtualMachineScaleSet", "", "virtualMachineProfile.extensionProfile.extensions[0].type",
		"ApplicationHealthLinux"},
	{"5 application health TCP", "VirtualMachineScaleSet", "",
		"virtualMachineProfile.extensionProfile.extensions[0].settings.protocol", "tcp"},
	{"5 application health port", "VirtualMachineScaleSet", "",
		"virtualMachineProfile.extensionProfile.extensions[0].settings.port", "3128"},
	{"5 one health source only", "VirtualMachineScaleSet", "",
		"virtualMachineProfile.networkProfile.healthProbe", "absent"},
	{"5 up to 100 instances", "VirtualMachineScaleSet", "", "singlePlacementGroup", "true"},
	{"5 size", "VirtualMachineScaleSet", "", "sku.tier", "Standard"},
	{"5 broken instances are replaced", "VirtualMachineScaleSet", "", "automaticRepairsPolicy.enabled", "true"},
	{"5 but not while they boot", "VirtualMachineScaleSet", "", "automaticRepairsPolicy.gracePeriod", "PT30M"},
	{"5 administrator", "VirtualMachineScaleSet", "", "virtualMachineProfile.osProfile.adminUsername", "azureuser"},
	{"5 computer name", "VirtualMachineScaleSet", "", "virtualMachineProfile.osProfile.computerNamePrefix", "proxy"},
	{"5 agent, which extensions need", "VirtualMachineScaleSet", "",
		"virtualMachineProfile.osProfile.linuxConfiguration.provisionVMAgent", "true"},
	{"5 application health", "VirtualMachineScaleSet", "",
		"virtualMachineProfile.extensionProfile.extensions[0].typeHandlerVersion", "1.0"},
	{"5 application health", "VirtualMachineScaleSet", "",
		"virtualMachineProfile.extensionProfile.extensions[0].autoUpgradeMinorVersion", "true"},
	{"5 network interface", "VirtualMachineScaleSet", "",
		"virtualMachineProfile.networkProfile.networkInterfaceConfigurations[0].primary", "true"},
	{"5 IP configuration", "VirtualMachineScaleSet", "",
		"virtualMachineProfile.networkProfile.networkInterfaceConfigurations[0].ipConfigurations[0].primary", "true"},
	{"6 SKU tier", "LoadBalancer", "", "sku.tier", "Regional"},
	{"6 IPv4", "LoadBalancer", "", "frontendIPConfigurations[0].privateIPAddressVersion", "IPv4"},
	{"6 five-tuple hash", "LoadBalancer", "", "loadBalancingRules[0].loadDistribution", "Default"},
	{"6 probe interval", "LoadBalancer", "", "probes[0].intervalInSeconds", "5"},
	{"6 probe threshold", "LoadBalancer", "", "probes[0].probeThreshold", "2"},
	{"7 public IP", "PublicIPAddress", "site-nat-ip", "publicIPAddressVersion", "IPv4"},
	{"7 public IP", "PublicIPAddress", "site-nat-ip", "sku.tier", "Regional"},
	{"2 Bastion", "BastionHost", "", "sku.name", "Basic"},
	{"2 Bastion", "BastionHost", "", "ipConfigurations[0].subnet.id",
		"/id/site-network-vnet/subnets/AzureBastionSubnet"},
	{"2 Bastion", "BastionHost", "", "ipConfigurations[0].publicIPAddress.id", "/id/bastion-ip"},
	{"4 workspace", "Workspace", "", "sku.name", "PerGB2018"},
	{"4 workspace", "Workspace", "", "retentionInDays", "30"},
	{"5 max spreading", "VirtualMachineScaleSet", "", "platformFaultDomainCount", "1"},
	{"5 zones", "VirtualMachineScaleSet", "", "zones", "[1 2 3]"},

	{"6 SKU", "LoadBalancer", "", "sku.name", "Standard"},
	{"6 internal", "LoadBalancer", "", "frontendIPConfigurations[0].publicIPAddress", "absent"},
	{"6 dynamic address", "LoadBalancer", "", "frontendIPConfigurations[0].privateIPAllocationMethod", "Dynamic"},
	{"6 subnet", "LoadBalancer", "", "frontendIPConfigurations[0].subnet.id",
		"/id/site-network-vnet/subnets/ProxyserverSubnet"},
	{"6 zone-redundant", "LoadBalancer", "", "frontendIPConfigurations[0].zones", "[1 2 3]"},
	{"6 backend is the scale set", "VirtualMachineScaleSet", "",
		"virtualMachineProfile.networkProfile.networkInterfaceConfigurations[0].ipConfigurations[0].loadBalancerBackendAddressPools[0].id", "/id/site-lb-internal/backendAddressPools/proxies"},
	{"6 backend", "LoadBalancer", "", "backendAddressPools[0].name", "proxies"},
	{"6 rule", "LoadBalancer", "", "loadBalancingRules[0].protocol", "Tcp"},
	{"6 rule", "LoadBalancer", "", "loadBalancingRules[0].frontendPort", "3128"},
	{"6 rule", "LoadBalancer", "", "loadBalancingRules[0].backendPort", "3128"},
	{"6 rule's frontend", "LoadBalancer", "", "loadBalancingRules[0].frontendIPConfiguration.id",
		"$self/frontendIPConfigurations/sensors"},
	{"6 rule's backend", "LoadBalancer", "", "loadBalancingRules[0].backendAddressPool.id",
		"$self/backendAddressPools/proxies"},
	{"6 rule's probe", "LoadBalancer", "", "loadBalancingRules[0].probe.id", "$self/probes/proxy-port"},
	{"6 rule ends idle tunnels loudly", "LoadBalancer", "", "loadBalancingRules[0].enableTcpReset", "true"},
	{"6 rule keeps quiet tunnels", "LoadBalancer", "", "loadBalancingRules[0].idleTimeoutInMinutes", "30"},
	{"6 no way out through it", "LoadBalancer", "", "loadBalancingRules[0].disableOutboundSnat", "true"},
	{"6 no floating IP, which rule 100 relies on", "LoadBalancer", "",
		"loadBalancingRules[0].enableFloatingIP", "false"},
	{"6 probe", "LoadBalancer", "", "probes[0].protocol", "Tcp"},
	{"6 probe", "LoadBalancer", "", "probes[0].port", "3128"},
	{"6 AllMetrics", "DiagnosticSetting", "site-logs-lb", "metrics[0].category", "AllMetrics"},
	{"6 AllMetrics", "DiagnosticSetting", "site-logs-lb", "metrics[0].enabled", "true"},
	{"6 diagnostic setting", "DiagnosticSetting", "site-logs-lb", "resourceUri", "/id/site-lb-internal"},
	{"6 workspace", "DiagnosticSetting", "site-logs-lb", "workspaceId", "/id/site-logs-workspace"},

	{"7 SKU", "NatGateway", "", "sku.name", "Standard"},
	{"7 new public IP", "NatGateway", "", "publicIpAddresses[0].id", "/id/site-nat-ip"},
	{"7 idle timeout", "NatGateway", "", "idleTimeoutInMinutes", "30"},
	{"7 public IP", "PublicIPAddress", "site-nat-ip", "sku.name", "Standard"},
	{"7 public IP", "PublicIPAddress", "site-nat-ip", "publicIPAllocationMethod", "Static"},
	{"7 public IP in every zone", "PublicIPAddress", "site-nat-ip", "zones", "[1 2 3]"},
	{"7 on the proxy subnet", "VirtualNetwork", "", "subnets[1].natGateway.id", "/id/site-nat-gateway"},
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
		"VirtualMachineScaleSet": "ProxyScaleSet", "NetworkSecurityGroup": "NetworkLayer",
		"VirtualNetwork": "NetworkLayer",
		"StorageAccount": "Diagnostics", "Workspace": "Diagnostics", "DiagnosticSetting": "Diagnostics",
		"FlowLog":     "Diagnostics",
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
			want = map[string]string{"site-nat-ip": "NatEgress", "bastion-ip": "Bastion"}[r.name]
		}
		if kind != "ResourceGroup" && !strings.Contains(r.parent, ":"+want+"::") {
			t.Errorf("%s descends from %q, not from %s", r.name, r.parent, want)
		}
		if slices.Contains(untagged, kind) {
			continue
		}
		for tag, value := range map[string]string{"site": "plant-1", "application": "defender-iot-proxy",
			"environment": "prod"} {
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

package arm

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// A rule is named by its type and its sentence; a break is what is done to a healthy site to break it. The last request
// must be the one that is refused.
type breaks map[string]func(a *azure)

func TestEveryRuleRefusesTheTopologyThatBreaksIt(t *testing.T) {
	known := map[string]bool{}
	for _, rule := range Rules() {
		name := rule.Type + ": " + rule.Name
		if known[name] {
			t.Errorf("two rules are called %q", name)
		}
		known[name] = true
		t.Run(name, func(t *testing.T) {
			breakIt, ok := everyBreak()[name]
			if !ok {
				t.Fatal("no topology breaks this rule")
			}
			a := newSite(t)
			breakIt(a)
			got := a.last()
			if got.Code != rule.Code || got.Rule != rule.Name || got.Status != rule.Status {
				t.Errorf("%s %s was answered %d %s by the rule %q, want %d %s", got.Method, got.ID, got.Status, got.Code, got.Rule, rule.Status, rule.Code)
			}
			if !strings.HasPrefix(rule.Source, "https://") {
				t.Errorf("the rule's source is %q", rule.Source)
			}
		})
	}
	for name := range everyBreak() {
		if !known[name] {
			t.Errorf("a break is for %q, which is no rule", name)
		}
	}
}

func everyBreak() breaks {
	out := breaks{}
	for of, list := range map[string]breaks{
		"*": generalBreaks, typeResourceGroup: groupBreaks, typeNSG: nsgBreaks, typeVNet: vnetBreaks, typePublicIP: ipBreaks,
		typeNATGateway: natBreaks, typeLoadBalancer: lbBreaks, bastionHosts.Name: bastionBreaks, typeWatcher: watcherBreaks,
		flowLogs.Name: flowBreaks, typeScaleSet: vmssBreaks, typeStorage: storageBreaks, typeWorkspace: workspaceBreaks,
		diagnosticSettings.Name: diagnosticBreaks, typeGateway: connected(gatewayBreaks), typeLocalGateway: connected(partnerBreaks),
		typeConnection: connected(connectionBreaks), typeRouteFilter: connected(filterBreaks), typeCircuit: connected(circuitBreaks),
		typePeering: connected(peeringBreaks),
	} {
		for name, f := range list {
			out[of+": "+name] = f
		}
	}
	return out
}

func changing(id, path string, value any) func(*azure) {
	return func(a *azure) { a.change(id, path, value) }
}

func deleting(id string) func(*azure) {
	return func(a *azure) { a.delete(id) }
}

var generalBreaks = breaks{
	"the api-version is one of the type's": func(a *azure) {
		a.sendVersion(http.MethodPut, nsgID, "2016-01-01", bodyOf(nsgID))
	},
	"the api-version of a resource group is one of Resource Manager's": func(a *azure) {
		a.sendVersion(http.MethodPut, inGroup, "2016-01-01", bodyOf(inGroup))
	},
	"the body is a JSON object":  func(a *azure) { a.put(nsgID, `[]`) },
	"the resource group exists":  func(a *azure) { a.put(strings.Replace(nsgID, "/site/", "/other/", 1), bodyOf(nsgID)) },
	"the parent resource exists": func(a *azure) { a.put(strings.Replace(flowID, "westeurope", "eastus", 1), bodyOf(flowID)) },
	"the resource group is not being deleted": func(a *azure) {
		a.slow()
		a.delete(inGroup)
		a.put(nsgID, bodyOf(nsgID))
	},
	"the name has the type's shape": func(a *azure) { a.put(nsgID+"-", bodyOf(nsgID)) },
	"one write or delete at a time": func(a *azure) {
		a.slow()
		a.put(vnetID, bodyOf(vnetID))
		a.put(vnetID, bodyOf(vnetID))
	},
	"every value has its property's kind":                   changing(nsgID, "properties.securityRules.0.properties.priority", "100"),
	"every property is known":                               changing(nsgID, "properties.securityRules.0.properties.colour", "red"),
	"an enumerated value is one of those listed":            changing(nsgID, "properties.securityRules.0.properties.protocol", "Http"),
	"children of one kind have different names":             changing(nsgID, "properties.securityRules.1.name", "Sensors"),
	"a regional resource names its region":                  changing(nsgID, "location", nil),
	"the region is one of Azure's":                          changing(nsgID, "location", "westeuropa"),
	"a resource does not move to another region":            changing(nsgID, "location", "eastus"),
	"zones do not change after creation":                    changing(ipID, "zones", []string{"1"}),
	"a reference is a resource ID":                          changing(natID, "properties.publicIpAddresses.0.id", "egress"),
	"a reference is to a subscription that can be reached":  changing(natID, "properties.publicIpAddresses.0.id", strings.Replace(ipID, "5e11f00d", "5e11f00e", 1)),
	"a reference is to the type of resource expected there": changing(natID, "properties.publicIpAddresses.0.id", nsgID),
	"a referenced resource exists":                          changing(natID, "properties.publicIpAddresses.0.id", ipID+"9"),
	"zones are ones that the region has": func(a *azure) {
		a.put(ipID+"2", set(bodyOf(ipID), "location", "westus"))
	},
	"a referenced resource is in the same region": func(a *azure) {
		a.make(nsgID+"2", set(bodyOf(nsgID), "location", "eastus"))
		a.change(vnetID, "properties.subnets.1.properties.networkSecurityGroup.id", nsgID+"2")
	},
	"a referenced resource is provisioned": func(a *azure) {
		a.slow()
		a.put(nsgID+"2", bodyOf(nsgID))
		a.change(vnetID, "properties.subnets.1.properties.networkSecurityGroup.id", nsgID+"2")
	},
	"what is somebody else's is not written or deleted": func(a *azure) {
		a.furnish(circuitID("theirs"), circuitBody)
		a.delete(circuitID("theirs"))
	},
	"in GatewaySubnet are gateways only":                   replaceIn(lbID, "ProxyserverSubnet", gatewaySubnet),
	"in AzureBastionSubnet are Bastion hosts only":         replaceIn(vmssID, "ProxyserverSubnet", bastionSubnet),
	"a static private address is inside its subnet":        staticFrontend("10.9.0.70"),
	"a static private address is not one that Azure keeps": staticFrontend("10.9.0.35"),
	"a static private address is free":                     staticFrontend("10.9.0.37"), // the first instance's
	"a subnet has room for all that joins it":              changing(vmssID, "sku.capacity", 22),
}

// slow makes every later operation take simulated time on a clock that never moves.
func (a *azure) slow() {
	a.server.clock = NewClock(quiet)
	a.server.clock.hold()
}

func staticFrontend(address string) func(*azure) {
	return func(a *azure) {
		body := set(bodyOf(lbID), "properties.frontendIPConfigurations.0.properties.privateIPAllocationMethod", "Static")
		a.put(lbID, set(body, "properties.frontendIPConfigurations.0.properties.privateIPAddress", address))
	}
}

var groupBreaks = breaks{
	"a group with something used from outside is not deleted": func(a *azure) {
		a.make(inGroup+"2", bodyOf(inGroup))
		network := set(bodyOf(vnetID), "properties.addressSpace.addressPrefixes.0", "10.8.0.0/25")
		network = set(network, "properties.subnets", []any{map[string]any{"name": "a", "properties": map[string]any{
			"addressPrefix": "10.8.0.0/27", "networkSecurityGroup": map[string]any{"id": nsgID}}}})
		a.make(strings.Replace(vnetID, "/site/", "/site2/", 1), network)
		a.delete(inGroup)
	},
}

const firstRule = "properties.securityRules.0.properties."

var nsgBreaks = breaks{
	"a rule has access, direction, priority and protocol":                   changing(nsgID, firstRule+"access", nil),
	"a custom priority is 100 to 4096":                                      changing(nsgID, firstRule+"priority", 99),
	"a priority is used once in each direction":                             changing(nsgID, firstRule+"priority", 4095),
	"a description has at most 140 characters":                              changing(nsgID, firstRule+"description", strings.Repeat("x", 141)),
	"a rule gives source and destination addresses and ports, each one way": changing(nsgID, firstRule+"sourceAddressPrefix", "*"),
	"a list of prefixes holds no * and none of the three default tags":      changing(nsgID, firstRule+"sourceAddressPrefixes", []string{"VirtualNetwork"}),
	"a prefix is an address, a range or a service tag":                      changing(nsgID, firstRule+"sourceAddressPrefixes", []string{"10.1.0.1/24"}),
	"a port is 0 to 65535, a range of them, or *":                           changing(nsgID, firstRule+"destinationPortRange", "3129-3128"),
	"a network security group in use cannot be deleted":                     deleting(nsgID),
}

var vnetBreaks = breaks{
	"a network has address space":                             changing(vnetID, "properties.addressSpace", nil),
	"every subnet has a prefix":                               changing(vnetID, "properties.subnets.1.properties.addressPrefix", nil),
	"a prefix is a CIDR range written from its first address": changing(vnetID, "properties.subnets.1.properties.addressPrefix", "10.9.0.33/27"),
	"a subnet is at least a /29":                              changing(vnetID, "properties.subnets.1.properties.addressPrefix", "10.9.0.32/30"),
	"a subnet is inside its network":                          changing(vnetID, "properties.subnets.1.properties.addressPrefix", "10.9.1.0/27"),
	"subnets do not overlap":                                  changing(vnetID, "properties.subnets.1.properties.addressPrefix", "10.9.0.0/26"),
	"AzureBastionSubnet is at least a /26":                    changing(vnetID, "properties.subnets.2.properties.addressPrefix", "10.9.0.64/27"),
	"GatewaySubnet has no network security group":             changing(vnetID, "properties.subnets.0.properties.networkSecurityGroup.id", nsgID),
	"GatewaySubnet has no NAT gateway":                        changing(vnetID, "properties.subnets.0.properties.natGateway.id", natID),
	"a subnet in use is not left out":                         changing(vnetID, "properties.subnets.1.name", "Elsewhere"),
	"a subnet in use keeps its range":                         changing(vnetID, "properties.subnets.1.properties.addressPrefix", "10.9.0.32/28"),
	"a network with a subnet in use cannot be deleted":        deleting(vnetID),
	"a NAT gateway serves subnets of one network":             func(a *azure) { a.put(vnetID+"2", bodyOf(vnetID)) },
}

var ipBreaks = breaks{
	"a new address is of the Standard SKU":         changing(ipID, "sku", nil),
	"a Standard address is static":                 changing(ipID, "properties.publicIPAllocationMethod", "Dynamic"),
	"an idle timeout is 4 to 30 minutes":           changing(ipID, "properties.idleTimeoutInMinutes", 31),
	"a public IP address in use cannot be deleted": deleting(ipID),
}

var natBreaks = breaks{
	"a NAT gateway is of the Standard SKU":     changing(natID, "sku", nil),
	"an idle timeout is 4 to 120 minutes":      changing(natID, "properties.idleTimeoutInMinutes", 121),
	"a NAT gateway in use cannot be deleted":   deleting(natID),
	"a NAT gateway is in one zone or none":     func(a *azure) { a.put(natID+"2", set(bodyOf(natID), "zones", []string{"1", "2"})) },
	"a public address is used by one resource": func(a *azure) { a.put(natID+"2", bodyOf(natID)) },
	"a NAT gateway has at most 16 public addresses": func(a *azure) {
		many := bodyOf(natID)
		for n := range mostNATAddress {
			id := fmt.Sprint(ipID, "-", n)
			a.make(id, bodyOf(ipID))
			many = addTo(many, "properties.publicIpAddresses", `{"id": "`+id+`"}`)
		}
		a.put(natID, many)
	},
}

const (
	frontendPath = "properties.frontendIPConfigurations.0."
	lbRule       = "properties.loadBalancingRules.0.properties."
	probePath    = "properties.probes.0.properties."
)

var lbBreaks = breaks{
	"a load balancer is of the Standard SKU":                   changing(lbID, "sku.name", "Basic"),
	"a load balancer with children has a frontend":             changing(lbID, "properties.frontendIPConfigurations", []any{}),
	"a frontend is in a subnet or has a public address":        changing(lbID, frontendPath+"properties.subnet", nil),
	"a static frontend names its address":                      changing(lbID, frontendPath+"properties.privateIPAllocationMethod", "Static"),
	"a frontend's zones do not change":                         changing(lbID, frontendPath+"zones", []string{"1"}),
	"rules refer to children of the same load balancer":        changing(lbID, lbRule+"probe.id", probeID+"2"),
	"a rule has a frontend, a protocol and ports":              changing(lbID, lbRule+"backendPort", nil),
	"a rule's ports are ones that there are":                   changing(lbID, lbRule+"frontendPort", 65535),
	"a rule's idle timeout is 4 to 30 minutes":                 changing(lbID, lbRule+"idleTimeoutInMinutes", 3),
	"a probe has a protocol and a port":                        changing(lbID, probePath+"protocol", nil),
	"a probe's port is 1 to 65535":                             changing(lbID, probePath+"port", 0),
	"a probe waits at least 5 seconds":                         changing(lbID, probePath+"intervalInSeconds", 4),
	"a TCP probe has no request path, an HTTP probe one":       changing(lbID, probePath+"requestPath", "/"),
	"a backend pool in use is not left out":                    replaceIn(lbID, `proxies`, `others`),
	"a load balancer in use cannot be deleted":                 deleting(lbID),
	"two rules do not share a frontend, protocol and port":     secondRule(`3128`, `3129`),
	"two rules do not share a backend pool, protocol and port": secondRule(`3129`, `3128`),
	"a frontend's zones are ones that the region has": func(a *azure) {
		a.make(vnetID+"2", `{"location": "westus", "properties": {"addressSpace": {"addressPrefixes": ["10.9.0.0/25"]},
			"subnets": [{"name": "ProxyserverSubnet", "properties": {"addressPrefix": "10.9.0.32/27"}}]}}`)
		body := strings.ReplaceAll(bodyOf(lbID), subnetID, vnetID+"2/subnets/ProxyserverSubnet")
		a.put(lbID+"2", set(strings.ReplaceAll(body, lbID, lbID+"2"), "location", "westus"))
	},
	"a public frontend takes its zones from its address": func(a *azure) {
		a.make(ipID+"2", bodyOf(ipID))
		body := set(bodyOf(lbID), frontendPath+"properties", map[string]any{"publicIPAddress": map[string]any{"id": ipID + "2"}})
		a.put(lbID, body)
	},
}

// replaceIn sends a part of the site with one text in place of another.
func replaceIn(id, text, by string) func(*azure) {
	return func(a *azure) { a.put(id, strings.ReplaceAll(bodyOf(id), text, by)) }
}

// secondRule adds a load balancing rule with other ports.
func secondRule(frontendPort, backendPort string) func(*azure) {
	return func(a *azure) {
		a.put(lbID, addTo(bodyOf(lbID), "properties.loadBalancingRules", `{"name": "second", "properties": {"protocol": "Tcp",
			"frontendPort": `+frontendPort+`, "backendPort": `+backendPort+`,
			"frontendIPConfiguration": {"id": "`+lbID+`/frontendIPConfigurations/sensors"}, "backendAddressPool": {"id": "`+poolID+`"}}}`))
	}
}

var bastionBreaks = breaks{
	"a Bastion host has one IP configuration, in AzureBastionSubnet and with a public address": func(a *azure) {
		a.make(ipID+"2", bodyOf(ipID))
		a.put(bastionID, strings.ReplaceAll(bastionBody, bastionSubnet, "ProxyserverSubnet"))
	},
	"a Bastion host has 2 to 50 instances": func(a *azure) {
		a.make(ipID+"2", bodyOf(ipID))
		a.put(bastionID, set(bastionBody, "properties.scaleUnits", 1))
	},
}

var watcherBreaks = breaks{
	"a region has one network watcher, and Azure makes it": func(a *azure) { a.put(watcherID, `{"location": "westeurope"}`) },
}

const analytics = "properties.flowAnalyticsConfiguration.networkWatcherFlowAnalyticsConfiguration."

var flowBreaks = breaks{
	"a flow log has a target and a storage account":           changing(flowID, "properties.storageId", nil),
	"a new flow log's target is not a network security group": changing(flowID, "properties.targetResourceId", nsgID),
	"a flow log keeps 0 to 365 days":                          changing(flowID, "properties.retentionPolicy.days", 366),
	"a virtual network's flow log is JSON of version 2":       changing(flowID, "properties.format.version", 1),
	"Traffic Analytics looks every 10 or 60 minutes":          changing(flowID, analytics+"trafficAnalyticsInterval", 30),
	"Traffic Analytics has a workspace":                       changing(flowID, analytics+"workspaceResourceId", nil),
	"Traffic Analytics names its workspace's region":          changing(flowID, analytics+"workspaceRegion", "East US"),
	"Traffic Analytics names its workspace's ID":              changing(flowID, analytics+"workspaceId", Subscription),
	"a flow log is in the region of its watcher and target": func(a *azure) {
		a.put(flowID+"2", set(bodyOf(flowID), "location", "eastus"))
	},
	"a flow log's storage is in the same region": func(a *azure) {
		a.make(storageID+"2", set(bodyOf(storageID), "location", "eastus"))
		a.change(flowID, "properties.storageId", storageID+"2")
	},
	"a flow log's storage is of the Standard tier": func(a *azure) {
		a.make(storageID+"2", set(bodyOf(storageID), "sku.name", "Premium_LRS"))
		a.change(flowID, "properties.storageId", storageID+"2")
	},
	"a flow log's storage lets Azure's services past its firewall": func(a *azure) {
		a.make(storageID+"2", set(bodyOf(storageID), "properties.networkAcls.bypass", "None"))
		a.change(flowID, "properties.storageId", storageID+"2")
	},
}

const (
	profile      = "properties.virtualMachineProfile."
	osPath       = profile + "osProfile."
	keyPath      = osPath + "linuxConfiguration.ssh.publicKeys.0."
	imagePath    = profile + "storageProfile.imageReference."
	interfaces   = profile + "networkProfile.networkInterfaceConfigurations"
	extensionsAt = profile + "extensionProfile.extensions"
	extension    = extensionsAt + ".0.properties."
	autoOS       = "properties.upgradePolicy.automaticOSUpgradePolicy.enableAutomaticOSUpgrade"
)

// withoutHealth is the scale set without its health extension and what needs it.
func withoutHealth() string {
	body := set(bodyOf(vmssID), profile+"extensionProfile", nil)
	return set(set(body, autoOS, false), "properties.automaticRepairsPolicy.enabled", false)
}

func putting(id string, body func() string) func(*azure) {
	return func(a *azure) { a.put(id, body()) }
}

var vmssBreaks = breaks{
	"a scale set has all that it is made of": changing(vmssID, osPath+"adminUsername", nil),
	"a size is a name of Azure's":            changing(vmssID, "sku.name", "DS1_v2"),
	"a capacity is 0 to 1000":                func(a *azure) { a.put(vmssID, set(inLargeSubnet(a), "sku.capacity", 1001)) },
	"a single placement group has at most 100 instances": func(a *azure) {
		a.put(vmssID, set(set(inLargeSubnet(a), "sku.capacity", 101), "properties.singlePlacementGroup", true))
	},
	"fault domains are 1 to 5, with zones 1 or 5": changing(vmssID, "properties.platformFaultDomainCount", 2),
	"zones are balanced only where there are several": func(a *azure) {
		a.put(vmssID+"2", set(set(bodyOf(vmssID), "zones", []string{"1"}), "properties.zoneBalance", true))
	},
	"what is decided at creation does not change": changing(vmssID, osPath+"computerNamePrefix", "other"),
	"several placement groups do not become one":  changing(vmssID, "properties.singlePlacementGroup", true),
	"an administrator's name is 1 to 64 characters and not reserved": func(a *azure) {
		a.put(vmssID+"2", strings.ReplaceAll(bodyOf(vmssID), "squidadmin", "admin"))
	},
	"a computer name prefix has at most 58 characters": func(a *azure) {
		a.put(vmssID+"2", set(bodyOf(vmssID), osPath+"computerNamePrefix", strings.Repeat("p", 59)))
	},
	"there is a password or an SSH key":                      changing(vmssID, osPath+"linuxConfiguration.ssh", nil),
	"an SSH key goes to the administrator's authorized_keys": changing(vmssID, keyPath+"path", "/root/.ssh/authorized_keys"),
	"an SSH key is RSA of at least 2048 bits or Ed25519":     changing(vmssID, keyPath+"keyData", sshLine("ssh-rsa", []byte{1, 0, 1}, make([]byte, 128))),
	"custom data is base64 of at most 65535 bytes":           changing(vmssID, osPath+"customData", "#cloud-config"),
	"automatic OS upgrade follows the latest version":        changing(vmssID, imagePath+"version", "22.04.202401010"),
	"automatic OS upgrade is for supported images": func(a *azure) {
		a.put(vmssID+"2", set(set(bodyOf(vmssID), imagePath+"offer", "UbuntuServer"), imagePath+"sku", "18.04-LTS"))
	},
	"an extension has a name, publisher, type and version":     changing(vmssID, extension+"typeHandlerVersion", "1"),
	"an extension handler is there once":                       addingExtension(`{"name": "again", "properties": {"publisher": "Microsoft.ManagedServices", "type": "ApplicationHealthLinux", "typeHandlerVersion": "1.0"}}`),
	"an extension comes after ones that are there":             changing(vmssID, extension+"provisionAfterExtensions", []string{"gate"}),
	"the health extension is Microsoft.ManagedServices'":       changing(vmssID, extension+"publisher", "Microsoft.Azure.Extensions"),
	"health over tcp has a port and no path, over http a path": changing(vmssID, extension+"settings.requestPath", "/"),
	"automatic OS upgrade has a health source":                 putting(vmssID, func() string { return set(withoutHealth(), autoOS, true) }),
	"automatic OS upgrade has one health source":               changing(vmssID, profile+"networkProfile.healthProbe.id", probeID),
	"rolling upgrades have a health source":                    putting(vmssID, func() string { return set(withoutHealth(), "properties.upgradePolicy.mode", "Rolling") }),
	"automatic repairs have a health source":                   putting(vmssID, func() string { return set(withoutHealth(), "properties.automaticRepairsPolicy.enabled", true) }),
	"automatic repairs wait 10 to 90 minutes":                  changing(vmssID, "properties.automaticRepairsPolicy.gracePeriod", "PT5M"),
	"interfaces and IP configurations have names, one interface is primary, each IP configuration has a subnet": changing(
		vmssID, interfaces+".0.properties.ipConfigurations.0.properties.subnet", nil),
	"an internal load balancer is in the network of the instances": func(a *azure) {
		a.make(vnetID+"2", set(bodyOf(vnetID), "properties.subnets.1.properties.natGateway", nil))
		a.put(vmssID+"2", strings.ReplaceAll(bodyOf(vmssID), subnetID, vnetID+"2/subnets/ProxyserverSubnet"))
	},
	"a scale set joins at most one internal load balancer": func(a *azure) {
		a.make(lbID+"2", strings.ReplaceAll(bodyOf(lbID), lbID, lbID+"2"))
		pools := []any{map[string]any{"id": poolID}, map[string]any{"id": strings.Replace(poolID, lbID, lbID+"2", 1)}}
		a.change(vmssID, interfaces+".0.properties.ipConfigurations.0.properties.loadBalancerBackendAddressPools", pools)
	},
	"a probe for instance health is used by a rule": func(a *azure) {
		a.make(lbID, addTo(bodyOf(lbID), "properties.probes", `{"name": "idle", "properties": {"protocol": "Tcp", "port": 22}}`))
		a.put(vmssID, set(withoutHealth(), profile+"networkProfile.healthProbe.id", lbID+"/probes/idle"))
	},
}

// inLargeSubnet is the scale set in a network with room for any number of instances.
func inLargeSubnet(a *azure) string {
	a.make(vnetID+"2", `{"location": "westeurope", "properties": {"addressSpace": {"addressPrefixes": ["10.64.0.0/16"]},
		"subnets": [{"name": "large", "properties": {"addressPrefix": "10.64.0.0/16"}}]}}`)
	body := strings.ReplaceAll(bodyOf(vmssID), subnetID, vnetID+"2/subnets/large")
	return set(body, interfaces+".0.properties.ipConfigurations.0.properties.loadBalancerBackendAddressPools", nil)
}

func addingExtension(item string) func(*azure) {
	return func(a *azure) { a.put(vmssID, addTo(bodyOf(vmssID), extensionsAt, item)) }
}

var storageBreaks = breaks{
	"a storage account's name is 3 to 24 lower-case letters and digits": func(a *azure) { a.put(storageID+"-2", bodyOf(storageID)) },
	"a storage account's name is nobody else's":                         func(a *azure) { a.put(strings.Replace(storageID, "md4iotlogs", "taken", 1), bodyOf(storageID)) },
	"a storage account has a kind and a SKU":                            changing(storageID, "kind", nil),
	"no account of kind BlobStorage is created":                         func(a *azure) { a.put(storageID+"2", set(bodyOf(storageID), "kind", "BlobStorage")) },
	"block blob and file accounts are Premium":                          func(a *azure) { a.put(storageID+"2", set(bodyOf(storageID), "kind", "FileStorage")) },
	"a storage account is in one resource group": func(a *azure) {
		a.make(inGroup+"2", bodyOf(inGroup))
		a.put(strings.Replace(storageID, "/site/", "/site2/", 1), bodyOf(storageID))
	},
}

var workspaceBreaks = breaks{
	"a workspace keeps 30 to 730 days, of the Free tier 7": changing(lawID, "properties.retentionInDays", 7),
}

var diagnosticBreaks = breaks{
	"the resource that a setting is for exists": func(a *azure) { a.put(strings.Replace(nsgLogsID, "/nsg/", "/none/", 1), bodyOf(nsgLogsID)) },
	"the type of the resource has diagnostic settings": func(a *azure) {
		a.put(strings.Replace(nsgLogsID, nsgID, natID, 1), bodyOf(nsgLogsID))
	},
	"a setting has a destination":                changing(nsgLogsID, "properties.workspaceId", nil),
	"a log names a category or a category group": changing(nsgLogsID, "properties.logs.0.category", "NetworkSecurityGroupEvent"),
	"a category group is one of the resource's":  changing(nsgLogsID, "properties.logs.0.categoryGroup", "audit"),
	"a metric category is one of the resource's": changing(nsgLogsID, "properties.metrics", []any{map[string]any{"category": "AllMetrics", "enabled": true}}),
	"a setting has no retention":                 changing(lbLogsID, "properties.metrics.0.retentionPolicy", map[string]any{"enabled": true, "days": 7}),
	"a category goes to a destination once":      func(a *azure) { a.put(nsgLogsID+"2", bodyOf(nsgLogsID)) },
	"a log category is one of the resource's": func(a *azure) {
		a.put(nsgLogsID, strings.Replace(bodyOf(nsgLogsID), `"categoryGroup": "allLogs"`, `"category": "FlowEvent"`, 1))
	},
	"a storage destination is in the resource's region": func(a *azure) {
		a.make(storageID+"2", set(bodyOf(storageID), "location", "eastus"))
		a.change(lbLogsID, "properties.storageAccountId", storageID+"2")
	},
}

func TestTheCatalogueIsComplete(t *testing.T) {
	var types []string
	for _, rule := range Rules() {
		if rule.Code == "" || rule.Name == "" || rule.Status < 400 {
			t.Errorf("%+v lacks something", rule)
		}
		types = append(types, rule.Type)
	}
	for _, known := range Types() {
		if !slices.Contains(types, known.Name) {
			t.Errorf("%s has no rule of its own", known.Name)
		}
	}
}

package arm

import (
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
				t.Errorf("%s %s was answered %d %s by the rule %q, want %d %s", got.Method, got.ID, got.Status,
					got.Code, got.Rule, rule.Status, rule.Code)
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
	t.Logf("counted: %d rules in the catalogue, each broken by a topology", len(known))
}

func everyBreak() breaks {
	out := breaks{}
	for of, list := range map[string]breaks{
		"*": generalBreaks, typeResourceGroup: groupBreaks, typeNSG: nsgBreaks, typeVNet: vnetBreaks,
		typePublicIP: ipBreaks, typePublicIPPrefix: prefixBreaks, typeSubnet: subnetBreaks,
		typeNetworkPeering: networkPeeringBreaks, typeRouteTable: routeBreaks, typeFirewall: firewallBreaks,
		typeGallery: galleryParts, typeGalleryImage: galleryImageBreaks, typeImageVersion: imageVersionBreaks,
		typeHubConnection: hubConnectionBreaks, typeVirtualWAN: virtualWANBreaks, typeVirtualHub: virtualHubBreaks,
		typeHubRouteTable: hubRouteBreaks, typeFirewallPolicy: firewallPolicyBreaks, typeRuleGroup: ruleGroupBreaks,
		typeActionGroup: actionGroupBreaks, metricAlerts.Name: metricAlertBreaks,
		queryRules.Name: queryRuleBreaks, activityAlerts.Name: activityAlertBreaks,
		typeWorkbook:   workbookBreaks,
		typeNATGateway: natBreaks, typeLoadBalancer: lbBreaks, bastionHosts.Name: bastionBreaks,
		typeWatcher:   watcherBreaks,
		flowLogs.Name: flowBreaks, typeScaleSet: vmssBreaks, typeStorage: storageBreaks, typeWorkspace: workspaceBreaks,
		typeTable: tableBreaks, typeCollectionRule: collectionBreaks, collectionAssociations.Name: associationBreaks,
		diagnosticSettings.Name: diagnosticBreaks, typeGateway: connected(gatewayBreaks),
		typeLocalGateway: connected(partnerBreaks),
		typeConnection:   connected(connectionBreaks), typeRouteFilter: connected(filterBreaks),
		typeCircuit: connected(circuitBreaks),
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
	"the body is a JSON object": func(a *azure) { a.put(nsgID, `[]`) },
	"the resource group exists": func(a *azure) {
		a.put(strings.Replace(nsgID, "/site/", "/other/", 1), bodyOf(nsgID))
	},
	"the parent resource exists": func(a *azure) {
		a.put(strings.Replace(flowID, "westeurope", "eastus", 1), bodyOf(flowID))
	},
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
	"every value has its property's kind": changing(nsgID,
		"properties.securityRules.0.properties.priority", "100"),
	"every property is known": changing(nsgID,
		"properties.securityRules.0.properties.colour", "red"),
	"a property that the model requires is given": changing(nsgLogsID, "properties.logs.0.enabled", nil),
	"an enumerated value is one of those listed": changing(nsgID,
		"properties.securityRules.0.properties.protocol", "Http"),
	"children of one kind have different names": changing(nsgID,
		"properties.securityRules.1.name", "Sensors"),
	"a regional resource names its region":       changing(nsgID, "location", nil),
	"the region is one of Azure's":               changing(nsgID, "location", "westeuropa"),
	"a resource does not move to another region": changing(nsgID, "location", "eastus"),
	"zones do not change after creation":         changing(ipID, "zones", []string{"1"}),
	"a reference is a resource ID": changing(natID,
		"properties.publicIpAddresses.0.id", "egress"),
	"a reference is to a subscription that can be reached": changing(natID, "properties.publicIpAddresses.0.id",
		strings.Replace(ipID, "5e11f00d", "5e11f00e", 1)),
	"a reference is to the type of resource expected there": changing(natID,
		"properties.publicIpAddresses.0.id", nsgID),
	"a referenced resource exists": changing(natID, "properties.publicIpAddresses.0.id", ipID+"9"),
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
		a.addPreexisting(circuitID("theirs"), circuitBody)
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

const (
	frontendPath = "properties.frontendIPConfigurations.0."
	lbRule       = "properties.loadBalancingRules.0.properties."
	probePath    = "properties.probes.0.properties."
)

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

var storageBreaks = breaks{
	"a storage account's name is 3 to 24 lower-case letters and digits": func(a *azure) {
		a.put(storageID+"-2", bodyOf(storageID))
	},
	"a storage account's name is nobody else's": func(a *azure) {
		a.put(strings.Replace(storageID, "md4iotlogs", "taken", 1), bodyOf(storageID))
	},
	"a storage account has a kind and a SKU": changing(storageID, "kind", nil),
	"no account of kind Storage or BlobStorage is created": func(a *azure) {
		a.put(storageID+"2", set(bodyOf(storageID), "kind", "Storage"))
	},
	"block blob and file accounts are Premium": func(a *azure) {
		a.put(storageID+"2", set(bodyOf(storageID), "kind", "FileStorage"))
	},
	"a storage account is in one resource group": func(a *azure) {
		a.make(inGroup+"2", bodyOf(inGroup))
		a.put(strings.Replace(storageID, "/site/", "/site2/", 1), bodyOf(storageID))
	},
}

var workspaceBreaks = breaks{
	"a workspace keeps 30 to 730 days, of the Free tier 7": changing(lawID, "properties.retentionInDays", 7),
}

var diagnosticBreaks = breaks{
	"the resource that a setting is for exists": func(a *azure) {
		a.put(strings.Replace(nsgLogsID, "/nsg/", "/none/", 1), bodyOf(nsgLogsID))
	},
	"the type of the resource has diagnostic settings": func(a *azure) {
		a.put(strings.Replace(nsgLogsID, nsgID, natID, 1), bodyOf(nsgLogsID))
	},
	"a setting has a destination": changing(nsgLogsID, "properties.workspaceId", nil),
	"a log names a category or a category group": changing(nsgLogsID, "properties.logs.0.category",
		"NetworkSecurityGroupEvent"),
	"a category group is one of the resource's": changing(nsgLogsID, "properties.logs.0.categoryGroup", "audit"),
	"a metric category is one of the resource's": changing(nsgLogsID, "properties.metrics",
		[]any{map[string]any{"category": "AllMetrics", "enabled": true}}),
	"a setting has no retention": changing(lbLogsID, "properties.metrics.0.retentionPolicy",
		map[string]any{"enabled": true, "days": 7}),
	"a category goes to a destination once": func(a *azure) { a.put(nsgLogsID+"2", bodyOf(nsgLogsID)) },
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
		if !slices.Contains(types, known.Name) && known.nameShape == nil {
			t.Errorf("%s has no rule of its own, not even of its name", known.Name)
		}
	}
}

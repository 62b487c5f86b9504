package arm

import (
	"fmt"
	"strings"
)

func staticFrontend(address string) func(*azure) {
	return func(a *azure) {
		body := set(bodyOf(lbID), "properties.frontendIPConfigurations.0.properties.privateIPAllocationMethod",
			"Static")
		a.put(lbID, set(body, "properties.frontendIPConfigurations.0.properties.privateIPAddress", address))
	}
}

const firstRule = "properties.securityRules.0.properties."

var nsgBreaks = breaks{
	"a rule has access, direction, priority and protocol": changing(nsgID, firstRule+"access", nil),
	"a custom priority is 100 to 4096":                    changing(nsgID, firstRule+"priority", 99),
	"a priority is used once in each direction": changing(nsgID,
		firstRule+"priority", 4095),
	"a description has at most 140 characters": changing(nsgID, firstRule+"description",
		strings.Repeat("x", 141)),
	"a rule gives source and destination addresses and ports, each one way": changing(nsgID,
		firstRule+"sourceAddressPrefix", "*"),
	"a list of prefixes holds no * and none of the three default tags": changing(nsgID,
		firstRule+"sourceAddressPrefixes", []string{"VirtualNetwork"}),
	"a prefix is an address, a range or a service tag": changing(nsgID, firstRule+"sourceAddressPrefixes",
		[]string{"10.1.0.1/24"}),
	"a port is 0 to 65535, a range of them, or *":       changing(nsgID, firstRule+"destinationPortRange", "3129-3128"),
	"a network security group in use cannot be deleted": deleting(nsgID),
}

var vnetBreaks = breaks{
	"a network has address space": changing(vnetID, "properties.addressSpace", nil),
	"every subnet has a prefix": changing(vnetID,
		"properties.subnets.1.properties.addressPrefix", nil),
	"a prefix is a CIDR range": changing(vnetID,
		"properties.subnets.1.properties.addressPrefix", "10.9.0.32"),
	"a prefix is written from its first address": changing(vnetID,
		"properties.subnets.1.properties.addressPrefix", "10.9.0.33/27"),
	"a subnet is at least a /29": changing(vnetID,
		"properties.subnets.1.properties.addressPrefix", "10.9.0.32/30"),
	"a subnet is inside its network": changing(vnetID,
		"properties.subnets.1.properties.addressPrefix", "10.9.1.0/27"),
	"subnets do not overlap": changing(vnetID,
		"properties.subnets.1.properties.addressPrefix", "10.9.0.0/26"),
	"AzureBastionSubnet is at least a /26": changing(vnetID,
		"properties.subnets.2.properties.addressPrefix", "10.9.0.64/27"),
	"GatewaySubnet has no network security group": changing(vnetID,
		"properties.subnets.0.properties.networkSecurityGroup.id", nsgID),
	"GatewaySubnet has no NAT gateway": changing(vnetID,
		"properties.subnets.0.properties.natGateway.id", natID),
	"a subnet in use is not left out": changing(vnetID, "properties.subnets.1.name", "Elsewhere"),
	"a subnet in use keeps its range": changing(vnetID,
		"properties.subnets.1.properties.addressPrefix", "10.9.0.32/28"),
	"a network with a subnet in use cannot be deleted": deleting(vnetID),
	"a NAT gateway serves subnets of one network":      func(a *azure) { a.put(vnetID+"2", bodyOf(vnetID)) },
}

var ipBreaks = breaks{
	"a new address is of the Standard SKU":         changing(ipID, "sku", nil),
	"a Standard address is static":                 changing(ipID, "properties.publicIPAllocationMethod", "Dynamic"),
	"an idle timeout is 4 to 30 minutes":           changing(ipID, "properties.idleTimeoutInMinutes", 31),
	"a public IP address in use cannot be deleted": deleting(ipID),
}

var natBreaks = breaks{
	"a NAT gateway is of the Standard SKU":   changing(natID, "sku", nil),
	"an idle timeout is 4 to 120 minutes":    changing(natID, "properties.idleTimeoutInMinutes", 121),
	"a NAT gateway in use cannot be deleted": deleting(natID),
	"a NAT gateway is in one zone or none": func(a *azure) {
		a.put(natID+"2", set(bodyOf(natID), "zones", []string{"1", "2"}))
	},
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

var lbBreaks = breaks{
	"a load balancer is of the Standard SKU":            changing(lbID, "sku.name", "Basic"),
	"a load balancer with children has a frontend":      changing(lbID, "properties.frontendIPConfigurations", []any{}),
	"a frontend is in a subnet or has a public address": changing(lbID, frontendPath+"properties.subnet", nil),
	"a static frontend names its address": changing(lbID,
		frontendPath+"properties.privateIPAllocationMethod", "Static"),
	"a frontend's zones do not change":                  changing(lbID, frontendPath+"zones", []string{"1"}),
	"rules refer to children of the same load balancer": changing(lbID, lbRule+"probe.id", probeID+"2"),
	"a rule has a frontend, a protocol and ports":       changing(lbID, lbRule+"backendPort", nil),
	"a rule's ports are ones that there are":            changing(lbID, lbRule+"frontendPort", 65535),
	"a rule's idle timeout is 4 to 100 minutes":         changing(lbID, lbRule+"idleTimeoutInMinutes", 101),
	"a probe has a protocol and a port":                 changing(lbID, probePath+"protocol", nil),
	"a probe's port is 1 to 65535":                      changing(lbID, probePath+"port", 0),
	"a probe waits at least 5 seconds":                  changing(lbID, probePath+"intervalInSeconds", 4),
	"a TCP probe has no request path":                   changing(lbID, probePath+"requestPath", "/"),
	"an HTTP probe has a request path":                  changing(lbID, probePath+"protocol", "Http"),
	"a frontend is not both in a subnet and at a public address": func(a *azure) {
		a.make(ipID+"2", bodyOf(ipID))
		a.change(lbID, frontendPath+"properties.publicIPAddress", map[string]any{"id": ipID + "2"})
	},
	"a backend pool in use is not left out":                    replaceIn(lbID, `proxies`, `others`),
	"a load balancer in use cannot be deleted":                 deleting(lbID),
	"two rules do not share a frontend, protocol and port":     secondRule(`3128`, `3129`),
	"two rules do not share a backend pool, protocol and port": secondRule(`3129`, `3128`),
	"two rules with floating IP do not share a frontend, backend pool, protocol and port": func(a *azure) {
		second := `{"name": "second", "properties": {"protocol": "Tcp", "frontendPort": 3129, "backendPort": 3128, ` +
			`"enableFloatingIP": true,
			"frontendIPConfiguration": {"id": "` + lbID + `/frontendIPConfigurations/sensors"},
			"backendAddressPool": {"id": "` + poolID + `"}}}`
		a.put(lbID, addTo(set(bodyOf(lbID), lbRule+"enableFloatingIP", true), "properties.loadBalancingRules", second))
	},
	"a frontend's zones are ones that the region has": func(a *azure) {
		a.make(vnetID+"2", `{"location": "westus", "properties": {"addressSpace": {"addressPrefixes": ["10.9.0.0/25"]},
			"subnets": [{"name": "ProxyserverSubnet", "properties": {"addressPrefix": "10.9.0.32/27"}}]}}`)
		body := strings.ReplaceAll(bodyOf(lbID), subnetID, vnetID+"2/subnets/ProxyserverSubnet")
		a.put(lbID+"2", set(strings.ReplaceAll(body, lbID, lbID+"2"), "location", "westus"))
	},
	"a public frontend takes its zones from its address": func(a *azure) {
		a.make(ipID+"2", bodyOf(ipID))
		body := set(bodyOf(lbID), frontendPath+"properties",
			map[string]any{"publicIPAddress": map[string]any{"id": ipID + "2"}})
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
		a.put(lbID, addTo(bodyOf(lbID), "properties.loadBalancingRules",
			`{"name": "second", "properties": {"protocol": "Tcp",
			"frontendPort": `+frontendPort+`, "backendPort": `+backendPort+`,
			"frontendIPConfiguration": {"id": "`+lbID+`/frontendIPConfigurations/sensors"},
			"backendAddressPool": {"id": "`+poolID+`"}}}`))
	}
}

var bastionBreaks = breaks{
	"a Bastion host has an IP configuration": func(a *azure) {
		a.put(bastionID, set(bastionBody, "properties.ipConfigurations", []any{}))
	},
	"a Bastion host has one IP configuration": func(a *azure) {
		a.make(ipID+"2", bodyOf(ipID))
		first := at(decodedBody(bastionBody), "properties.ipConfigurations").([]any)[0]
		second := decodedBody(strings.Replace(bastionBody, `"name": "ip"`, `"name": "ip2"`, 1))
		a.put(bastionID, set(bastionBody, "properties.ipConfigurations",
			[]any{first, at(second, "properties.ipConfigurations").([]any)[0]}))
	},
	"a Bastion host has a public address": func(a *azure) {
		a.put(bastionID, set(bastionBody, "properties.ipConfigurations.0.properties.publicIPAddress", nil))
	},
	"a Bastion host is in AzureBastionSubnet": func(a *azure) {
		a.make(ipID+"2", bodyOf(ipID))
		a.put(bastionID, strings.ReplaceAll(bastionBody, bastionSubnet, "ProxyserverSubnet"))
	},
}

var watcherBreaks = breaks{
	"a region has one network watcher, and Azure makes it": func(a *azure) {
		a.put(watcherID, `{"location": "westeurope"}`)
	},
}

const analytics = "properties.flowAnalyticsConfiguration.networkWatcherFlowAnalyticsConfiguration."

var flowBreaks = breaks{
	"a flow log has a target and a storage account":           changing(flowID, "properties.storageId", nil),
	"a new flow log's target is not a network security group": changing(flowID, "properties.targetResourceId", nsgID),
	"Traffic Analytics looks every 10 or 60 minutes": changing(flowID,
		analytics+"trafficAnalyticsInterval", 30),
	"Traffic Analytics has a workspace":              changing(flowID, analytics+"workspaceResourceId", nil),
	"Traffic Analytics names its workspace's region": changing(flowID, analytics+"workspaceRegion", "East US"),
	"Traffic Analytics names its workspace's ID":     changing(flowID, analytics+"workspaceId", Subscription),
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

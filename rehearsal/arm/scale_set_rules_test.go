package arm

import (
	"strings"
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
	"a size is one that can be had":          changing(vmssID, "sku.name", "Standard_X2s_v5"),
	"a size starts images of the generation": changing(vmssID, "sku.name", "Standard_D2s_v6"),
	"a gallery image is replicated to the region": func(a *azure) {
		a.addGallery()
		a.addPreexisting(galleryImageID+"-2", imageBody)
		a.addPreexisting(galleryImageID+"-2/versions/1.0.0", strings.Replace(versionBody, "West Europe", "East US", 1))
		a.put(vmssID+"-2", fromGallery(galleryImageID+"-2", "Standard_D2s_v6"))
	},
	"a capacity is 0 to 1000": func(a *azure) {
		a.put(vmssID, set(inLargeSubnet(a), "sku.capacity", 1001))
	},
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
	"there is a password or an SSH key": changing(vmssID, osPath+"linuxConfiguration.ssh", nil),
	"an SSH key goes to the administrator's authorized_keys": changing(vmssID, keyPath+"path",
		"/root/.ssh/authorized_keys"),
	"an SSH key is RSA of at least 2048 bits or Ed25519": changing(vmssID, keyPath+"keyData",
		sshLine("ssh-rsa", []byte{1, 0, 1}, make([]byte, 128))),
	"custom data is base64 of at most 65535 bytes":    changing(vmssID, osPath+"customData", "#cloud-config"),
	"automatic OS upgrade follows the latest version": changing(vmssID, imagePath+"version", "22.04.202401010"),
	"automatic OS upgrade is for supported images": func(a *azure) {
		a.put(vmssID+"2", set(set(bodyOf(vmssID), imagePath+"offer", "UbuntuServer"), imagePath+"sku", "18.04-LTS"))
	},
	"an extension has a name, publisher, type and version": changing(vmssID, extension+"typeHandlerVersion", "1"),
	"an extension handler is there once": addingExtension(`{"name": "again", "properties": ` +
		`{"publisher": "Microsoft.ManagedServices", "type": "ApplicationHealthLinux", "typeHandlerVersion": "1.0"}}`),
	"an extension comes after ones that are there": changing(vmssID,
		extension+"provisionAfterExtensions", []string{"gate"}),
	"the health extension is Microsoft.ManagedServices'": changing(vmssID, extension+"publisher",
		"Microsoft.Azure.Extensions"),
	"health over tcp has a port and no path, over http a path": changing(vmssID, extension+"settings.requestPath", "/"),
	"automatic OS upgrade has a health source": putting(vmssID, func() string {
		return set(withoutHealth(), autoOS, true)
	}),
	"automatic OS upgrade has one health source": changing(vmssID, profile+"networkProfile.healthProbe.id", probeID),
	"rolling upgrades have a health source": putting(vmssID, func() string {
		return set(withoutHealth(), "properties.upgradePolicy.mode", "Rolling")
	}),
	"automatic repairs have a health source": putting(vmssID, func() string {
		return set(withoutHealth(), "properties.automaticRepairsPolicy.enabled", true)
	}),
	"automatic repairs wait 10 to 90 minutes": changing(vmssID,
		"properties.automaticRepairsPolicy.gracePeriod", "PT5M"),
	"instances are told of their end 5 to 15 minutes before": changing(vmssID, profile+"scheduledEventsProfile",
		map[string]any{"terminateNotificationProfile": map[string]any{"enable": true, "notBeforeTimeout": "PT16M"}}),
	"extensions have 15 to 120 minutes": changing(vmssID, profile+"extensionProfile.extensionsTimeBudget", "PT10M"),
	"interfaces and IP configurations have names, one interface is primary, each IP configuration " +
		"has a subnet": changing(
		vmssID, interfaces+".0.properties.ipConfigurations.0.properties.subnet", nil),
	"an internal load balancer is in the network of the instances": func(a *azure) {
		a.make(vnetID+"2", set(bodyOf(vnetID), "properties.subnets.1.properties.natGateway", nil))
		a.put(vmssID+"2", strings.ReplaceAll(bodyOf(vmssID), subnetID, vnetID+"2/subnets/ProxyserverSubnet"))
	},
	"two rules do not send to one port of the instances": func(a *azure) {
		body := addTo(bodyOf(lbID), "properties.backendAddressPools", `{"name": "others"}`)
		body = addTo(body, "properties.loadBalancingRules",
			`{"name": "second", "properties": {"protocol": "Tcp", "frontendPort": 3129,
			"backendPort": 3128, "frontendIPConfiguration": {"id": "`+lbID+`/frontendIPConfigurations/sensors"},
			"backendAddressPool": {"id": "`+lbID+`/backendAddressPools/others"}}}`)
		a.make(lbID, body)
		pools := []any{map[string]any{"id": poolID}, map[string]any{"id": lbID + "/backendAddressPools/others"}}
		a.change(vmssID, interfaces+".0.properties.ipConfigurations.0.properties.loadBalancerBackendAddressPools",
			pools)
	},
	"a scale set joins at most one internal load balancer": func(a *azure) {
		a.make(lbID+"2", strings.ReplaceAll(bodyOf(lbID), lbID, lbID+"2"))
		pools := []any{map[string]any{"id": poolID}, map[string]any{"id": strings.Replace(poolID, lbID, lbID+"2", 1)}}
		a.change(vmssID, interfaces+".0.properties.ipConfigurations.0.properties.loadBalancerBackendAddressPools",
			pools)
	},
	"a probe for instance health is used by a rule": func(a *azure) {
		a.make(lbID, addTo(bodyOf(lbID), "properties.probes",
			`{"name": "idle", "properties": {"protocol": "Tcp", "port": 22}}`))
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

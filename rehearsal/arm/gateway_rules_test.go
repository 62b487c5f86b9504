package arm

import (
	"strings"
)

var gatewayBreaks = breaks{
	"a gateway has a type, a SKU and an IP configuration": changing(gatewayID,
		"properties.sku", nil),
	"a SKU is of the gateway's type":                 elsewhere(27, gatewayID, skuOf("ErGw1AZ")...),
	"a SKU's tier is its name":                       changing(gatewayID, "properties.sku.tier", "VpnGw3AZ"),
	"a new VPN gateway's SKU has zones, or is Basic": elsewhere(27, gatewayID, skuOf("VpnGw2")...),
	"a SKU is of the generation":                     elsewhere(27, gatewayID, skuOf("VpnGw1AZ")...),
	"a gateway of an AZ SKU is route-based":          elsewhere(27, gatewayID, "properties.vpnType", "PolicyBased"),
	"active-active is of VPN and not Basic, and without it there is one IP configuration": changing(gatewayID,
		"properties.activeActive", false),
	"an active-active gateway has two IP configurations": func(a *azure) {
		body := bodyOf(gatewayID)
		a.put(gatewayID, set(body, gatewayIPs, at(decodedBody(body), gatewayIPs).([]any)[:1]))
	},
	"an active-active gateway that clients connect to has three IP configurations": changing(gatewayID,
		"properties.vpnClientConfiguration",
		map[string]any{"vpnClientAddressPool": map[string]any{"addressPrefixes": []string{"172.16.0.0/24"}}}),
	"an ExpressRoute gateway that exists is given no public address": func(a *azure) {
		a.make(expressIP, zonedAddress)
		a.change(expressID, gatewayIPs+".0.properties.publicIPAddress", map[string]any{"id": expressIP})
	},
	"an ExpressRoute gateway's public address is of the Standard SKU": func(a *azure) {
		a.addPreexisting(expressIP, `{"location": "westeurope", "properties": {"publicIPAllocationMethod": "Dynamic"}}`)
		a.put(expressID, set(bodyOf(expressID), gatewayIPs+".0.properties.publicIPAddress",
			map[string]any{"id": expressIP}))
	},
	"a VPN gateway's public address is of the Standard SKU": func(a *azure) {
		a.addPreexisting(expressIP, `{"location": "westeurope", "properties": {"publicIPAllocationMethod": "Dynamic"}}`)
		a.change(gatewayID, gatewayIPs+".0.properties.publicIPAddress.id", expressIP)
	},
	"a gateway does not change to another series of SKUs": changing(gatewayID,
		"properties.vpnGatewayGeneration", "Generation1"),
	"what kind of gateway it is does not change": func(a *azure) {
		inNetwork2(a, 27, gatewayID)
		a.put(gatewayID, strings.ReplaceAll(bodyOf(gatewayID), vnetID+"/", vnetID+"2/"))
	},
	"a gateway's IP configurations are in one GatewaySubnet": another(expressID,
		gatewayIPs+".0.properties.subnet.id", subnetID),
	"a VPN gateway's IP configuration has a public address": changing(gatewayID,
		gatewayIPs+".0.properties.publicIPAddress", nil),
	"a public address is used by one IP configuration": replaceIn(gatewayID, gatewayIP1, gatewayIP0),
	"a network has one gateway of a type":              another(expressID),
	"an ASN is not reserved":                           changing(gatewayID, bgpPath+"asn", 65517),
	"a custom BGP address is in 169.254.21.0 to 169.254.22.255": changing(gatewayID,
		peersPath+".0.customBgpIpAddresses.0", "169.254.20.2"),
	"a custom BGP address is there once": changing(gatewayID,
		peersPath+".0.customBgpIpAddresses.0", "169.254.21.6"),
	"a virtual network gateway in use cannot be deleted": deleting(gatewayID),
	"custom BGP addresses are of the gateway's IP configurations, once each": changing(gatewayID,
		peersPath+".1.ipconfigurationId",
		gatewayID+"/ipConfigurations/instance-0"),
	"an AZ SKU's public address has zones where the region has": func(a *azure) {
		body := inNetwork2(a, 27, gatewayID)
		a.make(gatewayIP0+"-3", set(zonedAddress, "zones", nil))
		a.put(gatewayID+"2", strings.ReplaceAll(body, gatewayIP0+"-2", gatewayIP0+"-3"))
	},
	"the public addresses of two instances are in the same zones": func(a *azure) {
		body := inNetwork2(a, 27, gatewayID)
		a.make(gatewayIP0+"-3", set(zonedAddress, "zones", []string{"1"}))
		a.put(gatewayID+"2", strings.ReplaceAll(body, gatewayIP0+"-2", gatewayIP0+"-3"))
	},
	"a Basic gateway's public address has no zones": func(a *azure) { a.put(gatewayID+"2", passive(a)) },
	"BGP is not of the Basic SKU": func(a *azure) {
		body := passive(a, "properties.enableBgp", true)
		a.make(gatewayIP0+"-3", set(zonedAddress, "zones", nil))
		a.put(gatewayID+"2", strings.ReplaceAll(body, gatewayIP0+"-2", gatewayIP0+"-3"))
	},
	"a VPN and an ExpressRoute gateway share at least a /27": func(a *azure) {
		a.make(gatewayID+"2", inNetwork2(a, 28, gatewayID))
		a.put(expressID+"2", strings.ReplaceAll(bodyOf(expressID), vnetID, vnetID+"2"))
	},
	"an UltraPerformance gateway is in at least a /27": elsewhere(28, expressID, skuOf("UltraPerformance")...),
	"a Basic gateway is not beside ExpressRoute": func(a *azure) {
		body := passive(a)
		a.make(expressID+"2", strings.ReplaceAll(bodyOf(expressID), vnetID, vnetID+"2"))
		a.make(gatewayIP0+"-3", set(zonedAddress, "zones", nil))
		a.put(gatewayID+"2", strings.ReplaceAll(body, gatewayIP0+"-2", gatewayIP0+"-3"))
	},
}

var partnerBreaks = breaks{
	"a local network gateway has an address or a name": changing(plantID, "properties.fqdn", "vpn.example.com"),
	"a local network gateway's address is an IPv4 address": changing(plantID,
		"properties.gatewayIpAddress", "10.0.0.257"),
	"a prefix is a CIDR range": changing(plantID,
		prefixesPath+".0", "10.1.0.0"),
	"a prefix is written from its first address":       changing(plantID, prefixesPath+".0", "10.1.0.1/16"),
	"a local network gateway has address space or BGP": changing(plantID, prefixesPath, []any{}),
	"BGP has an ASN":            changing(partnerID, bgpPath+"asn", 0),
	"BGP has a peering address": changing(partnerID, bgpPath+"bgpPeeringAddress", "11.0.0.257"),
	"an ASN is not reserved":    changing(partnerID, bgpPath+"asn", 12076),
	"a BGP peering address is not the partner's public address": changing(partnerID,
		bgpPath+"bgpPeeringAddress", "203.0.113.7"),
	"a connected partner's address space does not overlap the gateway's network": changing(plantID,
		prefixesPath+".0", "10.9.0.64/26"),
	"a local network gateway in use cannot be deleted": deleting(plantID),
}

var connectionBreaks = breaks{
	"a connection has exactly two endpoints": changing(tunnelID,
		"properties.localNetworkGateway2", nil),
	"a gateway is of the connection's type": changing(tunnelID,
		"properties.virtualNetworkGateway1.id", expressID),
	"a pre-shared key is 1 to 128 printable characters": changing(tunnelID, "properties.sharedKey",
		strings.Repeat("k", 129)),
	"an authorization key is one of the circuit's": changing(expressConID,
		"properties.authorizationKey", "4712"),
	"what a connection joins does not change": changing(plantTunnel,
		"properties.localNetworkGateway2.id", partnerID),
	"an IPsec policy is complete and within its limits": changing(plantTunnel, policyPath+"pfsGroup", nil),
	"custom BGP addresses are of a connection with BGP": changing(plantTunnel, customPath,
		at(decodedBody(bodyOf(tunnelID)), customPath)),
	"a gateway is connected once to one partner": another(tunnelID),
	"a circuit of another subscription needs an authorization key": another(expressConID,
		"properties.authorizationKey", nil),
	"a connection's custom BGP addresses are the gateway's": changing(tunnelID,
		customPath+".0.customBgpIpAddress", "169.254.21.6"),
	"a partner without address space is reached over BGP": changing(tunnelID, "properties.enableBgp", false),
	"a circuit that is connected is provisioned by its provider": func(a *azure) {
		a.addPreexisting(circuitID("theirs"),
			set(circuitBody, "properties.serviceProviderProvisioningState", "Provisioning"))
		a.put(expressConID+"2", strings.ReplaceAll(bodyOf(expressConID), theirCircuit, circuitID("theirs")))
	},
	"the ends of BGP have ASNs, and different ones": func(a *azure) {
		a.make(gatewayID, changed(gatewayID, bgpPath+"asn", 64512))
		a.put(tunnelID, bodyOf(tunnelID))
	},
	"a partner's address space does not overlap the gateway's network": func(a *azure) {
		a.make(plantID+"2", changed(plantID, prefixesPath+".0", "10.9.0.0/16",
			"properties.gatewayIpAddress", "203.0.113.8"))
		a.put(plantTunnel+"2", strings.ReplaceAll(bodyOf(plantTunnel), plantID, plantID+"2"))
	},
}

var filterBreaks = breaks{
	"a route filter has at most one rule": func(a *azure) {
		a.put(filterID, addTo(bodyOf(filterID), "properties.rules",
			`{"name": "second", "properties": {"access": "Allow",
			"routeFilterRuleType": "Community", "communities": ["12076:51004"]}}`))
	},
	"a rule has access, a type and communities": changing(filterID, filterRule+"communities", []any{}),
	"a community is one that Microsoft advertises": changing(filterID, filterRule+"communities.0",
		"12076:51002,12076:52002"),
	"a route filter in use cannot be deleted": deleting(filterID),
}

var circuitBreaks = breaks{
	"a circuit has a SKU, a provider, a location and a bandwidth": func(a *azure) {
		a.put(circuitID("own"), set(circuitBody, "sku.tier", nil))
	},
	"a circuit that its provider has provisioned cannot be deleted": func(a *azure) {
		a.make(circuitID("own"), circuitBody)
		a.delete(circuitID("own"))
	},
}

// private is the peering as the private one, which has no configuration of Microsoft's.
func private(changes ...any) func(*azure) {
	return func(a *azure) {
		all := append([]any{"properties.peeringType", "AzurePrivatePeering", "properties.microsoftPeeringConfig", nil,
			"properties.vlanId", 200}, changes...)
		a.put(circuitID("line")+"/peerings/AzurePrivatePeering", changed(peeringID, all...))
	}
}

var peeringBreaks = breaks{
	"a peering's name is its type": changing(peeringID,
		"properties.peeringType", "AzurePrivatePeering"),
	"a peering has an ASN, two prefixes and a VLAN": changing(peeringID,
		"properties.peerASN", nil),
	"a VLAN is 1 to 4094":                  changing(peeringID, "properties.vlanId", 4095),
	"a peering's prefixes are CIDR ranges": changing(peeringID, "properties.primaryPeerAddressPrefix", "1.1.1.1"),
	"a peering's prefixes are two different /30s, a Microsoft peering's public ones": changing(peeringID,
		"properties.secondaryPeerAddressPrefix", "203.0.113.0/30"),
	"a Microsoft peering advertises public prefixes": changing(peeringID, "properties.microsoftPeeringConfig", nil),
	"a routing registry is one that Microsoft asks": changing(peeringID,
		"properties.microsoftPeeringConfig.routingRegistryName", "RIPE"),
	"a route filter is of a Microsoft peering": private(),
}

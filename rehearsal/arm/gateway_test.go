package arm

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

const (
	carrier      = "5e11f00d-0000-4000-8000-0000000000ca"
	gatewayIP0   = ipID + "-gateway-0"
	gatewayIP1   = ipID + "-gateway-1"
	expressIP    = ipID + "-express"
	gatewayID    = inGroup + "/providers/" + typeGateway + "/vpn"
	expressID    = inGroup + "/providers/" + typeGateway + "/express"
	partnerID    = inGroup + "/providers/" + typeLocalGateway + "/aws"
	plantID      = inGroup + "/providers/" + typeLocalGateway + "/plant"
	tunnelID     = inGroup + "/providers/" + typeConnection + "/aws"
	plantTunnel  = inGroup + "/providers/" + typeConnection + "/plant"
	expressConID = inGroup + "/providers/" + typeConnection + "/express"
	filterID     = inGroup + "/providers/" + typeRouteFilter + "/defender"
	theirCircuit = "/subscriptions/" + carrier + "/resourceGroups/carrier/providers/" + typeCircuit + "/line"
)

// circuitID is a circuit in the site's own subscription, in a group of that name if it is not the site's.
func circuitID(name string) string {
	group := name
	if name == "own" {
		group = "site"
	}
	return "/subscriptions/" + Subscription + "/resourceGroups/" + group + "/providers/" + typeCircuit + "/" + name
}

const circuitBody = `{"location": "northeurope", "sku": {"name": "Standard_MeteredData", "tier": "Standard", "family": "MeteredData"},
	"properties": {"serviceProviderProvisioningState": "Provisioned", "authorizations": [
		{"name": "site", "properties": {"authorizationKey": "4711"}}],
		"serviceProviderProperties": {"serviceProviderName": "Equinix", "peeringLocation": "Amsterdam", "bandwidthInMbps": 50}}}`

const zonedAddress = `{"location": "westeurope", "sku": {"name": "Standard"}, "zones": ["1", "2", "3"],
	"properties": {"publicIPAllocationMethod": "Static"}}`

// inGateway is an IP configuration of a gateway in the site's network.
func inGateway(name, address string) string {
	return `{"name": "` + name + `", "properties": {"subnet": {"id": "` + vnetID + `/subnets/GatewaySubnet"}, "publicIPAddress": {"id": "` + address + `"}}}`
}

// privatePath is what joins the site's network to a plant, to AWS and to a carrier's circuit, in the order of creation.
var privatePath = []part{
	{gatewayIP0, zonedAddress}, {gatewayIP1, zonedAddress}, {expressIP, zonedAddress},
	{gatewayID, `{"location": "westeurope", "properties": {"gatewayType": "Vpn", "vpnType": "RouteBased", "vpnGatewayGeneration": "Generation2",
		"sku": {"name": "VpnGw2AZ", "tier": "VpnGw2AZ"}, "activeActive": true, "enableBgp": true,
		"ipConfigurations": [` + inGateway("instance-0", gatewayIP0) + `, ` + inGateway("instance-1", gatewayIP1) + `],
		"bgpSettings": {"asn": 65515, "bgpPeeringAddresses": [
			{"ipconfigurationId": "` + gatewayID + `/ipConfigurations/instance-0", "customBgpIpAddresses": ["169.254.21.2", "169.254.22.2"]},
			{"ipconfigurationId": "` + gatewayID + `/ipConfigurations/instance-1", "customBgpIpAddresses": ["169.254.21.6", "169.254.22.6"]}]}}}`},
	{expressID, `{"location": "westeurope", "properties": {"gatewayType": "ExpressRoute", "sku": {"name": "ErGw1AZ", "tier": "ErGw1AZ"},
		"ipConfigurations": [` + inGateway("instance-0", expressIP) + `]}}`},
	{partnerID, `{"location": "westeurope", "properties": {"gatewayIpAddress": "203.0.113.7",
		"bgpSettings": {"asn": 64512, "bgpPeeringAddress": "169.254.21.1"}}}`},
	{plantID, `{"location": "westeurope", "properties": {"gatewayIpAddress": "198.51.100.7",
		"localNetworkAddressSpace": {"addressPrefixes": ["10.1.0.0/16", "10.2.0.7/32"]}}}`},
	{tunnelID, `{"location": "westeurope", "properties": {"connectionType": "IPsec", "connectionProtocol": "IKEv2", "enableBgp": true,
		"virtualNetworkGateway1": {"id": "` + gatewayID + `"}, "localNetworkGateway2": {"id": "` + partnerID + `"}, "sharedKey": "never told again",
		"gatewayCustomBgpIpAddresses": [
			{"ipConfigurationId": "` + gatewayID + `/ipConfigurations/instance-0", "customBgpIpAddress": "169.254.21.2"},
			{"ipConfigurationId": "` + gatewayID + `/ipConfigurations/instance-1", "customBgpIpAddress": "169.254.21.6"}]}}`},
	{plantTunnel, `{"location": "westeurope", "properties": {"connectionType": "IPsec", "sharedKey": "never told again",
		"virtualNetworkGateway1": {"id": "` + gatewayID + `"}, "localNetworkGateway2": {"id": "` + plantID + `"},
		"ipsecPolicies": [{"ikeEncryption": "AES256", "ikeIntegrity": "SHA384", "dhGroup": "DHGroup24", "ipsecEncryption": "GCMAES256",
			"ipsecIntegrity": "GCMAES256", "pfsGroup": "PFS24", "saLifeTimeSeconds": 27000, "saDataSizeKilobytes": 102400000}]}}`},
	{expressConID, `{"location": "westeurope", "properties": {"connectionType": "ExpressRoute", "authorizationKey": "4711",
		"virtualNetworkGateway1": {"id": "` + expressID + `"}, "peer": {"id": "` + theirCircuit + `"}}}`},
	{filterID, `{"location": "westeurope", "properties": {"rules": [{"name": "defender", "properties": {"access": "Allow",
		"routeFilterRuleType": "Community", "communities": ["12076:51002", "12076:52002"]}}]}}`},
	{circuitID("line") + "/peerings/MicrosoftPeering", `{"properties": {"peeringType": "MicrosoftPeering", "peerASN": 64500, "vlanId": 100,
		"primaryPeerAddressPrefix": "203.0.113.0/30", "secondaryPeerAddressPrefix": "203.0.113.4/30", "routeFilter": {"id": "` + filterID + `"},
		"microsoftPeeringConfig": {"advertisedPublicPrefixes": ["203.0.113.128/25"], "routingRegistryName": "RIPENCC"}}}`},
}

var peeringID = circuitID("line") + "/peerings/MicrosoftPeering"

// furnish puts in place what must be accepted.
func (a *azure) furnish(id, body string) {
	a.t.Helper()
	var parsed map[string]any
	if err := json.Unmarshal([]byte(body), &parsed); err != nil {
		a.t.Fatal(err)
	}
	if err := a.server.Furnish(id, versionFor(id), parsed); err != nil {
		a.t.Fatal(err)
	}
}

// makePrivatePath furnishes two circuits and builds the private path.
func (a *azure) makePrivatePath() {
	a.t.Helper()
	a.furnish(theirCircuit, circuitBody)
	a.furnish(circuitID("line"), circuitBody)
	for _, part := range privatePath {
		a.make(part.id, part.body)
	}
}

func newPrivatePath(t *testing.T) *azure {
	t.Helper()
	a := newSite(t)
	a.makePrivatePath()
	return a
}

// connected makes the private path before each break.
func connected(list breaks) breaks {
	out := breaks{}
	for name, breakIt := range list {
		out[name] = func(a *azure) {
			a.makePrivatePath()
			breakIt(a)
		}
	}
	return out
}

// another sends a part of the private path under a further name, with values of its body changed: path, value, path, value.
func another(id string, changes ...any) func(*azure) {
	return func(a *azure) { a.put(id+"2", changed(id, changes...)) }
}

func changed(id string, changes ...any) string {
	body := bodyOf(id)
	for i := 0; i < len(changes); i += 2 {
		body = set(body, changes[i].(string), changes[i+1])
	}
	return body
}

const (
	bgpPath      = "properties.bgpSettings."
	peersPath    = bgpPath + "bgpPeeringAddresses"
	gatewayIPs   = "properties.ipConfigurations"
	customPath   = "properties.gatewayCustomBgpIpAddresses"
	policyPath   = "properties.ipsecPolicies.0."
	filterRule   = "properties.rules.0.properties."
	prefixesPath = "properties.localNetworkAddressSpace.addressPrefixes"
)

// elsewhere makes a second network with a GatewaySubnet of that size, and sends a gateway in it with two free addresses.
func elsewhere(size int, id string, changes ...any) func(*azure) {
	return func(a *azure) { a.put(id+"2", inNetwork2(a, size, id, changes...)) }
}

func inNetwork2(a *azure, size int, id string, changes ...any) string {
	a.make(vnetID+"2", fmt.Sprintf(`{"location": "westeurope", "properties": {"addressSpace": {"addressPrefixes": ["10.20.0.0/24"]}, "subnets": [
		{"name": "GatewaySubnet", "properties": {"addressPrefix": "10.20.0.0/%d"}}]}}`, size))
	a.make(gatewayIP0+"-2", zonedAddress)
	a.make(gatewayIP1+"-2", zonedAddress)
	return strings.NewReplacer(vnetID, vnetID+"2", gatewayIP0, gatewayIP0+"-2", gatewayIP1, gatewayIP1+"-2", expressIP, gatewayIP0+"-2",
		gatewayID, gatewayID+"2").Replace(changed(id, changes...))
}

func skuOf(name string) []any { return []any{"properties.sku.name", name, "properties.sku.tier", name} }

// passive is what makes the VPN gateway one of the Basic SKU with a single instance.
func passive(a *azure, changes ...any) string {
	all := append(skuOf("Basic"), "properties.vpnGatewayGeneration", "Generation1", "properties.activeActive", false, "properties.enableBgp", false,
		"properties.bgpSettings", nil)
	body := inNetwork2(a, 27, gatewayID, append(all, changes...)...)
	return set(body, gatewayIPs, []any{at(decodedBody(body), gatewayIPs).([]any)[0]})
}

func decodedBody(body string) map[string]any {
	var out map[string]any
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		panic(err)
	}
	return out
}

var gatewayBreaks = breaks{
	"a gateway has a type, a SKU and an IP configuration":          changing(gatewayID, "properties.sku", nil),
	"a gateway is of Vpn or ExpressRoute":                          elsewhere(27, gatewayID, "properties.gatewayType", "LocalGateway"),
	"a SKU is of the gateway's type":                               elsewhere(27, gatewayID, skuOf("ErGw1AZ")...),
	"a SKU's tier is its name":                                     changing(gatewayID, "properties.sku.tier", "VpnGw3AZ"),
	"a new VPN gateway's SKU has zones, or is Basic":               elsewhere(27, gatewayID, skuOf("VpnGw2")...),
	"a SKU is of the generation":                                   elsewhere(27, gatewayID, skuOf("VpnGw1AZ")...),
	"a gateway of an AZ SKU is route-based":                        elsewhere(27, gatewayID, "properties.vpnType", "PolicyBased"),
	"active-active is of VPN, two IP configurations and not Basic": changing(gatewayID, "properties.activeActive", false),
	"what kind of gateway it is does not change":                   changing(gatewayID, "properties.vpnGatewayGeneration", "Generation1"),
	"a gateway's IP configurations are in one GatewaySubnet":       another(expressID, gatewayIPs+".0.properties.subnet.id", subnetID),
	"a VPN gateway's IP configuration has a public address":        changing(gatewayID, gatewayIPs+".0.properties.publicIPAddress", nil),
	"a public address is used by one IP configuration":             replaceIn(gatewayID, gatewayIP1, gatewayIP0),
	"a network has one gateway of a type":                          another(expressID, gatewayIPs+".0.properties.publicIPAddress", nil),
	"an ASN is not reserved":                                       changing(gatewayID, bgpPath+"asn", 65517),
	"custom BGP addresses need BGP":                                changing(gatewayID, "properties.enableBgp", false),
	"a custom BGP address is in 169.254.21.0 to 169.254.22.255":    changing(gatewayID, peersPath+".0.customBgpIpAddresses.0", "169.254.20.2"),
	"a custom BGP address is there once":                           changing(gatewayID, peersPath+".0.customBgpIpAddresses.0", "169.254.21.6"),
	"a virtual network gateway in use cannot be deleted":           deleting(gatewayID),
	"custom BGP addresses are of the gateway's IP configurations, once each": changing(gatewayID, peersPath+".1.ipconfigurationId",
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
	"BGP is of VPN and not Basic": func(a *azure) {
		body := passive(a, "properties.enableBgp", true)
		a.make(gatewayIP0+"-3", set(zonedAddress, "zones", nil))
		a.put(gatewayID+"2", strings.ReplaceAll(body, gatewayIP0+"-2", gatewayIP0+"-3"))
	},
	"a VPN and an ExpressRoute gateway share at least a /27": func(a *azure) {
		a.make(gatewayID+"2", inNetwork2(a, 28, gatewayID))
		a.put(expressID+"2", set(strings.ReplaceAll(bodyOf(expressID), vnetID, vnetID+"2"), gatewayIPs+".0.properties.publicIPAddress", nil))
	},
	"a Basic gateway is not beside ExpressRoute": func(a *azure) {
		body := passive(a)
		a.make(expressID+"2", set(strings.ReplaceAll(bodyOf(expressID), vnetID, vnetID+"2"), gatewayIPs+".0.properties.publicIPAddress", nil))
		a.make(gatewayIP0+"-3", set(zonedAddress, "zones", nil))
		a.put(gatewayID+"2", strings.ReplaceAll(body, gatewayIP0+"-2", gatewayIP0+"-3"))
	},
}

var partnerBreaks = breaks{
	"a local network gateway has an address or a name":                           changing(plantID, "properties.fqdn", "vpn.example.com"),
	"a local network gateway's address is a public one":                          changing(plantID, "properties.gatewayIpAddress", "10.1.0.1"),
	"a prefix is a CIDR range written from its first address":                    changing(plantID, prefixesPath+".0", "10.1.0.1/16"),
	"a local network gateway has address space or BGP":                           changing(plantID, prefixesPath, []any{}),
	"BGP has an ASN and a peering address":                                       changing(partnerID, bgpPath+"asn", 0),
	"an ASN is not reserved":                                                     changing(partnerID, bgpPath+"asn", 12076),
	"a BGP peering address is not inside a prefix larger than itself":            changing(partnerID, prefixesPath, []string{"169.254.21.0/30"}),
	"a BGP peering address is not the partner's public address":                  changing(partnerID, bgpPath+"bgpPeeringAddress", "203.0.113.7"),
	"a connected partner's address space does not overlap the gateway's network": changing(plantID, prefixesPath+".0", "10.9.0.64/26"),
	"a local network gateway in use cannot be deleted":                           deleting(plantID),
}

var connectionBreaks = breaks{
	"a connection has exactly two endpoints":                       changing(tunnelID, "properties.localNetworkGateway2", nil),
	"a gateway is of the connection's type":                        changing(tunnelID, "properties.virtualNetworkGateway1.id", expressID),
	"a new IPsec connection has a pre-shared key":                  another(tunnelID, "properties.sharedKey", nil),
	"a pre-shared key is 1 to 128 printable characters":            changing(tunnelID, "properties.sharedKey", strings.Repeat("k", 129)),
	"an authorization key is one of the circuit's":                 changing(expressConID, "properties.authorizationKey", "4712"),
	"what a connection joins does not change":                      changing(plantTunnel, "properties.localNetworkGateway2.id", partnerID),
	"an IPsec policy is complete and within its limits":            changing(plantTunnel, policyPath+"pfsGroup", nil),
	"BGP is enabled at both ends":                                  changing(plantTunnel, "properties.enableBgp", true),
	"custom BGP addresses are of a connection with BGP":            changing(plantTunnel, customPath, at(decodedBody(bodyOf(tunnelID)), customPath)),
	"a custom BGP address is one of the gateway's":                 changing(tunnelID, customPath+".0.customBgpIpAddress", "169.254.21.6"),
	"a gateway is connected once to one partner":                   another(tunnelID),
	"a circuit of another subscription needs an authorization key": another(expressConID, "properties.authorizationKey", nil),
	"custom BGP addresses name every IP configuration of the gateway, once each": changing(tunnelID, customPath+".0.ipConfigurationId",
		gatewayID+"/ipConfigurations/instance-1"),
	"a partner without address space is reached over BGP": changing(tunnelID, "properties.enableBgp", false),
	"a circuit that is connected is provisioned by its provider": func(a *azure) {
		a.furnish(circuitID("theirs"), set(circuitBody, "properties.serviceProviderProvisioningState", "Provisioning"))
		a.put(expressConID+"2", strings.ReplaceAll(bodyOf(expressConID), theirCircuit, circuitID("theirs")))
	},
	"the ends of BGP have different ASNs": func(a *azure) {
		a.make(gatewayID, changed(gatewayID, bgpPath+"asn", 64512))
		a.put(tunnelID, bodyOf(tunnelID))
	},
	"a partner's address space does not overlap the gateway's network": func(a *azure) {
		a.make(plantID+"2", changed(plantID, prefixesPath+".0", "10.9.0.0/16", "properties.gatewayIpAddress", "203.0.113.8"))
		a.put(plantTunnel+"2", strings.ReplaceAll(bodyOf(plantTunnel), plantID, plantID+"2"))
	},
}

var filterBreaks = breaks{
	"a route filter has at most one rule": func(a *azure) {
		a.put(filterID, addTo(bodyOf(filterID), "properties.rules", `{"name": "second", "properties": {"access": "Allow",
			"routeFilterRuleType": "Community", "communities": ["12076:51004"]}}`))
	},
	"a rule has access, a type and communities": changing(filterID, filterRule+"communities", []any{}),
	"a rule allows":                                changing(filterID, filterRule+"access", "Deny"),
	"a community has a colon":                      changing(filterID, filterRule+"communities.0", "12076:51002,12076:52002"),
	"a community is one that Microsoft advertises": changing(filterID, filterRule+"communities.0", "65000:51002"),
	"a route filter in use cannot be deleted":      deleting(filterID),
}

var circuitBreaks = breaks{
	"a circuit has a SKU, a provider, a location and a bandwidth": func(a *azure) { a.put(circuitID("own"), set(circuitBody, "sku.tier", nil)) },
	"a circuit with connections or peerings cannot be deleted": func(a *azure) {
		a.make(circuitID("own"), circuitBody)
		a.make(circuitID("own")+"/peerings/MicrosoftPeering", bodyOf(peeringID))
		a.delete(circuitID("own"))
	},
}

// private is the peering as the private one, which has no configuration of Microsoft's.
func private(changes ...any) func(*azure) {
	return func(a *azure) {
		all := append([]any{"properties.peeringType", "AzurePrivatePeering", "properties.microsoftPeeringConfig", nil, "properties.vlanId", 200}, changes...)
		a.put(circuitID("line")+"/peerings/AzurePrivatePeering", changed(peeringID, all...))
	}
}

var peeringBreaks = breaks{
	"a peering's name is its type":                      changing(peeringID, "properties.peeringType", "AzurePrivatePeering"),
	"a peering has an ASN, two prefixes and a VLAN":     changing(peeringID, "properties.peerASN", nil),
	"a VLAN is 1 to 4094":                               changing(peeringID, "properties.vlanId", 4095),
	"a peering's prefixes are two different /30s":       changing(peeringID, "properties.secondaryPeerAddressPrefix", "203.0.113.0/30"),
	"a Microsoft peering is over public addresses":      changing(peeringID, "properties.primaryPeerAddressPrefix", "10.0.0.0/30"),
	"a Microsoft peering advertises public prefixes":    changing(peeringID, "properties.microsoftPeeringConfig", nil),
	"a routing registry is one that Microsoft asks":     changing(peeringID, "properties.microsoftPeeringConfig.routingRegistryName", "RIPE"),
	"the peerings of a circuit have VLANs of their own": private("properties.routeFilter", nil, "properties.vlanId", 100),
	"a route filter is of a Microsoft peering":          private(),
	"a peering's circuit is provisioned by its provider": func(a *azure) {
		a.make(circuitID("own"), set(circuitBody, "properties.serviceProviderProvisioningState", nil))
		a.put(circuitID("own")+"/peerings/MicrosoftPeering", bodyOf(peeringID))
	},
}

func TestAzureFillsInWhatGatewaysDecide(t *testing.T) {
	a := newPrivatePath(t)
	public := atIndex(a.get(gatewayIP1), "properties.ipAddress")
	for _, want := range []struct {
		id, path string
		value    any
	}{
		{gatewayID, bgpPath + "bgpPeeringAddress", "10.9.0.4,10.9.0.5"},
		{gatewayID, peersPath + ".1.defaultBgpIpAddresses.0", "10.9.0.5"},
		{gatewayID, peersPath + ".1.tunnelIpAddresses.0", public},
		{gatewayID, peersPath + ".1.customBgpIpAddresses.1", "169.254.22.6"},
		{gatewayID, gatewayIPs + ".0.id", gatewayID + "/ipConfigurations/instance-0"},
		{gatewayID, gatewayIPs + ".0.properties.privateIPAllocationMethod", "Dynamic"},
		{expressID, bgpPath + "asn", 65515.0},
		{expressID, bgpPath + "bgpPeeringAddress", "10.9.0.6"},
		{expressID, peersPath, nil},
		{expressID, "properties.enableBgp", false},
		{expressID, "properties.vpnGatewayGeneration", "None"},
		{gatewayIP0, "properties.ipConfiguration.id", gatewayID + "/ipConfigurations/instance-0"},
		{vnetID, "properties.subnets.0.properties.ipConfigurations.2.id", expressID + "/ipConfigurations/instance-0"},
		{tunnelID, "properties.sharedKey", nil},
		{tunnelID, "properties.connectionStatus", "Unknown"},
		{expressConID, "properties.authorizationKey", nil},
		{filterID, "properties.rules.0.id", filterID + "/rules/defender"},
		{filterID, "properties.peerings.0.id", peeringID},
		{circuitID("line"), "properties.peerings.0.id", peeringID},
		{circuitID("line"), "properties.authorizations.0.properties.authorizationKey", nil},
		{peeringID, "properties.azureASN", 12076.0},
	} {
		if got := atIndex(a.get(want.id), want.path); got != want.value {
			t.Errorf("%s of %s is %v, want %v", want.path, want.id, got, want.value)
		}
	}
}

func TestAGatewayThatStandsByHasTheLastAddressOfItsSubnet(t *testing.T) {
	a := newPrivatePath(t)
	body := passive(a, append(skuOf("VpnGw1AZ"), "properties.enableBgp", true)...)
	a.make(gatewayID+"2", body)
	if got := atIndex(a.get(gatewayID+"2"), bgpPath+"bgpPeeringAddress"); got != "10.20.0.30" {
		t.Errorf("the gateway speaks BGP at %v, want the last usable address 10.20.0.30", got)
	}
	if got := atIndex(a.get(gatewayID+"2"), bgpPath+"asn"); got != 65515.0 {
		t.Errorf("the gateway's ASN is %v, want Azure's default", got)
	}
}

func TestGatewaysThatAzureTakes(t *testing.T) {
	a := newPrivatePath(t)
	body := passive(a, append(skuOf("VpnGw1AZ"), "properties.vpnGatewayGeneration", nil)...)
	a.make(gatewayID+"2", body)
	a.make(gatewayID+"2", set(body, "properties.sku", map[string]any{"name": "VpnGw2AZ", "tier": "VpnGw2AZ"}))
	// A region without zones takes AZ SKUs, with addresses that have none, in the smallest subnet there is.
	a.make(vnetID+"-west", `{"location": "westus", "properties": {"addressSpace": {"addressPrefixes": ["10.30.0.0/24"]}, "subnets": [
		{"name": "GatewaySubnet", "properties": {"addressPrefix": "10.30.0.0/29"}}]}}`)
	a.make(gatewayIP0+"-west", set(set(zonedAddress, "zones", nil), "location", "westus"))
	body = strings.NewReplacer(vnetID+"2", vnetID+"-west", gatewayIP0+"-2", gatewayIP0+"-west").Replace(body)
	a.make(gatewayID+"-west", set(body, "location", "westus"))
	// The largest SKUs are of the second generation unless the body says otherwise.
	a.delete(gatewayID + "-west")
	a.make(gatewayID+"-west", set(set(body, "location", "westus"), "properties.sku", map[string]any{"name": "VpnGw5AZ", "tier": "VpnGw5AZ"}))
	if got := atIndex(a.get(gatewayID+"-west"), "properties.vpnGatewayGeneration"); got != "Generation2" {
		t.Errorf("the generation is %v, want Generation2", got)
	}
	// Clients that connect to two active instances need a third IP configuration.
	a.make(gatewayIP0+"-clients", zonedAddress)
	a.make(gatewayID, set(addTo(bodyOf(gatewayID), gatewayIPs, inGateway("clients", gatewayIP0+"-clients")),
		"properties.vpnClientConfiguration", map[string]any{"vpnClientAddressPool": map[string]any{"addressPrefixes": []string{"172.16.0.0/24"}}}))
	// Azure brings the public address of an ExpressRoute gateway itself.
	a.make(expressID, set(bodyOf(expressID), gatewayIPs+".0.properties.publicIPAddress", nil))
}

func TestWhatAGatewayKeepsFromBeingWrittenAndWhatNot(t *testing.T) {
	a := newPrivatePath(t)
	a.slow()
	a.make(gatewayID, bodyOf(gatewayID))
	a.make(vnetID, bodyOf(vnetID)) // the network is free
	a.put(tunnelID, bodyOf(tunnelID))
	if a.last().Code != "AnotherOperationInProgress" {
		t.Errorf("a connection while its gateway is written was answered %+v", a.last())
	}
	a.put(tunnelID+"2", bodyOf(tunnelID))
	if a.last().Code != "ReferencedResourceNotProvisioned" {
		t.Errorf("a new connection while its gateway is written was answered %+v", a.last())
	}
	b := newPrivatePath(t)
	b.slow()
	b.make(tunnelID, bodyOf(tunnelID))
	b.make(plantTunnel, bodyOf(plantTunnel)) // another connection of the gateway is free
	b.put(gatewayID, bodyOf(gatewayID))
	if b.last().Code != "AnotherOperationInProgress" {
		t.Errorf("a gateway while its connections are written was answered %+v", b.last())
	}
}

func TestThePrivatePathIsTakenDownInReverse(t *testing.T) {
	a := newPrivatePath(t)
	for _, held := range []struct{ id, code string }{
		{vnetID, "InUseSubnetCannotBeDeleted"}, {gatewayIP0, "PublicIPAddressCannotBeDeleted"}, {gatewayID, "VirtualNetworkGatewayCannotBeDeleted"},
	} {
		a.delete(held.id)
		if a.last().Code != held.code {
			t.Errorf("deleting %s was answered %+v, want %s", held.id, a.last(), held.code)
		}
	}
	for _, part := range slices.Backward(privatePath) {
		if status, answer := a.send(http.MethodDelete, part.id, ""); status >= 300 {
			t.Errorf("deleting %s: %d %v", part.id, status, answer)
		}
	}
	if got := len(a.server.Resources()); got != len(site) {
		t.Errorf("%d resources are left, want the %d of the site", got, len(site))
	}
	if status, _ := a.send(http.MethodGet, theirCircuit, ""); status != http.StatusOK {
		t.Errorf("the carrier's circuit is answered %d after its connection is gone", status)
	}
}

func TestTwoRoutersOfOnePlantBehindOneAddressAreTwoPartners(t *testing.T) {
	a := newPrivatePath(t)
	a.make(plantID+"2", changed(plantID, prefixesPath, []string{"10.3.0.0/16"}))
	second := strings.ReplaceAll(bodyOf(plantTunnel), plantID, plantID+"2")
	a.make(plantTunnel+"2", second)
	a.delete(plantTunnel + "2")
	a.make(plantID+"2", changed(plantID, prefixesPath, []string{"10.1.7.0/24"}))
	a.put(plantTunnel+"2", second)
	if a.last().Rule != "a gateway is connected once to one partner" {
		t.Errorf("a second partner at the same address with some of the same networks was answered %+v", a.last())
	}
}

func TestACircuitTellsThePeeringsItCameWithAndThoseMadeSince(t *testing.T) {
	a := newSite(t)
	a.make(filterID, bodyOf(filterID))
	a.furnish(circuitID("line"), set(circuitBody, "properties.peerings", []any{map[string]any{"name": "AzurePrivatePeering",
		"properties": map[string]any{"peeringType": "AzurePrivatePeering", "peerASN": 64600, "vlanId": 200,
			"primaryPeerAddressPrefix": "10.200.0.0/30", "secondaryPeerAddressPrefix": "10.200.0.4/30"}}}))
	a.make(peeringID, bodyOf(peeringID))
	for i, name := range []string{"AzurePrivatePeering", "MicrosoftPeering"} {
		if got := atIndex(a.get(circuitID("line")), fmt.Sprintf("properties.peerings.%d.id", i)); got != circuitID("line")+"/peerings/"+name {
			t.Errorf("peering %d is %v, want %s", i, got, name)
		}
	}
	a.make(circuitID("own"), circuitBody)
	a.delete(circuitID("own"))
	if a.last().Code != "" {
		t.Errorf("deleting a circuit without peerings was answered %+v", a.last())
	}
}

func TestPublicAddresses(t *testing.T) {
	for text, public := range map[string]bool{
		"203.0.113.7": true, "20.1.2.3": true, "10.0.0.1": false, "172.16.0.1": false, "192.168.1.1": false, "169.254.21.1": false,
		"127.0.0.1": false, "100.64.0.1": false, "224.0.0.1": false, "0.0.0.0": false, "2001:db8::1": false, "vpn": false, "": false,
	} {
		if isPublic(text) != public {
			t.Errorf("%q is public: %v", text, !public)
		}
	}
}

func TestASNsThatAPartnerCanHave(t *testing.T) {
	for asn, good := range map[int64]bool{
		64512: true, 65514: true, 65515: true, 65516: true, 4200000000: true, 1: true, 65534: true,
		0: false, -1: false, 8074: false, 12076: false, 23456: false, 64496: false, 65520: false, 65535: false, 65551: false, 1<<32 - 1: false, 1 << 40: false,
	} {
		if wrong := badASN(ID{}, &asn); (wrong == "") != good {
			t.Errorf("the ASN %d is answered %q", asn, wrong)
		}
	}
}

func TestAzuresDefaultASNIsOnlyAGateways(t *testing.T) {
	a := newPrivatePath(t)
	a.change(partnerID, bgpPath+"asn", defaultASN)
	if a.last().Rule != "an ASN is not reserved" {
		t.Errorf("a partner with Azure's default ASN was answered %+v", a.last())
	}
}

func TestIPsecPoliciesThatAzureTakesAndDoesNot(t *testing.T) {
	a := newPrivatePath(t)
	for _, c := range []struct {
		path  string
		value any
		good  bool
	}{
		{"ipsecIntegrity", "SHA256", false}, // GCM is for both or none
		{"ipsecEncryption", "AES256", false},
		{"saLifeTimeSeconds", 299, false},
		{"saLifeTimeSeconds", 300, true},
		{"saDataSizeKilobytes", 1023, false},
		{"pfsGroup", "None", true},
		{"ikeEncryption", "GCMAES256", true}, // of the other phase
	} {
		a.change(plantTunnel, policyPath+c.path, c.value)
		if (a.last().Code == "") != c.good {
			t.Errorf("a policy with %s %v was answered %+v", c.path, c.value, a.last())
		}
	}
	a.put(plantTunnel, set(bodyOf(plantTunnel), "properties.ipsecPolicies", []any{map[string]any{}, map[string]any{}}))
	if a.last().Rule != "an IPsec policy is complete and within its limits" {
		t.Errorf("two policies were answered %+v", a.last())
	}
}

package arm

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// circuitID is a circuit in the site's own subscription, in a group of that name if it is not the site's.
func circuitID(name string) string {
	group := name
	if name == "own" {
		group = "site"
	}
	return "/subscriptions/" + Subscription + "/resourceGroups/" + group + "/providers/" + typeCircuit + "/" + name
}

const circuitBody = `{"location": "northeurope", "sku": {"name": "Standard_MeteredData", "tier": "Standard", ` +
	`"family": "MeteredData"},
	"properties": {"serviceProviderProvisioningState": "Provisioned", "authorizations": [
		{"name": "site", "properties": {"authorizationKey": "4711"}}],
		"serviceProviderProperties": {"serviceProviderName": "Equinix", "peeringLocation": "Amsterdam",
		"bandwidthInMbps": 50}}}`

const zonedAddress = `{"location": "westeurope", "sku": {"name": "Standard"}, "zones": ["1", "2", "3"],
	"properties": {"publicIPAllocationMethod": "Static"}}`

// inGateway is an IP configuration of a gateway in the site's network.
func inGateway(name, address string) string {
	return `{"name": "` + name + `", "properties": {"subnet": {"id": "` + vnetID + `/subnets/GatewaySubnet"}, ` +
		`"publicIPAddress": {"id": "` + address + `"}}}`
}

// privatePath is what joins the site's network to a plant, to AWS and to a carrier's circuit, in the order of creation.
var privatePath = []part{
	{gatewayIP0, zonedAddress}, {gatewayIP1, zonedAddress},
	{gatewayID, `{"location": "westeurope", "properties": {"gatewayType": "Vpn", "vpnType": "RouteBased", ` +
		`"vpnGatewayGeneration": "Generation2",
		"sku": {"name": "VpnGw2AZ", "tier": "VpnGw2AZ"}, "activeActive": true, "enableBgp": true,
		"ipConfigurations": [` + inGateway("instance-0", gatewayIP0) + `, ` + inGateway("instance-1", gatewayIP1) + `],
		"bgpSettings": {"asn": 65515, "bgpPeeringAddresses": [
			{"ipconfigurationId": "` + gatewayID + `/ipConfigurations/instance-0",
			"customBgpIpAddresses": ["169.254.21.2", "169.254.22.2"]},
			{"ipconfigurationId": "` + gatewayID + `/ipConfigurations/instance-1",
			"customBgpIpAddresses": ["169.254.21.6", "169.254.22.6"]}]}}}`},
	{expressID, `{"location": "westeurope", "properties": {"gatewayType": "ExpressRoute", "sku": {"name": "ErGw1AZ", ` +
		`"tier": "ErGw1AZ"},
		"ipConfigurations": [{"name": "instance-0",
		"properties": {"subnet": {"id": "` + vnetID + `/subnets/GatewaySubnet"}}}]}}`},
	{partnerID, `{"location": "westeurope", "properties": {"gatewayIpAddress": "203.0.113.7",
		"bgpSettings": {"asn": 64512, "bgpPeeringAddress": "169.254.21.1"}}}`},
	{plantID, `{"location": "westeurope", "properties": {"gatewayIpAddress": "198.51.100.7",
		"localNetworkAddressSpace": {"addressPrefixes": ["10.1.0.0/16", "10.2.0.7/32"]}}}`},
	{tunnelID, `{"location": "westeurope", "properties": {"connectionType": "IPsec", "connectionProtocol": "IKEv2", ` +
		`"enableBgp": true,
		"virtualNetworkGateway1": {"id": "` + gatewayID + `"}, "localNetworkGateway2": {"id": "` + partnerID + `"},
		"sharedKey": "never told again",
		"gatewayCustomBgpIpAddresses": [
			{"ipConfigurationId": "` + gatewayID + `/ipConfigurations/instance-0",
			"customBgpIpAddress": "169.254.21.2"},
			{"ipConfigurationId": "` + gatewayID + `/ipConfigurations/instance-1",
			"customBgpIpAddress": "169.254.21.6"}]}}`},
	{plantTunnel, `{"location": "westeurope", "properties": {"connectionType": "IPsec", "sharedKey": "never told again",
		"virtualNetworkGateway1": {"id": "` + gatewayID + `"}, "localNetworkGateway2": {"id": "` + plantID + `"},
		"ipsecPolicies": [{"ikeEncryption": "AES256", "ikeIntegrity": "SHA384", "dhGroup": "DHGroup24",
		"ipsecEncryption": "GCMAES256",
			"ipsecIntegrity": "GCMAES256", "pfsGroup": "PFS24", "saLifeTimeSeconds": 27000,
			"saDataSizeKilobytes": 102400000}]}}`},
	{expressConID, `{"location": "westeurope", "properties": {"connectionType": "ExpressRoute", "authorizationKey": ` +
		`"4711",
		"virtualNetworkGateway1": {"id": "` + expressID + `"}, "peer": {"id": "` + theirCircuit + `"}}}`},
	{filterID, `{"location": "westeurope", "properties": {"rules": [{"name": "defender", "properties": {"access": ` +
		`"Allow",
		"routeFilterRuleType": "Community", "communities": ["12076:51002", "12076:52002"]}}]}}`},
	{circuitID("line") + "/peerings/MicrosoftPeering",
		`{"properties": {"peeringType": "MicrosoftPeering", "peerASN": 64500, "vlanId": 100,
		"primaryPeerAddressPrefix": "203.0.113.0/30", "secondaryPeerAddressPrefix": "203.0.113.4/30",
		"routeFilter": {"id": "` + filterID + `"},
		"microsoftPeeringConfig": {"advertisedPublicPrefixes": ["203.0.113.128/25"],
		"routingRegistryName": "RIPENCC"}}}`},
}

var peeringID = circuitID("line") + "/peerings/MicrosoftPeering"

// addPreexisting puts in place what must be accepted.
func (a *azure) addPreexisting(id, body string) {
	a.t.Helper()
	var parsed map[string]any
	if err := json.Unmarshal([]byte(body), &parsed); err != nil {
		a.t.Fatal(err)
	}
	if err := a.server.AddPreexisting(id, versionFor(id), parsed); err != nil {
		a.t.Fatal(err)
	}
}

// makePrivatePath adds two circuits that exist already and builds the private path.
func (a *azure) makePrivatePath() {
	a.t.Helper()
	a.addPreexisting(theirCircuit, circuitBody)
	a.addPreexisting(circuitID("line"), circuitBody)
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

// another sends a part of the private path under a further name, with values of its body changed: path, value, path,
// value.
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

// elsewhere makes a second network with a GatewaySubnet of that size, and sends a gateway in it with two free
// addresses.
func elsewhere(size int, id string, changes ...any) func(*azure) {
	return func(a *azure) { a.put(id+"2", inNetwork2(a, size, id, changes...)) }
}

func inNetwork2(a *azure, size int, id string, changes ...any) string {
	a.make(vnetID+"2", fmt.Sprintf(`{"location": "westeurope", "properties": {"addressSpace": {"addressPrefixes": `+
		`["10.20.0.0/24"]}, "subnets": [
		{"name": "GatewaySubnet", "properties": {"addressPrefix": "10.20.0.0/%d"}}]}}`, size))
	a.make(gatewayIP0+"-2", zonedAddress)
	a.make(gatewayIP1+"-2", zonedAddress)
	return strings.NewReplacer(vnetID, vnetID+"2", gatewayIP0, gatewayIP0+"-2", gatewayIP1, gatewayIP1+"-2",
		gatewayID, gatewayID+"2").Replace(changed(id, changes...))
}

func skuOf(name string) []any { return []any{"properties.sku.name", name, "properties.sku.tier", name} }

// passive is what makes the VPN gateway one of the Basic SKU with a single instance.
func passive(a *azure, changes ...any) string {
	all := append(skuOf("Basic"), "properties.vpnGatewayGeneration", "Generation1", "properties.activeActive", false,
		"properties.enableBgp", false,
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

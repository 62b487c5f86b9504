package arm

import (
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
	expressIP    = ipID + "-express" // of the customer, which its gateway does not use
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

const (
	bgpPath      = "properties.bgpSettings."
	peersPath    = bgpPath + "bgpPeeringAddresses"
	gatewayIPs   = "properties.ipConfigurations"
	customPath   = "properties.gatewayCustomBgpIpAddresses"
	policyPath   = "properties.ipsecPolicies.0."
	filterRule   = "properties.rules.0.properties."
	prefixesPath = "properties.localNetworkAddressSpace.addressPrefixes"
)

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
	a.make(vnetID+"-west", `{"location": "westus", "properties": {"addressSpace": {"addressPrefixes": `+
		`["10.30.0.0/24"]}, "subnets": [
		{"name": "GatewaySubnet", "properties": {"addressPrefix": "10.30.0.0/29"}}]}}`)
	a.make(gatewayIP0+"-west", set(set(zonedAddress, "zones", nil), "location", "westus"))
	body = strings.NewReplacer(vnetID+"2", vnetID+"-west", gatewayIP0+"-2", gatewayIP0+"-west").Replace(body)
	a.make(gatewayID+"-west", set(body, "location", "westus"))
	// The largest SKUs are of the second generation unless the body says otherwise.
	a.delete(gatewayID + "-west")
	a.make(gatewayID+"-west", set(set(body, "location", "westus"), "properties.sku", map[string]any{"name": "VpnGw5AZ",
		"tier": "VpnGw5AZ"}))
	if got := atIndex(a.get(gatewayID+"-west"), "properties.vpnGatewayGeneration"); got != "Generation2" {
		t.Errorf("the generation is %v, want Generation2", got)
	}
	// Clients that connect to two active instances need a third IP configuration.
	a.make(gatewayIP0+"-clients", zonedAddress)
	a.make(gatewayID, set(addTo(bodyOf(gatewayID), gatewayIPs, inGateway("clients", gatewayIP0+"-clients")),
		"properties.vpnClientConfiguration",
		map[string]any{"vpnClientAddressPool": map[string]any{"addressPrefixes": []string{"172.16.0.0/24"}}}))
}

func TestANewExpressRouteGatewayDoesNotUseTheCustomersAddress(t *testing.T) {
	a := newSite(t)
	a.make(expressIP, zonedAddress)
	a.make(expressID, set(bodyOf(expressID), gatewayIPs+".0.properties.publicIPAddress",
		map[string]any{"id": expressIP}))
	if got := atIndex(a.get(expressID), gatewayIPs+".0.properties.publicIPAddress"); got != nil {
		t.Errorf("the gateway tells the address %v", got)
	}
	a.delete(expressIP)
	if a.last().Code != "" {
		t.Errorf("deleting the address that the gateway does not use was answered %+v", a.last())
	}
}

func TestAGatewayKeepsItsGenerationUntilAzureMovesIt(t *testing.T) {
	a := newPrivatePath(t)
	body := passive(a, append(skuOf("VpnGw1AZ"), "properties.vpnGatewayGeneration", nil)...)
	a.make(gatewayID+"2", body)
	resized := func(sku string) string { return set(body, "properties.sku", map[string]any{"name": sku, "tier": sku}) }
	a.make(gatewayID+"2", resized("VpnGw2AZ"))
	if got := atIndex(a.get(gatewayID+"2"), "properties.vpnGatewayGeneration"); got != "Generation1" {
		t.Errorf("a resized gateway is of %v", got)
	}
	a.put(gatewayID+"2", resized("VpnGw4AZ"))
	if a.last().Rule != "a SKU is of the generation" {
		t.Errorf("a SKU of the other generation was answered %+v", a.last())
	}
	a.make(gatewayID+"2", body)
	if moved := a.server.MoveGatewaysToGeneration2(); moved != 1 {
		t.Errorf("Azure moved %d gateways, want the one of Generation1", moved)
	}
	a.make(gatewayID+"2", body) // as it was written before
	if got := atIndex(a.get(gatewayID+"2"), "properties.vpnGatewayGeneration"); got != "Generation2" {
		t.Errorf("after Azure moved it, the gateway is of %v", got)
	}
	a.make(gatewayID+"2", resized("VpnGw4AZ"))
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
		{vnetID, "InUseSubnetCannotBeDeleted"}, {gatewayIP0, "PublicIPAddressCannotBeDeleted"},
		{gatewayID, "VirtualNetworkGatewayCannotBeDeleted"},
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
	a.addPreexisting(circuitID("line"), set(circuitBody, "properties.peerings",
		[]any{map[string]any{"name": "AzurePrivatePeering",
			"properties": map[string]any{"peeringType": "AzurePrivatePeering", "peerASN": 64600, "vlanId": 200,
				"primaryPeerAddressPrefix": "10.200.0.0/30", "secondaryPeerAddressPrefix": "10.200.0.4/30"}}}))
	a.make(peeringID, bodyOf(peeringID))
	for i, name := range []string{"AzurePrivatePeering", "MicrosoftPeering"} {
		if got := atIndex(a.get(circuitID("line")), fmt.Sprintf("properties.peerings.%d.id", i)); got != circuitID(
			"line")+"/peerings/"+name {
			t.Errorf("peering %d is %v, want %s", i, got, name)
		}
	}
}

func TestMicrosoftIsReachedOverPublicAddressesAndItsOwnCommunities(t *testing.T) {
	for _, broken := range []struct{ id, path, value, code string }{
		{peeringID, "properties.primaryPeerAddressPrefix", "10.0.0.0/30", "InvalidPeerAddressPrefix"},
		{filterID, filterRule + "communities.0", "65000:51002", "RouteFilterRuleInvalidCommunity"},
	} {
		a := newPrivatePath(t)
		a.change(broken.id, broken.path, broken.value)
		if a.last().Code != broken.code {
			t.Errorf("%s of %s was answered %+v, want %s", broken.value, broken.id, a.last(), broken.code)
		}
	}
}

func TestPublicAddresses(t *testing.T) {
	for text, public := range map[string]bool{
		"203.0.113.7": true, "20.1.2.3": true, "10.0.0.1": false, "172.16.0.1": false, "192.168.1.1": false,
		"169.254.21.1": false,
		"127.0.0.1":    false, "100.64.0.1": false, "224.0.0.1": false, "0.0.0.0": false, "2001:db8::1": false,
		"vpn": false, "": false,
	} {
		if isPublic(text) != public {
			t.Errorf("%q is public: %v", text, !public)
		}
	}
}

func TestBGPNeedsAPartnerWithAnASN(t *testing.T) {
	a := newPrivatePath(t)
	a.change(plantTunnel, "properties.enableBgp", true)
	if a.last().Code != "BgpAsnOfConnectionEndpointsMustDiffer" {
		t.Errorf("BGP with a partner that has none was answered %+v", a.last())
	}
}

func TestCustomBGPAddressesAreOfEveryIPConfigurationOnce(t *testing.T) {
	a := newPrivatePath(t)
	of0 := at(decodedBody(bodyOf(tunnelID)), customPath).([]any)[0]
	for name, custom := range map[string][]any{"one": {of0}, "the same twice": {of0, of0}} {
		a.change(tunnelID, customPath, custom)
		if a.last().Code != "InvalidGatewayCustomBgpIpAddress" {
			t.Errorf("custom addresses of %s of two IP configurations were answered %+v", name, a.last())
		}
	}
}

func TestASNsThatAPartnerCanHave(t *testing.T) {
	for asn, good := range map[int64]bool{
		64512: true, 65514: true, 65515: true, 65516: true, 4200000000: true, 1: true, 65534: true,
		0: false, -1: false, 8074: false, 12076: false, 23456: false, 64496: false, 65520: false, 65535: false,
		65551: false, 1<<32 - 1: false, 1 << 40: false,
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

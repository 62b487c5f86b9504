package program

import (
	"strings"
	"testing"
)

// setting is a property that a resource must have.
type setting struct {
	token, name, path, want string
}

func expect(t *testing.T, all []registered, settings []setting) {
	t.Helper()
	for _, s := range settings {
		r := find(t, all, s.token, s.name)
		if got := at(t, r.inputs, s.path); got != s.want {
			t.Errorf("%s.%s is %s, want %s", r.name, s.path, got, s.want)
		}
	}
}

func without(t *testing.T, all []registered, tokens ...string) {
	t.Helper()
	for _, r := range all {
		for _, token := range tokens {
			if strings.HasSuffix(r.token, ":"+token) {
				t.Errorf("%s %s is made", token, r.name)
			}
		}
	}
}

func TestAVPNGatewayIsZoneRedundantAndRouteBased(t *testing.T) {
	all := deploy(t, map[string]string{"gateway": `{"kind":"vpn","connections":[
		{"name":"plant","address":"198.51.100.7","addressPrefixes":["10.30.0.0/15"],"sharedKey":"given key of the plant","ipsec":{"dhGroup":"ECP384"}}]}`})
	expect(t, all, []setting{
		{"VirtualNetworkGateway", "", "gatewayType", "Vpn"},
		{"VirtualNetworkGateway", "", "vpnType", "RouteBased"},
		{"VirtualNetworkGateway", "", "sku.name", "VpnGw1AZ"},
		{"VirtualNetworkGateway", "", "vpnGatewayGeneration", "absent"},
		{"VirtualNetworkGateway", "", "activeActive", "false"},
		{"VirtualNetworkGateway", "", "enableBgp", "false"},
		{"VirtualNetworkGateway", "", "bgpSettings", "absent"},
		{"VirtualNetworkGateway", "", "ipConfigurations[0].subnet.id", "/id/site-network-vnet/subnets/GatewaySubnet"},
		{"VirtualNetworkGateway", "", "ipConfigurations[0].publicIPAddress.id", "/id/gateway-ip-0"},
		{"PublicIPAddress", "gateway-ip-0", "sku.name", "Standard"},
		{"PublicIPAddress", "gateway-ip-0", "publicIPAllocationMethod", "Static"},
		{"PublicIPAddress", "gateway-ip-0", "zones", "[1 2 3]"},
		{"LocalNetworkGateway", "gateway-plant-partner", "gatewayIpAddress", "198.51.100.7"},
		{"LocalNetworkGateway", "gateway-plant-partner", "localNetworkAddressSpace.addressPrefixes", "[10.30.0.0/15]"},
		{"LocalNetworkGateway", "gateway-plant-partner", "bgpSettings", "absent"},
		{"VirtualNetworkGatewayConnection", "gateway-plant", "connectionType", "IPsec"},
		{"VirtualNetworkGatewayConnection", "gateway-plant", "connectionProtocol", "IKEv2"},
		{"VirtualNetworkGatewayConnection", "gateway-plant", "sharedKey", "given key of the plant"},
		{"VirtualNetworkGatewayConnection", "gateway-plant", "virtualNetworkGateway1.id", "/id/gateway-gateway"},
		{"VirtualNetworkGatewayConnection", "gateway-plant", "localNetworkGateway2.id", "/id/gateway-plant-partner"},
		{"VirtualNetworkGatewayConnection", "gateway-plant", "ipsecPolicies[0].dhGroup", "ECP384"},
		{"VirtualNetworkGatewayConnection", "gateway-plant", "enableBgp", "false"},
		{"VirtualNetworkGatewayConnection", "gateway-plant", "gatewayCustomBgpIpAddresses", "absent"},
	})
	without(t, all, "RandomPassword")
	for _, r := range all {
		if strings.HasSuffix(r.token, ":VirtualNetworkGatewayConnection") && !r.inputs["sharedKey"].IsSecret() {
			t.Error("the pre-shared key is not a secret")
		}
	}
}

func TestFourTunnelsToAWS(t *testing.T) {
	all := deploy(t, map[string]string{"gateway": `{"kind":"vpn","activeActive":true,"bgp":true,"connections":` +
		`[{"name":"aws","kind":"aws","tunnels":[
		{"address":"203.0.113.1"},{"address":"203.0.113.2"},{"address":"203.0.113.3"},{"address":"203.0.113.4"}]}]}`})
	const configurations = "/virtualNetworkGateways/MD4IoT-gateway/ipConfigurations/instance-"
	expect(t, all, []setting{
		{"VirtualNetworkGateway", "", "sku.name", "VpnGw2AZ"},
		{"VirtualNetworkGateway", "", "activeActive", "true"},
		{"VirtualNetworkGateway", "", "enableBgp", "true"},
		{"VirtualNetworkGateway", "", "bgpSettings.asn", "65515"},
		{"VirtualNetworkGateway", "", "ipConfigurations[1].publicIPAddress.id", "/id/gateway-ip-1"},
		{"VirtualNetworkGateway", "", "bgpSettings.bgpPeeringAddresses[0].customBgpIpAddresses",
			"[169.254.21.2 169.254.22.2]"},
		{"VirtualNetworkGateway", "", "bgpSettings.bgpPeeringAddresses[1].customBgpIpAddresses",
			"[169.254.21.6 169.254.22.6]"},
		{"LocalNetworkGateway", "gateway-aws-1-partner", "localNetworkAddressSpace", "absent"},
		{"LocalNetworkGateway", "gateway-aws-1-partner", "bgpSettings.asn", "64512"},
		{"LocalNetworkGateway", "gateway-aws-1-partner", "bgpSettings.bgpPeeringAddress", "169.254.21.1"},
		{"LocalNetworkGateway", "gateway-aws-4-partner", "bgpSettings.bgpPeeringAddress", "169.254.22.5"},
		{"LocalNetworkGateway", "gateway-aws-4-partner", "gatewayIpAddress", "203.0.113.4"},
		{"VirtualNetworkGatewayConnection", "gateway-aws-1",
			"gatewayCustomBgpIpAddresses[0].customBgpIpAddress", "169.254.21.2"},
		{"VirtualNetworkGatewayConnection", "gateway-aws-1",
			"gatewayCustomBgpIpAddresses[1].customBgpIpAddress", "169.254.21.6"},
		{"VirtualNetworkGatewayConnection", "gateway-aws-2",
			"gatewayCustomBgpIpAddresses[0].customBgpIpAddress", "169.254.22.2"},
		{"VirtualNetworkGatewayConnection", "gateway-aws-2",
			"gatewayCustomBgpIpAddresses[1].customBgpIpAddress", "169.254.21.6"},
		{"VirtualNetworkGatewayConnection", "gateway-aws-4",
			"gatewayCustomBgpIpAddresses[0].customBgpIpAddress", "169.254.21.2"},
		{"VirtualNetworkGatewayConnection", "gateway-aws-4",
			"gatewayCustomBgpIpAddresses[1].customBgpIpAddress", "169.254.22.6"},
		{"VirtualNetworkGatewayConnection", "gateway-aws-1", "enableBgp", "true"},
		{"VirtualNetworkGatewayConnection", "gateway-aws-1", "sharedKey", "kgenerated0123456"},
	})
	ids := at(t, find(t, all, "VirtualNetworkGatewayConnection", "gateway-aws-1").inputs,
		"gatewayCustomBgpIpAddresses[1].ipConfigurationId")
	if !strings.HasSuffix(ids, configurations+"1") {
		t.Errorf("the second address is of the configuration %s", ids)
	}
}

func TestAnExpressRouteGatewayAndItsCircuit(t *testing.T) {
	const circuit = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/network/providers/Microsoft.Network/expressRouteCircuits/plant"
	all := deploy(t, map[string]string{"gateway": `{"kind":"expressRoute","circuitId":"` + circuit +
		`","authorizationKey":"owner's key"}`})
	expect(t, all, []setting{
		{"VirtualNetworkGateway", "", "gatewayType", "ExpressRoute"},
		{"VirtualNetworkGateway", "", "sku.name", "ErGw1AZ"},
		{"VirtualNetworkGateway", "", "vpnType", "absent"},
		{"VirtualNetworkGatewayConnection", "gateway-circuit", "connectionType", "ExpressRoute"},
		{"VirtualNetworkGatewayConnection", "gateway-circuit", "peer.id", circuit},
		{"VirtualNetworkGatewayConnection", "gateway-circuit", "authorizationKey", "owner's key"},
	})
	if !find(t, all, "VirtualNetworkGatewayConnection", "").inputs["authorizationKey"].IsSecret() {
		t.Error("the authorization key is not a secret")
	}
}

func TestAnExistingGatewayIsAttachedToAndNotMade(t *testing.T) {
	const id = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/network/providers/Microsoft.Network/virtualNetworkGateways/hub"
	all := deploy(t, map[string]string{"gateway": `{"kind":"existing","id":"` + id + `","connections":[{"name":` +
		`"plant","address":"198.51.100.7","addressPrefixes":["10.30.0.0/16"]}]}`})
	without(t, all, "VirtualNetworkGateway")
	expect(t, all, []setting{{"VirtualNetworkGatewayConnection", "gateway-plant", "virtualNetworkGateway1.id", id}})
}

func TestMicrosoftPeeringLetsInTheRegionsCommunities(t *testing.T) {
	all := deploy(t, map[string]string{"microsoftPeering": `{"tenantCountry":"US","circuit":{
		"id":"/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/network/providers/Microsoft.Network/expressRouteCircuits/plant",
		"peerAsn":64513,"primaryPeerAddressPrefix":"198.51.100.0/30","secondaryPeerAddressPrefix":"198.51.100.4/30","vlanId":310,
		"advertisedPublicPrefixes":["203.0.113.0/24"]}}`})
	expect(t, all, []setting{
		{"RouteFilter", "", "rules[0].communities", "[12076:51004 12076:52004]"},
		{"RouteFilter", "", "rules[0].access", "Allow"},
		{"RouteFilter", "", "rules[0].routeFilterRuleType", "Community"},
		{"ExpressRouteCircuitPeering", "", "peeringType", "MicrosoftPeering"},
		{"ExpressRouteCircuitPeering", "", "circuitName", "plant"},
		{"ExpressRouteCircuitPeering", "", "resourceGroupName", "network"},
		{"ExpressRouteCircuitPeering", "", "vlanId", "310"},
		{"ExpressRouteCircuitPeering", "", "routeFilter.id", "/id/microsoft-peering-filter"},
	})
}

func TestAMethodWithoutAzureMakesNothingThere(t *testing.T) {
	for method, more := range map[string]string{
		"direct":     `[]`,
		"proxyChain": `[{"name":"dmz","upstream":"none","sensors":[{"name":"s1","ip":"10.30.0.9"}]}]`,
	} {
		all := deploy(t, map[string]string{
			"connectionMethod": method, "siteProxies": more,
			"addressSpace": "", "sensorCidrs": "[]", "sshPublicKey": "", "bastion": "{}", "tags": "{}",
		})
		for _, r := range all {
			if r.token != "pulumi:pulumi:Stack" {
				t.Errorf("%s: %s is made", method, r.name)
			}
		}
	}
}

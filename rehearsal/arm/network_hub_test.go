package arm

import (
	"strings"
	"testing"
)

const (
	hubID        = "/subscriptions/" + Subscription + "/resourceGroups/network/providers/" + typeVNet + "/hub"
	otherHubID   = hubID + "-2"
	hubHalf      = hubID + "/virtualNetworkPeerings/site"
	siteHalf     = vnetID + "/virtualNetworkPeerings/hub"
	siteHalfBody = `{"properties": {"remoteVirtualNetwork": {"id": "` + hubID + `"}, "allowForwardedTraffic": true}}`
	hubHalfBody  = `{"properties": {"remoteVirtualNetwork": {"id": "` + vnetID + `"}, "allowGatewayTransit": true}}`
	routesID     = inGroup + "/providers/" + typeRouteTable + "/routes"
	routesBody   = `{"location": "westeurope", "properties": {"routes": [
		{"name": "all", "properties": {"addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance",
			"nextHopIpAddress": "10.0.0.4"}},
		{"name": "none", "properties": {"addressPrefix": "10.60.0.0/16", "nextHopType": "None"}}]}}`
	firewallID   = "/subscriptions/" + Subscription + "/resourceGroups/network/providers/" + typeFirewall + "/firewall"
	firewallIP   = "/subscriptions/" + Subscription + "/resourceGroups/network/providers/" + typePublicIP + "/firewall"
	firewallBody = `{"location": "westeurope", "properties": {"sku": {"name": "AZFW_VNet", "tier": "Standard"},
		"ipConfigurations": [{"name": "default", "properties": {"subnet": {"id": "` + hubID +
		`/subnets/AzureFirewallSubnet"}, "publicIPAddress": {"id": "` + firewallIP + `"}}}]}}`
)

// addCompany adds two networks of a company, the first with a gateway and a firewall.
func (a *azure) addCompany() {
	a.t.Helper()
	a.addPreexisting(hubID, `{"location": "westeurope", "properties": {"addressSpace": {"addressPrefixes": [
		"10.0.0.0/22"]}, "subnets": [{"name": "AzureFirewallSubnet", "properties": {"addressPrefix": "10.0.0.0/26"}},
		{"name": "GatewaySubnet", "properties": {"addressPrefix": "10.0.1.0/27"}}]}}`)
	a.addPreexisting(otherHubID, `{"location": "westeurope", "properties": {"addressSpace": {"addressPrefixes": [
		"10.1.0.0/22"]}, "subnets": [{"name": "GatewaySubnet", "properties": {"addressPrefix": "10.1.1.0/27"}}]}}`)
	a.addPreexisting(firewallIP, bodyOf(ipID))
	a.addPreexisting(firewallID, firewallBody)
	for _, network := range []string{hubID, otherHubID} {
		a.addPreexisting(strings.Replace(network, "/"+typeVNet+"/", "/"+typePublicIP+"/", 1), bodyOf(ipID))
		a.addPreexisting(strings.Replace(network, "/"+typeVNet+"/", "/"+typeGateway+"/", 1), gatewayOf(network))
	}
}

// gatewayOf is the body of a VPN gateway in a network.
func gatewayOf(network string) string {
	return `{"location": "westeurope", "properties": {"gatewayType": "Vpn", "vpnType": "RouteBased",
		"vpnGatewayGeneration": "Generation1", "sku": {"name": "VpnGw1AZ", "tier": "VpnGw1AZ"},
		"ipConfigurations": [{"name": "default", "properties": {"subnet": {"id": "` + network +
		`/subnets/GatewaySubnet"}, "publicIPAddress": {"id": "` +
		strings.Replace(network, "/"+typeVNet+"/", "/"+typePublicIP+"/", 1) + `"}}}]}}`
}

// inCompany adds the company's networks before each break.
func inCompany(list breaks) breaks {
	out := breaks{}
	for name, breakIt := range list {
		out[name] = func(a *azure) {
			a.addCompany()
			breakIt(a)
		}
	}
	return out
}

const usesRemote = `"allowForwardedTraffic": true, "useRemoteGateways": true`

func remote(body string) string {
	return strings.Replace(body, `"allowForwardedTraffic": true`, usesRemote, 1)
}

// anotherSite makes a second network of ours with that range.
func (a *azure) anotherSite(space string) string {
	id := vnetID + "-2"
	a.make(id, `{"location": "westeurope", "properties": {"addressSpace": {"addressPrefixes": ["`+space+`"]}}}`)
	return id
}

var networkPeeringBreaks = inCompany(breaks{
	"a peering names another network": func(a *azure) { a.put(siteHalf, `{"properties": {}}`) },
	"peered networks do not overlap": func(a *azure) {
		a.put(a.anotherSite("10.0.2.0/24")+"/virtualNetworkPeerings/hub", siteHalfBody)
	},
	"networks that one network is peered with do not overlap": func(a *azure) {
		a.make(siteHalf, siteHalfBody)
		a.make(hubHalf, hubHalfBody)
		a.put(a.anotherSite("10.9.0.64/26")+"/virtualNetworkPeerings/hub", siteHalfBody)
	},
	"a half is not made to one that is disconnected": func(a *azure) {
		a.make(hubHalf, hubHalfBody)
		a.make(siteHalf, siteHalfBody)
		a.delete(siteHalf)
		a.put(siteHalf, siteHalfBody)
	},
	"a remote gateway is there": func(a *azure) {
		other := a.anotherSite("10.7.0.0/24")
		a.put(siteHalf, strings.Replace(remote(siteHalfBody), hubID, other, 1))
	},
	"a remote gateway is offered by the other half": func(a *azure) {
		a.make(hubHalf, strings.Replace(hubHalfBody, `"allowGatewayTransit": true`, `"allowGatewayTransit": false`, 1))
		a.put(siteHalf, remote(siteHalfBody))
	},
})

const firstRoute = "properties.routes.0.properties."

var routeBreaks = breaks{
	"a route has a prefix and a next hop type": func(a *azure) {
		a.put(routesID, set(routesBody, firstRoute+"nextHopType", nil))
	},
	"a route's prefix is a CIDR range or a service tag": func(a *azure) {
		a.put(routesID, set(routesBody, firstRoute+"addressPrefix", "10.0.0.0"))
	},
	"a virtual appliance has an address": func(a *azure) {
		a.put(routesID, set(routesBody, firstRoute+"nextHopIpAddress", nil))
	},
	"a route table in use cannot be deleted": func(a *azure) {
		a.make(routesID, routesBody)
		a.change(vnetID, "properties.subnets.1.properties.routeTable", map[string]any{"id": routesID})
		a.delete(routesID)
	},
}

var firewallBreaks = inCompany(breaks{
	"a firewall has a subnet and a public address": func(a *azure) {
		a.put(inGroup+"/providers/"+typeFirewall+"/own", set(firewallBody, "properties.ipConfigurations", []any{}))
	},
	"a firewall in a virtual hub has addresses of the hub's": func(a *azure) {
		a.addVirtualHub()
		a.addPreexisting(vhubPolicyID, `{"location": "northeurope", "properties": {}}`)
		a.put(inGroup+"/providers/"+typeFirewall+"/own", set(vhubFirewallAll, "properties.hubIPAddresses", nil))
	},
})

func TestAPeeringIsConnectedOnceBothHalvesAreThere(t *testing.T) {
	a := newSite(t)
	a.addCompany()
	expect := func(id, state string) {
		t.Helper()
		if got := atIndex(a.get(id), "properties.peeringState"); got != state {
			t.Errorf("%s is %v, want %s", id, got, state)
		}
	}
	a.make(siteHalf, remote(siteHalfBody)) // the owner of the hub makes the other half later
	expect(siteHalf, "Initiated")
	a.make(hubHalf, hubHalfBody)
	expect(siteHalf, "Connected")
	expect(hubHalf, "Connected")
	if got := atIndex(a.get(vnetID), "properties.virtualNetworkPeerings.0.properties.peeringState"); got != "Connected" {
		t.Errorf("the network tells of its peering that it is %v", got)
	}
	if got := atIndex(a.get(siteHalf), "properties.remoteVirtualNetworkAddressSpace.addressPrefixes.0"); got !=
		"10.0.0.0/22" {
		t.Errorf("the half tells of the other network's range %v", got)
	}
	a.delete(siteHalf)
	expect(hubHalf, "Disconnected")
	a.make(hubHalf, hubHalfBody) // written again
	expect(hubHalf, "Initiated")
	a.make(siteHalf, siteHalfBody)
	expect(siteHalf, "Connected")
}

func TestANetworkThatGoesDisconnectsTheOtherHalf(t *testing.T) {
	a := newSite(t)
	a.addCompany()
	other := a.anotherSite("10.7.0.0/24")
	a.make(hubHalf, strings.Replace(hubHalfBody, vnetID, other, 1))
	a.make(other+"/virtualNetworkPeerings/hub", siteHalfBody)
	a.delete(other)
	if got := atIndex(a.get(hubHalf), "properties.peeringState"); got != "Disconnected" {
		t.Errorf("the other half is %v", got)
	}
}

func TestAFirewallGetsTheFirstAddressOfItsSubnet(t *testing.T) {
	a := newSite(t)
	a.addCompany()
	if got := atIndex(a.get(firewallID), "properties.ipConfigurations.0.properties.privateIPAddress"); got != "10.0.0.4" {
		t.Errorf("the firewall has %v", got)
	}
}

func TestARouteTableTellsWhichSubnetsHaveIt(t *testing.T) {
	a := newSite(t)
	a.make(routesID, routesBody)
	a.change(vnetID, "properties.subnets.1.properties.routeTable", map[string]any{"id": routesID})
	if got := atIndex(a.get(routesID), "properties.subnets.0.id"); got != subnetID {
		t.Errorf("the route table tells of %v", got)
	}
}

func TestAWriteOfANetworkHasItsPeeringsBeThoseThatItNames(t *testing.T) {
	a := newSite(t)
	a.addCompany()
	a.make(hubHalf, hubHalfBody)
	inline := `{"name": "hub", ` + siteHalfBody[1:]
	a.make(vnetID, addTo(bodyOf(vnetID), "properties.virtualNetworkPeerings", inline))
	if got := atIndex(a.get(siteHalf), "properties.peeringState"); got != "Connected" {
		t.Errorf("a peering that the network is written with is %v", got)
	}
	a.make(vnetID, bodyOf(vnetID))
	if got := atIndex(a.get(hubHalf), "properties.peeringState"); got != "Disconnected" {
		t.Errorf("without it in the network, the other half is %v", got)
	}
}

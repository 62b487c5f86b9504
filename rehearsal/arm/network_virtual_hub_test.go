package arm

import (
	"net/http"
	"strings"
	"testing"
)

const (
	wanID     = "/subscriptions/" + Subscription + "/resourceGroups/network/providers/" + typeVirtualWAN + "/wan"
	vhubID    = "/subscriptions/" + Subscription + "/resourceGroups/network/providers/" + typeVirtualHub + "/vhub"
	vhubTable = vhubID + "/hubRouteTables/" + defaultRouteTable
	inVHub    = vhubID + "/hubVirtualNetworkConnections/site"
	vhubBody  = `{"location": "northeurope", "properties": {"addressPrefix": "10.100.0.0/23", "virtualWan": {"id": "` +
		wanID + `"}}}`
	inVHubBody     = `{"properties": {"remoteVirtualNetwork": {"id": "` + vnetID + `"}}}`
	vhubFirewallID = "/subscriptions/" + Subscription + "/resourceGroups/network/providers/" + typeFirewall + "/vhub"
	vhubPolicyID   = "/subscriptions/" + Subscription + "/resourceGroups/network/providers/" + typeFirewallPolicy +
		"/vhub"
	vhubFirewallAll = `{"location": "northeurope", "properties": {"sku": {"name": "AZFW_Hub", "tier": "Standard"},
		"virtualHub": {"id": "` + vhubID + `"}, "firewallPolicy": {"id": "` + vhubPolicyID + `"},
		"hubIPAddresses": {"publicIPs": {"count": 1}}}}`
)

// addVirtualHub adds a company's virtual hub, in another region than the site.
func (a *azure) addVirtualHub() {
	a.t.Helper()
	a.addPreexisting(wanID, `{"location": "northeurope", "properties": {"type": "Standard"}}`)
	a.addPreexisting(vhubID, vhubBody)
}

func inVirtualWAN(list breaks) breaks {
	out := breaks{}
	for name, breakIt := range list {
		out[name] = func(a *azure) {
			a.addVirtualHub()
			breakIt(a)
		}
	}
	return out
}

var hubConnectionBreaks = inVirtualWAN(breaks{
	"a connection names a network": func(a *azure) { a.put(inVHub, `{"properties": {}}`) },
	"a connected network does not overlap its hub": func(a *azure) {
		a.put(inVHub, strings.Replace(inVHubBody, vnetID, a.anotherSite("10.100.1.128/26"), 1))
	},
	"networks in one hub do not overlap": func(a *azure) {
		a.make(inVHub, inVHubBody)
		a.make(inVHub, inVHubBody) // which is the same connection
		a.put(inVHub+"-2", strings.Replace(inVHubBody, vnetID, a.anotherSite("10.9.0.64/26"), 1))
	},
})

const ownWAN = inGroup + "/providers/" + typeVirtualWAN + "/own"

var virtualWANBreaks = breaks{
	"a virtual WAN in use cannot be deleted": func(a *azure) {
		a.make(ownWAN, `{"location": "westeurope", "properties": {}}`)
		a.make(inGroup+"/providers/"+typeVirtualHub+"/own", strings.Replace(vhubBody, wanID, ownWAN, 1))
		a.delete(ownWAN)
	},
}

var virtualHubBreaks = inVirtualWAN(breaks{
	"a hub has a range": func(a *azure) {
		a.put(inGroup+"/providers/"+typeVirtualHub+"/own", set(vhubBody, "properties.addressPrefix", nil))
	},
})

var hubRouteBreaks = inVirtualWAN(breaks{
	"destinations of a hub's routes are there once": func(a *azure) {
		route := func(name string) string {
			return `{"name": "` + name + `", "destinationType": "CIDR", "destinations": ["0.0.0.0/0"], ` +
				`"nextHopType": "ResourceId", "nextHop": "` + vhubID + `"}`
		}
		a.put(vhubID+"/hubRouteTables/own", `{"properties": {"routes": [`+route("one")+", "+route("two")+`]}}`)
	},
})

const ownPolicy = inGroup + "/providers/" + typeFirewallPolicy + "/own"

var firewallPolicyBreaks = inVirtualWAN(breaks{
	"a base policy is in the same region": func(a *azure) {
		a.make(ownPolicy, `{"location": "westeurope", "properties": {}}`)
		a.put(ownPolicy+"-2", `{"location": "eastus", "properties": {"basePolicy": {"id": "`+ownPolicy+`"}}}`)
	},
})

var ruleGroupBreaks = breaks{
	"a rule collection group has a priority": func(a *azure) {
		a.make(ownPolicy, `{"location": "westeurope", "properties": {}}`)
		a.put(ownPolicy+"/ruleCollectionGroups/own", `{"properties": {}}`)
	},
}

func TestAConnectedNetworkShowsTheHubsPeering(t *testing.T) {
	a := newSite(t)
	a.addVirtualHub()
	a.make(inVHub, inVHubBody)
	const peering = "properties.virtualNetworkPeerings.0."
	network := a.get(vnetID)
	for path, want := range map[string]any{
		"properties.peeringState": "Connected", "properties.useRemoteGateways": true,
		"properties.remoteAddressSpace.addressPrefixes.0": "10.100.0.0/23",
	} {
		if got := atIndex(network, peering+path); got != want {
			t.Errorf("%s of the peering is %v, want %v", path, got, want)
		}
	}
	name, _ := atIndex(network, peering+"name").(string)
	if !strings.HasPrefix(name, hubPeering) {
		t.Errorf("the peering is called %q", name)
	}
	// A tool writes a network with the peerings that a GET has told; one that leaves them out ends none of the hub's.
	for _, body := range []string{bodyOf(vnetID), addTo(bodyOf(vnetID), "properties.virtualNetworkPeerings",
		`{"name": "`+name+`", "properties": {"remoteVirtualNetwork": {"id": "`+
			atIndex(network, peering+"properties.remoteVirtualNetwork.id").(string)+`"}}}`)} {
		a.make(vnetID, body)
		if got := atIndex(a.get(vnetID), peering+"name"); got != name {
			t.Errorf("after a write of the network, its peering is %v", got)
		}
	}
	a.delete(inVHub)
	if got := atIndex(a.get(vnetID), peering+"name"); got != nil {
		t.Errorf("without the connection, the network has the peering %v", got)
	}
}

func TestAConnectionIsAssociatedWithTheHubsOwnRouteTable(t *testing.T) {
	a := newSite(t)
	a.addVirtualHub()
	a.make(inVHub, inVHubBody)
	if got := atIndex(a.get(inVHub), "properties.routingConfiguration.associatedRouteTable.id"); got != vhubTable {
		t.Errorf("the connection is associated with %v", got)
	}
	a.addPreexisting(vhubPolicyID, `{"location": "northeurope", "properties": {}}`)
	a.addPreexisting(vhubFirewallID, vhubFirewallAll)
	if got := atIndex(a.get(vhubFirewallID), "properties.hubIPAddresses.privateIPAddress"); got != "10.100.0.132" {
		t.Errorf("the hub's firewall is at %v", got)
	}
}

func TestAHubTakesOneWriteAtATime(t *testing.T) {
	a := newSite(t)
	a.addVirtualHub()
	a.slow()
	a.put(inVHub, inVHubBody)
	a.put(inVHub+"-2", inVHubBody)
	if got := a.last(); got.Code != "AnotherOperationInProgress" || got.Status != http.StatusConflict {
		t.Errorf("a second connection meanwhile was answered %+v", got)
	}
}

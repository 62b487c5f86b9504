package arm

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

const (
	theirNetwork  = "/subscriptions/" + Subscription + "/resourceGroups/hub/providers/" + typeVNet + "/hub"
	ourSubnet     = theirNetwork + "/subnets/Proxies"
	ourSubnetBody = `{"properties": {"addressPrefix": "10.8.1.0/27", "networkSecurityGroup": {"id": "` + nsgID + `"}}}`
	prefixID      = inGroup + "/providers/" + typePublicIPPrefix + "/egress"
	prefixBody    = `{"location": "westeurope", "sku": {"name": "Standard"}, "properties": {"prefixLength": 30}}`
)

var prefixBreaks = breaks{
	"a public IP prefix in use cannot be deleted": func(a *azure) {
		a.make(prefixID, prefixBody)
		a.change(natID, "properties.publicIpPrefixes", []any{map[string]any{"id": prefixID}})
		a.delete(prefixID)
	},
}

var subnetBreaks = breaks{
	"a subnet that somebody else made is not written or deleted": func(a *azure) {
		a.addHub()
		a.put(theirNetwork+"/subnets/Theirs", ourSubnetBody)
	},
}

// newHub is a site beside a network of somebody else's, who has a subnet there.
func newHub(t *testing.T) *azure {
	t.Helper()
	a := newSite(t)
	a.addHub()
	return a
}

func (a *azure) addHub() {
	a.t.Helper()
	a.addPreexisting(theirNetwork,
		`{"location": "westeurope", "properties": {"addressSpace": {"addressPrefixes": ["10.8.0.0/16"]},
		"subnets": [{"name": "Theirs", "properties": {"addressPrefix": "10.8.0.0/24"}}]}}`)
}

// withoutTags is a network without what changes at every write.
func (a *azure) withoutTags(id string) string {
	return regexp.MustCompile(`etag:\S+`).ReplaceAllString(fmt.Sprint(a.get(id)["properties"]), "")
}

func TestASubnetInSomebodyElsesNetworkLeavesTheOthersAlone(t *testing.T) {
	a := newHub(t)
	before := a.withoutTags(theirNetwork)
	a.make(ourSubnet, ourSubnetBody)
	for _, prefix := range []string{"10.8.0.0/24", "10.8.1.0/27"} {
		if text := fmt.Sprint(a.get(theirNetwork)); !strings.Contains(text, prefix) {
			t.Errorf("the network has no subnet %s: %s", prefix, text)
		}
	}
	if got := atIndex(a.get(ourSubnet), "properties.provisioningState"); got != stateSucceeded {
		t.Errorf("the subnet is %v", got)
	}
	a.make(lbID+"2", strings.ReplaceAll(strings.ReplaceAll(bodyOf(lbID), subnetID, ourSubnet), lbID, lbID+"2"))
	if text := fmt.Sprint(a.get(ourSubnet)); !strings.Contains(text, "frontendIPConfigurations") {
		t.Errorf("the load balancer is not in the subnet: %s", text)
	}
	a.delete(ourSubnet)
	if a.last().Code != "InUseSubnetCannotBeDeleted" {
		t.Errorf("deleting a subnet in use was answered %+v", a.last())
	}
	a.delete(nsgID)
	if a.last().Code != "InUseNetworkSecurityGroupCannotBeDeleted" {
		t.Errorf("deleting a group that the subnet has was answered %+v", a.last())
	}
	a.delete(lbID + "2")
	a.delete(ourSubnet)
	if after := a.withoutTags(theirNetwork); after != before {
		t.Errorf("the network was %s\nand is %s", before, after)
	}
	if status, _ := a.send(http.MethodGet, ourSubnet, ""); status != http.StatusNotFound {
		t.Errorf("the subnet is answered %d", status)
	}
}

func TestASubnetIsHeldToTheRulesOfItsNetwork(t *testing.T) {
	properties := func(more string) string { return `{"properties": {` + more + `}}` }
	for what, c := range map[string]struct{ id, body, code string }{
		"of somebody else's": {theirNetwork + "/subnets/Theirs", ourSubnetBody, "AuthorizationFailed"},
		"over another":       {ourSubnet, properties(`"addressPrefix": "10.8.0.128/25"`), "NetcfgSubnetRangesOverlap"},
		"outside": {ourSubnet, properties(`"addressPrefix": "10.9.0.0/27"`),
			"NetcfgSubnetRangeOutsideVnet"},
		"without a range": {ourSubnet, properties(``), "NoAddressPrefixOrPoolProvided"},
		"too small":       {ourSubnet, properties(`"addressPrefix": "10.8.1.0/30"`), "NetcfgInvalidSubnet"},
		"with no group there": {ourSubnet,
			properties(`"addressPrefix": "10.8.1.0/27", "networkSecurityGroup": {"id": "` + nsgID + `9"}`),
			"InvalidResourceReference"},
		"of a gateway": {theirNetwork + "/subnets/GatewaySubnet", ourSubnetBody,
			"NetworkSecurityGroupCannotBeAttachedToGatewaySubnet"},
		"at a NAT gateway of another network": {ourSubnet,
			properties(`"addressPrefix": "10.8.1.0/27", "natGateway": {"id": "` + natID + `"}`),
			"NatGatewayCannotBeUsedBySubnetsBelongingToDifferentVirtualNetworks"},
		"in no network": {theirNetwork + "2/subnets/Proxies", ourSubnetBody, "ParentResourceNotFound"},
	} {
		t.Run(what, func(t *testing.T) {
			a := newHub(t)
			a.put(c.id, c.body)
			if a.last().Code != c.code {
				t.Errorf("it was answered %+v, want %s", a.last(), c.code)
			}
		})
	}
	a := newHub(t)
	a.delete(theirNetwork + "/subnets/Theirs")
	if a.last().Code != "AuthorizationFailed" {
		t.Errorf("deleting a subnet of somebody else's was answered %+v", a.last())
	}
}

func TestOneSubnetOfANetworkIsWrittenAtATime(t *testing.T) {
	a := newHub(t)
	a.slow()
	a.put(ourSubnet, ourSubnetBody)
	a.put(theirNetwork+"/subnets/Other", `{"properties": {"addressPrefix": "10.8.2.0/27"}}`)
	if a.last().Code != "AnotherOperationInProgress" {
		t.Errorf("the second write was answered %+v", a.last())
	}
}

// A network that is written without its subnets loses those that were made as resources of their own.
func TestAWriteOfTheNetworkTakesAwayTheSubnetsThatItLeavesOut(t *testing.T) {
	a := newSite(t)
	single := vnetID + "/subnets/Single"
	wide := set(bodyOf(vnetID), "properties.addressSpace.addressPrefixes.0", "10.9.0.0/24")
	a.put(vnetID, wide)
	a.make(single, `{"properties": {"addressPrefix": "10.9.0.128/27"}}`)
	a.put(vnetID, wide)
	if status, _ := a.send(http.MethodGet, single, ""); status != http.StatusNotFound {
		t.Errorf("the subnet is answered %d", status)
	}
}

func TestANATGatewayHasAsManyAddressesAsItsPrefixesHave(t *testing.T) {
	a := newSite(t)
	a.make(prefixID, strings.Replace(prefixBody, "30", "28", 1))
	a.change(natID, "properties.publicIpPrefixes", []any{map[string]any{"id": prefixID}})
	if a.last().Code != "NatGatewayPublicIpCountLimitReached" {
		t.Errorf("17 addresses were answered %+v", a.last())
	}
	if got := atIndex(a.get(prefixID), "properties.ipPrefix"); !strings.HasSuffix(fmt.Sprint(got), "/28") {
		t.Errorf("the prefix is %v", got)
	}
}

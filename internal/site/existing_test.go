package site

import (
	"net/netip"
	"strings"
	"testing"
)

// Resources of somebody else's, as a configuration names them.
const (
	theirs        = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/network/providers/Microsoft.Network/"
	theirNetwork  = theirs + "virtualNetworks/plant"
	theirSubnet   = theirNetwork + "/subnets/snet-proxies"
	theirGroup    = theirs + "networkSecurityGroups/nsg-proxies"
	theirNAT      = theirs + "natGateways/nat"
	theirAddress  = theirs + "publicIPAddresses/pip"
	theirPrefix   = theirs + "publicIPPrefixes/ippre"
	anotherPlan   = "99999999-2222-3333-4444-555555555555"
	ourNetworkHas = `"virtualNetworkId":"` + theirNetwork + `"`
)

func existing(settings string) string { return `{"existing":{` + settings + `}}` }

// elsewhere is the ID in another subscription.
func elsewhere(id string) string {
	return strings.Replace(id, "11111111-2222-3333-4444-555555555555", anotherPlan, 1)
}

var existingMistakes = []mistake{
	one("a resource group by its ID", "resourceGroup", `{"existing":"/subscriptions/x/resourceGroups/rg"}`,
		"resourceGroup.existing", "az group list"),
	one("a network by its name", "network", existing(`"virtualNetworkId":"plant"`), "network.existing.virtualNetworkId",
		"/virtualNetworks/…"),
	one("a subnet in place of its network", "network", existing(`"virtualNetworkId":"`+theirSubnet+`"`),
		"network.existing.virtualNetworkId", "is not the ID of such a resource"),
	one("a gateway's subnet of another name", "network", existing(ourNetworkHas+`,"gatewaySubnetId":"`+theirSubnet+`"`),
		"network.existing.gatewaySubnetId", "subnets/GatewaySubnet"),
	one("a gateway's subnet without a gateway", "network",
		existing(ourNetworkHas+`,"gatewaySubnetId":"`+theirNetwork+`/subnets/GatewaySubnet"`),
		"network.existing.gatewaySubnetId", "has no use"),
	one("Bastion's subnet without Bastion", "network",
		existing(ourNetworkHas+`,"bastionSubnetId":"`+theirNetwork+`/subnets/AzureBastionSubnet"`),
		"network.existing.bastionSubnetId", "has no use"),
	one("an existing subnet without its range", "network",
		existing(ourNetworkHas+`,"proxyserverSubnetId":"`+theirSubnet+`"`), "subnets.proxyserver",
		"az network vnet subnet show --query addressPrefix"),
	one("an existing subnet without its network", "network", existing(`"proxyserverSubnetId":"`+theirSubnet+`"`),
		"network.existing.virtualNetworkId", "before /subnets/"),
	one("an existing subnet of another network", "network",
		existing(ourNetworkHas+`,"proxyserverSubnetId":"`+theirs+`virtualNetworks/other/subnets/s"`),
		"network.existing.proxyserverSubnetId", "is not in the virtual network"),
	one("an existing subnet without its network security group", "network",
		existing(ourNetworkHas+`,"proxyserverSubnetId":"`+theirSubnet+`"`),
		"network.existing.networkSecurityGroupId", "az network vnet subnet show --query networkSecurityGroup.id"),
	one("an existing subnet without its NAT gateway", "network",
		existing(ourNetworkHas+`,"proxyserverSubnetId":"`+theirSubnet+`"`),
		"egress.natGatewayId", "az network vnet subnet show --query natGateway.id"),
	several("rules added to an existing network security group", "extraInboundRules", "does not change",
		"network", existing(`"networkSecurityGroupId":"`+theirGroup+`"`),
		"extraInboundRules", `[{"name":"r","priority":200,"sources":["10.50.0.0/28"],"port":"9100","purpose":`+
			`{"party":"private"}}]`),
	one("two ways out", "egress", `{"publicIpId":"`+theirAddress+`","publicIpPrefixId":"`+theirPrefix+`"}`,
		"egress.publicIpPrefixId", "does not go with egress.publicIpId"),
	one("a public address by its address", "egress", `{"publicIpId":"20.31.4.5"}`, "egress.publicIpId",
		"publicIPAddresses/…"),
	several("the idle timeout of somebody else's NAT gateway", "nat.idleTimeoutMinutes", "egress.natGatewayId",
		"egress", `{"natGatewayId":"`+theirNAT+`"}`, "nat", `{"idleTimeoutMinutes":60}`),
	several("a network and an address in two subscriptions", "egress.publicIpId", "in subscription 11111111",
		"network", existing(ourNetworkHas), "egress", `{"publicIpId":"`+elsewhere(theirAddress)+`"}`),
	several("a network in another subscription than the stack", "network.existing.virtualNetworkId",
		"attaches nothing across subscriptions",
		"azure-native:subscriptionId", anotherPlan, "network", existing(ourNetworkHas)),
	several("a site's part of a network with no room for Bastion", "subnets.bastion", "no free /26", "addressSpace",
		"10.42.0.0/27", "bastion", `{"enabled":true}`,
		"network", existing(ourNetworkHas)),
}

// A site needs of an existing network no more than a subnet for its proxies.
func TestAnExistingNetworkNeedsOnlyRoomForTheProxies(t *testing.T) {
	s := load(t, map[string]string{"addressSpace": "10.42.0.32/27", "network": existing(ourNetworkHas)})
	plan := s.Azure.Addresses
	if plan.Gateway.IsValid() || plan.Bastion.IsValid() || plan.Proxyserver != netip.MustParsePrefix("10.42.0.32/27") {
		t.Errorf("the plan is %+v", plan)
	}
	s = load(t, map[string]string{"addressSpace": "10.42.0.0/26", "network": existing(ourNetworkHas),
		"gateway": `{"kind":"vpn"}`})
	if s.Azure.Addresses.Gateway != netip.MustParsePrefix("10.42.0.0/27") {
		t.Errorf("with a gateway of the stack's own: %+v", s.Azure.Addresses)
	}
}

// What is somebody else's is where it is, and what the stack makes is in the site's part.
func TestAnExistingSubnetMayBeOutsideTheSitesPart(t *testing.T) {
	s := load(t, map[string]string{
		"addressSpace": "10.42.0.0/27", "network": existing(ourNetworkHas + `,"gatewaySubnetId":"` + theirNetwork +
			`/subnets/GatewaySubnet"`),
		"subnets": `{"gateway":"10.42.9.0/27"}`, "gateway": `{"kind":"vpn"}`,
	})
	plan := s.Azure.Addresses
	if plan.Gateway != netip.MustParsePrefix("10.42.9.0/27") ||
		plan.Proxyserver != netip.MustParsePrefix("10.42.0.0/27") {
		t.Errorf("the plan is %+v", plan)
	}
}

func TestEverythingCanBeBrought(t *testing.T) {
	s := load(t, brought())
	want := ExistingNetwork{VirtualNetworkID: theirNetwork, ProxyserverSubnetID: theirSubnet,
		NetworkSecurityGroupID: theirGroup}
	if s.Azure.Existing != want || s.Azure.Egress.Given() != theirNAT || s.ResourceGroup != "rg-plants" {
		t.Errorf("read as %+v, %+v, %q", s.Azure.Existing, s.Azure.Egress, s.ResourceGroup)
	}
}

func brought() map[string]string {
	return map[string]string{
		"network": existing(ourNetworkHas + `,"proxyserverSubnetId":"` + theirSubnet +
			`","networkSecurityGroupId":"` + theirGroup + `"`),
		"subnets":       `{"proxyserver":"10.42.0.0/27"}`,
		"egress":        `{"natGatewayId":"` + theirNAT + `"}`,
		"resourceGroup": `{"existing":"rg-plants"}`,
	}
}

// An ID that only another resource will know is compared with none that is known.
func TestAnIDThatIsNotKnownYetIsInEverySubscription(t *testing.T) {
	unknown := strings.Replace(theirAddress, "11111111-2222-3333-4444-555555555555",
		"00000000-0000-0000-0000-000000000000", 1)
	load(t, map[string]string{"addressSpace": "10.42.0.32/27", "network": existing(ourNetworkHas),
		"egress": `{"publicIpId":"` + unknown + `"}`})
}

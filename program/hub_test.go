package program

import (
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/components"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/reach"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

const hubNetwork = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/hub"

// spoke is the configuration of a site that is peered with a hub, and gets out by its firewall.
func spoke(more string) map[string]string {
	return map[string]string{
		"network": `{"peerings":[{"name":"hub","remoteVirtualNetworkId":"` + hubNetwork + `",` +
			`"addressPrefixes":["10.0.0.0/22"],"allowForwardedTraffic":true` + more + `}]}`,
		"egress":  `{"kind":"firewall","firewallAddress":"10.0.0.68"}`,
		"gateway": "",
	}
}

// What the proof behind every preview is told of the way out must be what the components build.
func TestInstancesGetOutThroughTheFirewallOnly(t *testing.T) {
	all := deploy(t, spoke(`,"useRemoteGateways":true`))
	network, table := find(t, all, "VirtualNetwork", ""), find(t, all, "RouteTable", "")
	if got := at(t, network.inputs, "subnets[0].routeTable.id"); got != "/id/site-network-routes" {
		t.Errorf("the proxies' subnet has the route table %s", got)
	}
	if got := at(t, network.inputs, "subnets[0].natGateway"); got != "absent" {
		t.Errorf("the proxies' subnet has the NAT gateway %s", got)
	}
	told := reach.Egress(components.DrawnWaysOut(components.EgressOptions{Kind: site.EgressFirewall,
		FirewallAddress: "10.0.0.68"}))
	if got := at(t, table.inputs, "routes[0].nextHopIpAddress"); got != told.DefaultRoute.String() || told.NATGateway {
		t.Errorf("the proof is told %+v, and the route leads to %s", told, got)
	}
}

func TestTheOwnerOfAHubIsToldHowToMakeTheOtherHalf(t *testing.T) {
	s := site.Site{Name: "north"}
	p := site.NetworkPeering{Name: "hub", RemoteVirtualNetworkID: hubNetwork, UseRemoteGateways: true,
		AllowForwardedTraffic: true}
	const ours = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/MD4IoT-VNET"
	got := remotePeering(s, p, ours)
	for _, want := range []string{
		"az network vnet peering create --subscription 11111111-2222-3333-4444-555555555555 --resource-group network",
		"--vnet-name hub --name north --remote-vnet " + ours, "--allow-vnet-access", "--allow-gateway-transit",
		"--allow-forwarded-traffic",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the command lacks %q: %s", want, got)
		}
	}
	if got := remotePeering(s, site.NetworkPeering{RemoteVirtualNetworkID: hubNetwork}, ours); strings.Contains(got,
		"gateway") || strings.Contains(got, "forwarded") {
		t.Errorf("the command allows more than the peering needs: %s", got)
	}
}

func TestTheOwnerOfAVirtualHubIsToldHowToConnectTheNetwork(t *testing.T) {
	const network = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/MD4IoT-VNET"
	s := site.Site{Name: "north", Azure: &site.Topology{VirtualHub: &site.VirtualHub{ID: strings.Replace(hubNetwork,
		"/virtualNetworks/", "/virtualHubs/", 1)}}}
	const command = "az network vhub connection create --subscription 11111111-2222-3333-4444-555555555555 " +
		"--resource-group network --vhub-name hub --name north --remote-vnet " + network + " --internet-security "
	if got := hubConnection(s, network); got != command+"false" {
		t.Errorf("with a NAT gateway: %s", got)
	}
	s.Azure.Egress.VirtualHubID = s.Azure.VirtualHub.ID
	if got := hubConnection(s, network); got != command+"true" {
		t.Errorf("with the hub's firewall: %s", got)
	}
}

package components

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// inHub is a SensorProxy whose network is in a virtual hub.
func inHub() *SensorProxyArgs {
	args := smallest()
	args.Network.VirtualHubID = pulumi.String(theirs + "virtualHubs/hub")
	args.Network.VirtualHub = &VirtualHubOptions{AddressPrefix: "10.100.0.0/23", CreateConnection: true}
	return args
}

func TestANetworkIsConnectedWithItsVirtualHub(t *testing.T) {
	all := built(t, inHub())
	connection, network := find(t, all, "HubVirtualNetworkConnection"), find(t, all, "VirtualNetwork")
	for path, want := range map[string]string{
		"resourceGroupName": "network", "virtualHubName": "hub",
		"remoteVirtualNetwork.id": "/id/plant-network-vnet",
		// With a NAT gateway, the hub's route for everything must not come before it.
		"enableInternetSecurity": "{false}",
	} {
		if got := at(t, connection, path); got != want {
			t.Errorf("%s of the connection is %s, want %s", path, got, want)
		}
	}
	if got := at(t, network, "subnets[0].name"); got != "ProxyserverSubnet" {
		t.Errorf("the first subnet is %s", got)
	}
}

func TestTheHubsFirewallNeedsNeitherRouteNorNATGateway(t *testing.T) {
	args := inHub()
	args.Egress.Kind = "firewall"
	all := built(t, args)
	if n := count(all, "NatGateway") + count(all, "PublicIPAddress") + count(all, "RouteTable"); n != 0 {
		t.Errorf("%d NAT gateways, public addresses and route tables", n)
	}
	if got := at(t, find(t, all, "HubVirtualNetworkConnection"), "enableInternetSecurity"); got != "{true}" {
		t.Errorf("the connection has enableInternetSecurity %s", got)
	}
	if after := find(t, all, "VirtualMachineScaleSet").after; !slices.ContainsFunc(after, func(urn string) bool {
		return strings.HasSuffix(urn, "::plant-network-hub-connection")
	}) {
		t.Errorf("the scale set waits for %v, and not for its way out", after)
	}
}

func TestAHubsOwnerMakesTheConnectionUnlessTheStackMay(t *testing.T) {
	args := inHub()
	args.Network.VirtualHub.CreateConnection = false
	if n := count(built(t, args), "HubVirtualNetworkConnection"); n != 0 {
		t.Errorf("%d connections", n)
	}
}

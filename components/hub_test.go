package components

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const hubID = theirs + "virtualNetworks/hub"

var byFirewall = EgressOptions{Kind: "firewall", FirewallAddress: "10.0.0.68"}

// spoke is a SensorProxy that is peered with a hub.
func spoke() *SensorProxyArgs {
	args := smallest()
	args.Network.Peerings = []NetworkPeering{{
		Name: "hub", RemoteVirtualNetworkID: pulumi.String(hubID), AddressPrefixes: []string{"10.0.0.0/22"},
		UseRemoteGateways: true, AllowForwardedTraffic: true, CreateRemotePeering: true,
	}}
	return args
}

func TestASpokeHasBothHalvesOfItsPeeringAndNoGatewaySubnet(t *testing.T) {
	args := spoke()
	args.Network.DNSServers = []string{"10.0.0.132"}
	all := built(t, args)
	for name, want := range map[string]map[string]string{
		"plant-network-peering-hub": {
			"virtualNetworkPeeringName": "hub", "remoteVirtualNetwork.id": hubID,
			"useRemoteGateways": "{true}", "allowForwardedTraffic": "{true}", "allowGatewayTransit": "absent",
		},
		"plant-network-remote-peering-hub": {
			"resourceGroupName": "network", "virtualNetworkName": "hub", "allowGatewayTransit": "{true}",
			"remoteVirtualNetwork.id": "/id/plant-network-vnet", "useRemoteGateways": "absent",
		},
		"plant-network-vnet": {
			"dhcpOptions.dnsServers[0]": "10.0.0.132", "subnets[0].name": "ProxyserverSubnet", "subnets[1]": "absent",
		},
	} {
		i := slices.IndexFunc(all, func(r registered) bool { return r.name == name })
		if i < 0 {
			t.Errorf("%s is not made", name)
			continue
		}
		for path, value := range want {
			if got := at(t, all[i], path); got != value {
				t.Errorf("%s of %s is %s, want %s", path, name, got, value)
			}
		}
	}
}

func TestBehindAFirewallThereIsARouteAndNoNATGateway(t *testing.T) {
	args := spoke()
	args.Egress = byFirewall
	args.Network.Routes = []NetworkRoute{{Name: "closed", AddressPrefix: "10.60.0.0/16", NextHopType: "None"}}
	all := built(t, args)
	if n := count(all, "NatGateway") + count(all, "PublicIPAddress"); n != 0 {
		t.Errorf("%d NAT gateways and public addresses", n)
	}
	table, network := find(t, all, "RouteTable"), find(t, all, "VirtualNetwork")
	for path, want := range map[string]string{
		"routes[0].addressPrefix": "0.0.0.0/0", "routes[0].nextHopType": "VirtualAppliance",
		"routes[0].nextHopIpAddress": "10.0.0.68", "routes[1].nextHopType": "None",
		"routes[1].nextHopIpAddress": "absent", "disableBgpRoutePropagation": "{false}",
	} {
		if got := at(t, table, path); got != want {
			t.Errorf("%s of the route table is %s, want %s", path, got, want)
		}
	}
	for path, want := range map[string]string{
		"subnets[0].routeTable.id": "/id/plant-network-routes", "subnets[0].natGateway": "absent",
		"subnets[0].defaultOutboundAccess": "{false}",
	} {
		if got := at(t, network, path); got != want {
			t.Errorf("%s of the network is %s, want %s", path, got, want)
		}
	}
}

// Instances install Squid while they boot: without the peering they could not.
func TestTheInstancesWaitForTheirWayOut(t *testing.T) {
	args := spoke()
	args.Egress = byFirewall
	all := built(t, args)
	set := find(t, all, "VirtualMachineScaleSet")
	for _, name := range []string{"plant-network-peering-hub", "plant-network-remote-peering-hub"} {
		if !slices.ContainsFunc(set.after, func(urn string) bool { return strings.HasSuffix(urn, "::"+name) }) {
			t.Errorf("the scale set does not wait for %s, but for %v", name, set.after)
		}
	}
	set = find(t, built(t, spoke()), "VirtualMachineScaleSet")
	if slices.ContainsFunc(set.after, func(urn string) bool { return strings.Contains(urn, "peering") }) {
		t.Errorf("the scale set waits for peerings that it does not need: %v", set.after)
	}
}

func TestAGatewayOfTheSitesOwnCanBeARoutesNextHop(t *testing.T) {
	args := smallest()
	args.Network.Routes = []NetworkRoute{{Name: "plant", AddressPrefix: "10.60.0.0/16",
		NextHopType: "VirtualNetworkGateway"}}
	if got := at(t, find(t, built(t, args), "RouteTable"), "routes[0].nextHopType"); got != "VirtualNetworkGateway" {
		t.Errorf("the next hop is %s", got)
	}
}

func TestTheNameOfTheOtherHalfFits(t *testing.T) {
	for group, want := range map[string]string{
		"rg-plant":                "rg-plant-MD4IoT-VNET",
		strings.Repeat("g", 90):   strings.Repeat("g", 68) + "-MD4IoT-VNET",
		"defender-iot-" + "north": "defender-iot-north-MD4IoT-VNET",
	} {
		if got := peeringName(group); got != want || len(got) > longestPeeringName {
			t.Errorf("of %s it is %s", group, got)
		}
	}
}

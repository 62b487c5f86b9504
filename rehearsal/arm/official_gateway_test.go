package arm

import (
	"slices"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
)

func TestMicrosoftsClientsJoinASiteToItsPlantAndTakeThatDown(t *testing.T) {
	o := newOfficial(t)
	ctx := t.Context()
	for _, id := range []string{theirCircuit, circuitID("line")} {
		if err := o.arm.AddPreexisting(id, networkVersions[0], decodedBody(circuitBody)); err != nil {
			t.Fatal(err)
		}
	}
	o.makeGroup()
	o.makeNetwork()
	o.makeGateways()

	partners := client(o, armnetwork.NewLocalNetworkGatewaysClient)
	tunnels := client(o, armnetwork.NewVirtualNetworkGatewayConnectionsClient)
	for _, id := range []string{partnerID, plantID} {
		parsed, _ := ParseID(id)
		made, err := partners.BeginCreateOrUpdate(ctx, group, parsed.Name(),
			parameters[armnetwork.LocalNetworkGateway](t, id), nil)
		ended(t, made, err)
	}
	for _, id := range []string{tunnelID, plantTunnel, expressConID} {
		parsed, _ := ParseID(id)
		made, err := tunnels.BeginCreateOrUpdate(ctx, group, parsed.Name(),
			parameters[armnetwork.VirtualNetworkGatewayConnection](t, id), nil)
		if told := ended(t, made, err).Properties; told.SharedKey != nil || told.AuthorizationKey != nil {
			t.Errorf("%s tells its keys", id)
		}
	}
	o.makePeering()

	_, err := client(o, armnetwork.NewVirtualNetworkGatewaysClient).BeginDelete(ctx, group, "vpn", nil)
	if code(err) != "VirtualNetworkGatewayCannotBeDeleted" {
		t.Errorf("deleting a gateway with connections: %v", err)
	}
	o.takePrivatePathDown()
	for _, part := range privatePath {
		if slices.ContainsFunc(o.arm.Resources(), func(r Resource) bool { return r.ID == part.id }) {
			t.Errorf("%s is left", part.id)
		}
	}
}

// makeGateways builds both gateways with their addresses.
func (o *official) makeGateways() {
	t, ctx := o.t, o.t.Context()
	t.Helper()
	addresses := client(o, armnetwork.NewPublicIPAddressesClient)
	for _, id := range []string{gatewayIP0, gatewayIP1} {
		parsed, _ := ParseID(id)
		ip, err := addresses.BeginCreateOrUpdate(ctx, group, parsed.Name(),
			parameters[armnetwork.PublicIPAddress](t, id), nil)
		ended(t, ip, err)
	}
	gateways := client(o, armnetwork.NewVirtualNetworkGatewaysClient)
	started := o.clock.Now()
	begun, err := gateways.BeginCreateOrUpdate(ctx, group, "vpn",
		parameters[armnetwork.VirtualNetworkGateway](t, gatewayID), nil)
	vpn := ended(t, begun, err)
	if took := o.clock.Now() - started; took != 45*time.Minute {
		t.Errorf("the gateway took %v, want 45m", took)
	}
	second := vpn.Properties.BgpSettings.BgpPeeringAddresses[1]
	if got := texts(second.DefaultBgpIPAddresses); !slices.Equal(got, []string{"10.9.0.5"}) {
		t.Errorf("the second instance speaks BGP at %v, want the second usable address", got)
	}
	if got := texts(second.CustomBgpIPAddresses); !slices.Equal(got, []string{"169.254.21.6", "169.254.22.6"}) {
		t.Errorf("the second instance is at %v inside its tunnels", got)
	}
	if len(second.TunnelIPAddresses) != 1 {
		t.Errorf("the second instance's tunnels end at %v, want its public address", texts(second.TunnelIPAddresses))
	}
	express, err := gateways.BeginCreateOrUpdate(ctx, group, "express",
		parameters[armnetwork.VirtualNetworkGateway](t, expressID), nil)
	ended(t, express, err)
}

// makePeering attaches a route filter to the circuit's Microsoft peering.
func (o *official) makePeering() {
	t, ctx := o.t, o.t.Context()
	t.Helper()
	filter, err := client(o, armnetwork.NewRouteFiltersClient).BeginCreateOrUpdate(ctx, group, "defender",
		parameters[armnetwork.RouteFilter](t, filterID), nil)
	ended(t, filter, err)
	peering, err := client(o, armnetwork.NewExpressRouteCircuitPeeringsClient).BeginCreateOrUpdate(ctx, "line", "line",
		"MicrosoftPeering",
		parameters[armnetwork.ExpressRouteCircuitPeering](t, peeringID), nil)
	ended(t, peering, err)
	circuit, err := client(o, armnetwork.NewExpressRouteCircuitsClient).Get(ctx, "line", "line", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := circuit.Properties.Peerings; len(got) != 1 || val(got[0].ID) != peeringID {
		t.Errorf("the circuit has the peerings %v", got)
	}
}

func (o *official) takePrivatePathDown() {
	t, ctx := o.t, o.t.Context()
	t.Helper()
	peering, err := client(o, armnetwork.NewExpressRouteCircuitPeeringsClient).BeginDelete(ctx, "line", "line",
		"MicrosoftPeering", nil)
	ended(t, peering, err)
	filter, err := client(o, armnetwork.NewRouteFiltersClient).BeginDelete(ctx, group, "defender", nil)
	ended(t, filter, err)
	for _, name := range []string{"aws", "plant", "express"} {
		tunnel, err := client(o, armnetwork.NewVirtualNetworkGatewayConnectionsClient).
			BeginDelete(ctx, group, name, nil)
		ended(t, tunnel, err)
	}
	for _, name := range []string{"aws", "plant"} {
		partner, err := client(o, armnetwork.NewLocalNetworkGatewaysClient).BeginDelete(ctx, group, name, nil)
		ended(t, partner, err)
	}
	for _, name := range []string{"vpn", "express"} {
		gateway, err := client(o, armnetwork.NewVirtualNetworkGatewaysClient).BeginDelete(ctx, group, name, nil)
		ended(t, gateway, err)
	}
	for _, name := range []string{"egress-gateway-0", "egress-gateway-1", "egress-express"} {
		ip, err := client(o, armnetwork.NewPublicIPAddressesClient).BeginDelete(ctx, group, name, nil)
		ended(t, ip, err)
	}
}

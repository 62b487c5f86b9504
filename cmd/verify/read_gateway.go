package main

import (
	"context"
	"fmt"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/verify"
)

// gatewayName is the name that the program gives its gateway.
const gatewayName = "MD4IoT-gateway"

type (
	rawGateway struct {
		ID         string
		Tags       map[string]string
		Properties struct{ ProvisioningState string }
	}

	rawConnection struct {
		ID, Name   string
		Properties struct {
			ConnectionStatus string
			Peer             ref
		}
	}

	rawCircuit struct {
		ID         string
		Properties struct {
			CircuitProvisioningState, ServiceProviderProvisioningState string
			Peerings                                                   []struct {
				Name       string
				Properties struct{ PeeringType, State string }
			}
		}
	}

	rawPeers struct {
		Value []struct{ Neighbor, State string }
	}

	rawRoutes struct {
		Value []struct{ Network, SourcePeer string }
	}
)

// gateway reads the gateway, if the site has one.
func (a *asker) gateway(ctx context.Context, s site.Site, network string) verify.Part[verify.Gateway] {
	want := s.Azure.Gateway
	if want == nil {
		return verify.Found[verify.Gateway](nil)
	}
	id := want.ID
	if id == "" {
		id = fmt.Sprintf("/subscriptions/%s/resourceGroups/%s/providers/Microsoft.Network/virtualNetworkGateways/%s",
			subscriptionOf(network), s.ResourceGroupName(), gatewayName)
	}
	g := get(ctx, a, id, networkVersion, func(raw rawGateway) verify.Gateway {
		return verify.Gateway{ID: raw.ID, Tags: raw.Tags, State: raw.Properties.ProvisioningState}
	})
	if g.Have == nil {
		return g
	}
	g.Have.Connections = a.connections(ctx, id)
	g.Have.Peers, g.Have.Learned = verify.Found[[]verify.BGPPeer](nil), verify.Found[[]verify.LearnedRoute](nil)
	if want.BGP || want.CircuitID != "" {
		g.Have.Learned = act(ctx, a, id+"/getLearnedRoutes", networkVersion, func(raw rawRoutes) []verify.LearnedRoute {
			var all []verify.LearnedRoute
			for _, r := range raw.Value {
				all = append(all, verify.LearnedRoute{Prefix: r.Network, From: r.SourcePeer})
			}
			return all
		})
	}
	if want.BGP {
		g.Have.Peers = act(ctx, a, id+"/getBgpPeerStatus", networkVersion, func(raw rawPeers) []verify.BGPPeer {
			var all []verify.BGPPeer
			for _, p := range raw.Value {
				all = append(all, verify.BGPPeer{Address: p.Neighbor, State: p.State})
			}
			return all
		})
	}
	return g
}

// connections reads the gateway's connections one by one: their list does not always tell how they are.
func (a *asker) connections(ctx context.Context, gateway string) verify.Part[[]verify.Connection] {
	listed := list(ctx, a, gateway+"/connections", networkVersion, nil, func(raw ref) string { return raw.ID })
	if !listed.Read || listed.Have == nil {
		return verify.Part[[]verify.Connection]{Read: listed.Read}
	}
	all := []verify.Connection{}
	for _, id := range *listed.Have {
		circuit := ""
		one := get(ctx, a, id, networkVersion, func(raw rawConnection) verify.Connection {
			circuit = raw.Properties.Peer.ID
			return verify.Connection{ID: raw.ID, Name: raw.Name, Status: raw.Properties.ConnectionStatus}
		})
		if !one.Read {
			return verify.Part[[]verify.Connection]{}
		}
		if one.Have == nil {
			continue
		}
		if circuit != "" {
			one.Have.Circuit = get(ctx, a, circuit, networkVersion, rawCircuit.circuit)
		}
		all = append(all, *one.Have)
	}
	return verify.Found(&all)
}

func (raw rawCircuit) circuit() verify.Circuit {
	p := raw.Properties
	out := verify.Circuit{ID: raw.ID, State: p.CircuitProvisioningState,
		ProviderState: p.ServiceProviderProvisioningState}
	for _, peering := range p.Peerings {
		if peering.Properties.PeeringType == "AzurePrivatePeering" || peering.Name == "AzurePrivatePeering" {
			out.PrivatePeering = peering.Properties.State
		}
	}
	return out
}

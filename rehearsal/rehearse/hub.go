package rehearse

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/engine"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// connected reads the networks that the instances' is peered with. A half that no other half answers passes no packet.
func (p place) connected(ctx context.Context, e *engine.Engine) ([]armnetwork.VirtualNetwork, error) {
	var all []armnetwork.VirtualNetwork
	for _, peering := range p.network.Properties.VirtualNetworkPeerings {
		if state := *peering.Properties.PeeringState; state != armnetwork.VirtualNetworkPeeringStateConnected {
			return nil, fmt.Errorf("peering %s is %s: no packet passes until it is Connected", *peering.Name, state)
		}
		if strings.HasPrefix(*peering.Name, hubPeering) {
			all = append(all, ofHub(peering))
			continue
		}
		var network armnetwork.VirtualNetwork
		if err := e.Get(ctx, *peering.Properties.RemoteVirtualNetwork.ID, &network); err != nil {
			return nil, err
		}
		all = append(all, network)
	}
	return all, nil
}

// firewall finds the firewall at an address in one of the peered networks, by who is in their subnets.
func (p place) firewall(ctx context.Context, e *engine.Engine, at string) (netip.Addr, *model.Firewall, error) {
	networks, err := p.connected(ctx, e)
	if err != nil {
		return netip.Addr{}, nil, err
	}
	for _, network := range networks {
		for _, subnet := range network.Properties.Subnets {
			for _, user := range subnet.Properties.IPConfigurations {
				id, _, is := strings.Cut(*user.ID, "/azureFirewallIpConfigurations/")
				if !is {
					continue
				}
				var firewall armnetwork.AzureFirewall
				if err := e.Get(ctx, id, &firewall); err != nil {
					return netip.Addr{}, nil, err
				}
				ip := firewall.Properties.IPConfigurations[0].Properties
				if *ip.PrivateIPAddress == at {
					return described(ctx, e, firewall)
				}
			}
		}
	}
	return netip.Addr{}, nil, fmt.Errorf("a route leads everything to %s, where no firewall is", at)
}

// described is a firewall as the lab plays it, and its public address.
func described(ctx context.Context, e *engine.Engine,
	firewall armnetwork.AzureFirewall) (netip.Addr, *model.Firewall, error) {
	ip := firewall.Properties.IPConfigurations[0].Properties
	private, err := netip.ParseAddr(*ip.PrivateIPAddress)
	if err != nil {
		return netip.Addr{}, nil, err
	}
	f := &model.Firewall{Address: private}
	for _, collection := range firewall.Properties.ApplicationRuleCollections {
		for _, rule := range collection.Properties.Rules {
			for _, host := range rule.TargetFqdns {
				f.Hosts = append(f.Hosts, *host)
			}
		}
	}
	var public armnetwork.PublicIPAddress
	if err := e.Get(ctx, *ip.PublicIPAddress.ID, &public); err != nil {
		return netip.Addr{}, nil, err
	}
	address, err := netip.ParseAddr(*public.Properties.IPAddress)
	return address, f, err
}

package rehearse

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/engine"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// hubPeering is how the name of the peering begins that a network in a virtual hub shows.
const hubPeering = "RemoteVnetToHubPeering_"

// ofHub is a virtual hub as a peered network: all that is known of it is its range.
func ofHub(peering *armnetwork.VirtualNetworkPeering) armnetwork.VirtualNetwork {
	space := peering.Properties.RemoteAddressSpace
	name, whole := "virtual-hub", "all"
	subnet := armnetwork.Subnet{Name: &whole, Properties: &armnetwork.SubnetPropertiesFormat{
		AddressPrefix: space.AddressPrefixes[0]}}
	return armnetwork.VirtualNetwork{Name: &name, Properties: &armnetwork.VirtualNetworkPropertiesFormat{
		AddressSpace: space, Subnets: []*armnetwork.Subnet{&subnet}}}
}

// hubFirewall is the firewall to which a virtual hub leads everything, by the route table that the network's connection
// is associated with, and its public address; nil: the hub gives the network no such route.
func (p place) hubFirewall(ctx context.Context, e *engine.Engine) (netip.Addr, *model.Firewall, error) {
	var none netip.Addr
	var connections []armnetwork.HubVirtualNetworkConnection
	if err := e.List(ctx, "Microsoft.Network/virtualHubs/hubVirtualNetworkConnections", &connections); err != nil {
		return none, nil, err
	}
	for _, c := range connections {
		if !strings.EqualFold(*c.Properties.RemoteVirtualNetwork.ID, *p.network.ID) ||
			!*c.Properties.EnableInternetSecurity {
			continue
		}
		var table armnetwork.HubRouteTable
		if err := e.Get(ctx, *c.Properties.RoutingConfiguration.AssociatedRouteTable.ID, &table); err != nil {
			return none, nil, err
		}
		for _, route := range table.Properties.Routes {
			if slices.ContainsFunc(route.Destinations, func(to *string) bool { return *to == "0.0.0.0/0" }) {
				return behindHub(ctx, e, *route.NextHop)
			}
		}
	}
	return none, nil, nil
}

// behindHub is a firewall in a virtual hub as the lab plays it: its policy says what it lets through.
func behindHub(ctx context.Context, e *engine.Engine, id string) (netip.Addr, *model.Firewall, error) {
	var none netip.Addr
	var firewall armnetwork.AzureFirewall
	if err := e.Get(ctx, id, &firewall); err != nil {
		return none, nil, err
	}
	ips := firewall.Properties.HubIPAddresses
	private, err := netip.ParseAddr(*ips.PrivateIPAddress)
	public, err2 := netip.ParseAddr(*ips.PublicIPs.Addresses[0].Address)
	if err := errors.Join(err, err2); err != nil {
		return none, nil, err
	}
	var group armnetwork.FirewallPolicyRuleCollectionGroup
	policy := *firewall.Properties.FirewallPolicy.ID
	if err := e.Get(ctx, policy+"/ruleCollectionGroups/defender-for-iot", &group); err != nil {
		return none, nil, err
	}
	f := &model.Firewall{Address: private}
	for _, collection := range group.Properties.RuleCollections {
		filter, is := collection.(*armnetwork.FirewallPolicyFilterRuleCollection)
		if !is {
			return none, nil, fmt.Errorf("firewall policy %s has rules that the lab cannot play", policy)
		}
		for _, r := range filter.Rules {
			if rule, is := r.(*armnetwork.ApplicationRule); is {
				for _, host := range rule.TargetFqdns {
					f.Hosts = append(f.Hosts, *host)
				}
			}
		}
	}
	return public, f, nil
}

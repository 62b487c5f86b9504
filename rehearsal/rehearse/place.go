package rehearse

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/compute/armcompute/v6"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/engine"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// place is where the instances are, whoever made it: found from the scale set on, by one reference after the other.
type place struct {
	network armnetwork.VirtualNetwork
	subnet  armnetwork.Subnet
	group   armnetwork.SecurityGroup
}

func placeOf(ctx context.Context, e *engine.Engine, set armcompute.VirtualMachineScaleSet) (place, error) {
	var p place
	nics := set.Properties.VirtualMachineProfile.NetworkProfile.NetworkInterfaceConfigurations
	if len(nics) != 1 || len(nics[0].Properties.IPConfigurations) != 1 ||
		nics[0].Properties.IPConfigurations[0].Properties.Subnet == nil {
		return p, fmt.Errorf("scale set %s: the lab needs one IP configuration in a subnet", *set.Name)
	}
	id := *nics[0].Properties.IPConfigurations[0].Properties.Subnet.ID
	network, _, _ := strings.Cut(id, "/subnets/")
	if err := errors.Join(e.Get(ctx, network, &p.network), e.Get(ctx, id, &p.subnet)); err != nil {
		return p, err
	}
	guard := p.subnet.Properties.NetworkSecurityGroup
	if guard == nil {
		return p, fmt.Errorf("subnet %s has no network security group", id)
	}
	return p, e.Get(ctx, *guard.ID, &p.group)
}

// egress is by what the instances get out: the first public address of the NAT gateway on the subnet, or that of the
// firewall to which a route of the subnet or a virtual hub's leads everything, and that firewall; none where there is
// neither.
func (p place) egress(ctx context.Context, e *engine.Engine) (netip.Addr, *model.Firewall, error) {
	if table := p.subnet.Properties.RouteTable; table != nil {
		var routes armnetwork.RouteTable
		if err := e.Get(ctx, *table.ID, &routes); err != nil {
			return netip.Addr{}, nil, err
		}
		for _, r := range routes.Properties.Routes {
			if r.Properties.NextHopIPAddress != nil && *r.Properties.AddressPrefix == "0.0.0.0/0" {
				return p.firewall(ctx, e, *r.Properties.NextHopIPAddress)
			}
		}
	}
	if public, firewall, err := p.hubFirewall(ctx, e); err != nil || firewall != nil {
		return public, firewall, err
	}
	address, err := p.natAddress(ctx, e)
	return address, nil, err
}

// natAddress is the first public address of the NAT gateway on the subnet; none where there is none.
func (p place) natAddress(ctx context.Context, e *engine.Engine) (netip.Addr, error) {
	if p.subnet.Properties.NatGateway == nil {
		return netip.Addr{}, nil
	}
	var gateway armnetwork.NatGateway
	if err := e.Get(ctx, *p.subnet.Properties.NatGateway.ID, &gateway); err != nil {
		return netip.Addr{}, err
	}
	if all := gateway.Properties.PublicIPAddresses; len(all) > 0 {
		var address armnetwork.PublicIPAddress
		if err := e.Get(ctx, *all[0].ID, &address); err != nil {
			return netip.Addr{}, err
		}
		return netip.ParseAddr(*address.Properties.IPAddress)
	}
	if all := gateway.Properties.PublicIPPrefixes; len(all) > 0 {
		var prefix armnetwork.PublicIPPrefix
		if err := e.Get(ctx, *all[0].ID, &prefix); err != nil {
			return netip.Addr{}, err
		}
		parsed, err := netip.ParsePrefix(*prefix.Properties.IPPrefix)
		return parsed.Addr(), err
	}
	return netip.Addr{}, nil
}

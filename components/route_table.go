package components

import (
	"fmt"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// NetworkRoute is a route of the subnet of the proxies.
type NetworkRoute struct {
	// Required. Letters, digits, dots, dashes and underscores, up to 80.
	Name string `pulumi:"name"`
	// Required. IPv4 range to which the packets go: private addresses, or sensors.
	AddressPrefix string `pulumi:"addressPrefix"`
	// Optional. What takes the packets: VirtualAppliance, VirtualNetworkGateway, or None, which drops them. Default
	// VirtualAppliance.
	NextHopType string `pulumi:"nextHopType,optional"`
	// Optional. Private address of the machine that takes them, required with VirtualAppliance.
	NextHopAddress string `pulumi:"nextHopAddress,optional"`
}

// routeTable makes the route table of ProxyserverSubnet; nil: it needs none. Routes that a gateway learns stay: answers
// to sensors go by them.
func (l *NetworkLayer) routeTable(ctx *pulumi.Context, name string, args *NetworkLayerArgs,
	s site.Site) (pulumi.StringInput, error) {
	all := s.Azure.AllRoutes()
	if len(all) == 0 {
		return nil, nil
	}
	table, err := network.NewRouteTable(ctx, name+"-routes", &network.RouteTableArgs{
		ResourceGroupName:          args.ResourceGroupName,
		Location:                   pulumi.String(s.Location),
		DisableBgpRoutePropagation: pulumi.Bool(false),
		Routes:                     routes(all),
		Tags:                       args.Tags,
	}, pulumi.Parent(l))
	if err != nil {
		return nil, fmt.Errorf("route table: %w", err)
	}
	return table.ID().ToStringOutput(), nil
}

// routes draws the routes inline: routes of their own and inline ones overwrite each other.
func routes(all []site.Route) network.RouteTypeArray {
	var drawn network.RouteTypeArray
	for _, r := range all {
		route := network.RouteTypeArgs{
			Name:          pulumi.String(r.Name),
			AddressPrefix: pulumi.String(r.Prefix.String()),
			NextHopType:   pulumi.String(r.NextHopType),
		}
		if r.NextHop.IsValid() {
			route.NextHopIpAddress = pulumi.String(r.NextHop.String())
		}
		drawn = append(drawn, route)
	}
	return drawn
}

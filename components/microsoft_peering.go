package components

import (
	"fmt"
	"strings"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// MicrosoftPeering is the direct method over ExpressRoute: the route filter that lets in the routes of Defender's services and,
// given a circuit, its Microsoft peering with the filter attached.
type MicrosoftPeering struct {
	pulumi.ResourceState

	RouteFilterID pulumi.IDOutput
}

// MicrosoftPeeringArgs configures a MicrosoftPeering.
type MicrosoftPeeringArgs struct {
	Placement
	Peering site.MicrosoftPeering // Required.
}

// NewMicrosoftPeering builds the route filter and the peering.
func NewMicrosoftPeering(ctx *pulumi.Context, name string, args *MicrosoftPeeringArgs, opts ...pulumi.ResourceOption) (*MicrosoftPeering, error) {
	m := &MicrosoftPeering{}
	if err := ctx.RegisterComponentResource(typePrefix+"MicrosoftPeering", name, m, opts...); err != nil {
		return nil, err
	}
	filter, err := network.NewRouteFilter(ctx, name+"-filter", &network.RouteFilterArgs{
		ResourceGroupName: args.ResourceGroupName,
		Location:          pulumi.String(args.Location),
		Rules: network.RouteFilterRuleTypeArray{network.RouteFilterRuleTypeArgs{
			Name:                pulumi.String(routeFilterRule),
			RouteFilterRuleType: pulumi.String("Community"),
			Access:              pulumi.String("Allow"),
			Communities:         pulumi.ToStringArray(args.Peering.Communities),
		}},
		Tags: args.tags(),
	}, pulumi.Parent(m))
	if err != nil {
		return nil, fmt.Errorf("route filter: %w", err)
	}
	m.RouteFilterID = filter.ID()
	record := pulumi.Map{}
	if args.Peering.Peering != nil {
		peering, err := attach(ctx, name, *args.Peering.Peering, filter, pulumi.Parent(m))
		if err != nil {
			return nil, fmt.Errorf("Microsoft peering of the circuit: %w", err)
		}
		record["peering"] = standsOn(peering, pulumi.Map{"name": peering.ID()})
	}
	return m, ctx.RegisterResourceOutputs(m, pulumi.Map{"routeFilterId": m.RouteFilterID, handedOut: record})
}

// attach makes the circuit's Microsoft peering. Its name is fixed by Azure.
func attach(ctx *pulumi.Context, name string, p site.Peering, filter *network.RouteFilter,
	parent pulumi.ResourceOption) (*network.ExpressRouteCircuitPeering, error) {
	var advertised pulumi.StringArray
	for _, prefix := range p.AdvertisedPrefixes {
		advertised = append(advertised, pulumi.String(prefix.String()))
	}
	// /subscriptions/S/resourceGroups/GROUP/providers/Microsoft.Network/expressRouteCircuits/CIRCUIT
	id := strings.Split(p.CircuitID, "/")
	return network.NewExpressRouteCircuitPeering(ctx, name+"-peering", &network.ExpressRouteCircuitPeeringArgs{
		ResourceGroupName:          pulumi.String(id[4]),
		CircuitName:                pulumi.String(id[8]),
		PeeringName:                pulumi.String("MicrosoftPeering"),
		PeeringType:                pulumi.String("MicrosoftPeering"),
		PeerASN:                    pulumi.Float64(float64(p.PeerASN)),
		PrimaryPeerAddressPrefix:   pulumi.String(p.Primary.String()),
		SecondaryPeerAddressPrefix: pulumi.String(p.Secondary.String()),
		VlanId:                     pulumi.Int(p.VLAN),
		MicrosoftPeeringConfig: network.ExpressRouteCircuitPeeringConfigArgs{
			AdvertisedPublicPrefixes: advertised,
			RoutingRegistryName:      pulumi.String(p.RoutingRegistry),
		},
		RouteFilter: network.SubResourceArgs{Id: filter.ID()},
	}, parent)
}

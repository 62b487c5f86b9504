package components

import (
	"fmt"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// MicrosoftPeering is the direct method over ExpressRoute: the route filter that lets in the routes of Defender's
// services and, given a circuit, its Microsoft peering with the filter attached.
type MicrosoftPeering struct {
	pulumi.ResourceState

	// ID of the route filter.
	RouteFilterID pulumi.IDOutput `pulumi:"routeFilterId"`
}

// MicrosoftPeeringArgs configures a MicrosoftPeering. Required are Location, ResourceGroupName and TenantCountry.
type MicrosoftPeeringArgs struct {
	// Required. Azure region of the route filter, such as westeurope.
	Location string `pulumi:"location"`
	// Required. Name of the resource group.
	ResourceGroupName pulumi.StringInput `pulumi:"resourceGroupName"`
	// Required. Country of the Microsoft Entra tenant, as an ISO 3166-1 code of two letters. It decides in which region
	// Defender for IoT serves the tenant, and so which BGP communities the route filter allows.
	TenantCountry string `pulumi:"tenantCountry"`
	// Optional. Circuit to peer on. Default none: the filter is for whoever owns the circuit.
	Circuit *PeeringCircuit `pulumi:"circuit,optional"`
	// Optional. Tags of the route filter.
	Tags pulumi.StringMapInput `pulumi:"tags,optional"`
}

// PeeringCircuit is an ExpressRoute circuit and the Microsoft peering on it. The connectivity provider agrees on all of
// it.
type PeeringCircuit struct {
	// Required. ID of the circuit, in the subscription of the stack.
	ID pulumi.StringInput `pulumi:"id"`
	// Required. Autonomous system number of the site.
	PeerASN int `pulumi:"peerAsn"`
	// Required. Public IPv4 /30 of the primary link.
	PrimaryPeerAddressPrefix string `pulumi:"primaryPeerAddressPrefix"`
	// Required. Public IPv4 /30 of the secondary link.
	SecondaryPeerAddressPrefix string `pulumi:"secondaryPeerAddressPrefix"`
	// Required. VLAN, 1 to 4094.
	VLANID int `pulumi:"vlanId"`
	// Required. Public IPv4 ranges of the site, over which Azure answers.
	AdvertisedPublicPrefixes []string `pulumi:"advertisedPublicPrefixes"`
	// Optional. Registry of those ranges: NONE, AFRINIC, ALTDB, APNIC, ARIN, LACNIC, LEVEL3, RADB or RIPENCC. Default
	// NONE.
	RoutingRegistry string `pulumi:"routingRegistry,optional"`
}

// NewMicrosoftPeering builds the route filter and the peering.
func NewMicrosoftPeering(ctx *pulumi.Context, name string, args *MicrosoftPeeringArgs,
	opts ...pulumi.ResourceOption) (*MicrosoftPeering, error) {
	if args == nil {
		args = &MicrosoftPeeringArgs{}
	}
	var wrong problems
	s := wrong.read(args, "microsoftPeering", "tenantCountry", "circuit")
	wrong.needs("resourceGroupName", args.ResourceGroupName, "the name of a resource group")
	if args.TenantCountry == "" && args.Circuit == nil {
		wrong.fail("tenantCountry", "is missing", "an ISO 3166-1 code of two letters, such as DE or US",
			"Use the country of the Microsoft Entra tenant")
	}
	if err := wrong.err("MicrosoftPeering", name); err != nil {
		return nil, err
	}

	m := &MicrosoftPeering{}
	if err := ctx.RegisterComponentResource(typePrefix+"MicrosoftPeering", name, m, opts...); err != nil {
		return nil, err
	}
	filter, err := network.NewRouteFilter(ctx, name+"-filter", &network.RouteFilterArgs{
		ResourceGroupName: args.ResourceGroupName,
		Location:          pulumi.String(s.Location),
		Rules: network.RouteFilterRuleTypeArray{network.RouteFilterRuleTypeArgs{
			Name:                pulumi.String(routeFilterRule),
			RouteFilterRuleType: pulumi.String("Community"),
			Access:              pulumi.String("Allow"),
			Communities:         pulumi.ToStringArray(s.MicrosoftPeering.Communities),
		}},
		Tags: args.Tags,
	}, pulumi.Parent(m))
	if err != nil {
		return nil, fmt.Errorf("route filter: %w", err)
	}
	m.RouteFilterID = filter.ID()
	record := pulumi.Map{}
	if args.Circuit != nil {
		peering, err := m.attach(ctx, name, args.Circuit.ID, *s.MicrosoftPeering.Peering, filter)
		if err != nil {
			return nil, fmt.Errorf("Microsoft peering of the circuit: %w", err)
		}
		record["peering"] = standsOn(peering, pulumi.Map{"name": peering.ID()})
	}
	return m, ctx.RegisterResourceOutputs(m, pulumi.Map{"routeFilterId": m.RouteFilterID, handedOut: record})
}

// attach makes the circuit's Microsoft peering. Its name is fixed by Azure.
func (m *MicrosoftPeering) attach(ctx *pulumi.Context, name string, circuit pulumi.StringInput, p site.Peering,
	filter *network.RouteFilter) (*network.ExpressRouteCircuitPeering, error) {
	var advertised pulumi.StringArray
	for _, prefix := range p.AdvertisedPrefixes {
		advertised = append(advertised, pulumi.String(prefix.String()))
	}
	return network.NewExpressRouteCircuitPeering(ctx, name+"-peering", &network.ExpressRouteCircuitPeeringArgs{
		ResourceGroupName:          idPart(circuit, idGroup),
		CircuitName:                idPart(circuit, idResource),
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
	}, pulumi.Parent(m))
}

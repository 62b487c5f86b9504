package arm

import (
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
)

const (
	typeCircuit = "Microsoft.Network/expressRouteCircuits"
	typePeering = typeCircuit + "/peerings"
)

const (
	circuitDoc = "https://learn.microsoft.com/azure/expressroute/expressroute-workflows"
	peeringDoc = "https://learn.microsoft.com/azure/expressroute/expressroute-howto-routing-portal-resource-manager"
	routingDoc = "https://learn.microsoft.com/azure/expressroute/expressroute-routing"
)

// expressRouteCircuits are ordered once and provisioned by a connectivity provider, so a rehearsal adds them as
// pre-existing. The body tells how far the provider is.
var expressRouteCircuits = Type{
	Name:           typeCircuit,
	Model:          model[armnetwork.ExpressRouteCircuit](),
	ReadModel:      model[armnetwork.ExpressRouteCircuit](),
	APIVersions:    networkVersions,
	Create:         30 * time.Second,
	Update:         30 * time.Second,
	Delete:         30 * time.Second,
	DurationSource: "the order alone; the provider takes days (estimate)",
	children:       []string{"authorizations", "peerings"},
	readOnly:       under("properties.", "authorizationStatus", "circuitProvisioningState", "serviceKey", "stag"),
	populate:       populateCircuit,
	rules:          circuitRules,
}

// circuitPeerings are the ways over a circuit, each with routing of its own.
var circuitPeerings = Type{
	Name:           typePeering,
	Model:          model[armnetwork.ExpressRouteCircuitPeering](),
	ReadModel:      model[armnetwork.ExpressRouteCircuitPeering](),
	APIVersions:    networkVersions,
	Create:         2 * time.Minute,
	Update:         time.Minute,
	Delete:         time.Minute,
	DurationSource: "configures the routers at both ends of the circuit (estimate)",
	global:         true,
	readOnly: slices.Concat(
		under("properties.", "azureASN", "primaryAzurePort", "secondaryAzurePort", "lastModifiedBy",
			"peeredConnections"),
		under("properties.microsoftPeeringConfig.", "advertisedPublicPrefixesState"),
	),
	refs: []reference{{path: "properties.routeFilter.id", to: typeRouteFilter}},
	// The peerings of a circuit are written one at a time, and not while the circuit is.
	locks:    func(c *change) []string { return []string{c.id.Parent} },
	populate: populatePeering,
	rules:    slices.Concat(peeringRules, microsoftPeeringRules),
}

// microsoftASN is at Azure's end of every peering.
// https://learn.microsoft.com/azure/expressroute/expressroute-routing#autonomous-system-numbers-asn
const microsoftASN = 12076

func populatePeering(_ *Server, _ *resource, body map[string]any) {
	properties := object(body, "properties")
	properties["azureASN"] = float64(microsoftASN)
	properties["lastModifiedBy"] = "Customer"
	if properties["state"] == nil {
		properties["state"] = string(armnetwork.ExpressRoutePeeringStateEnabled)
	}
	delete(properties, "sharedKey")
	if m, ok := properties["microsoftPeeringConfig"].(map[string]any); ok {
		m["advertisedPublicPrefixesState"] = string(
			armnetwork.ExpressRouteCircuitPeeringAdvertisedPublicPrefixStateConfigured)
	}
}

// isMicrosoft tells the peering with Microsoft's public services from the private one.
func isMicrosoft(m *armnetwork.ExpressRouteCircuitPeering) bool {
	return strings.EqualFold(string(val(m.Properties.PeeringType)),
		string(armnetwork.ExpressRoutePeeringTypeMicrosoftPeering))
}

// isProvisioned tells whether a circuit's provider has done its part.
func isProvisioned(m *armnetwork.ExpressRouteCircuit) bool {
	return strings.EqualFold(string(val(m.Properties.ServiceProviderProvisioningState)),
		string(armnetwork.ServiceProviderProvisioningStateProvisioned))
}

// peeringsOf are the peerings of a circuit that are resources of their own.
func (s *Server) peeringsOf(circuit string) []*resource {
	var out []*resource
	for _, r := range s.order {
		if r.typ.Name == typePeering && key(r.id.Parent) == key(circuit) {
			out = append(out, r)
		}
	}
	return out
}

// populateCircuit adds its peerings, and what Azure decides. Keys of authorizations are not told.
func populateCircuit(s *Server, r *resource, body map[string]any) {
	properties := object(body, "properties")
	properties["circuitProvisioningState"] = "Enabled"
	properties["serviceKey"] = r.guid("service")
	if text(properties, "serviceProviderProvisioningState") == "" {
		properties["serviceProviderProvisioningState"] = string(
			armnetwork.ServiceProviderProvisioningStateNotProvisioned)
	}
	peerings := []any{}
	for _, inline := range objects(properties, "peerings") {
		peerings = append(peerings, inline)
	}
	for _, peering := range s.peeringsOf(r.id.String()) {
		peerings = append(peerings, s.live(peering))
	}
	properties["peerings"] = peerings
	delete(properties, "authorizationKey")
	remove(properties, "authorizations.properties.authorizationKey")
}

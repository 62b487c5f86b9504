package arm

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
)

const (
	typeVirtualWAN    = "Microsoft.Network/virtualWans"
	typeVirtualHub    = "Microsoft.Network/virtualHubs"
	typeHubRouteTable = typeVirtualHub + "/hubRouteTables"
	typeHubConnection = typeVirtualHub + "/hubVirtualNetworkConnections"
)

const (
	hubConnectionDoc = "https://learn.microsoft.com/azure/virtual-wan/howto-connect-vnet-hub"
	// hubIsPeered has Microsoft's word that a connection is a peering with a network of the hub's own, which refuses
	// what a peering refuses.
	hubIsPeered = "https://github.com/MicrosoftDocs/azure-docs/issues/107338"
)

// virtualWANs and what is below one are a company's own, so a rehearsal adds them as pre-existing. A site's stack makes
// connections only.
var virtualWANs = Type{
	Name:           typeVirtualWAN,
	Model:          model[armnetwork.VirtualWAN](),
	ReadModel:      model[armnetwork.VirtualWAN](),
	APIVersions:    networkVersions,
	Create:         10 * time.Second,
	Update:         10 * time.Second,
	Delete:         10 * time.Second,
	DurationSource: "a control-plane record, done within a poll or two (estimate)",
	rules: []Rule{unused("virtual WAN", "InUseVirtualWanCannotBeDeleted",
		"https://github.com/Azure/ResourceModules/issues/455")},
}

var virtualHubs = Type{
	Name:           typeVirtualHub,
	Model:          model[armnetwork.VirtualHub](),
	ReadModel:      model[armnetwork.VirtualHub](),
	APIVersions:    networkVersions,
	Create:         6 * time.Minute,
	Update:         2 * time.Minute,
	Delete:         6 * time.Minute,
	DurationSource: "6 minutes: https://github.com/Azure/terraform-provider-azapi/issues/402",
	refs:           []reference{{path: "properties.virtualWan.id", to: typeVirtualWAN, anywhere: true}},
	// A hub has a route table from the start, with which connections are associated unless they name another.
	born: func(s *Server, r *resource) {
		s.addPreexisting(&hubRouteTables, r.childID("hubRouteTables", defaultRouteTable), r.location)
	},
	populate: func(_ *Server, _ *resource, body map[string]any) {
		object(body, "properties")["routingState"] = string(armnetwork.RoutingStateProvisioned)
	},
	rules: []Rule{{
		Name: "a hub has a range", Code: "AddressPrefixStringCannotBeNullOrEmpty",
		Source: "https://github.com/hashicorp/terraform-provider-azurerm/pull/22207",
		check: about(func(c *change, m *armnetwork.VirtualHub) string {
			if val(m.Properties.AddressPrefix) != "" {
				return ""
			}
			return fmt.Sprintf("Address prefix string for resource %s cannot be null or empty.", c.id)
		}),
	}},
}

const defaultRouteTable = "defaultRouteTable"

var hubRouteTables = Type{
	Name:           typeHubRouteTable,
	Model:          model[armnetwork.HubRouteTable](),
	ReadModel:      model[armnetwork.HubRouteTable](),
	APIVersions:    networkVersions,
	Create:         time.Minute,
	Update:         time.Minute,
	Delete:         time.Minute,
	DurationSource: "the hub's router is told (estimate)",
	global:         true,
	refs:           []reference{{path: "properties.routes.nextHop", weak: true}},
	locks:          func(c *change) []string { return []string{c.id.Parent} },
	rules: []Rule{{
		Name: "destinations of a hub's routes are there once", Code: "DuplicateDestinations",
		Source: "https://github.com/hashicorp/terraform-provider-azurerm/pull/31258",
		check: about(func(c *change, m *armnetwork.HubRouteTable) string {
			seen := map[string]bool{}
			return first(m.Properties.Routes, func(r *armnetwork.HubRoute) string {
				return first(texts(r.Destinations), func(to string) string {
					if !seen[to] {
						seen[to] = true
						return ""
					}
					return fmt.Sprintf("Route table %s has the destination %s in more than one route.", c.id, to)
				})
			})
		}),
	}},
}

// hubConnections are written one at a time, and not while their hub is: what comes meanwhile is refused.
// https://github.com/Azure/azure-rest-api-specs/issues/10391
var hubConnections = Type{
	Name:           typeHubConnection,
	Model:          model[armnetwork.HubVirtualNetworkConnection](),
	ReadModel:      model[armnetwork.HubVirtualNetworkConnection](),
	APIVersions:    networkVersions,
	Create:         2 * time.Minute,
	Update:         time.Minute,
	Delete:         2 * time.Minute,
	DurationSource: "the hub's router learns the network's ranges (estimate)",
	global:         true,
	refs: []reference{
		{path: "properties.remoteVirtualNetwork.id", to: typeVNet, weak: true},
		{path: "properties.routingConfiguration.associatedRouteTable.id", to: typeHubRouteTable, weak: true},
		{path: "properties.routingConfiguration.propagatedRouteTables.ids.id", to: typeHubRouteTable, weak: true},
	},
	locks: func(c *change) []string {
		out := []string{c.id.Parent}
		m, _ := c.decoded.model.(*armnetwork.HubVirtualNetworkConnection)
		if c.removal {
			m = modelBefore[armnetwork.HubVirtualNetworkConnection](c)
		}
		if m != nil {
			out = append(out, connectedNetwork(m))
		}
		return out
	},
	populate: func(_ *Server, r *resource, body map[string]any) {
		table := []string{r.id.Parent + "/hubRouteTables/" + defaultRouteTable}
		properties := object(body, "properties")
		unset(properties, map[string]any{"allowHubToRemoteVnetTransit": true,
			"allowRemoteVnetToUseHubVnetGateways": true, "enableInternetSecurity": false})
		unset(object(properties, "routingConfiguration"), map[string]any{
			"associatedRouteTable":  idsOf(table)[0],
			"propagatedRouteTables": map[string]any{"labels": []any{"default"}, "ids": idsOf(table)},
			"vnetRoutes":            map[string]any{"staticRoutes": []any{}},
		})
	},
	rules: []Rule{
		{
			Name: "a connection names a network", Code: "InvalidRequestFormat",
			Source: missingMember + " " + hubConnectionDoc,
			check: about(func(c *change, m *armnetwork.HubVirtualNetworkConnection) string {
				if connectedNetwork(m) != "" {
					return ""
				}
				return fmt.Sprintf("Cannot parse the request. MissingJsonField: %s has no remoteVirtualNetwork.id.",
					c.id)
			}),
		},
		{
			Name: "a connected network does not overlap its hub", Code: "VnetAddressSpacesOverlap", Source: hubIsPeered,
			check: about(func(c *change, m *armnetwork.HubVirtualNetworkConnection) string {
				shared := overlap(c.server.spaceOf(connectedNetwork(m)), c.server.spaceOfHub(c.id.Parent))
				if shared == "" {
					return ""
				}
				return fmt.Sprintf("Cannot create or update connection %s. Virtual network %s and virtual hub %s "+
					"cannot be peered because their address spaces overlap. Overlapping address prefixes: %s.", c.id,
					connectedNetwork(m), c.id.Parent, shared)
			}),
		},
		{
			Name: "networks in one hub do not overlap", Code: "VnetAddressSpaceOverlapsWithAlreadyPeeredVnet",
			Source: hubIsPeered,
			check: about(func(c *change, m *armnetwork.HubVirtualNetworkConnection) string {
				return first(c.server.hubConnections(func(r *resource) bool {
					return key(r.id.Parent) == key(c.id.Parent) && r != c.before
				}), func(r *resource) string {
					other := connectedNetwork(connectionOf(r))
					shared := overlap(c.server.spaceOf(connectedNetwork(m)), c.server.spaceOf(other))
					if shared == "" {
						return ""
					}
					return fmt.Sprintf("Cannot create or update connection %s. Virtual network %s cannot be peered "+
						"because its address space overlaps with address space of virtual network %s already peered "+
						"with the hub. Overlapping address prefixes: %s.", c.id, connectedNetwork(m), other, shared)
				})
			}),
		},
	},
}

func connectionOf(r *resource) *armnetwork.HubVirtualNetworkConnection {
	return r.model.(*armnetwork.HubVirtualNetworkConnection)
}

// connectedNetwork is the ID of the network that a connection is about.
func connectedNetwork(m *armnetwork.HubVirtualNetworkConnection) string {
	if m.Properties == nil {
		return ""
	}
	return val(val(m.Properties.RemoteVirtualNetwork).ID)
}

// hubConnections are those of any hub that fit.
func (s *Server) hubConnections(fits func(*resource) bool) []*resource {
	var out []*resource
	for _, r := range s.order {
		if r.typ.Name == typeHubConnection && fits(r) {
			out = append(out, r)
		}
	}
	return out
}

func (s *Server) spaceOfHub(id string) []netip.Prefix {
	hub := s.find(id)
	if hub == nil {
		return nil
	}
	p, err := netip.ParsePrefix(val(hub.model.(*armnetwork.VirtualHub).Properties.AddressPrefix))
	if err != nil {
		return nil
	}
	return []netip.Prefix{p}
}

// hubPeering is how the name of the peering begins that a connected network shows. It leads to a network in a
// subscription of Microsoft's, and is the hub's.
const hubPeering = "RemoteVnetToHubPeering_"

// microsofts is the subscription with the networks of virtual hubs.
const microsofts = "5e11f00d-0000-4000-8000-0000000000aa"

// hubPeerings are the peerings of a network that its connections with hubs are.
func (s *Server) hubPeerings(network *resource) []any {
	var out []any
	for _, r := range s.hubConnections(func(r *resource) bool {
		return key(connectedNetwork(connectionOf(r))) == key(network.id.String())
	}) {
		hub := r.id.Names[0]
		ranges := []any{}
		for _, p := range s.spaceOfHub(r.id.Parent) {
			ranges = append(ranges, p.String())
		}
		name := hubPeering + r.guid("peering")
		out = append(out, map[string]any{
			"id": network.childID("virtualNetworkPeerings", name), "name": name, "type": typeNetworkPeering,
			"etag": r.etag(),
			"properties": map[string]any{
				"provisioningState": r.state, "peeringState": "Connected", "peeringSyncLevel": "FullyInSync",
				"resourceGuid": r.guid("resource"), "allowVirtualNetworkAccess": true, "allowForwardedTraffic": false,
				"allowGatewayTransit": false, "useRemoteGateways": true, "doNotVerifyRemoteGateways": true,
				"remoteVirtualNetwork": map[string]any{"id": fmt.Sprintf("/subscriptions/%s/resourceGroups/RG_%s_%s/"+
					"providers/%s/HV_%s_%s", microsofts, hub, r.guid("group"), typeVNet, hub, r.guid("network"))},
				"remoteAddressSpace":               map[string]any{"addressPrefixes": ranges},
				"remoteVirtualNetworkAddressSpace": map[string]any{"addressPrefixes": slices.Clone(ranges)},
			},
		})
	}
	return out
}

// leaveHubPeerings takes the hubs' peerings out of a network that is written with what a GET has told: nobody but a hub
// makes or ends one.
func leaveHubPeerings(c *change) {
	properties, _ := c.decoded.body["properties"].(map[string]any)
	all, given := properties["virtualNetworkPeerings"].([]any)
	if !given {
		return
	}
	properties["virtualNetworkPeerings"] = slices.DeleteFunc(all, func(peering any) bool {
		named, _ := peering.(map[string]any)
		return strings.HasPrefix(text(named, "name"), hubPeering)
	})
}

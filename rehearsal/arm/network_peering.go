package arm

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
)

const typeNetworkPeering = typeVNet + "/virtualNetworkPeerings"

const networkPeeringDoc = "https://learn.microsoft.com/azure/virtual-network/virtual-network-manage-peering"

// networkPeerings are halves: packets pass once both networks have one to each other. A half that is alone is
// Initiated; both are Connected; and one whose other half was deleted is Disconnected for ever.
// https://learn.microsoft.com/azure/virtual-network/virtual-network-troubleshoot-peering-issues
var networkPeerings = Type{
	Name:           typeNetworkPeering,
	Model:          model[armnetwork.VirtualNetworkPeering](),
	ReadModel:      model[armnetwork.VirtualNetworkPeering](),
	APIVersions:    networkVersions,
	Create:         10 * time.Second,
	Update:         10 * time.Second,
	Delete:         10 * time.Second,
	DurationSource: "routes in both networks, done within a poll or two (estimate)",
	global:         true,
	readOnly:       under("properties.", "resourceGuid", "remoteVirtualNetworkEncryption"),
	refs:           []reference{{path: "properties.remoteVirtualNetwork.id", to: typeVNet, weak: true}},
	// The halves of a network are written one at a time, and neither network meanwhile.
	locks: func(c *change) []string {
		out := []string{c.id.Parent}
		if m := peeringOf(c); m != nil {
			out = append(out, remoteOf(m))
		}
		return out
	},
	populate: populateNetworkPeering,
	stored:   func(_ *Server, r *resource) { r.disconnected = false },
	dropped:  func(s *Server, r *resource) { s.disconnect(r) },
	rules: []Rule{
		{
			Name: "a peering names another network", Code: "InvalidRequestFormat", Source: missingMember,
			check: about(func(c *change, m *armnetwork.VirtualNetworkPeering) string {
				if m.Properties.RemoteVirtualNetwork != nil && remoteOf(m) != "" {
					return ""
				}
				return fmt.Sprintf("Cannot parse the request. MissingJsonField: %s has no remoteVirtualNetwork.id.",
					c.id)
			}),
		},
		{
			Name: "peered networks do not overlap", Code: "VnetAddressSpacesOverlap",
			Source: "https://github.com/mddazure/subnet-peering " + networkPeeringDoc,
			check: about(func(c *change, m *armnetwork.VirtualNetworkPeering) string {
				shared := overlap(c.server.spaceOf(c.id.Parent), c.server.spaceOf(remoteOf(m)))
				if shared == "" {
					return ""
				}
				return fmt.Sprintf("Cannot create or update peering %s. Virtual networks %s and %s cannot be peered "+
					"because their address spaces overlap. Overlapping address prefixes: %s.", c.id, c.id.Parent,
					remoteOf(m), shared)
			}),
		},
		{
			Name:   "networks that one network is peered with do not overlap",
			Code:   "VnetAddressSpaceOverlapsWithAlreadyPeeredVnet",
			Source: "https://github.com/microsoft/AzureTRE/issues/4641",
			check: about(func(c *change, m *armnetwork.VirtualNetworkPeering) string {
				return first([][2]string{{c.id.Parent, remoteOf(m)}, {remoteOf(m), c.id.Parent}},
					func(ends [2]string) string { return overlapsPeered(c, ends[0], ends[1]) })
			}),
		},
		{
			Name: "a half is not made to one that is disconnected", Code: "RemotePeeringIsDisconnected",
			Source: "https://github.com/hashicorp/terraform-provider-azurerm/issues/14051",
			check: about(func(c *change, m *armnetwork.VirtualNetworkPeering) string {
				other := c.server.otherHalf(c.id.Parent, remoteOf(m))
				if other == nil || !other.disconnected {
					return ""
				}
				return fmt.Sprintf("Cannot create or update peering %s because remote peering %s referencing parent "+
					"virtual network %s is in Disconnected state. Update or re-create the remote peering to get it "+
					"back to Initiated state. Peering gets Disconnected when remote vnet or remote peering is "+
					"deleted and re-created.", c.id, other.id, c.id.Parent)
			}),
		},
		{
			Name: "a remote gateway is there", Code: "RemoteVnetHasNoGateways",
			Source: "https://github.com/hashicorp/terraform/issues/30569",
			check: usingRemote(func(c *change, m *armnetwork.VirtualNetworkPeering) string {
				if c.server.gatewayIn(remoteOf(m)) {
					return ""
				}
				return fmt.Sprintf("Peering %s cannot have UseRemoteGateway flag set to true because remote virtual "+
					"network %s referenced by the peering does not have any gateways.", c.id, remoteOf(m))
			}),
		},
		{
			Name:   "a remote gateway is offered by the other half",
			Code:   "RemotePeeringDoesNotAllowGatewayTransit",
			Source: "https://github.com/hashicorp/terraform-provider-azurerm/issues/2872" + codeAssumed,
			check: usingRemote(func(c *change, m *armnetwork.VirtualNetworkPeering) string {
				other := c.server.otherHalf(c.id.Parent, remoteOf(m))
				if other == nil || val(half(other).Properties.AllowGatewayTransit) {
					return ""
				}
				return fmt.Sprintf("Peering %s cannot have UseRemoteGateways flag set to true, because corresponding "+
					"remote peering %s has AllowGatewayTransit flag set to false.", c.id, other.id)
			}),
		},
	},
}

func usingRemote(check func(*change, *armnetwork.VirtualNetworkPeering) string) func(*change) string {
	return about(func(c *change, m *armnetwork.VirtualNetworkPeering) string {
		if !val(m.Properties.UseRemoteGateways) {
			return ""
		}
		return check(c, m)
	})
}

// peeringOf is the half as a change writes it, or as it is when it is deleted.
func peeringOf(c *change) *armnetwork.VirtualNetworkPeering {
	if c.removal {
		return modelBefore[armnetwork.VirtualNetworkPeering](c)
	}
	m, _ := c.decoded.model.(*armnetwork.VirtualNetworkPeering)
	return m
}

func half(r *resource) *armnetwork.VirtualNetworkPeering {
	return r.model.(*armnetwork.VirtualNetworkPeering)
}

// remoteOf is the other network's ID.
func remoteOf(m *armnetwork.VirtualNetworkPeering) string {
	if m.Properties == nil || m.Properties.RemoteVirtualNetwork == nil {
		return ""
	}
	return val(m.Properties.RemoteVirtualNetwork.ID)
}

// peeringsFrom are a network's halves.
func (s *Server) peeringsFrom(network string) []*resource {
	var out []*resource
	for _, r := range s.order {
		if r.typ.Name == typeNetworkPeering && key(r.id.Parent) == key(network) {
			out = append(out, r)
		}
	}
	return out
}

// otherHalf is the one from the remote network to this one; nil: there is none yet.
func (s *Server) otherHalf(network, remote string) *resource {
	for _, r := range s.peeringsFrom(remote) {
		if key(remoteOf(half(r))) == key(network) {
			return r
		}
	}
	return nil
}

// spaceOf are the ranges of a network.
func (s *Server) spaceOf(network string) []netip.Prefix {
	r := s.find(network)
	if r == nil {
		return nil
	}
	m, isNetwork := r.model.(*armnetwork.VirtualNetwork)
	if !isNetwork || m.Properties.AddressSpace == nil {
		return nil
	}
	var all []netip.Prefix
	for _, text := range texts(m.Properties.AddressSpace.AddressPrefixes) {
		if p, err := netip.ParsePrefix(text); err == nil {
			all = append(all, p)
		}
	}
	return all
}

// overlap is the first range of one list that shares addresses with another, or "".
func overlap(one, other []netip.Prefix) string {
	return first(one, func(a netip.Prefix) string {
		return first(other, func(b netip.Prefix) string {
			if a.Overlaps(b) {
				return a.String()
			}
			return ""
		})
	})
}

// overlapsPeered complains about a network that shares addresses with one that the hub is peered with already.
func overlapsPeered(c *change, network, hub string) string {
	return first(c.server.peeringsFrom(hub), func(other *resource) string {
		peered := remoteOf(half(other))
		shared := overlap(c.server.spaceOf(network), c.server.spaceOf(peered))
		if key(peered) == key(network) || shared == "" {
			return ""
		}
		return fmt.Sprintf("Cannot create or update peering %s. Virtual networks %s and %s cannot be peered because "+
			"address space of the first virtual network overlaps with address space of virtual network %s already "+
			"peered with the second virtual network. Overlapping address prefixes: %s.", c.id, network, hub, peered,
			shared)
	})
}

// gatewayIn tells whether a network has a gateway.
func (s *Server) gatewayIn(network string) bool {
	for _, user := range s.users(network + "/subnets/" + gatewaySubnet) {
		if user.typ.Name == typeGateway {
			return true
		}
	}
	return false
}

// writePeerings has a network's halves be those that a write of it names: one that is new is made, and one that is left
// out goes. Those that are there stay as they are.
func (s *Server) writePeerings(network *resource) {
	properties, _ := network.body["properties"].(map[string]any)
	named := map[string]bool{}
	for _, inline := range objects(properties, "virtualNetworkPeerings") {
		at := network.childID("virtualNetworkPeerings", text(inline, "name"))
		named[key(at)] = true
		if s.find(at) != nil {
			continue
		}
		id, err := ParseID(at)
		if err != nil {
			continue // a name that no resource can have
		}
		body := map[string]any{"properties": clone(object(inline, "properties"))}
		again := decode(&networkPeerings, body)
		s.serial++
		r := &resource{id: id, typ: &networkPeerings, apiVersion: network.apiVersion, sent: body, body: again.body,
			model: again.model, state: stateSucceeded, serial: s.serial}
		s.resources[key(at)] = r
		s.order = append(s.order, r)
	}
	for _, r := range s.peeringsFrom(network.id.String()) {
		if !named[key(r.id.String())] {
			s.order = slices.DeleteFunc(s.order, func(other *resource) bool { return other == r })
			delete(s.resources, key(r.id.String()))
			s.disconnect(r)
		}
	}
	delete(properties, "virtualNetworkPeerings")
}

// disconnect tells the other half that this one is gone.
func (s *Server) disconnect(gone *resource) {
	if other := s.otherHalf(gone.id.Parent, remoteOf(half(gone))); other != nil {
		other.disconnected = true
		other.revision++
	}
}

// peeringState is Azure's word for how far a peering is.
func (s *Server) peeringState(r *resource) armnetwork.VirtualNetworkPeeringState {
	switch other := s.otherHalf(r.id.Parent, remoteOf(half(r))); {
	case r.disconnected:
		return armnetwork.VirtualNetworkPeeringStateDisconnected
	case other != nil && !other.disconnected:
		return armnetwork.VirtualNetworkPeeringStateConnected
	}
	return armnetwork.VirtualNetworkPeeringStateInitiated
}

func populateNetworkPeering(s *Server, r *resource, body map[string]any) {
	properties := object(body, "properties")
	state := s.peeringState(r)
	properties["peeringState"] = string(state)
	properties["peeringSyncLevel"] = string(armnetwork.VirtualNetworkPeeringLevelFullyInSync)
	if state == armnetwork.VirtualNetworkPeeringStateInitiated {
		properties["peeringSyncLevel"] = string(armnetwork.VirtualNetworkPeeringLevelRemoteNotInSync)
	}
	properties["resourceGuid"] = r.guid("resource")
	ranges := []any{}
	for _, p := range s.spaceOf(remoteOf(half(r))) {
		ranges = append(ranges, p.String())
	}
	space := map[string]any{"addressPrefixes": ranges}
	properties["remoteAddressSpace"], properties["remoteVirtualNetworkAddressSpace"] = space, clone(space)
	for _, flag := range []string{"allowForwardedTraffic", "allowGatewayTransit", "useRemoteGateways",
		"doNotVerifyRemoteGateways"} {
		if properties[flag] == nil {
			properties[flag] = false
		}
	}
	if properties["allowVirtualNetworkAccess"] == nil {
		properties["allowVirtualNetworkAccess"] = true
	}
}

package arm

import (
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
)

// subnets are written as resources of their own in a network that is somebody else's. Such a subnet is in the network's
// body as well, so what reads subnets there finds it. A write or delete of one is a change of the network: the
// network's rules are asked of it, and a write of the network that leaves a subnet out takes it away.
// https://learn.microsoft.com/azure/azure-resource-manager/templates/child-resource-name-type
var subnets = Type{
	Name:           typeSubnet,
	Model:          model[armnetwork.Subnet](),
	ReadModel:      model[armnetwork.Subnet](),
	APIVersions:    networkVersions,
	Create:         5 * time.Second,
	Update:         5 * time.Second,
	Delete:         10 * time.Second,
	DurationSource: "a control-plane record in its network, done within a poll or two (estimate)",
	global:         true,
	inside:         true,
	readOnly: under("properties.", "ipConfigurations", "ipConfigurationProfiles", "privateEndpoints", "purpose",
		"resourceNavigationLinks",
		"serviceAssociationLinks"),
	refs: []reference{
		{path: "properties.networkSecurityGroup.id", to: typeNSG},
		{path: "properties.natGateway.id", to: typeNATGateway},
		{path: "properties.routeTable.id", to: typeRouteTable},
	},
	// One subnet of a network is written at a time, and a NAT gateway that is attached must stay as it is.
	locks: func(c *change) []string {
		out := []string{c.id.Parent}
		if before := modelBefore[armnetwork.Subnet](c); before != nil && before.Properties.NatGateway != nil {
			out = append(out, val(before.Properties.NatGateway.ID))
		}
		return out
	},
	outer:    networkAfterwards,
	stored:   func(s *Server, r *resource) { s.rewriteSubnets(r, r.body) },
	dropped:  func(s *Server, r *resource) { s.rewriteSubnets(r, nil) },
	populate: populateSubnet,
	rules: []Rule{{
		Name: "a subnet that somebody else made is not written or deleted", Code: "AuthorizationFailed",
		Status: http.StatusForbidden,
		Source: "https://learn.microsoft.com/azure/role-based-access-control/troubleshooting", on: always,
		check: func(c *change) string {
			network := c.server.find(c.id.Parent)
			if c.before != nil || network == nil || !network.outside || childOf(network.body, c.id) == nil {
				return ""
			}
			return fmt.Sprintf("%s does not have authorization to perform an action over scope '%s' or the scope is "+
				"invalid.", caller, c.id)
		},
	}},
}

// networkAfterwards is the write of the network that a write or delete of a subnet comes to.
func networkAfterwards(c *change) *change {
	network := c.server.find(c.id.Parent)
	if network == nil {
		return nil
	}
	body := clone(network.body).(map[string]any)
	var written map[string]any
	if !c.removal {
		written = c.decoded.body
	}
	replaceSubnet(body, c.id.Name(), written)
	outer := &change{
		server: c.server, id: network.id, typ: network.typ, apiVersion: network.apiVersion, outside: network.outside,
		sent: body, decoded: decode(network.typ, body), before: network,
	}
	outer.found = findReferences(outer.typ, outer.id, outer.decoded.body)
	return outer
}

// replaceSubnet puts a subnet into a network's body, or takes it out where written is nil.
func replaceSubnet(network map[string]any, name string, written map[string]any) {
	properties := object(network, "properties")
	all := []any{}
	for _, subnet := range objects(properties, "subnets") {
		if !strings.EqualFold(text(subnet, "name"), name) {
			all = append(all, subnet)
		}
	}
	if written != nil {
		subnet := clone(written).(map[string]any)
		subnet["name"] = name
		all = append(all, subnet)
	}
	properties["subnets"] = all
}

// rewriteSubnets has the network of a subnet hold it as it is now.
func (s *Server) rewriteSubnets(subnet *resource, written map[string]any) {
	network := s.find(subnet.id.Parent)
	if network == nil {
		return
	}
	replaceSubnet(network.body, subnet.id.Name(), written)
	again := decode(network.typ, network.body)
	network.body, network.model = again.body, again.model
	network.revision++
}

// loseSubnets takes away the subnets that a write of their network leaves out, and has the others be as the network
// says.
func loseSubnets(s *Server, network *resource) {
	properties, _ := network.body["properties"].(map[string]any)
	named := map[string]map[string]any{}
	for _, subnet := range objects(properties, "subnets") {
		named[key(network.childID("subnets", text(subnet, "name")))] = subnet
	}
	s.order = slices.DeleteFunc(s.order, func(r *resource) bool {
		if r.typ.Name != typeSubnet || key(r.id.Parent) != key(network.id.String()) {
			return false
		}
		subnet, kept := named[key(r.id.String())]
		if kept {
			again := decode(r.typ, subnet)
			r.body, r.model = again.body, again.model
			return false
		}
		delete(s.resources, key(r.id.String()))
		return true
	})
}

// populateSubnet adds who is in the subnet.
func populateSubnet(s *Server, r *resource, body map[string]any) {
	taken := s.addresses[key(r.id.String())]
	var inside []string
	for _, address := range slices.SortedFunc(maps.Keys(taken), netip.Addr.Compare) {
		inside = append(inside, taken[address])
	}
	if len(inside) > 0 {
		object(body, "properties")["ipConfigurations"] = idsOf(inside)
	}
}

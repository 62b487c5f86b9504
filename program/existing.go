package program

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/components"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/reach"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// existing is what Azure has of the resources that the site uses and does not make. What the site makes is nil here.
type existing struct {
	network *components.FoundNetwork
	group   *components.FoundSecurityGroup
	routes  *components.FoundRouteTable // of the existing subnet of the proxies, if a firewall is the way out
	nat     *components.FoundNatGateway
	address *components.FoundAddress
	prefix  *components.FoundAddress
	// that holds the table of logs.proxyAccess
	workspace *components.FoundWorkspace
	problems  site.Errors // what could not be found
}

// lookUp reads the existing resources of a site, in a preview as in an up: nobody tells this stack when their owner
// changes them.
func lookUp(ctx *pulumi.Context, s site.Site) existing {
	var e existing
	if s.Azure == nil {
		return e
	}
	e.network = lookUpOne(ctx, &e, "network.existing.virtualNetworkId", s.Azure.Existing.VirtualNetworkID,
		components.FindNetwork)
	e.routes = lookUpOne(ctx, &e, "network.existing.proxyserverSubnetId", e.routeTable(s), components.FindRouteTable)
	e.group = lookUpOne(ctx, &e, "network.existing.networkSecurityGroupId", s.Azure.Existing.NetworkSecurityGroupID,
		components.FindSecurityGroup)
	e.nat = lookUpOne(ctx, &e, "egress.natGatewayId", s.Azure.Egress.NATGatewayID, components.FindNatGateway)
	e.address = lookUpOne(ctx, &e, "egress.publicIpId", s.Azure.Egress.PublicIPID, components.FindPublicIP)
	e.prefix = lookUpOne(ctx, &e, "egress.publicIpPrefixId", s.Azure.Egress.PublicIPPrefixID,
		components.FindPublicIPPrefix)
	if s.Azure.Logs.ProxyAccess {
		e.workspace = lookUpOne(ctx, &e, "logs.workspaceId", s.Azure.Logs.WorkspaceID, components.FindWorkspace)
	}
	return e
}

// lookUpOne looks one resource up by the function that knows its type.
func lookUpOne[T any](ctx *pulumi.Context, e *existing, key, id string,
	by func(*pulumi.Context, string) (*T, error)) *T {
	if id == "" {
		return nil
	}
	found, err := by(ctx, id)
	switch {
	case err != nil:
		e.fail(key, id, fmt.Sprintf("cannot be read: %v", err), "a resource that whoever deploys may read",
			"Give whoever deploys the role in docs/custom-role.json on it, or on its resource group")
	case found == nil:
		e.fail(key, id, "was not found in the stack's subscription", "the ID of a resource that exists",
			"Compare it with `az resource show --ids "+id+"`")
	}
	return found
}

func (e *existing) fail(key, value, problem, allowed, do string) {
	e.problems = append(e.problems, site.Error{Key: key, Value: fmt.Sprintf("%q", value), Problem: problem,
		Allowed: allowed, Do: do})
}

// topology is the site's, with the rules and ranges that Azure has in the place of those that the stack would plan.
func (e *existing) topology(s site.Site) reach.Topology {
	t := reach.Plan(s, reach.Egress(components.DrawnWaysOut(egress(s.Azure.Egress))))
	if usesFoundRoutes(s) {
		t.Egress.DefaultRoute = e.defaultRoute()
	}
	if e.group != nil {
		t.GroupName = e.group.Name
		for _, rule := range e.group.Inbound {
			t.Found = append(t.Found, reach.Found(rule))
		}
	}
	if e.network == nil {
		return t
	}
	t.OtherSpaces, t.Peered = reach.Ranges(e.network.Spaces), reach.Ranges(e.network.Peered)
	if !t.Gateway.IsValid() {
		if subnet := e.subnet("GatewaySubnet"); subnet != nil && len(reach.Ranges(subnet.Prefixes)) > 0 {
			t.Gateway = reach.Ranges(subnet.Prefixes)[0]
		}
	}
	return t
}

// subnet is the one of that name in the existing network, or nil.
func (e *existing) subnet(name string) *components.FoundSubnet {
	at := slices.IndexFunc(e.network.Subnets, func(s components.FoundSubnet) bool {
		return strings.EqualFold(s.Name, name)
	})
	if at < 0 {
		return nil
	}
	return &e.network.Subnets[at]
}

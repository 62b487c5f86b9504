package verify

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/reach"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// waysOut is every way out that the instances have in Azure.
func (c *check) waysOut(subnet *Subnet) reach.Egress {
	out := reach.Egress{NATGateway: subnet.NATGatewayID != "", DefaultOutboundAccess: subnet.DefaultOutboundAccess,
		// No call on the network tells the hub's route; the preview has proved the connection that leads to it.
		HubRoute: c.site.Azure.Egress.VirtualHubID != ""}
	if table := c.azure.RouteTable.Have; table != nil {
		for _, r := range table.Routes {
			if r.Prefix == site.DefaultRoute {
				out.DefaultRoute, _ = netip.ParseAddr(r.NextHop) // another hop than an address is told as a route
			}
		}
	} else if !c.azure.RouteTable.Read {
		out.DefaultRoute = c.site.Azure.Egress.Firewall // not known: an Unread says so
	}
	if lb := c.azure.Balancer.Have; lb != nil {
		out.LoadBalancerSNAT = slices.ContainsFunc(lb.Rules, func(r BalancerRule) bool { return r.OutboundSNAT })
	}
	for _, set := range c.scaleSets() {
		if !c.known(set.Interfaces.Read) || set.Interfaces.Have == nil {
			continue
		}
		out.PublicIPs = out.PublicIPs || slices.ContainsFunc(*set.Interfaces.Have, func(i Interface) bool {
			return i.PublicIPID != ""
		})
	}
	return out
}

// egress compares by what the proxies leave Azure.
func (c *check) egress() {
	subnet := c.proxies()
	if !c.known(c.azure.Network.Read) || subnet == nil {
		return
	}
	t := reach.Plan(c.site, c.waysOut(subnet))
	told := reach.EgressSentence(t)
	for _, v := range reach.Prove(t).Violations {
		if v.Sentence == told {
			c.found(WayOut, subnet.ID, v.Do+". `pulumi up --refresh` does it where the stack made the resource",
				"%s %s", v.Sentence, v.Problem)
		}
	}
	c.routes(subnet)
	c.learned()
	c.address(subnet)
}

// routes compares the routes of the subnet, but for the one for everything, of which the proof speaks.
func (c *check) routes(subnet *Subnet) {
	if !c.known(c.azure.RouteTable.Read) {
		return
	}
	var have []Route
	if table := c.azure.RouteTable.Have; table != nil {
		have = table.Routes
	}
	planned, do := c.site.Azure.AllRoutes(), "Remove it, or write it into network.routes and run `pulumi up`"
	owned := c.site.Azure.Existing.ProxyserverSubnetID != ""
	if owned {
		do = "Have the route table's owner remove it"
	}
	for _, r := range have {
		_, err := netip.ParseAddr(r.NextHop)
		if r.Prefix == site.DefaultRoute && err == nil || slices.ContainsFunc(planned, r.is) {
			continue
		}
		if owned && c.site.Azure.Egress.ByFirewall() && !c.site.LeadsAround(r.Prefix, r.NextHopType, r.NextHop) {
			continue // its owner's matter, as for a preview
		}
		c.found(RouteAdded, subnet.RouteTableID, do,
			"Route %s sends %s to %s %s, and is not the stack's.", r.Name, r.Prefix, r.NextHopType, r.NextHop)
	}
	for _, want := range planned {
		if want.Prefix.String() != site.DefaultRoute &&
			!slices.ContainsFunc(have, func(r Route) bool { return r.is(want) }) {
			c.found(RouteMissing, subnet.ID, up, "The route %s for %s is not there.", want.Name, want.Prefix)
		}
	}
}

// is tells whether a route is the planned one.
func (r Route) is(want site.Route) bool {
	hop := ""
	if want.NextHop.IsValid() {
		hop = want.NextHop.String()
	}
	return r.Prefix == want.Prefix.String() && strings.EqualFold(r.NextHopType, want.NextHopType) && r.NextHop == hop
}

// learned finds a route for everything that a partner announces: it comes before the NAT gateway.
// Source: https://learn.microsoft.com/azure/nat-gateway/nat-overview
func (c *check) learned() {
	if !c.known(c.azure.Gateway.Read) || c.site.Azure.Egress.ByFirewall() {
		return
	}
	g := c.azure.Gateway.Have
	if g == nil || !c.known(g.Learned.Read) || g.Learned.Have == nil {
		return
	}
	for _, r := range *g.Learned.Have {
		if r.Prefix == site.DefaultRoute {
			c.found(RouteLearned, g.ID, "Have the other side stop announcing it: the proxies would leave Azure "+
				"through the site",
				"A route for everything is learned from %s, and comes before the NAT gateway.", r.From)
		}
	}
}

// address compares the public address that Microsoft's services see.
func (c *check) address(subnet *Subnet) {
	if c.site.Azure.Egress.ByFirewall() || subnet.NATGatewayID == "" {
		return
	}
	if given := c.site.Azure.Egress.NATGatewayID; given != "" && !same(given, subnet.NATGatewayID) {
		c.found(NATGatewayOther, subnet.ID, "Attach the other one again", "ProxyserverSubnet has the NAT gateway %s, "+
			"and the stack's is %s.", subnet.NATGatewayID, given)
		return
	}
	nat := c.azure.Egress.Have
	if !c.known(c.azure.Egress.Read) || nat == nil || c.outputs.EgressPublicIP == "" {
		return
	}
	if !sameSet(nat.Addresses, strings.Split(c.outputs.EgressPublicIP, ", ")) {
		c.found(EgressAddress, nat.ID, "Run `pulumi up --refresh`. Whoever lets the stack's address through, lets "+
			"nothing through now: if the other address is meant, tell them",
			"The proxies leave Azure by %s, and the stack's output egressPublicIp says %s.",
			listedOrNone(nat.Addresses), c.outputs.EgressPublicIP)
	}
}

func listedOrNone(texts []string) string {
	if len(texts) == 0 {
		return "no address"
	}
	return strings.Join(texts, ", ")
}

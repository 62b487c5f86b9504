package program

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/components"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// usesFoundRoutes tells whether the way to the firewall is in a route table that the stack does not make.
func usesFoundRoutes(s site.Site) bool {
	return s.Azure.Egress.Firewall.IsValid() && s.Azure.Existing.ProxyserverSubnetID != ""
}

// routeTable is the ID of the one that the existing subnet of the proxies has, where it matters; or empty.
func (e *existing) routeTable(s site.Site) string {
	if !usesFoundRoutes(s) || e.network == nil {
		return ""
	}
	id := s.Azure.Existing.ProxyserverSubnetID
	if subnet := e.subnet(id[strings.LastIndex(id, "/")+1:]); subnet != nil {
		return subnet.RouteTableID
	}
	return ""
}

// defaultRoute is where the found route table leads everything; not valid: nowhere, or not to a machine.
func (e *existing) defaultRoute() netip.Addr {
	if e.routes == nil {
		return netip.Addr{}
	}
	for _, r := range e.routes.Routes {
		if r.Prefix == site.DefaultRoute && strings.EqualFold(r.NextHopType, site.HopVirtualAppliance) {
			to, _ := netip.ParseAddr(r.NextHop)
			return to
		}
	}
	return netip.Addr{}
}

// checkRoutes refuses an existing subnet from which not everything goes to the firewall: the most exact route decides,
// and the stack changes none.
// Source: https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview#how-azure-selects-a-route
func (e *existing) checkRoutes(key string, found components.FoundSubnet, s site.Site) {
	id, firewall := s.Azure.Existing.ProxyserverSubnetID, s.Azure.Egress.Firewall
	if found.NatGatewayID != "" {
		e.fail(key, id, "has the NAT gateway "+found.NatGatewayID+", by which packets leave on the day that the route "+
			"to the firewall goes", "a subnet without one, where egress.kind is "+site.EgressFirewall,
			theirOwner+updateSubnet+id+` --nat-gateway ""`+"`, or set egress.natGatewayId")
	}
	wanted := fmt.Sprintf("a route table that leads %s to egress.firewallAddress, %s", site.DefaultRoute, firewall)
	if found.RouteTableID == "" {
		e.fail(key, id, "has no route table, and nothing else leads to the firewall", wanted,
			theirOwner+updateSubnet+id+" --route-table ID`")
		return
	}
	if e.routes == nil {
		return // which is said already
	}
	if to := e.defaultRoute(); to != firewall {
		problem := "has a route table that does not lead everything to a firewall"
		if to.IsValid() {
			problem = fmt.Sprintf("has a route table that leads everything to %s", to)
		}
		e.fail(key, id, problem, wanted, fmt.Sprintf("Correct egress.firewallAddress, or have the owner of %s lead %s "+
			"to %s", found.RouteTableID, site.DefaultRoute, firewall))
	}
	for _, r := range e.routes.Routes {
		if r.Prefix != site.DefaultRoute && s.LeadsAround(r.Prefix, r.NextHopType, r.NextHop) {
			e.fail(key, id, fmt.Sprintf("has a route %s that leads %s to %s, around the firewall", r.Name, r.Prefix,
				hop(r)), "routes of private ranges and of sensors beside the one to the firewall",
				theirOwner+"`az network route-table route delete --name "+r.Name+" --ids "+found.RouteTableID+"`")
		}
	}
}

// hop is what a route leads to, in words.
func hop(r components.FoundRoute) string {
	if r.NextHop != "" {
		return r.NextHop
	}
	return r.NextHopType
}

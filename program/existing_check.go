package program

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/components"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/impact"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/reach"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// check holds what Azure has against what the site is to do with it, and returns everything that Azure would refuse in
// the middle of an up, or that would leave the proxies without their way out. Before is what the stack has already.
func (e *existing) check(s site.Site, before impact.Record) error {
	if s.Azure == nil {
		return nil
	}
	if e.network != nil {
		e.checkPlace("network.existing.virtualNetworkId", e.network.ID, e.network.Location, s,
			s.Azure.Existing.VirtualNetworkID)
		e.checkOwner(s)
		e.checkSpaces(s)
		e.checkSubnets(s, before)
	}
	if e.group != nil {
		e.checkPlace("network.existing.networkSecurityGroupId", e.group.ID, e.group.Location, s,
			s.Azure.Existing.NetworkSecurityGroupID)
	}
	if e.nat != nil {
		e.checkPlace("egress.natGatewayId", e.nat.ID, e.nat.Location, s, s.Azure.Egress.NATGatewayID)
		e.checkNAT(s, before)
	}
	e.checkAddress("egress.publicIpId", e.address, s, before)
	e.checkAddress("egress.publicIpPrefixId", e.prefix, s, before)
	if w := e.workspace; w != nil && !strings.EqualFold(w.ID, s.Azure.Logs.WorkspaceID) {
		e.failElsewhere("logs.workspaceId", w.ID, s.Azure.Logs.WorkspaceID)
	}
	if len(e.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(e.problems, func(a, b site.Error) int { return strings.Compare(a.Key, b.Key) })
	return e.problems
}

// checkPlace refuses what is in another region, or in another subscription, where a resource of the same name may be.
// Source: https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq
func (e *existing) checkPlace(key, id, location string, s site.Site, asked string) {
	if !strings.EqualFold(id, asked) {
		e.failElsewhere(key, id, asked)
		return
	}
	if region := regionName(location); region != s.Location {
		e.fail(key, asked, "is in "+region+", and the site in "+s.Location,
			"a resource in the site's region: Azure attaches nothing across regions",
			"Use one in "+s.Location+", or set azure-native:location to "+region)
	}
}

// failElsewhere refuses a resource of another subscription.
func (e *existing) failElsewhere(key, id, asked string) {
	e.fail(key, asked, "was not found: the stack's subscription has "+id+" in its place",
		"a resource in the stack's subscription",
		"Correct the ID, or deploy the stack to the other subscription")
}

// regionName is a region's name of what may be its display name.
func regionName(location string) string {
	return strings.ToLower(strings.ReplaceAll(location, " ", ""))
}

// checkOwner refuses the network of another site: its stack writes the network with its own subnets, and each write
// would take those of this site away.
func (e *existing) checkOwner(s site.Site) {
	if e.network.Tags["application"] != site.Application {
		return
	}
	e.fail("network.existing.virtualNetworkId", s.Azure.Existing.VirtualNetworkID, "is the network of site "+
		e.network.Tags["site"]+", whose stack would take the subnets of this one away",
		"a network that no stack of this program makes", "Give the site a network of its own, and peer both if need be")
}

// checkSpaces refuses a site's part that the network has not, and sensors at addresses that the network has.
func (e *existing) checkSpaces(s site.Site) {
	spaces := reach.Ranges(e.network.Spaces)
	space := s.Azure.Addresses.Space
	if !slices.ContainsFunc(spaces, func(has netip.Prefix) bool {
		return has.Bits() <= space.Bits() && has.Contains(space.Addr())
	}) {
		e.fail("addressSpace", space.String(), "is not in the existing virtual network",
			"a part of "+strings.Join(e.network.Spaces, ", "),
			"Choose a part that is free, or have the network's owner add the range")
	}
	for i, sensors := range s.Azure.Sensors {
		for _, has := range spaces {
			if sensors.Overlaps(has) {
				e.fail(fmt.Sprintf("sensorCidrs[%d]", i), sensors.String(),
					"overlaps "+has.String()+" of the existing virtual network",
					"ranges of the site, outside the virtual network",
					"Correct the range, or use another virtual network")
			}
		}
	}
}

// drawnSubnet is a subnet of the site: where it is, and the ID of the existing one, or empty.
type drawnSubnet struct {
	name, key, id string
	place         netip.Prefix
}

func drawnSubnets(s site.Site) []drawnSubnet {
	plan, has := s.Azure.Addresses, s.Azure.Existing
	return slices.DeleteFunc([]drawnSubnet{
		{"GatewaySubnet", "gateway", has.GatewaySubnetID, plan.Gateway},
		{"ProxyserverSubnet", "proxyserver", has.ProxyserverSubnetID, plan.Proxyserver},
		{"AzureBastionSubnet", "bastion", has.BastionSubnetID, plan.Bastion},
	}, func(d drawnSubnet) bool { return !d.place.IsValid() })
}

func (e *existing) checkSubnets(s site.Site, before impact.Record) {
	for _, drawn := range drawnSubnets(s) {
		if drawn.id == "" {
			e.checkRoom(drawn, s, before)
			continue
		}
		key := "network.existing." + drawn.key + "SubnetId"
		name := drawn.id[strings.LastIndex(drawn.id, "/")+1:]
		found := e.subnet(name)
		if found == nil {
			e.fail(key, drawn.id, "was not found in the virtual network", "one of "+e.subnetNames(),
				"Correct the name of the subnet")
			continue
		}
		if !slices.Contains(reach.Ranges(found.Prefixes), drawn.place) {
			e.fail("subnets."+drawn.key, drawn.place.String(), "is not the range of the existing subnet "+name,
				strings.Join(found.Prefixes, ", "),
				"Set it to the subnet's range")
		}
		if drawn.key == "proxyserver" {
			e.checkProxySubnet(key, *found, s)
		}
	}
}

func (e *existing) subnetNames() string {
	var names []string
	for _, subnet := range e.network.Subnets {
		names = append(names, subnet.Name)
	}
	if names == nil {
		return "the network's subnets, of which there are none"
	}
	return strings.Join(names, ", ")
}

// checkRoom refuses a subnet that would be made where there is one already.
func (e *existing) checkRoom(drawn drawnSubnet, s site.Site, before impact.Record) {
	isOurs := func(name string) bool {
		if before.Network == nil || !strings.EqualFold(before.Network.ID, s.Azure.Existing.VirtualNetworkID) {
			return false
		}
		_, made := before.Network.Subnets[name]
		return made
	}
	for _, has := range e.network.Subnets {
		sameName := strings.EqualFold(has.Name, drawn.name)
		samePlace := slices.Contains(reach.Ranges(has.Prefixes), drawn.place)
		switch {
		case sameName && (isOurs(drawn.name) || isUntold(before) && samePlace):
		case sameName:
			e.fail("network.existing."+drawn.key+"SubnetId", "",
				"is missing, and the existing virtual network has a subnet "+drawn.name+" that this stack has not made",
				"the subnet's ID", "Set it to "+has.ID+
					", if the site may use that subnet, or use another virtual network")
		default:
			for _, taken := range reach.Ranges(has.Prefixes) {
				if taken.Overlaps(drawn.place) && !isOurs(has.Name) {
					e.fail("subnets."+drawn.key, drawn.place.String(),
						fmt.Sprintf("overlaps %s of subnet %s in the existing virtual network", taken, has.Name),
						"a range of the virtual network that no subnet has",
						"Place the subnet elsewhere with subnets."+drawn.key+", or choose another addressSpace")
				}
			}
		}
	}
}

// isUntold tells whether the stack has told nobody anything: it is new, or its first up failed. What that has made is
// not known here, so what may be it is let pass; if it is somebody else's, the up will say so.
func isUntold(before impact.Record) bool { return before.Served == nil }

// mayBeOurs tells whether a first up that failed may have made what has an ID.
func mayBeOurs(id string, s site.Site, before impact.Record) bool {
	return isUntold(before) && strings.Contains(strings.ToLower(id),
		strings.ToLower("/resourceGroups/"+ResourceGroupName(s)+"/"))
}

const (
	theirOwner   = "Have the network's owner run "
	updateSubnet = "`az network vnet subnet update --ids "
)

// checkProxySubnet refuses an existing subnet of the proxies that is not closed by the group that the proof is about,
// or whose way out is not the site's. The stack attaches nothing to a subnet that it has not made.
func (e *existing) checkProxySubnet(key string, found components.FoundSubnet, s site.Site) {
	id := s.Azure.Existing.ProxyserverSubnetID
	if group := s.Azure.Existing.NetworkSecurityGroupID; !strings.EqualFold(found.NetworkSecurityGroupID, group) {
		e.fail(key, id, "has "+orNothing("the network security group", found.NetworkSecurityGroupID),
			"a subnet with network.existing.networkSecurityGroupId, "+group,
			theirOwner+updateSubnet+id+" --network-security-group "+group+"`, or correct the key")
	}
	if usesFoundRoutes(s) {
		e.checkRoutes(key, found, s)
	} else {
		e.checkGateway(key, found, s)
	}
	if found.DefaultOutboundAccess {
		e.fail(key, id, "has default outbound access, a second way out from an address of Azure's choice",
			"a subnet without it",
			theirOwner+updateSubnet+id+" --default-outbound false`")
	}
	if len(found.Delegations) > 0 {
		e.fail(key, id, "is delegated to "+strings.Join(found.Delegations, ", ")+", and takes nothing else",
			"a subnet without delegations", "Use another subnet")
	}
}

// checkGateway refuses an existing subnet whose way out is not the NAT gateway.
func (e *existing) checkGateway(key string, found components.FoundSubnet, s site.Site) {
	id := s.Azure.Existing.ProxyserverSubnetID
	if nat := s.Azure.Egress.NATGatewayID; !strings.EqualFold(found.NatGatewayID, nat) {
		e.fail(key, id, "has "+orNothing("the NAT gateway", found.NatGatewayID),
			"a subnet with egress.natGatewayId, "+nat,
			theirOwner+updateSubnet+id+" --nat-gateway "+nat+"`, or correct the key")
	}
	// A route of the customer's own comes before the NAT gateway:
	// https://learn.microsoft.com/azure/nat-gateway/nat-overview
	if found.RouteTableID != "" {
		e.fail(key, id, "has the route table "+found.RouteTableID+", whose routes come before the NAT gateway",
			"a subnet without a route table",
			theirOwner+updateSubnet+id+" --route-table \"\"`, or use another subnet")
	}
}

func orNothing(what, id string) string {
	if id == "" {
		return "no " + strings.TrimPrefix(what, "the ")
	}
	return what + " " + id
}

// checkNAT refuses a NAT gateway that leads nowhere, or that serves another network.
// Source: https://learn.microsoft.com/azure/nat-gateway/nat-gateway-resource
func (e *existing) checkNAT(s site.Site, before impact.Record) {
	id := s.Azure.Egress.NATGatewayID
	if len(e.nat.PublicIPIDs)+len(e.nat.PublicIPPrefixIDs) == 0 {
		e.fail("egress.natGatewayId", id, "has no public IP address", "a NAT gateway with one",
			"Have its owner run `az network nat gateway update --ids "+id+" --public-ip-addresses ID`")
	}
	if before.Egress != nil && strings.EqualFold(before.Egress.Given, id) {
		return // some of its subnets are the stack's own
	}
	network := s.Azure.Existing.VirtualNetworkID
	for _, subnet := range e.nat.Subnets {
		if mayBeOurs(subnet, s, before) {
			continue
		}
		if network == "" || !strings.HasPrefix(strings.ToLower(subnet), strings.ToLower(network)+"/") {
			e.fail("egress.natGatewayId", id, "serves "+subnet+", and Azure has it serve one virtual network only",
				"a NAT gateway that no other virtual network uses",
				"Use another NAT gateway, or remove the key to have one made")
			return
		}
	}
}

// checkAddress refuses an address or prefix that no NAT gateway takes. Any zone goes with the stack's NAT gateway,
// which is in none.
// Sources: https://learn.microsoft.com/azure/nat-gateway/nat-gateway-resource and
// https://learn.microsoft.com/azure/nat-gateway/nat-availability-zones
func (e *existing) checkAddress(key string, found *components.FoundAddress, s site.Site, before impact.Record) {
	if found == nil {
		return
	}
	id := s.Azure.Egress.Given()
	e.checkPlace(key, found.ID, found.Location, s, id)
	const wanted = "a Standard, static IPv4 address that nothing else uses"
	wrong := func(isWrong bool, problem, do string) {
		if isWrong {
			e.fail(key, id, problem, wanted, do)
		}
	}
	const another = "Use another, or remove the key to have one made"
	wrong(!strings.EqualFold(found.SKU, "Standard"),
		fmt.Sprintf("is of the SKU %s, which the stack's NAT gateway does not take", found.SKU), another)
	wrong(strings.EqualFold(found.Tier, "Global"), "is of the tier Global, which no NAT gateway takes", another)
	wrong(strings.EqualFold(found.Version, "IPv6"), "is "+found.Version+", and the proxies have IPv4 alone", another)
	wrong(found.Allocation != "" && !strings.EqualFold(found.Allocation, "Static"),
		"is "+strings.ToLower(found.Allocation), another)
	wrong(found.Length != 0 && found.Length < shortestPrefix,
		fmt.Sprintf("is a /%d: a NAT gateway takes at most 16 addresses", found.Length),
		"Use a prefix of /28 or narrower")
	wrong(len(found.RoutingPreferences) > 0, "has the routing preference "+strings.Join(found.RoutingPreferences,
		", ")+", which no NAT gateway takes", another)
	isOurs := before.Egress != nil && strings.EqualFold(before.Egress.Given, id) || mayBeOurs(found.UsedBy, s, before)
	wrong(found.UsedBy != "" && !isOurs, "is used by "+found.UsedBy, another)
}

// shortestPrefix is of as many addresses as a NAT gateway takes.
const shortestPrefix = 28

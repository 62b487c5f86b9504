package arm

import (
	"fmt"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
)

const typeRouteTable = "Microsoft.Network/routeTables"

const routeDoc = "https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview"

var routeTables = Type{
	Name:           typeRouteTable,
	Model:          model[armnetwork.RouteTable](),
	ReadModel:      model[armnetwork.RouteTable](),
	APIVersions:    networkVersions,
	Create:         5 * time.Second,
	Update:         5 * time.Second,
	Delete:         10 * time.Second,
	DurationSource: "a control-plane record, done within a poll or two (estimate)",
	children:       []string{"routes"},
	readOnly:       under("properties.", "subnets", "resourceGuid", "routes.properties.hasBgpOverride"),
	populate: func(s *Server, r *resource, body map[string]any) {
		properties := object(body, "properties")
		properties["resourceGuid"] = r.guid("resource")
		if subnets := s.subnetsUsing(r.id.String(), "routeTable"); len(subnets) > 0 {
			properties["subnets"] = idsOf(subnets)
		}
	},
	rules: []Rule{
		{
			Name: "a route has a prefix and a next hop type", Code: "InvalidRequestFormat", Source: missingMember,
			check: eachRoute(func(c *change, name string, r *armnetwork.RoutePropertiesFormat) string {
				if r.AddressPrefix != nil && r.NextHopType != nil {
					return ""
				}
				return fmt.Sprintf("Cannot parse the request. MissingJsonField: route %s of %s needs addressPrefix "+
					"and nextHopType.", name, c.id)
			}),
		},
		{
			Name: "a route's prefix is a CIDR range or a service tag", Code: "InvalidAddressPrefixFormat",
			Source: recordedPartner + "invalid_prefixes.nock.js " + routeDoc,
			check: eachRoute(func(c *change, _ string, r *armnetwork.RoutePropertiesFormat) string {
				if !strings.ContainsAny(*r.AddressPrefix, "./:") {
					return "" // a service tag
				}
				return notCIDR(c, *r.AddressPrefix)
			}),
		},
		{
			Name: "a virtual appliance has an address", Code: "MissingNextHopIpAddress",
			Source: "https://github.com/hashicorp/terraform-provider-azurerm/pull/20365",
			check: eachRoute(func(_ *change, name string, r *armnetwork.RoutePropertiesFormat) string {
				if *r.NextHopType != armnetwork.RouteNextHopTypeVirtualAppliance || val(r.NextHopIPAddress) != "" {
					return ""
				}
				return fmt.Sprintf("NextHopIpAddress cannot be Null or Empty in route %s when NextHopType is "+
					"VirtualAppliance.", name)
			}),
		},
		unused("route table", "InUseRouteTableCannotBeDeleted",
			"https://learn.microsoft.com/azure/virtual-network/manage-route-table#delete-a-route-table"),
	},
}

func eachRoute(check func(c *change, name string, r *armnetwork.RoutePropertiesFormat) string) func(*change) string {
	return about(func(c *change, m *armnetwork.RouteTable) string {
		return first(m.Properties.Routes, func(r *armnetwork.Route) string {
			properties := r.Properties
			if properties == nil {
				properties = &armnetwork.RoutePropertiesFormat{}
			}
			return check(c, val(r.Name), properties)
		})
	})
}

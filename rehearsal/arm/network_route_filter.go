package arm

import (
	"fmt"
	"regexp"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
)

const typeRouteFilter = "Microsoft.Network/routeFilters"

const routeFilterDoc = "https://learn.microsoft.com/azure/expressroute/how-to-routefilter-portal"

// routeFilters choose the routes that a Microsoft peering lets in.
var routeFilters = Type{
	Name:           typeRouteFilter,
	Model:          model[armnetwork.RouteFilter](),
	ReadModel:      model[armnetwork.RouteFilter](),
	APIVersions:    networkVersions,
	Create:         10 * time.Second,
	Update:         10 * time.Second,
	Delete:         10 * time.Second,
	DurationSource: "a control-plane record, done within a poll or two (estimate)",
	children:       []string{"rules"},
	readOnly:       under("properties.", "peerings", "ipv6Peerings"),
	populate: func(s *Server, r *resource, body map[string]any) {
		properties := object(body, "properties")
		var peerings []string
		for _, user := range s.users(r.id.String()) {
			peerings = append(peerings, user.id.String())
		}
		properties["peerings"] = idsOf(peerings)
		for _, rule := range objects(properties, "rules") {
			delete(rule, "type") // the model of a rule has none
		}
	},
	rules: []Rule{
		{
			Name: "a route filter has at most one rule", Code: "RouteFilterCanHaveOnlyOneRule",
			Source: routeFilterDoc + codeAssumed,
			check: about(func(c *change, m *armnetwork.RouteFilter) string {
				if len(m.Properties.Rules) <= 1 {
					return ""
				}
				return fmt.Sprintf("Route filter %s can have one rule, and has %d.", c.id, len(m.Properties.Rules))
			}),
		},
		{
			Name: "a rule has access, a type and communities", Code: "InvalidRequestFormat",
			Source: routeFilterReference,
			check: eachRouteFilterRule(func(_ *change, r *armnetwork.RouteFilterRule) string {
				if r.Properties.Access != nil && r.Properties.RouteFilterRuleType != nil &&
					len(r.Properties.Communities) > 0 {
					return ""
				}
				return fmt.Sprintf("Cannot parse the request. MissingJsonField: route filter rule %s needs access, "+
					"routeFilterRuleType and communities.", val(r.Name))
			}),
		},
		{
			Name: "a community is one that Microsoft advertises", Code: "RouteFilterRuleInvalidCommunity",
			Source: routingDoc + "#bgp https://github.com/MicrosoftDocs/azure-docs/pull/31228" + codeAssumed,
			check: eachCommunity(func(c *change, r *armnetwork.RouteFilterRule, community string) string {
				switch {
				case microsoftCommunity.MatchString(community):
					return ""
				case communityShape.MatchString(community):
					return fmt.Sprintf("Community name %s of route filter rule %s/routeFilterRules/%s is invalid. It "+
						"is not one of Microsoft's.",
						community, c.id, val(r.Name))
				}
				return fmt.Sprintf("Community name %s of route filter rule %s/routeFilterRules/%s is invalid. The "+
					"name must contain colon (:).",
					community, c.id, val(r.Name))
			}),
		},
		unused("route filter", "InUseRouteFilterCannotBeDeleted", inUseRouteFilter),
	},
}

const routeFilterReference = "https://learn.microsoft.com/rest/api/expressroute/route-filters/create-or-update"

// communityShape is an autonomous system and a value; Microsoft's values are of a service (5010 to 5260), a region, or
// a service in a region (five digits).
// https://learn.microsoft.com/azure/expressroute/expressroute-routing#bgp
var (
	communityShape     = regexp.MustCompile(`^\d+:\d+$`)
	microsoftCommunity = regexp.MustCompile(`^12076:5\d{3,4}$`)
)

func eachRouteFilterRule(check func(c *change, r *armnetwork.RouteFilterRule) string) func(*change) string {
	return about(func(c *change, m *armnetwork.RouteFilter) string {
		return first(m.Properties.Rules, func(r *armnetwork.RouteFilterRule) string { return check(c, r) })
	})
}

func eachCommunity(check func(c *change, r *armnetwork.RouteFilterRule, community string) string) func(*change) string {
	return eachRouteFilterRule(func(c *change, r *armnetwork.RouteFilterRule) string {
		return first(texts(r.Properties.Communities), func(community string) string { return check(c, r, community) })
	})
}

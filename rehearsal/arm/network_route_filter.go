package arm

import (
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
	rules: routeFilterRules,
}

package arm

import (
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"time"
)

// Type is one type of resource: its official model, how long Azure takes over it, and what Azure insists on. A new type
// is a value of this struct in a file of its own and a row in table.
type Type struct {
	Name        string
	Model       reflect.Type // what a PUT is decoded into
	ReadModel   reflect.Type // what a GET answers
	APIVersions []string     // accepted; Model is of one newer version, which has every property of these

	// How long Azure takes, and where the figures come from.
	Create, Update, Delete time.Duration
	DurationSource         string

	global     bool           // has no location
	stateless  bool           // has no provisioningState
	nameShape  *regexp.Regexp // nil: azureName
	syncWrite  bool           // a PUT is answered when it is done
	syncDelete bool           // a DELETE is answered when it is done
	accepted   int            // answer to every accepted PUT, where it is not 201 for a creation and 200 for an update

	// inside is a type that is in its parent's body too, and outer the change of the parent that a change of it comes
	// to.
	inside bool
	outer  func(c *change) *change

	// onDemand is the property that a GET answers only with canFetchContent=true; empty: there is none.
	onDemand string
	children []string    // collections under properties that are resources of their own, with an ID
	readOnly []string    // paths that Azure fills in and ignores when sent
	refs     []reference // paths that hold the IDs of other resources
	rules    []Rule

	// locks names what a write or delete keeps others from writing, besides the resource itself.
	locks func(c *change) []string
	// claims are the addresses that the resource takes from subnets.
	claims func(id string, model any) []claim
	// complete fills in, before the rules are asked, what Azure decides or keeps where a body says nothing.
	complete func(c *change)
	// born is called once a new resource has been accepted.
	born func(s *Server, r *resource)
	// stored is called after every write that was accepted, and dropped once the resource is gone.
	stored, dropped func(s *Server, r *resource)
	// populate adds to a GET's answer what Azure fills in, besides what every resource has.
	populate func(s *Server, r *resource, body map[string]any)
}

// reference is a path of a body at which an ID of another resource is expected.
type reference struct {
	path string // properties.subnets.properties.natGateway.id; lists are walked through
	to   string // type of resource, which may be a child inside a known type
	// weak references neither tie the two to one region nor keep the other from being deleted.
	weak bool
	// anywhere is for what may be in another region and still keeps the other from being deleted.
	anywhere bool
}

// azureName is what most types of Microsoft.Network and Microsoft.Compute allow as a name.
// https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
var azureName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9_.-]{0,78}[A-Za-z0-9_])?$`)

// table is every type there is.
var table = []*Type{
	&resourceGroups,
	&networkSecurityGroups,
	&virtualNetworks,
	&subnets,
	&networkPeerings,
	&routeTables,
	&publicIPAddresses,
	&publicIPPrefixes,
	&natGateways,
	&loadBalancers,
	&bastionHosts,
	&azureFirewalls,
	&firewallPolicies,
	&ruleCollectionGroups,
	&virtualWANs,
	&virtualHubs,
	&hubRouteTables,
	&hubConnections,
	&virtualNetworkGateways,
	&localNetworkGateways,
	&connections,
	&routeFilters,
	&expressRouteCircuits,
	&circuitPeerings,
	&networkWatchers,
	&flowLogs,
	&virtualMachineScaleSets,
	&galleries,
	&galleryImages,
	&imageVersions,
	&storageAccounts,
	&workspaces,
	&tables,
	&diagnosticSettings,
	&actionGroups,
	&metricAlerts,
	&queryRules,
	&activityAlerts,
	&workbooks,
	&collectionEndpoints,
	&collectionRules,
	&collectionAssociations,
}

// LookupType finds a type by its name, without regard to case.
func LookupType(name string) (Type, bool) {
	for _, t := range table {
		if strings.EqualFold(t.Name, name) {
			return *t, true
		}
	}
	return Type{}, false
}

// Types is every type that the server knows.
func Types() []Type {
	out := make([]Type, len(table))
	for i, t := range table {
		out[i] = *t
	}
	return out
}

// duration is how long a write or delete of this type takes.
func (t *Type) duration(c *change) time.Duration {
	switch {
	case c.removal:
		return t.Delete
	case c.before == nil:
		return t.Create
	default:
		return t.Update
	}
}

// namespace is the resource provider that the type belongs to.
func (t *Type) namespace() string { return t.Name[:strings.Index(t.Name, "/")] }

// status is the answer to an accepted request.
func (t *Type) status(c *change) int {
	switch {
	case c.removal && t.syncDelete:
		return http.StatusOK
	case c.removal:
		return http.StatusAccepted
	case t.accepted != 0:
		return t.accepted
	case c.before == nil:
		return http.StatusCreated
	default:
		return http.StatusOK
	}
}

// model names the type of an official model.
func model[M any]() reflect.Type { return reflect.TypeFor[M]() }

// val is what p points to, or the zero value: absent and zero are one to most rules.
func val[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// or is what p points to, or Azure's default.
func or[T any](p *T, unset T) T {
	if p == nil {
		return unset
	}
	return *p
}

// texts is a list of strings without the pointers that the models keep them in.
func texts(list []*string) []string {
	out := make([]string, len(list))
	for i, p := range list {
		out[i] = val(p)
	}
	return out
}

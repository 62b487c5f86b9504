package arm

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

const (
	resourceNaming = "https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules"
	jsonErrors     = "https://github.com/MicrosoftLearning/AZ-700-Designing-and-Implementing-Microsoft-Azure-Networking-Solutions/issues/153"
	asyncOps       = "https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-job-conflict"
)

// generalRules hold for every type, in the order in which ARM gets to them: the request, what it is about, its body,
// and what the body refers to.
var generalRules = slices.Concat(requestRules, placeRules, bodyRules, referenceRules)

// requestRules are about the request itself.
var requestRules = []Rule{
	{
		Name: "the api-version is one of the type's", Code: "NoRegisteredProviderFound",
		Source: commonErrors, on: always,
		check: func(c *change) string {
			if c.typ == &resourceGroups {
				return ""
			}
			return unsupportedVersion(c.id, c.typ, c.apiVersion)
		},
	},
	{
		Name: "the api-version of a resource group is one of Resource Manager's", Code: "InvalidApiVersionParameter",
		Source: commonErrors, on: always,
		check: func(c *change) string {
			if c.typ != &resourceGroups {
				return ""
			}
			return unsupportedVersion(c.id, c.typ, c.apiVersion)
		},
	},
	{
		Name: "the body is a JSON object", Code: "InvalidRequestContent", Source: commonErrors,
		check: func(c *change) string {
			switch {
			case c.unreadable != nil:
				return fmt.Sprintf("The request content was invalid and could not be deserialized: '%v'.", c.unreadable)
			case c.sent == nil:
				return "The request content was invalid and could not be deserialized: 'null is not a resource'."
			}
			return ""
		},
	},
}

// placeRules are about where the resource is or is to be.
var placeRules = []Rule{
	{
		Name: "the resource group exists", Code: "ResourceGroupNotFound", Status: http.StatusNotFound, on: always,
		Source: commonErrors,
		check: func(c *change) string {
			exists := c.server.find(c.id.groupID()) != nil
			if exists || c.outside || (c.typ == &resourceGroups && !c.removal) {
				return ""
			}
			return groupNotFound(c.id).message
		},
	},
	{
		Name: "what is somebody else's is not written or deleted", Code: "AuthorizationFailed",
		Status: http.StatusForbidden,
		Source: "https://learn.microsoft.com/azure/role-based-access-control/troubleshooting", on: always,
		check: func(c *change) string {
			if c.outside || c.before == nil || !c.before.outside {
				return ""
			}
			return fmt.Sprintf("The client does not have authorization to perform action '%s/%s' over scope '%s' or "+
				"the scope is invalid.",
				c.typ.Name, map[bool]string{false: "write", true: "delete"}[c.removal], c.id)
		},
	},
	{
		Name: "the resource group is not being deleted", Code: "ResourceGroupBeingDeleted", Status: http.StatusConflict,
		Source: "https://learn.microsoft.com/azure/azure-resource-manager/management/delete-resource-group",
		on:     always,
		check: func(c *change) string {
			if group := c.server.find(c.id.groupID()); group == nil || group.state != stateDeleting {
				return ""
			}
			return fmt.Sprintf("The resource group '%s' is in deprovisioning state and cannot perform this operation.",
				c.id.ResourceGroup)
		},
	},
	{
		Name: "the parent resource exists", Code: "ParentResourceNotFound", Status: http.StatusNotFound,
		Source: "https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-parent-resource",
		check: func(c *change) string {
			if len(c.id.Names) == 1 || c.server.exists(c.id.Parent) {
				return ""
			}
			return fmt.Sprintf("Failed to perform 'write' on resource(s) of type '%s', because the parent resource "+
				"'%s' could not be found.", c.typ.Name, c.id.Parent)
		},
	},
	{
		Name: "the name has the type's shape", Code: "InvalidResourceName", Source: resourceNaming,
		check: func(c *change) string {
			shape := c.typ.nameShape
			if shape == nil {
				shape = azureName
			}
			if shape.MatchString(c.id.Name()) {
				return ""
			}
			return fmt.Sprintf("Resource name %s is invalid. The name of a %s must match %s.",
				c.id.Name(), c.typ.Name, shape)
		},
	},
	{
		Name: "one write or delete at a time", Code: "AnotherOperationInProgress", Status: http.StatusConflict,
		Source: asyncOps, on: always,
		check: func(c *change) string {
			mine := c.locked()
			for op := range c.server.running {
				for id := range op.locks {
					if _, both := mine[id]; both {
						return fmt.Sprintf("Another operation on this or dependent resource is in progress: %s "+
							"of %s, which locks %s, since %s.", op.Method, op.ID, id, op.Start)
					}
				}
			}
			return ""
		},
	},
}

// bodyRules are about what the body says, whatever its type.
var bodyRules = []Rule{
	{
		Name: "every value has its property's kind", Code: "InvalidRequestFormat", Source: jsonErrors,
		check: func(c *change) string {
			if c.decoded.err == nil {
				return ""
			}
			return fmt.Sprintf("Cannot parse the request. InvalidJson: %v.", c.decoded.err)
		},
	},
	{
		Name: "every property is known", Code: "InvalidRequestFormat", Source: jsonErrors,
		check: func(c *change) string {
			slices.Sort(c.decoded.lost)
			return first(c.decoded.lost, func(path string) string {
				return fmt.Sprintf("Cannot parse the request. InvalidJson: Could not find member '%s' on object of "+
					"type '%s'. Path '%s'.",
					path[strings.LastIndex(path, ".")+1:], typeAt(c.typ.Model, path), path)
			})
		},
	},
	{
		Name: "an enumerated value is one of those listed", Code: "InvalidRequestFormat",
		Source: "https://pkg.go.dev/github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6#pkg-constants",
		check:  func(c *change) string { return badValue(c.decoded.model) },
	},
	{
		Name: "children of one kind have different names", Code: "InvalidRequestFormat",
		Source: "https://github.com/Azure/migAz/issues/181",
		check: func(c *change) string {
			properties, _ := c.decoded.body["properties"].(map[string]any)
			return first(c.typ.children, func(collection string) string {
				return sameName(c.id, collection, objects(properties, collection))
			})
		},
	},
	{
		Name: "a regional resource names its region", Code: "LocationRequired", Source: commonErrors,
		check: func(c *change) string {
			if c.typ.global || c.location() != "" {
				return ""
			}
			return fmt.Sprintf("The location property is required for this definition of %s.", c.id)
		},
	},
	{
		Name: "the region is one of Azure's", Code: "LocationNotAvailableForResourceType", Source: commonErrors,
		check: func(c *change) string {
			if c.typ.global || slices.Contains(regions, c.location()) {
				return ""
			}
			return fmt.Sprintf("The provided location '%s' is not available for resource type '%s'. List of "+
				"available regions for the resource type is '%s'.", c.location(), c.typ.Name,
				strings.Join(regions, ","))
		},
	},
	{
		Name: "a resource does not move to another region", Code: "InvalidResourceLocation",
		Status: http.StatusConflict,
		Source: "https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-invalid-resource-location",
		check: func(c *change) string {
			if c.typ.global || c.before == nil || c.before.location == c.location() {
				return ""
			}
			return fmt.Sprintf("The resource '%s' already exists in location '%s' in resource group '%s'. A "+
				"resource with the same name cannot be created in location '%s'. Please select a new resource name.",
				c.id.Name(), c.before.location, c.id.ResourceGroup, c.location())
		},
	},
	{
		Name: "zones are ones that the region has", Code: "AvailabilityZoneNotSupported",
		Source: "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/error-codes/availabilityzonenotsupported-error",
		check: func(c *change) string {
			return zonesUnsupported(c.id.String(), c.location(), zonesIn(c.decoded.body))
		},
	},
	{
		Name: "zones do not change after creation", Code: "ResourceAvailabilityZonesCannotBeModified",
		Source: "https://github.com/Azure/AzOps/issues/701",
		check: func(c *change) string {
			if c.before == nil || slices.Equal(zonesIn(c.before.body), zonesIn(c.decoded.body)) {
				return ""
			}
			return fmt.Sprintf("Resource %s has an existing availability zone constraint %v and the request has "+
				"availability zone constraint %v, which do not match. Zones cannot be added/updated/removed once the "+
				"resource is created.",
				c.id, zonesIn(c.before.body), zonesIn(c.decoded.body))
		},
	},
}

func unsupportedVersion(id ID, t *Type, version string) string {
	if slices.Contains(t.APIVersions, version) {
		return ""
	}
	return fmt.Sprintf("No registered resource provider found for API version '%s' for type '%s' of %s. The supported "+
		"api-versions are '%s'.", version, t.Name, id, strings.Join(t.APIVersions, ", "))
}

// apiVersionFault is the refusal of a GET with a wrong api-version.
func apiVersionFault(id ID, t *Type, version string) *fault {
	wrong := unsupportedVersion(id, t, version)
	switch {
	case wrong == "":
		return nil
	case t == &resourceGroups:
		return refuse(http.StatusBadRequest, "InvalidApiVersionParameter", wrong)
	default:
		return refuse(http.StatusBadRequest, "NoRegisteredProviderFound", wrong)
	}
}

// zonesIn are the zones of a body's own zones property, in order.
func zonesIn(body map[string]any) []string {
	list, _ := body["zones"].([]any)
	var out []string
	for _, zone := range list {
		if s, ok := zone.(string); ok {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return out
}

func sameName(id ID, collection string, children []map[string]any) string {
	seen := map[string]bool{}
	return first(children, func(child map[string]any) string {
		name := strings.ToLower(text(child, "name"))
		if name == "" {
			return fmt.Sprintf("Cannot parse the request. MissingJsonField: a child in %s of %s has no name.",
				collection, id)
		}
		if seen[name] {
			return fmt.Sprintf("Cannot parse the request. DuplicateResourceName: Resource %s has two child "+
				"resources with the same name (%s) in %s.", id, text(child, "name"), collection)
		}
		seen[name] = true
		return ""
	})
}

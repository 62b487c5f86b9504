package arm

import (
	"fmt"
	"net/http"
	"strings"
)

// foundReference is an ID of another resource that a body holds.
type foundReference struct {
	path string
	id   string
	row  *reference // what the type expects at that path; nil where it expects none
}

// findReferences reads the IDs of other resources out of a body: at the paths where the type expects one, and wherever
// else a string looks like one. A resource's own children are not other resources.
func findReferences(t *Type, self ID, body map[string]any) []foundReference {
	var out []foundReference
	eachString(body, "", func(path, value string) {
		row := t.reference(path)
		if row == nil && !strings.HasPrefix(strings.ToLower(value), "/subscriptions/") {
			return
		}
		if within(value, self.String()) {
			return
		}
		out = append(out, foundReference{path: path, id: value, row: row})
	})
	return out
}

func (t *Type) reference(path string) *reference {
	for i := range t.refs {
		if t.refs[i].path == path {
			return &t.refs[i]
		}
	}
	return nil
}

const (
	commonErrors = "https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors"
	invalidRef   = "https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-not-found"
)

// referenceRules hold for every ID of another resource in any body.
var referenceRules = []Rule{
	{
		Name: "a reference is a resource ID", Code: "LinkedInvalidPropertyId",
		Source: "https://github.com/hashicorp/terraform-provider-azurerm/issues/5908",
		check: eachReference(func(c *change, f foundReference) string {
			if id, err := ParseID(f.id); err == nil && id.ResourceGroup != "" && len(id.Names) > 0 {
				return ""
			}
			return fmt.Sprintf("Property id '%s' at path '%s' is invalid. Expect fully qualified resource Id "+
				"that start with '/subscriptions/{subscriptionId}' or '/providers/{resourceProviderNamespace}/'.", f.id,
				f.path)
		}),
	},
	{
		Name: "a reference is to a subscription that can be reached", Code: "LinkedAuthorizationFailed",
		Status: http.StatusForbidden,
		Source: "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/error-codes/aks-error-code-page",
		check: eachReference(func(c *change, f foundReference) string {
			if c.server.reaches(f.parsed().Subscription) {
				return ""
			}
			return fmt.Sprintf("The client has permission to perform the write of %s, however the linked subscription "+
				"'%s' of '%s' was not found.", c.id, f.parsed().Subscription, f.path)
		}),
	},
	{
		Name: "a reference is to the type of resource expected there", Code: "InvalidRequestFormat",
		Source: "https://github.com/hashicorp/terraform-provider-azurerm/issues/10104",
		check: eachReference(func(c *change, f foundReference) string {
			if f.row == nil || f.row.to == "" || strings.EqualFold(f.parsed().Type, f.row.to) {
				return ""
			}
			return fmt.Sprintf("Cannot parse the request. InvalidJsonReferenceWrongType: Reference Id %s at '%s' is "+
				"referencing a resource of a wrong type. The Id is expected to reference resources of types [%s].",
				f.id, f.path, f.row.to)
		}),
	},
	{
		Name: "a referenced resource exists", Code: "InvalidResourceReference", Source: invalidRef,
		check: eachReference(func(c *change, f foundReference) string {
			if c.server.exists(f.id) {
				return ""
			}
			return missing(f.id, c.id)
		}),
	},
	{
		Name: "a referenced resource is in the same region", Code: "InvalidResourceReference", Source: invalidRef,
		check: eachReference(func(c *change, f foundReference) string {
			owner, _ := c.server.owner(f.id)
			if f.row == nil || f.row.weak || f.row.anywhere || c.typ.global || owner.typ.global ||
				owner.location == c.location() {
				return ""
			}
			return fmt.Sprintf("%s The one is in %s, the other in %s.", missing(f.id, c.id),
				owner.location, c.location())
		}),
	},
	{
		Name: "a referenced resource is provisioned", Code: "ReferencedResourceNotProvisioned",
		Status: http.StatusConflict,
		Source: "https://github.com/Azure-Samples/azuresandbox/issues/25",
		check: eachReference(func(c *change, f foundReference) string {
			owner, _ := c.server.owner(f.id)
			if itself := c.server.find(f.id); itself != nil {
				owner = itself
			}
			if owner.state == stateSucceeded {
				return ""
			}
			return fmt.Sprintf("Cannot proceed with operation because resource %s used by resource %s is not "+
				"in Succeeded state. Resource is in %s state.", owner.id, c.id, owner.state)
		}),
	},
}

func (f foundReference) parsed() ID {
	id, _ := ParseID(f.id) // the first of these rules refuses what does not parse
	return id
}

func eachReference(check func(c *change, f foundReference) string) func(*change) string {
	return func(c *change) string {
		return first(c.found, func(f foundReference) string { return check(c, f) })
	}
}

// missing is Azure's sentence about a reference that leads nowhere.
func missing(id string, from ID) string {
	return fmt.Sprintf("Resource %s referenced by resource %s was not found. Please make sure that the referenced "+
		"resource exists, and that both resources are in the same region.", id, from)
}

// unused is the rule that a resource can be deleted only when no other holds on to it.
func unused(what, code, source string) Rule {
	return Rule{
		Name: "a " + what + " in use cannot be deleted", Code: code, Source: source, on: onRemoval,
		check: func(c *change) string {
			users := c.server.users(c.id.String())
			if len(users) == 0 {
				return ""
			}
			return fmt.Sprintf("%s %s cannot be deleted because it is in use by the following resources: %s. "+
				"In order to delete it, remove the association with the resource(s).",
				strings.ToUpper(what[:1])+what[1:], c.id, names(users))
		},
	}
}

// names lists resources by ID.
func names(list []*resource) string {
	ids := make([]string, len(list))
	for i, r := range list {
		ids[i] = r.id.String()
	}
	return strings.Join(ids, ", ")
}

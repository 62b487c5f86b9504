package arm

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// change is a write or delete on its way through the rules. Rules read it; the server's lock is held.
type change struct {
	server     *Server
	id         ID
	typ        *Type
	apiVersion string
	removal    bool
	outside    bool // made by somebody else, before the caller
	sent       map[string]any
	unreadable error // why the request's body is not a JSON object
	decoded    decoded
	before     *resource // nil when there is none yet
	found      []foundReference
}

// prepare looks up what rules ask for more than once.
func (c *change) prepare() {
	c.before = c.server.find(c.id.String())
	if !c.removal {
		if c.typ.complete != nil {
			c.typ.complete(c)
		}
		c.found = findReferences(c.typ, c.id, c.decoded.body)
	}
}

func (c *change) method() string {
	if c.removal {
		return http.MethodDelete
	}
	return http.MethodPut
}

// location is the region that the body asks for, as Azure writes it: "West Europe" is westeurope.
func (c *change) location() string {
	return canonicalRegion(text(c.decoded.body, "location"))
}

func canonicalRegion(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, " ", ""))
}

// references are the IDs of other resources in the body and the parents in the path.
func (c *change) references() []string {
	var ids []string
	if c.id.ResourceGroup != "" && c.typ.Name != typeResourceGroup {
		ids = append(ids, c.id.groupID())
	}
	if c.id.Parent != "" && key(c.id.Parent) != key(c.id.groupID()) {
		ids = append(ids, c.id.Parent)
	}
	for _, found := range c.found {
		ids = append(ids, found.id)
	}
	return uniqueSorted(ids)
}

// locked are the resources that nobody else may write while this change is carried out.
func (c *change) locked() map[string]struct{} {
	out := map[string]struct{}{key(c.id.String()): {}}
	if c.typ.locks != nil {
		for _, id := range c.typ.locks(c) {
			out[key(id)] = struct{}{}
		}
	}
	return out
}

// modelBefore is the official model of what is there now; only a resource that exists has one.
func modelBefore[M any](c *change) *M {
	if c.before == nil {
		return nil
	}
	m, _ := c.before.model.(*M)
	return m
}

// uniqueSorted is a list in order, each ID once.
func uniqueSorted(ids []string) []string {
	unique := map[string]string{}
	for _, id := range ids {
		unique[key(id)] = id
	}
	return slices.Sorted(maps.Values(unique))
}

package arm

import (
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Resource is something that exists.
type Resource struct {
	ID, Type, APIVersion, Name, Location string
	Body                                 map[string]any // as the caller sent it
	// References are the IDs of other resources in the body, and the parents in its path: resource group, scope of an
	// extension resource, parent resource.
	References []string
}

// resource is a Resource and what Azure knows about it.
type resource struct {
	id          ID
	typ         *Type
	apiVersion  string
	location    string
	sent        map[string]any
	body        map[string]any // sent, without what Azure ignores
	model       any
	references  []string
	state       string
	operation   *operation // that is changing it
	serial      int        // which of the subscription's resources it was, in order of creation
	revision    int
	preexisting bool // Azure or somebody else made it, not the caller
	outside     bool // somebody else's
	// disconnected is that the other half of a peering was deleted.
	disconnected bool
	// spare are the instances that Azure makes beyond those asked for, so that it has enough soon: they are in the
	// subnet and in the pools until the write has succeeded or failed.
	spare int64
}

// Provisioning states. Microsoft.Network says Updating of a creation too.
const (
	stateCreating  = "Creating"
	stateUpdating  = "Updating"
	stateDeleting  = "Deleting"
	stateSucceeded = "Succeeded"
	stateFailed    = "Failed"
)

// Resources is everything that the caller made and that exists, in order of acceptance.
func (s *Server) Resources() []Resource {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Resource
	for _, r := range s.order {
		if !r.preexisting {
			out = append(out, r.public())
		}
	}
	return out
}

// Leftovers is what exists although what it belongs to is gone: Azure keeps a diagnostic setting when its resource is
// deleted, and a later resource of the same ID inherits it; a flow log outlives its virtual network.
func (s *Server) Leftovers() []Resource {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Resource
	for _, r := range s.order {
		if r.preexisting {
			continue
		}
		for _, ref := range r.references {
			if (r.id.Extension && key(ref) == key(r.id.Parent) || r.typ == &flowLogs) && !s.exists(ref) {
				out = append(out, r.public())
				break
			}
		}
	}
	return out
}

func (r *resource) public() Resource {
	return Resource{
		ID: r.id.String(), Type: r.typ.Name, APIVersion: r.apiVersion, Name: r.id.Name(), Location: r.location,
		Body: clone(r.sent).(map[string]any), References: slices.Clone(r.references),
	}
}

// find is the resource of that ID, or nil.
func (s *Server) find(id string) *resource { return s.resources[key(id)] }

// exists tells whether there is a resource, or a child inside one, of that ID.
func (s *Server) exists(id string) bool {
	_, ok := s.owner(id)
	return ok
}

// owner is the resource of that ID, or the one that the child of that ID is inside.
func (s *Server) owner(id string) (*resource, bool) {
	if r := s.find(id); r != nil && !r.typ.inside {
		return r, true
	}
	parsed, err := ParseID(id)
	if err != nil || parsed.Extension {
		return nil, false
	}
	r := s.find(parsed.Parent)
	if r == nil || childOf(r.body, parsed) == nil {
		return nil, false
	}
	return r, true
}

// childOf is the child inside a body that id names, or nil.
func childOf(body map[string]any, id ID) map[string]any {
	properties, _ := body["properties"].(map[string]any)
	for name := range properties {
		if !strings.EqualFold(name, id.Type[strings.LastIndex(id.Type, "/")+1:]) {
			continue
		}
		for _, child := range objects(properties, name) {
			if strings.EqualFold(text(child, "name"), id.Name()) {
				return child
			}
		}
	}
	return nil
}

// modelOf is the official model of the resource of that ID, or nil if there is none of that kind.
func modelOf[M any](s *Server, id string) *M {
	r := s.find(id)
	if r == nil {
		return nil
	}
	m, _ := r.model.(*M)
	return m
}

// store makes a change's resource what was asked for; the operation that completes it is still to run.
func (s *Server) store(c *change) *resource {
	r := c.before
	if r == nil {
		s.serial++
		r = &resource{id: c.id, typ: c.typ, serial: s.serial}
		s.resources[key(c.id.String())] = r
		s.order = append(s.order, r)
	}
	r.spare = c.spareInstances()
	r.apiVersion, r.location = c.apiVersion, c.location()
	r.sent, r.body, r.model, r.references = c.sent, c.decoded.body, c.decoded.model, c.references()
	r.revision++
	r.state = stateUpdating
	if c.before == nil && c.typ.namespace() != "Microsoft.Network" {
		r.state = stateCreating
	}
	s.settle(r)
	if c.typ.stored != nil {
		c.typ.stored(s, r)
	}
	if c.before == nil && c.typ.born != nil {
		c.typ.born(s, r)
	}
	return r
}

// startRemoval marks what a deletion takes away: the resource, or a group and all that is in it.
func (s *Server) startRemoval(c *change, op *operation) {
	op.References = c.before.references
	for _, r := range s.order {
		if r == c.before || within(r.id.String(), c.id.String()) && (!r.id.Extension || c.typ == &resourceGroups) {
			r.state, r.operation = stateDeleting, op
		}
	}
	if c.typ == &resourceGroups {
		op.lasts += s.unwinding(c.id.String())
	}
}

// drop takes a resource away, with what is in it. An extension resource stays when its scope goes, as in Azure, unless
// the whole group goes.
func (s *Server) drop(gone *resource) {
	var dropped []*resource
	s.order = slices.DeleteFunc(s.order, func(r *resource) bool {
		if r.operation != gone.operation {
			return false
		}
		delete(s.resources, key(r.id.String()))
		s.release(r.id.String())
		dropped = append(dropped, r)
		return true
	})
	for _, r := range dropped {
		if r.typ.dropped != nil {
			r.typ.dropped(s, r)
		}
	}
}

// users are the resources that hold on to id, or to something inside it, and keep it from being deleted.
func (s *Server) users(id string) []*resource {
	var out []*resource
	for _, r := range s.order {
		if within(r.id.String(), id) {
			continue
		}
		for _, ref := range r.strong() {
			if within(ref, id) {
				out = append(out, r)
				break
			}
		}
	}
	return out
}

// strong are the references by which a resource holds on to others.
func (r *resource) strong() []string {
	var out []string
	for _, found := range findReferences(r.typ, r.id, r.body) {
		if found.row != nil && !found.row.weak {
			out = append(out, found.id)
		}
	}
	return out
}

// live is what a GET answers.
func (s *Server) live(r *resource) map[string]any {
	body := clone(r.body).(map[string]any)
	body["id"], body["name"], body["type"] = r.id.String(), r.id.Name(), r.typ.Name
	if !r.typ.global {
		body["location"] = r.location
	}
	properties := object(body, "properties")
	if !r.typ.stateless {
		properties["provisioningState"] = r.state
	}
	if r.typ.namespace() == "Microsoft.Network" {
		body["etag"] = r.etag()
	}
	for _, collection := range r.typ.children {
		for _, child := range objects(properties, collection) {
			child["id"] = r.childID(collection, text(child, "name"))
			child["etag"] = r.etag()
			child["type"] = r.typ.Name + "/" + collection
			object(child, "properties")["provisioningState"] = r.state
		}
	}
	if r.typ.populate != nil {
		r.typ.populate(s, r, body)
	}
	return body
}

func (r *resource) childID(collection, name string) string {
	return r.id.String() + "/" + collection + "/" + name
}

// etag changes with every write.
func (r *resource) etag() string {
	return `W/"` + guid("etag", r.id.String(), strconv.Itoa(r.revision)) + `"`
}

// guid is a GUID that Azure would have given the resource when it was created.
func (r *resource) guid(of string) string { return guid(of, key(r.id.String())) }

// notFound is Azure's answer to a GET of what is not there.
func notFound(id ID) *fault {
	path := strings.Split(id.Type, "/")
	named := path[0]
	for i, name := range id.Names {
		if i+1 < len(path) {
			named += "/" + path[i+1] + "/" + name
		}
	}
	return refuse(http.StatusNotFound, "ResourceNotFound",
		"The Resource '"+named+"' under resource group '"+id.ResourceGroup+"' was not found.")
}

func groupNotFound(id ID) *fault {
	return refuse(http.StatusNotFound, "ResourceGroupNotFound",
		"Resource group '"+id.ResourceGroup+"' could not be found.")
}

// Instances is the addresses that a scale set's instances got in their subnet, in the instances' order.
func (s *Server) Instances(scaleSetID string) []netip.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.find(scaleSetID)
	if r == nil || r.typ.claims == nil {
		return nil
	}
	owners := map[string]netip.Addr{}
	for _, taken := range s.addresses {
		for address, owner := range taken {
			owners[owner] = address
		}
	}
	var out []netip.Addr
	for _, claimed := range r.typ.claims(r.id.String(), r.model) {
		if address, ok := owners[claimed.owner]; ok && claimed.primary && !claimed.passing {
			out = append(out, address)
		}
	}
	return out
}

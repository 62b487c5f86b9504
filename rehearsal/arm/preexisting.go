package arm

import (
	"encoding/json"
	"fmt"
	"strings"
)

// AddPreexisting puts in place something that exists outside the stack: an ExpressRoute circuit, a gateway with its
// network, a workspace. It may be in any subscription; its resource group is there with it. Azure's rules hold for it
// as for everything, so what it refers to is added first. The caller of the server can refer to it and cannot write or
// delete it; Resources and Leftovers do not list it, and no time passes.
func (s *Server) AddPreexisting(id, apiVersion string, body map[string]any) error {
	return s.putPreexisting(id, apiVersion, body, false)
}

// ChangePreexisting writes such a resource anew, as its owner does.
func (s *Server) ChangePreexisting(id, apiVersion string, body map[string]any) error {
	return s.putPreexisting(id, apiVersion, body, true)
}

func (s *Server) putPreexisting(id, apiVersion string, body map[string]any, changes bool) error {
	parsed, err := ParseID(id)
	if err != nil {
		return fmt.Errorf("pre-existing %s: %w", id, err)
	}
	typ := lookup(parsed.Type)
	if typ == nil {
		return fmt.Errorf("pre-existing %s: type %s is not played", id, parsed.Type)
	}
	parsed.Type = typ.Name
	sent, err := plain(body)
	if err != nil {
		return fmt.Errorf("pre-existing %s: %w", id, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.exists(id) != changes {
		return fmt.Errorf("pre-existing %s: %s", id, map[bool]string{false: "it exists already",
			true: "it does not exist"}[changes])
	}
	c := &change{server: s, id: parsed, typ: typ, apiVersion: apiVersion, sent: sent,
		decoded: decode(typ, sent), outside: true}
	c.prepare()
	if f := judge(c); f != nil {
		return fmt.Errorf("pre-existing %s: %s: %s", id, f.code, f.message)
	}
	if typ != &resourceGroups {
		group := s.addPreexisting(&resourceGroups, parsed.groupID(), c.location())
		group.outside = group.preexisting
	}
	r := s.store(c)
	r.state, r.preexisting, r.outside = stateSucceeded, true, true
	return nil
}

// plain is a body as encoding/json would have decoded it.
func plain(body map[string]any) (map[string]any, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	return out, json.Unmarshal(raw, &out)
}

// addPreexisting adds a resource that exists outside the stack, if it is missing.
func (s *Server) addPreexisting(t *Type, at, region string) *resource {
	if r := s.find(at); r != nil {
		return r
	}
	id, err := ParseID(at)
	if err != nil {
		panic(err) // at is made of an ID that was parsed, of constants and of a region's name
	}
	body := map[string]any{"location": region}
	r := &resource{
		id: id, typ: t, apiVersion: t.APIVersions[0], location: region, sent: body, body: body,
		state: stateSucceeded, preexisting: true,
	}
	s.resources[key(at)] = r
	s.order = append(s.order, r)
	return r
}

// reaches tells whether a subscription is the server's own or has preexisting in it.
func (s *Server) reaches(subscription string) bool {
	if strings.EqualFold(subscription, s.subscription) {
		return true
	}
	for _, r := range s.order {
		if strings.EqualFold(r.id.Subscription, subscription) {
			return true
		}
	}
	return false
}

// Has tells whether there is a resource, or a child inside one, of that ID.
func (s *Server) Has(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.exists(id)
}

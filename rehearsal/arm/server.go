// Package arm stands in for Azure Resource Manager: it speaks ARM's HTTP, keeps resources in memory, takes as long as
// Azure does in simulated time, and refuses what Azure refuses, with Azure's error codes. Bodies are held to
// Microsoft's own Go models. It knows nothing of Pulumi.
package arm

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Subscription is the subscription there is when Options names none.
const Subscription = "5e11f00d-0000-4000-8000-000000000001"

// pollBound is how long in real time a GET of a running operation waits for it to end before it answers InProgress.
const pollBound = 5 * time.Second

// Options configures a Server.
type Options struct {
	Subscription string // default: the constant Subscription
	Clock        *Clock // nil: every operation completes at once
	// TakenNames are storage account names that belong to somebody else's subscription.
	TakenNames []string
	// InjectedFaults is asked before every write and delete what is to go wrong with it; lasts tells whether it goes on
	// after its answer, without which no operation can fail later or never end. Optional.
	InjectedFaults func(method, id string, lasts bool) InjectedFault
	// WithoutWatchers is for a subscription that opted out of network watchers: no virtual network brings one.
	// https://learn.microsoft.com/azure/network-watcher/network-watcher-create
	WithoutWatchers bool
	// Actions is what the caller's role lets it do, with * for anything; nil lets it do everything.
	Actions []string
	// Instances are the machines of scale sets. Optional: without them, instances are addresses only.
	Instances *Instances
}

// Server is one subscription of Azure, as an http.Handler.
type Server struct {
	subscription   string
	clock          *Clock
	takenNames     []string
	injectedFaults func(method, id string, lasts bool) InjectedFault
	instances      *Instances
	noWatchers     bool
	actions        []string
	patience       time.Duration // pollBound, but in tests

	mu           sync.Mutex
	resources    map[string]*resource // by key of ID
	order        []*resource          // in order of acceptance
	operations   []*operation
	running      map[*operation]struct{}
	addresses    map[string]map[netip.Addr]string // by key of subnet ID: who has which address
	serial       int                              // resources made so far
	asked        map[string]struct{}              // actions that the caller had to be allowed
	unknownLinks map[string]struct{}
}

// New makes an empty subscription.
func New(o Options) *Server {
	if o.Subscription == "" {
		o.Subscription = Subscription
	}
	return &Server{
		subscription:   o.Subscription,
		clock:          o.Clock,
		takenNames:     o.TakenNames,
		injectedFaults: o.InjectedFaults,
		instances:      o.Instances,
		noWatchers:     o.WithoutWatchers,
		actions:        o.Actions,
		patience:       pollBound,
		resources:      map[string]*resource{},
		running:        map[*operation]struct{}{},
		addresses:      map[string]map[netip.Addr]string{},
		asked:          map[string]struct{}{},
		unknownLinks:   map[string]struct{}{},
	}
}

// ServeHTTP is the ARM endpoint. Simulated time stands still while a request is handled, but not while it waits for an
// operation to end.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p := parsePolling(r.URL.Path); p != nil {
		s.poll(w, r, p)
		return
	}
	defer s.hold()()
	id, t, f := s.route(r)
	if f == nil {
		f = s.authorize(id.String(), actionOn(r.Method, id))
	}
	if f != nil {
		f.write(w)
		return
	}
	s.serve(w, r, id, t)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, id ID, t *Type) {
	switch r.Method {
	case http.MethodGet:
		s.get(w, r, id, t)
	case http.MethodPut:
		s.put(w, r, id, t)
	case http.MethodDelete:
		s.delete(w, r, id, t)
	default:
		refuse(http.StatusMethodNotAllowed, "MethodNotAllowed",
			fmt.Sprintf("The HTTP method '%s' is not supported at the URI '%s'.", r.Method, r.URL.Path)).write(w)
	}
}

// route reads which resource a request is about. A GET may name a child inside a resource; then the type is its
// owner's.
func (s *Server) route(r *http.Request) (ID, *Type, *fault) {
	id, err := ParseID(r.URL.Path)
	if err != nil || len(id.Names) == 0 {
		return ID{}, nil, refuse(http.StatusNotFound, "InvalidResourceId",
			fmt.Sprintf("The request URI '%s' is not the ID of a resource.", r.URL.Path))
	}
	s.mu.Lock()
	reached := s.reaches(id.Subscription)
	s.mu.Unlock()
	if !reached {
		return ID{}, nil, refuse(http.StatusNotFound, "SubscriptionNotFound",
			fmt.Sprintf("The subscription '%s' could not be found.", id.Subscription))
	}
	if r.URL.Query().Get("api-version") == "" {
		return ID{}, nil, refuse(http.StatusBadRequest, "MissingApiVersionParameter",
			"The api-version query parameter (?api-version=) is required for all requests.")
	}
	if t := lookup(id.Type); t != nil {
		id.Type = t.Name
		return id, t, nil
	}
	if t := lookup(id.Type[:strings.LastIndex(id.Type, "/")]); t != nil && r.Method == http.MethodGet {
		return id, t, nil
	}
	return ID{}, nil, refuse(http.StatusNotFound, "InvalidResourceType", fmt.Sprintf(
		"The resource type could not be found in the namespace for api version '%s': '%s'.",
		r.URL.Query().Get("api-version"), id.Type))
}

func lookup(name string) *Type {
	for _, t := range table {
		if strings.EqualFold(t.Name, name) {
			return t
		}
	}
	return nil
}

func (s *Server) get(w http.ResponseWriter, r *http.Request, id ID, t *Type) {
	s.mu.Lock()
	body, f := s.read(id, t, r.URL.Query().Get("api-version"))
	s.mu.Unlock()
	if f != nil {
		f.write(w)
		return
	}
	if t.onDemand != "" && r.URL.Query().Get("canFetchContent") != "true" {
		object(body, "properties")[t.onDemand] = nil
	}
	answer(w, http.StatusOK, body)
}

// read is the live resource, or the child inside one, that id names.
func (s *Server) read(id ID, t *Type, apiVersion string) (map[string]any, *fault) {
	if f := apiVersionFault(id, t, apiVersion); f != nil {
		return nil, f
	}
	if found := s.find(id.String()); found != nil {
		return s.live(found), nil
	}
	if id.ResourceGroup == "" || s.find(id.groupID()) == nil {
		return nil, groupNotFound(id)
	}
	if owner := s.find(id.Parent); owner != nil && !id.Extension {
		if child := childOf(s.live(owner), id); child != nil {
			return child, nil
		}
	}
	return nil, notFound(id)
}

func (s *Server) put(w http.ResponseWriter, r *http.Request, id ID, t *Type) {
	var sent map[string]any
	raw, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(raw, &sent)
	}
	c := &change{server: s, id: id, typ: t, apiVersion: r.URL.Query().Get("api-version"), sent: sent, unreadable: err}
	if err == nil {
		c.decoded = decode(t, sent)
	}
	s.carryOut(w, r, c)
}

func (s *Server) delete(w http.ResponseWriter, r *http.Request, id ID, t *Type) {
	s.carryOut(w, r, &change{server: s, id: id, typ: t, apiVersion: r.URL.Query().Get("api-version"), removal: true})
}

// carryOut judges a change and, unless it is refused, starts it and answers.
func (s *Server) carryOut(w http.ResponseWriter, r *http.Request, c *change) {
	injectedFault := s.injectedFault(c)
	if injectedFault.refuse(w) {
		return
	}
	op, f := s.accept(c)
	if f != nil {
		f.write(w)
		return
	}
	if op == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	op.injectedFault = injectedFault
	s.begin(op)
	if injectedFault == Reset {
		panic(http.ErrAbortHandler)
	}
	if c.synchronous() {
		resume := s.letGo()
		s.await(r.Context(), op, 0)
		resume()
	} else {
		s.announce(op, w, r)
	}
	if c.removal {
		w.WriteHeader(op.Status)
		return
	}
	s.mu.Lock()
	var body map[string]any
	if found := s.find(c.id.String()); found != nil {
		body = s.live(found)
	}
	s.mu.Unlock()
	answer(w, op.Status, body)
}

// accept judges a change under the lock. What is accepted shows at once; what was not there to delete needs nothing.
func (s *Server) accept(c *change) (*operation, *fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.prepare()
	f := s.authorizeLinks(c)
	if f == nil {
		f = judge(c)
	}
	if f != nil {
		s.record(c, f.status, f)
		return nil, f
	}
	if c.removal && c.before == nil {
		s.record(c, http.StatusNoContent, nil)
		return nil, nil
	}
	op := s.record(c, c.typ.status(c), nil)
	op.lasts = c.typ.duration(c)
	if c.removal {
		op.subject = c.before
		s.startRemoval(c, op)
	} else {
		op.subject = s.store(c)
		op.References = op.subject.references
		op.subject.operation = op
	}
	op.locks, op.region = c.locked(), cmp.Or(op.subject.location, "global")
	op.Running = true
	s.running[op] = struct{}{}
	return op, nil
}

// now is simulated time.
func (s *Server) now() time.Duration {
	if s.clock == nil {
		return 0
	}
	return s.clock.Now()
}

// hold keeps simulated time still until the returned function is called.
func (s *Server) hold() func() {
	if s.clock == nil {
		return func() {}
	}
	return s.clock.hold()
}

// letGo lets simulated time pass inside a hold, until the returned function is called.
func (s *Server) letGo() func() {
	if s.clock == nil {
		return func() {}
	}
	return s.clock.letGo()
}

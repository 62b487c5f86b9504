package arm

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// An operation that goes on after its answer is asked for at a URL that the answer names, and who asks needs the
// permission to read what is there. Azure-AsyncOperation tells how it stands, Location answers with 202 until it is
// over.
// Source: https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations
type pollingURLs struct {
	async, location string // the URL's last segment but one; "": the provider does not send that header
	elsewhere       bool   // not below the provider's locations, but the subscription's own
	removals        bool   // Location is there for deletions only
}

// polling is what each resource provider names. Compute answers for a deletion with twice the same URL, but for its
// query.
// Sources: https://github.com/Azure/azure-xplat-cli/issues/2051 https://github.com/taskcluster/taskcluster/pull/8594
// https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations#azure-storage-example
var polling = map[string]pollingURLs{
	"Microsoft.Network":             {async: "operations", location: "operationResults", removals: true},
	"Microsoft.Compute":             {async: "operations"},
	"Microsoft.OperationalInsights": {async: "operationStatuses"},
	"Microsoft.Storage":             {location: "asyncoperations"},
	"Microsoft.Resources":           {location: "operationresults", elsewhere: true},
}

// announce names the URLs at which the operation's end can be waited for.
func (s *Server) announce(op *operation, w http.ResponseWriter, r *http.Request) {
	scheme := r.URL.Scheme
	switch {
	case scheme != "":
	case r.TLS != nil:
		scheme = "https"
	default:
		scheme = "http"
	}
	id, _ := ParseID(op.ID) // it was parsed when it was accepted
	namespace := lookup(op.Type).namespace()
	urls := polling[namespace]
	name := func(header, segment string) {
		below := fmt.Sprintf("/providers/%s/locations/%s", namespace, op.region)
		if urls.elsewhere {
			below = ""
		}
		path := fmt.Sprintf("/subscriptions/%s%s/%s/%d", id.Subscription, below, segment, op.number)
		s.note(parsePolling(path).action())
		w.Header().Set(header, fmt.Sprintf("%s://%s%s?api-version=%s", scheme, r.Host, path, op.APIVersion))
	}
	if urls.async != "" {
		name("Azure-AsyncOperation", urls.async)
	}
	if urls.location != "" && (!urls.removals || op.Method == http.MethodDelete) {
		name("Location", urls.location)
	}
}

// polled is a request for how an operation stands.
type polled struct {
	path, namespace, segment string
	number                   int
}

var pollingPath = regexp.MustCompile(
	`(?i)^/subscriptions/[^/]+(?:/providers/([^/]+)/locations/[^/]+)?/(operations|operationResults|operationStatuses|asyncoperations)/(\d+)$`)

func parsePolling(path string) *polled {
	parts := pollingPath.FindStringSubmatch(path)
	if parts == nil {
		return nil
	}
	number, err := strconv.Atoi(parts[3])
	if err != nil {
		return nil
	}
	return &polled{path: path, namespace: parts[1], segment: parts[2], number: number}
}

// action is the permission that the request needs.
func (p *polled) action() string {
	if p.namespace == "" {
		return "Microsoft.Resources/subscriptions/" + p.segment + "/read"
	}
	return p.namespace + "/locations/" + p.segment + "/read"
}

// result tells whether the URL is one of a Location header.
func (p *polled) result() bool {
	return !strings.EqualFold(p.segment, "operations") && !strings.EqualFold(p.segment, "operationStatuses")
}

// poll answers how an operation stands, and waits for its end first.
func (s *Server) poll(w http.ResponseWriter, r *http.Request, p *polled) {
	if f := s.authorize(p.path, p.action()); f != nil {
		f.write(w)
		return
	}
	op := s.operation(p.number)
	if op == nil || r.Method != http.MethodGet {
		refuse(http.StatusNotFound, "OperationNotFound",
			fmt.Sprintf("The operation '%d' could not be found.", p.number)).write(w)
		return
	}
	ended := op.ends() && s.await(r.Context(), op, s.patience)
	if ended {
		// The client now goes on to ask for what depended on this; time waits for it.
		defer s.hold()()
	} else {
		w.Header().Set("Retry-After", "1")
	}
	switch {
	case p.result() && !ended:
		w.WriteHeader(http.StatusAccepted)
	case p.result() && op.failure != nil:
		op.failure.write(w)
	case p.result():
		answer(w, http.StatusOK, s.outcome(op))
	case !ended:
		answer(w, http.StatusOK, map[string]any{"status": "InProgress"})
	case op.failure != nil:
		answer(w, http.StatusOK, map[string]any{"status": "Failed", "error": op.failure.body()})
	default:
		answer(w, http.StatusOK, map[string]any{"status": "Succeeded"})
	}
}

// outcome is the resource that an operation wrote, or nothing if it is gone.
func (s *Server) outcome(op *operation) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := s.find(op.ID); found != nil && op.Method != http.MethodDelete {
		return s.live(found)
	}
	return nil
}

func (s *Server) operation(number int) *operation {
	s.mu.Lock()
	defer s.mu.Unlock()
	if number >= len(s.operations) || s.operations[number].subject == nil {
		return nil
	}
	return s.operations[number]
}

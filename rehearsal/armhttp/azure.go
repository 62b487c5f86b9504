// Package armhttp puts Azure's stand-in behind HTTPS, as Azure's own clients see it: login, Resource Manager with its
// lists and the actions that read, and the files that a flow log writes. It adds how a site runs, which no write says:
// instances and their health, what a load balancer's probe finds, tunnels, BGP peers. All of it is healthy until an
// Edit says otherwise.
package armhttp

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

// Azure is one tenant with the subscriptions of a stand-in. Its fields are set before it serves.
type Azure struct {
	ARM *arm.Server
	// Role is what the caller may do, with * for anything; nil lets it do everything. Actions on data, such as reading
	// a file, are in it too.
	Role []string
	// Written is when the flow log's newest file was written; zero: there is no file.
	Written time.Time
	// LetIn tells that the caller is in a network that the firewall of each storage account lets in.
	LetIn bool

	mu      sync.Mutex
	edits   []edit
	asked   map[string]struct{}
	writes  []string
	results []any // of actions, by number
}

// edit changes what Azure answers about a resource.
type edit struct {
	path   *regexp.Regexp
	change func(body map[string]any) (stays bool)
}

// Edit changes what Azure answers about resources whose ID ends as a path says, in which * stands for one name. An
// answer to an action has the ID of its call. What change returns false for is not there.
func (a *Azure) Edit(path string, change func(body map[string]any) (stays bool)) {
	pattern := strings.ReplaceAll(regexp.QuoteMeta(path), `\*`, `[^/]+`)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.edits = append(a.edits, edit{regexp.MustCompile("(?i)" + pattern + "$"), change})
}

// edited is a body with the edits that are about it; false: it is not there.
func (a *Azure) edited(id string, body map[string]any) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, e := range a.edits {
		if e.path.MatchString(id) && !e.change(body) {
			return false
		}
	}
	return true
}

// Asked is every permission that the calls so far needed.
func (a *Azure) Asked() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Sorted(maps.Keys(a.asked))
}

// Writes are the calls so far that would have changed something.
func (a *Azure) Writes() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.writes)
}

// allow tells whether the caller may do something, and refuses it if not.
func (a *Azure) allow(w http.ResponseWriter, scope string, actions ...string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.asked == nil {
		a.asked = map[string]struct{}{}
	}
	for _, action := range actions {
		a.asked[action] = struct{}{}
		if a.Role != nil && !slices.ContainsFunc(a.Role, func(has string) bool { return arm.Covers(has, action) }) {
			refuse(w, http.StatusForbidden, "AuthorizationFailed", fmt.Sprintf("The client does not have "+
				"authorization to perform action '%s' over scope '%s' or the scope is invalid.", action, scope))
			return false
		}
	}
	return true
}

// ServeHTTP is login, Resource Manager and storage under one address.
func (a *Azure) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if a.login(w, r) {
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+token {
		refuse(w, http.StatusUnauthorized, "AuthenticationFailed", "Authentication failed. The 'Authorization' header "+
			"is missing or invalid.")
		return
	}
	switch {
	case strings.HasPrefix(r.URL.Path, blobPath):
		a.blobs(w, r)
	case r.Method == http.MethodGet && a.list(w, r), r.Method == http.MethodPost && a.act(w, r):
	case r.Method == http.MethodGet && a.result(w, r):
	case r.Method == http.MethodGet:
		a.get(w, r)
	default:
		a.mu.Lock()
		a.writes = append(a.writes, r.Method+" "+r.URL.Path)
		a.mu.Unlock()
		a.ARM.ServeHTTP(w, r)
	}
}

// get answers with one resource.
func (a *Azure) get(w http.ResponseWriter, r *http.Request) {
	id, err := arm.ParseID(r.URL.Path)
	if err != nil {
		a.ARM.ServeHTTP(w, r) // how an operation stands, or nothing
		return
	}
	if !a.allow(w, r.URL.Path, id.Type+"/read") {
		return
	}
	recorder := httptest.NewRecorder()
	a.ARM.ServeHTTP(recorder, r)
	var body map[string]any
	if recorder.Code != http.StatusOK || json.Unmarshal(recorder.Body.Bytes(), &body) != nil {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(recorder.Code)
		_, _ = w.Write(recorder.Body.Bytes())
		return
	}
	a.complete(r, body)
	if !a.edited(r.URL.Path, body) {
		refuse(w, http.StatusNotFound, "ResourceNotFound", "The Resource '"+r.URL.Path+"' was not found.")
		return
	}
	answer(w, http.StatusOK, body)
}

// complete adds to a resource how it runs.
func (a *Azure) complete(r *http.Request, body map[string]any) {
	properties, _ := body["properties"].(map[string]any)
	switch kind, _ := body["type"].(string); kind {
	case "Microsoft.Network/connections":
		properties["connectionStatus"] = "Connected"
	case "Microsoft.Storage/storageAccounts":
		name, _ := body["name"].(string)
		properties["primaryEndpoints"] = map[string]any{"blob": "https://" + r.Host + blobPath + name + "/"}
	}
}

// have is a resource as the stand-in has it, or nil.
func (a *Azure) have(id string) map[string]any {
	parsed, err := arm.ParseID(id)
	if err != nil {
		return nil
	}
	typ, known := arm.LookupType(parsed.Type)
	if !known {
		return nil
	}
	recorder := httptest.NewRecorder()
	a.ARM.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "https://azure"+id+"?api-version="+
		typ.APIVersions[0], nil))
	var body map[string]any
	if recorder.Code != http.StatusOK || json.Unmarshal(recorder.Body.Bytes(), &body) != nil {
		return nil
	}
	return body
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	answer(w, status, map[string]any{"error": map[string]any{"code": code, "message": message}})
}

// at is what is in a body at a path of names, or nil.
func at(body any, path ...string) any {
	for _, name := range path {
		object, _ := body.(map[string]any)
		body = object[name]
	}
	return body
}

// textAt is the text there, or "".
func textAt(body any, path ...string) string {
	text, _ := at(body, path...).(string)
	return text
}

// listAt is the list there, or none.
func listAt(body any, path ...string) []any {
	list, _ := at(body, path...).([]any)
	return list
}

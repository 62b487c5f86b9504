package arm

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// may has a caller whose role allows these actions only.
func may(t *testing.T, actions ...string) *azure {
	a := newSite(t)
	a.server.actions = actions
	return a
}

func TestACallerDoesWhatItsRoleAllows(t *testing.T) {
	const nsgs = "Microsoft.Network/networkSecurityGroups/"
	for _, c := range []struct {
		name, method, id string
		role             []string
		status           int
		code             string
	}{
		{"reads", http.MethodGet, nsgID, []string{nsgs + "read"}, http.StatusOK, ""},
		{"reads by a *", http.MethodGet, nsgID, []string{"*/read"}, http.StatusOK, ""},
		{"reads in other letter case", http.MethodGet, nsgID, []string{strings.ToUpper(nsgs + "read")},
			http.StatusOK, ""},
		{"writes what it may only read", http.MethodPut, nsgID, []string{nsgs + "read"}, http.StatusForbidden,
			"AuthorizationFailed"},
		{"deletes what it may only write", http.MethodDelete, nsgID, []string{nsgs + "write"}, http.StatusForbidden,
			"AuthorizationFailed"},
		{"writes with a role that is empty", http.MethodPut, nsgID, []string{}, http.StatusForbidden,
			"AuthorizationFailed"},
		{"attaches what it may not join", http.MethodPut, vnetID, []string{"Microsoft.Network/virtualNetworks/write"},
			http.StatusForbidden, "LinkedAuthorizationFailed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := may(t, c.role...)
			body := ""
			if c.method == http.MethodPut {
				body = bodyOf(c.id)
			}
			status, answer := a.send(c.method, c.id, body)
			if code, _ := atIndex(answer, "error.code").(string); status != c.status || code != c.code {
				t.Errorf("it was answered %d %s, want %d %s", status, code, c.status, c.code)
			}
		})
	}
}

func TestAStarOfARoleStandsForAnything(t *testing.T) {
	for _, c := range []struct {
		pattern, action string
		covers          bool
	}{
		{"*", "Microsoft.Network/virtualNetworks/read", true},
		{"*/read", "Microsoft.Network/virtualNetworks/read", true},
		{"*/read", "Microsoft.Network/virtualNetworks/write", false},
		{"Microsoft.Network/*", "microsoft.network/virtualNetworks/subnets/join/action", true},
		{"Microsoft.Network/*/action", "Microsoft.Network/virtualNetworks/subnets/join/action", true},
		{"Microsoft.Network/*/action", "Microsoft.Network/action", false}, // the parts do not share a slash
		{"Microsoft.*/*/join/*", "Microsoft.Network/natGateways/join/action", true},
		{"Microsoft.*/*/join/*", "Microsoft.Network/natGateways/read", false},
		{"Microsoft.Network/natGateways/read", "Microsoft.Network/natGateways/read", true},
		{"Microsoft.Network/natGateways/read", "Microsoft.Network/natGateways/read/all", false},
		{"Microsoft.Network/natGateways", "Microsoft.Network/natGateways/read", false},
	} {
		if Covers(c.pattern, c.action) != c.covers {
			t.Errorf("%s and %s: not %v", c.pattern, c.action, c.covers)
		}
	}
}

// A write without the permission to ask how it went is done all the same.
func TestAskingHowAnOperationGoesNeedsAPermission(t *testing.T) {
	a := may(t, "Microsoft.Network/networkSecurityGroups/*")
	if status, _ := a.send(http.MethodPut, nsgID+"2", bodyOf(nsgID)); status != http.StatusCreated {
		t.Fatalf("the write was answered %d", status)
	}
	ask := func() *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		a.server.ServeHTTP(w, httptest.NewRequest(http.MethodGet, operationPath(len(a.server.Operations())-1), nil))
		return w
	}
	if w := ask(); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(),
		"Microsoft.Network/locations/operations/read") {
		t.Errorf("the poll was answered %d %s", w.Code, w.Body)
	}
	a.server.actions = append(a.server.actions, "Microsoft.Network/locations/operations/read")
	if w := ask(); w.Code != http.StatusOK {
		t.Errorf("with the permission the poll was answered %d %s", w.Code, w.Body)
	}
	a.server.actions = nil
	if status, _ := a.send(http.MethodGet, nsgID+"2", ""); status != http.StatusOK {
		t.Errorf("what was written is answered %d", status)
	}
}

func TestEveryPermissionForAReferenceHasASource(t *testing.T) {
	for _, l := range links {
		if !strings.HasPrefix(l.Source, "https://learn.microsoft.com/") {
			t.Errorf("%s → %s has no source", l.From, l.To)
		}
	}
}

func TestWhatIsNotDoneAtOnceCanBeAskedFor(t *testing.T) {
	for _, kind := range table {
		_, asked := polling[kind.namespace()]
		if done := kind.syncWrite && kind.syncDelete; !done && !asked {
			t.Errorf("nobody can learn how a write of %s ends", kind.Name)
		}
	}
}

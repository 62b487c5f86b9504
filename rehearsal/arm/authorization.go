package arm

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// The rehearsing caller, as Azure's refusals name it.
const caller = "The client 'rehearsal' with object id '5e11f00d-0000-4000-8000-0000000000ff'"

// AskedActions is every permission that the caller's calls needed so far, those to ask how an operation stands
// included.
func (s *Server) AskedActions() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.asked))
}

// UnknownLinks is which references the caller made that nothing is known about: whether they need a permission, from
// type to type.
func (s *Server) UnknownLinks() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.unknownLinks))
}

func (s *Server) note(actions ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noteLocked(actions)
}

func (s *Server) noteLocked(actions []string) {
	for _, action := range actions {
		s.asked[action] = struct{}{}
	}
}

var verbs = map[string]string{http.MethodGet: "read", http.MethodPut: "write", http.MethodDelete: "delete"}

// actionOn is the permission that a request about a resource needs. Resource groups are named by their place below a
// subscription.
func actionOn(method string, id ID) string {
	of := strings.Replace(id.Type, typeResourceGroup, "Microsoft.Resources/subscriptions/resourceGroups", 1)
	return of + "/" + verbs[method]
}

// authorize refuses what the caller's role does not allow on a scope.
// Source: https://learn.microsoft.com/azure/role-based-access-control/troubleshooting
func (s *Server) authorize(scope, action string) *fault {
	s.note(action)
	if s.allowed(action) {
		return nil
	}
	return refuse(http.StatusForbidden, "AuthorizationFailed",
		fmt.Sprintf("%s does not have authorization to perform action '%s' over scope "+
			"'%s' or the scope is invalid. If access was recently granted, please refresh your credentials.",
			caller, action, scope))
}

// authorizeLinks refuses a reference to something that the caller's role does not let it use.
// Source: https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/error-codes/aks-error-code-page
func (s *Server) authorizeLinks(c *change) *fault {
	for _, f := range c.found {
		l := linkOf(c.typ.Name, f.parsed().Type)
		if l == nil {
			s.unknownLinks[c.typ.Name+" → "+f.parsed().Type] = struct{}{}
			continue
		}
		s.noteLocked(l.Actions)
		missing := slices.DeleteFunc(slices.Clone(l.Actions), s.allowed)
		if len(missing) > 0 {
			return refuse(http.StatusForbidden, "LinkedAuthorizationFailed",
				fmt.Sprintf("%s has permission to perform action '%s' on scope '%s'; "+
					"however, it does not have permission to perform action(s) '%s' on the linked scope(s) '%s' "+
					"(respectively) or the linked scope(s) are invalid.", caller, actionOn(http.MethodPut, c.id), c.id,
					strings.Join(missing, ","), f.id))
		}
	}
	return nil
}

func (s *Server) allowed(action string) bool {
	return s.actions == nil || slices.ContainsFunc(s.actions, func(pattern string) bool {
		return Covers(pattern, action)
	})
}

// Covers tells whether an action of a role, in which * stands for anything, is or includes a permission.
// Source: https://learn.microsoft.com/azure/role-based-access-control/role-definitions#actions
func Covers(pattern, action string) bool {
	parts := strings.Split(strings.ToLower(pattern), "*")
	rest, fits := strings.CutPrefix(strings.ToLower(action), parts[0])
	if last := len(parts) - 1; last > 0 && fits {
		rest, fits = strings.CutSuffix(rest, parts[last])
		for _, part := range parts[1:last] {
			_, behind, found := strings.Cut(rest, part)
			rest, fits = behind, fits && found
		}
		return fits
	}
	return fits && rest == ""
}

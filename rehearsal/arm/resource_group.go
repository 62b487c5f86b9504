package arm

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
)

const typeResourceGroup = "Microsoft.Resources/resourceGroups"

// resourceGroups hold everything else, and take it along when they are deleted.
var resourceGroups = Type{
	Name:        typeResourceGroup,
	Model:       model[armresources.ResourceGroup](),
	ReadModel:   model[armresources.ResourceGroup](),
	APIVersions: []string{"2022-09-01"},
	Create:      1 * time.Second,
	Update:      1 * time.Second,
	Delete:      15 * time.Second,
	DurationSource: "created synchronously; a group takes a few polls to go on top of what its contents " +
		"take (estimate)",
	nameShape: regexp.MustCompile(`^[\p{L}\p{N}_().-]{0,89}[\p{L}\p{N}_()-]$`), // at most 90, not ending in a period
	syncWrite: true,
	rules: []Rule{{
		Name: "a group with something used from outside is not deleted", Code: "ResourceGroupDeletionBlocked",
		Status: http.StatusConflict, Source: "https://github.com/MicrosoftDocs/azure-docs/issues/52282", on: onRemoval,
		check: func(c *change) string {
			if users := c.server.users(c.id.String()); len(users) > 0 {
				return fmt.Sprintf("Deletion of resource group '%s' failed as resources in it are used from "+
					"outside, by %s.",
					c.id.Name(), names(users))
			}
			return ""
		},
	}},
}

// unwinding is how long the contents of a group take to go: each resource once those that hold on to it are gone.
func (s *Server) unwinding(group string) time.Duration {
	var longest time.Duration
	for _, r := range s.order {
		if within(r.id.String(), group) && r.typ != &resourceGroups {
			longest = max(longest, s.goneAfter(r))
		}
	}
	return longest
}

func (s *Server) goneAfter(r *resource) time.Duration {
	var users time.Duration
	for _, user := range s.users(r.id.String()) {
		if strings.EqualFold(user.id.ResourceGroup, r.id.ResourceGroup) {
			users = max(users, s.goneAfter(user))
		}
	}
	return users + r.typ.Delete
}

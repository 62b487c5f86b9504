package site

import (
	"regexp"
	"strings"
)

// subscriptionKey is where Azure programs of Pulumi keep their subscription. Without it whoever is logged in decides,
// which a preview does not know.
const subscriptionKey = "azure-native:subscriptionId"

var subscriptionForm = regexp.MustCompile(`(?i)^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// checkSubscription refuses what Azure does not do across subscriptions, where the stack's own is known.
func checkSubscription(s *section, site Site, subscription string) {
	if subscription == "" {
		return
	}
	if !subscriptionForm.MatchString(subscription) || strings.Trim(subscription, "0-") == "" {
		s.found.fail(Error{
			Key: subscriptionKey, Value: quote(subscription), Problem: "is not the ID of a subscription",
			Allowed: "an ID such as 11111111-2222-3333-4444-555555555555",
			Do: "Set it with `pulumi config set azure-native:subscriptionId \"$(az account show --query id " +
				"--output tsv)\"`",
		})
		return
	}
	elsewhere := func(id string) bool {
		prefix := "/subscriptions/" + subscription + "/"
		return id != "" && !strings.HasPrefix(strings.ToLower(id), strings.ToLower(prefix))
	}
	if site.Azure != nil && site.Azure.Gateway != nil {
		if g := site.Azure.Gateway; elsewhere(g.CircuitID) && g.AuthorizationKey == "" {
			s.fail("gateway.authorizationKey", nil,
				"is missing, and the circuit is in another subscription than the stack",
				"an authorization of the circuit",
				"Let the circuit's owner create one, and set it with `pulumi config set --secret --path "+
					"gateway.authorizationKey`")
		}
	}
	if site.Azure != nil && site.Azure.Logs.ProxyAccess && elsewhere(site.Azure.Logs.WorkspaceID) {
		s.fail("logs.workspaceId", site.Azure.Logs.WorkspaceID,
			"is in another subscription than the stack, which makes the table of logs.proxyAccess in it",
			"a workspace in subscription "+subscription,
			"Use a workspace of that subscription, or set logs.proxyAccess to false")
	}
	if m := site.MicrosoftPeering; m != nil && m.Peering != nil && elsewhere(m.Peering.CircuitID) {
		s.fail("microsoftPeering.circuit.id", m.Peering.CircuitID,
			"is in another subscription than the stack, which makes its peering there",
			"a circuit in subscription "+subscription,
			"Remove microsoftPeering.circuit, and let the circuit's owner attach the route filter")
	}
}

// IsSubscription tells whether a text has the form of a subscription's ID.
func IsSubscription(id string) bool {
	return subscriptionForm.MatchString(id) && strings.Trim(id, "0-") != ""
}

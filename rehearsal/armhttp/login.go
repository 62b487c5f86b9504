package armhttp

import (
	"net/http"
	"strings"
)

// Who may log in, and what it gets. None of it is a secret: it is of use in a rehearsal alone.
const (
	Tenant   = "5e11f00d-0000-4000-8000-00000000000a"
	ClientID = "5e11f00d-0000-4000-8000-00000000000b"
	Password = "rehearsal-only"

	token = "rehearsed"
)

// login answers what Microsoft's authentication library asks before it has a token, and gives it one.
// Sources: https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc and
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
func (a *Azure) login(w http.ResponseWriter, r *http.Request) bool {
	tenant := "https://" + r.Host + "/" + Tenant
	switch strings.TrimPrefix(r.URL.Path, "/"+Tenant) {
	case "/v2.0/.well-known/openid-configuration":
		answer(w, http.StatusOK, map[string]any{
			"issuer":                 tenant + "/v2.0",
			"authorization_endpoint": tenant + "/oauth2/v2.0/authorize",
			"token_endpoint":         tenant + "/oauth2/v2.0/token",
		})
	case "/oauth2/v2.0/token":
		if r.FormValue("grant_type") != "client_credentials" || r.FormValue("client_id") != ClientID ||
			r.FormValue("client_secret") != Password {
			answer(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client",
				"error_description": "AADSTS7000215: Invalid client secret provided."})
			return true
		}
		answer(w, http.StatusOK, map[string]any{"token_type": "Bearer", "expires_in": 3600, "access_token": token})
	default:
		return false
	}
	return true
}

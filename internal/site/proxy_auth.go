package site

import "regexp"

var usernameForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

const (
	shortestPassword = 12
	longestPassword  = 128
)

func loadProxyAuth(s *section) *ProxyAuth {
	auth := s.section("proxyAuth")
	if !auth.given {
		return nil
	}
	loaded := &ProxyAuth{Username: auth.text("username"), Password: auth.text("password")}
	if previous := auth.section("previous"); previous.given {
		loaded.Previous = &ProxyAuth{Username: previous.text("username"), Password: previous.text("password")}
		// Squid knows one password to a user.
		if loaded.Username != "" && loaded.Previous.Username == loaded.Username {
			previous.fail("username", loaded.Username,
				"is the user of the new credentials too, and the proxy knows one password to a user",
				"the user that the sensors present now", "Give the new credentials in proxyAuth another user")
		}
	}
	return loaded
}

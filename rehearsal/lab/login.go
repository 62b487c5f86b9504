package lab

import "encoding/base64"

// login is a user and a password as presented to a proxy; empty, nothing is presented.
type login struct{ username, password string }

// header is the value of Proxy-Authorization: https://www.rfc-editor.org/rfc/rfc7617#section-2
func (l login) header() string { return "Basic " + l.token() }

func (l login) token() string {
	return base64.StdEncoding.EncodeToString([]byte(l.username + ":" + l.password))
}

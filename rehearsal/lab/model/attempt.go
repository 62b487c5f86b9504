package model

import (
	"encoding/base64"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// Attempt is a check to be made: a request of a source, through a certain instance where one is named.
type Attempt struct {
	Check
	Source        netip.Addr
	Method        string
	RequestTarget string
	Login         Login
	Instance      netip.Addr
}

// CheckLimit bounds one attempt: Squid answers each from memory or the next namespace.
const CheckLimit = 5 * time.Second

func (p Plan) Tunnel(source netip.Addr, target, expect string) Attempt {
	return p.Attempt(source, "CONNECT", target, expect)
}

func (p Plan) Attempt(source netip.Addr, method, target, expect string) Attempt {
	who, presented := "sensor", p.Login
	if source == p.Stranger {
		who, presented = "stranger", Login{}
	}
	if source == Platform {
		who = "platform"
	}
	what := target
	if method != "CONNECT" {
		what = method + " " + target
	}
	return Attempt{
		Check:         Check{From: fmt.Sprintf("%s %v", who, source), Target: what, Expect: expect},
		Source:        source,
		Method:        method,
		RequestTarget: target,
		Login:         presented,
	}
}

// Request is the request as a sensor writes it.
func (a Attempt) Request() string {
	host := strings.TrimSuffix(strings.TrimPrefix(a.RequestTarget, "http://"), "/")
	text := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\n", a.Method, a.RequestTarget, host)
	if a.Login != (Login{}) {
		text += "Proxy-Authorization: " + a.Login.Header() + "\r\n"
	}
	return text + "\r\n"
}

// Login is a user and a password as presented to a proxy; empty, nothing is presented.
type Login struct{ Username, Password string }

// Header is the value of Proxy-Authorization: https://www.rfc-editor.org/rfc/rfc7617#section-2
func (l Login) Header() string { return "Basic " + l.Token() }

func (l Login) Token() string {
	return base64.StdEncoding.EncodeToString([]byte(l.Username + ":" + l.Password))
}

package lab

import (
	"bufio"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// sensor is whoever sends a request to a proxy: to the load balancer's frontend, or to a host on site.
type sensor struct {
	network  network
	door     netip.AddrPort
	balancer *balancer // behind the door; none on site
	trust    *x509.CertPool
}

// checkLimit bounds one attempt: Squid answers each from memory or the next namespace.
const checkLimit = 5 * time.Second

// make makes the attempt and notes how it ended.
func (a *attempt) make(s sensor) {
	source := netip.AddrPortFrom(a.source, 0)
	if a.instance.IsValid() {
		var found bool
		if source, found = s.balancer.sourceFor(a.source, a.instance); !found {
			a.Got = "instance not in rotation"
			return
		}
	}
	a.Got = s.request(source, *a)
}

// request says in plain words how a request through the door ends.
func (s sensor) request(source netip.AddrPort, a attempt) string {
	conn, err := s.network.dial(source, s.door, checkLimit)
	if err != nil {
		return closed
	}
	defer conn.Close()
	through, err := s.enter(conn, a)
	if err == nil {
		err = ask(through, bufio.NewReader(through), through.ConnectionState().ServerName)
	}
	if err != nil {
		return err.Error()
	}
	return open
}

// text is the request as a sensor writes it.
func (a attempt) text() string {
	host := strings.TrimSuffix(strings.TrimPrefix(a.target, "http://"), "/")
	text := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\n", a.method, a.target, host)
	if a.login != (login{}) {
		text += "Proxy-Authorization: " + a.login.header() + "\r\n"
	}
	return text + "\r\n"
}

// refusal is Squid's 403 or 407 with the reason that the header carries. The second, and only that, asks for credentials.
func refusal(reply *http.Response) string {
	text := fmt.Sprintf("refused (%d)", reply.StatusCode)
	if reason := reply.Header.Get("X-Refused"); reason != "" {
		text = refused(reply.StatusCode, reason)
	}
	asks := strings.HasPrefix(reply.Header.Get("Proxy-Authenticate"), "Basic realm=")
	switch {
	case asks && reply.StatusCode == http.StatusForbidden:
		return text + ", and asked for credentials"
	case !asks && reply.StatusCode == http.StatusProxyAuthRequired:
		return text + ", and not told how to present credentials"
	}
	return text
}

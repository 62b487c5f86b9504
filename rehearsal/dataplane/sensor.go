package dataplane

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// sensor is whoever sends a request to the load balancer's frontend.
type sensor struct {
	*balancer
	trust *x509.CertPool
}

// checkLimit bounds one attempt: Squid answers each from memory or the next namespace.
const checkLimit = 5 * time.Second

// make makes the attempt and notes how it ended.
func (a *attempt) make(s sensor) {
	source := netip.AddrPortFrom(a.source, 0)
	if a.instance.IsValid() {
		var found bool
		if source, found = s.sourceFor(a.source, a.instance); !found {
			a.Got = "instance not in rotation"
			return
		}
	}
	a.Got = s.request(source, a.method, a.target)
}

// sourceFor is a source whose connections the load balancer gives to the instance.
func (s sensor) sourceFor(addr, instance netip.Addr) (netip.AddrPort, bool) {
	const first, last = 10000, 20000 // below the ports that Linux hands out
	for port := uint16(first); port < last; port++ {
		source := netip.AddrPortFrom(addr, port)
		if picked, ok := s.pick(source); ok && picked == instance {
			return source, true
		}
	}
	return netip.AddrPort{}, false
}

// request says in plain words how a request through the frontend ends.
func (s sensor) request(source netip.AddrPort, method, target string) string {
	dialer := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(source), Timeout: checkLimit}
	conn, err := dialer.Dial("tcp", s.frontend.String())
	if err != nil {
		return "closed"
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(checkLimit)); err != nil {
		return "closed"
	}

	host := strings.TrimSuffix(strings.TrimPrefix(target, "http://"), "/")
	fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: %s\r\n\r\n", method, target, host)
	reply, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	switch {
	case err != nil:
		return "closed"
	case reply.StatusCode == http.StatusForbidden:
		return refusal(reply)
	case method != "CONNECT" || reply.StatusCode != http.StatusOK:
		return fmt.Sprintf("answered (%d)", reply.StatusCode)
	}
	// A server of TLS waits for its client, so nothing of the tunnel is in the reader's buffer.
	name, _, err := net.SplitHostPort(target)
	if err != nil {
		return err.Error()
	}
	return s.exchange(conn, name)
}

// refusal is Squid's 403 with the reason that the header carries.
func refusal(reply *http.Response) string {
	if reason := reply.Header.Get("X-Refused"); reason != "" {
		return refused(reason)
	}
	return "refused (403)"
}

// exchange speaks with the endpoint behind an established tunnel.
func (s sensor) exchange(conn net.Conn, name string) string {
	tunnel := tls.Client(conn, &tls.Config{ServerName: name, RootCAs: s.trust})
	if err := tunnel.Handshake(); err != nil {
		return fmt.Sprintf("tunnel without TLS of %s (%v)", name, err)
	}
	request, err := http.NewRequest(http.MethodGet, "https://"+name+"/", nil)
	if err != nil {
		return err.Error()
	}
	if err := request.Write(tunnel); err != nil {
		return "tunnel cut"
	}
	reply, err := http.ReadResponse(bufio.NewReader(tunnel), request)
	if err != nil {
		return "tunnel cut"
	}
	defer reply.Body.Close()
	if body, err := io.ReadAll(reply.Body); err != nil || string(body) != greeting(name) {
		return "tunnel to another host"
	}
	return open
}

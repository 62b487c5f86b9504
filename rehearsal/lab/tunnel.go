package lab

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// failure is how an attempt ended that did not end well, in plain words.
type failure string

func (m failure) Error() string { return string(m) }

// What may become of a tunnel that the proxy has opened.
const (
	cut    failure = "tunnel cut"
	astray failure = "tunnel to another host"
)

// enter asks the proxy for the tunnel, and speaks TLS through it. The error is a failure.
func (s sensor) enter(conn net.Conn, a attempt) (*tls.Conn, error) {
	if err := conn.SetDeadline(time.Now().Add(checkLimit)); err != nil {
		return nil, failure(closed)
	}
	fmt.Fprint(conn, a.text())
	// A server of TLS waits for its client, so nothing of the tunnel is in the reader's buffer.
	reply, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: a.method})
	switch {
	case err != nil:
		return nil, failure(closed)
	case reply.StatusCode == http.StatusForbidden || reply.StatusCode == http.StatusProxyAuthRequired:
		return nil, failure(refusal(reply))
	case a.method != http.MethodConnect || reply.StatusCode != http.StatusOK:
		return nil, failure(fmt.Sprintf("answered (%d)", reply.StatusCode))
	}
	name, _, err := net.SplitHostPort(a.target)
	if err != nil {
		return nil, failure(err.Error())
	}
	return s.greet(conn, name)
}

// greet speaks TLS with the endpoint behind an established tunnel.
func (s sensor) greet(conn net.Conn, name string) (*tls.Conn, error) {
	tunnel := tls.Client(conn, &tls.Config{ServerName: name, RootCAs: s.trust})
	if err := tunnel.Handshake(); err != nil {
		return nil, failure(fmt.Sprintf("tunnel without TLS of %s (%v)", name, err))
	}
	return tunnel, nil
}

// ask makes one request through a tunnel, of which the reader has what was not read yet.
func ask(tunnel *tls.Conn, reader *bufio.Reader, host string) error {
	if err := tunnel.SetDeadline(time.Now().Add(checkLimit)); err != nil {
		return cut
	}
	request, err := http.NewRequest(http.MethodGet, "https://"+host+"/", nil)
	if err != nil {
		return failure(err.Error())
	}
	if err := request.Write(tunnel); err != nil {
		return cut
	}
	reply, err := http.ReadResponse(reader, request)
	if err != nil {
		return cut
	}
	defer reply.Body.Close()
	if body, err := io.ReadAll(reply.Body); err != nil || string(body) != greeting(host) {
		return astray
	}
	return nil
}

// tunnel opens one of a sensor, to a host of Defender's.
func (s *scaleSet) tunnel() (*tls.Conn, error) {
	sensor := s.sensor()
	a := s.plan.tunnel(s.plan.sensors[0], s.plan.hosts[0]+":443", open)
	conn, err := sensor.network.dial(netip.AddrPortFrom(a.source, 0), sensor.door, checkLimit)
	if err != nil {
		return nil, err
	}
	through, err := sensor.enter(conn, a)
	if err != nil {
		conn.Close()
		return nil, err
	}
	return through, nil
}

// idle opens one that is quiet after its first request.
func (s *scaleSet) idle() error {
	through, err := s.tunnel()
	if err != nil {
		return err
	}
	return ask(through, bufio.NewReader(through), s.plan.hosts[0])
}

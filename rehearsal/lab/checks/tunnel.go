package checks

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/netns"
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
func (s sensor) enter(conn net.Conn, a model.Attempt) (*tls.Conn, error) {
	if err := conn.SetDeadline(time.Now().Add(model.CheckLimit)); err != nil {
		return nil, failure(model.Closed)
	}
	fmt.Fprint(conn, a.Request())
	// A server of TLS waits for its client, so nothing of the tunnel is in the reader's buffer.
	reply, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: a.Method})
	switch {
	case err != nil:
		return nil, failure(model.Closed)
	case reply.StatusCode == http.StatusForbidden || reply.StatusCode == http.StatusProxyAuthRequired:
		return nil, failure(refusal(reply))
	case a.Method != http.MethodConnect || reply.StatusCode != http.StatusOK:
		return nil, failure(fmt.Sprintf("answered (%d)", reply.StatusCode))
	}
	name, _, err := net.SplitHostPort(a.RequestTarget)
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
	if err := tunnel.SetDeadline(time.Now().Add(model.CheckLimit)); err != nil {
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
	if body, err := io.ReadAll(reply.Body); err != nil || string(body) != netns.Greeting(host) {
		return astray
	}
	return nil
}

// tunnel opens one of a sensor, to a host of Defender's.
func (p *Proxies) tunnel() (*tls.Conn, error) {
	sensor := p.sensor()
	a := p.Plan.Tunnel(p.Plan.Sensors[0], p.Plan.Hosts[0]+":443", model.Open)
	conn, err := sensor.network.Dial(netip.AddrPortFrom(a.Source, 0), sensor.door, model.CheckLimit)
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

// Hold opens one that is quiet after its first request.
func (p *Proxies) Hold() error {
	through, err := p.tunnel()
	if err != nil {
		return err
	}
	p.held = &held{through, bufio.NewReader(through)}
	return p.Holds()
}

// Holds makes a request through the tunnel that Hold opened. The error is what became of it, if it does not live.
func (p *Proxies) Holds() error {
	err := ask(p.held.tunnel, p.held.reader, p.Plan.Hosts[0])
	if err == nil {
		return nil
	}
	under := p.held.tunnel.NetConn()
	_ = under.SetReadDeadline(time.Now().Add(time.Second))
	if _, ended := under.Read(make([]byte, 1)); errors.Is(ended, os.ErrDeadlineExceeded) {
		return failure("silent")
	}
	return err
}

// held is a tunnel, and what of it was not read yet.
type held struct {
	tunnel *tls.Conn
	reader *bufio.Reader
}

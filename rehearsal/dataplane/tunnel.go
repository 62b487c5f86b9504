package dataplane

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"time"
)

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

// enter asks the proxy for the tunnel, and speaks TLS through it.
func (s sensor) enter(conn net.Conn, a attempt) (*tls.Conn, error) {
	if err := conn.SetDeadline(time.Now().Add(checkLimit)); err != nil {
		return nil, err
	}
	fmt.Fprint(conn, a.text())
	reply, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: a.method})
	if err != nil {
		return nil, err
	}
	if reply.StatusCode != http.StatusOK {
		return nil, errors.New(refusal(reply))
	}
	name, _, err := net.SplitHostPort(a.target)
	if err != nil {
		return nil, err
	}
	tunnel := tls.Client(conn, &tls.Config{ServerName: name, RootCAs: s.trust})
	return tunnel, tunnel.Handshake()
}

// ask makes one request through a tunnel that stays.
func ask(tunnel *tls.Conn, reader *bufio.Reader, host string) error {
	if err := tunnel.SetDeadline(time.Now().Add(checkLimit)); err != nil {
		return err
	}
	request, err := http.NewRequest(http.MethodGet, "https://"+host+"/", nil)
	if err != nil {
		return err
	}
	if err := request.Write(tunnel); err != nil {
		return err
	}
	reply, err := http.ReadResponse(reader, request)
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	_, err = io.Copy(io.Discard, reply.Body)
	return err
}

package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"time"
)

// way is the way to one endpoint, as far as it has been gone.
type way struct {
	plan
	target address
	conn   net.Conn  // to the proxy, then through it; or to the endpoint
	began  time.Time // when the leg under way began
}

// leg is one part of the way. It tells what it found, or why it failed.
type leg struct {
	name string
	take func(context.Context) (string, *fault)
}

// legs are those of this way, in order. A wildcard is no machine: its way ends at the proxy.
func (w *way) legs() []leg {
	wildcard := isWildcard(w.target.host)
	if wildcard && w.proxy == nil {
		return nil
	}
	var all []leg
	if !w.first().isIP() {
		all = append(all, leg{"dns", w.resolve})
	}
	all = append(all, leg{"tcp", w.dial})
	switch {
	case wildcard:
		return append(all, leg{"connect", w.askBelow})
	case w.proxy != nil:
		all = append(all, leg{"connect", w.tunnel})
	}
	return append(all, leg{"tls", w.handshake})
}

// first is whom this machine talks to itself.
func (w *way) first() address {
	if w.proxy != nil {
		return w.proxy.address
	}
	return w.target
}

func (w *way) resolve(ctx context.Context) (string, *fault) {
	addresses, err := w.dialer.Resolver.LookupHost(ctx, w.first().host)
	if err != nil {
		return "", w.dnsFault(err)
	}
	return w.first().host + " is " + strings.Join(addresses, ", "), nil
}

func (w *way) dial(ctx context.Context) (string, *fault) {
	conn, err := w.dialer.DialContext(ctx, "tcp", w.first().String())
	if err != nil {
		return "", w.tcpFault(err)
	}
	w.conn = conn
	return fmt.Sprintf("%v answers", conn.RemoteAddr()), nil
}

func (w *way) handshake(ctx context.Context) (string, *fault) {
	conn := tls.Client(w.conn, &tls.Config{
		ServerName: w.target.host,
		RootCAs:    w.roots,
		MinVersion: tls.VersionTLS12, // the least that Azure's services accept
	})
	if err := conn.HandshakeContext(ctx); err != nil {
		return "", w.tlsFault(err)
	}
	state := conn.ConnectionState()
	return fmt.Sprintf("%s, certificate issued by %s", tls.VersionName(state.Version),
		issuer(state.PeerCertificates[0])), nil
}

// close hangs up. Nothing was sent that would need a farewell.
func (w *way) close() {
	if w.conn != nil {
		w.conn.Close()
	}
}

// waited is how long the leg under way has taken, for people.
func (w *way) waited() time.Duration {
	return time.Since(w.began).Round(100 * time.Millisecond)
}

package main

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// server is a listener on loopback and every byte that it received.
type server struct {
	addr     string
	mu       sync.Mutex
	received bytes.Buffer
}

func (s *server) keep(p []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.received.Write(p)
}

func (s *server) got() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.received.String()
}

// recorded is a connection whose incoming bytes are kept.
type recorded struct {
	net.Conn
	by *server
}

func (r recorded) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	r.by.keep(p[:n])
	return n, err
}

// listen serves connections until the test ends, and then closes those that are left.
func listen(t *testing.T, serve func(net.Conn)) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{addr: l.Addr().String()}
	var open sync.WaitGroup
	done := make(chan struct{})
	open.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() { <-done; conn.Close() })
			open.Go(func() { defer conn.Close(); serve(recorded{conn, s}) })
		}
	})
	t.Cleanup(func() { l.Close(); close(done); open.Wait() })
	return s
}

// silence accepts, and says nothing for as long as the other side stays.
func silence(conn net.Conn) { pour(io.Discard, conn) }

// hear waits for the other side to speak once.
func hear(conn net.Conn) { _, _ = conn.Read(make([]byte, 1500)) }

// say writes to whoever may have gone already.
func say(conn net.Conn, text string) { fmt.Fprint(conn, text) }

// pour copies until one of both is closed.
func pour(to io.Writer, from io.Reader) { _, _ = io.Copy(to, from) }

// closedPort is an address where nothing listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func portOf(addr string) uint16 { return netip.MustParseAddrPort(addr).Port() }

// authority issues certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	a := &authority{}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	a.cert, a.key = a.sign(t, template)
	return a
}

func (a *authority) sign(t *testing.T, template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

// certificate is one for the host, valid for an hour before and after the time.
func (a *authority) certificate(t *testing.T, host string, around time.Time) tls.Certificate {
	t.Helper()
	cert, key := a.sign(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: around.Add(-time.Hour), NotAfter: around.Add(time.Hour),
	})
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}
}

// file is the authority's certificate for -ca.
func (a *authority) file(t *testing.T) string {
	t.Helper()
	return write(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})))
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// endpoint speaks TLS with the certificate, and reads whatever comes.
func endpoint(t *testing.T, certificate tls.Certificate) *server {
	t.Helper()
	config := &tls.Config{Certificates: []tls.Certificate{certificate}}
	return listen(t, func(conn net.Conn) { pour(io.Discard, tls.Server(conn, config)) })
}

// proxyWhich reads one CONNECT and answers it.
func proxyWhich(t *testing.T, answers func(net.Conn, *http.Request)) *server {
	t.Helper()
	return listen(t, func(conn net.Conn) {
		r, err := http.ReadRequest(bufio.NewReader(conn))
		if err == nil && r.Method == http.MethodConnect {
			answers(conn, r)
		}
	})
}

// refuses answers with the status and headers, each "Name: value".
func refuses(status int, headers ...string) func(net.Conn, *http.Request) {
	return func(conn net.Conn, _ *http.Request) {
		text := strings.Join(append([]string{fmt.Sprintf("HTTP/1.1 %d %s", status, http.StatusText(status))},
			headers...), "\r\n")
		say(conn, text+"\r\nContent-Length: 0\r\n\r\n")
	}
}

// opens tunnels to the server, whatever the name.
func opens(to *server) func(net.Conn, *http.Request) {
	return func(conn net.Conn, _ *http.Request) {
		upstream, err := net.Dial("tcp", to.addr)
		if err != nil {
			return
		}
		defer upstream.Close()
		say(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
		go func() { pour(upstream, conn); upstream.Close() }()
		pour(conn, upstream)
	}
}

// asksFor lets the credentials pass, in the form of Proxy-Authorization, and asks all others for some.
func asksFor(credentials string, passed func(net.Conn, *http.Request)) func(net.Conn, *http.Request) {
	return func(conn net.Conn, r *http.Request) {
		if r.Header.Get("Proxy-Authorization") == credentials {
			passed(conn, r)
			return
		}
		refuses(407, `Proxy-Authenticate: Basic realm="test"`)(conn, r)
	}
}

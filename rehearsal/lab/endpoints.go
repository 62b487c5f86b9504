package lab

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	stdlog "log"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"time"
)

// endpointPorts are open on every endpoint, with TLS behind each: where the proxy refuses a port, nothing else would.
var endpointPorts = []uint16{443, 22, 80, 8443}

// endpoints are the hosts on the other side of the proxy.
type endpoints struct {
	trust    *x509.CertPool // what a sensor must trust to believe them
	visitors *visitors
}

// serveEndpoints listens on every address until the region ends, as each of the names.
func serveEndpoints(addrs []netip.Addr, names []string) (*endpoints, error) {
	certificate, err := certify(names)
	if err != nil {
		return nil, fmt.Errorf("making the endpoints' certificate: %w", err)
	}
	server := &http.Server{
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, greeting(r.Host)) }),
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{certificate}},
		ReadHeaderTimeout: checkLimit,
		ErrorLog:          stdlog.New(io.Discard, "", 0), // refused tunnels are counted by the checks
	}
	visitors := &visitors{}
	for _, addr := range addrs {
		for _, port := range endpointPorts {
			if netip.AddrPortFrom(addr, port) == metadataAddr {
				continue // Azure's own service is there
			}
			listener, err := net.Listen("tcp", netip.AddrPortFrom(addr, port).String())
			if err != nil {
				return nil, fmt.Errorf("starting an endpoint: %w", err)
			}
			go func() {
				fmt.Fprintln(os.Stderr, "endpoint ended:", server.ServeTLS(guestBook{listener, visitors}, "", ""))
			}()
		}
	}
	trust := x509.NewCertPool()
	trust.AddCert(certificate.Leaf)
	return &endpoints{trust, visitors}, nil
}

// greeting is what an endpoint answers to a request for host.
func greeting(host string) string { return "this is " + host }

// certify makes a certificate for the names that is its own authority.
func certify(names []string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		DNSNames:              names,
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := x509.ParseCertificate(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, err
}

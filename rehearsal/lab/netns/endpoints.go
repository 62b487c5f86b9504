package netns

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"

	stdlog "log"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"time"
)

// EndpointPorts are open on every endpoint, with TLS behind each: where the proxy refuses a port, nothing else would.
var EndpointPorts = []uint16{443, 22, 80, 8443}

// Endpoints are the hosts on the other side of the proxy.
type Endpoints struct {
	Trust       *x509.CertPool // what a sensor must trust to believe them
	Certificate []byte         // the same, as PEM
	Log         *ConnectionLog
}

// ServeEndpoints listens on every address until the lab ends, as each of the names.
func ServeEndpoints(addrs []netip.Addr, names []string) (*Endpoints, error) {
	certificate, err := certify(names)
	if err != nil {
		return nil, fmt.Errorf("making the endpoints' certificate: %w", err)
	}
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, Greeting(r.Host))
		}),
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{certificate}},
		ReadHeaderTimeout: model.CheckLimit,
		ErrorLog:          stdlog.New(io.Discard, "", 0), // refused tunnels are counted by the checks
	}
	log := &ConnectionLog{}
	for _, addr := range addrs {
		for _, port := range EndpointPorts {
			if netip.AddrPortFrom(addr, port) == model.MetadataAddr {
				continue // Azure's own service is there
			}
			listener, err := net.Listen("tcp", netip.AddrPortFrom(addr, port).String())
			if err != nil {
				return nil, fmt.Errorf("starting an endpoint: %w", err)
			}
			go func() {
				fmt.Fprintln(os.Stderr, "endpoint ended:", server.ServeTLS(loggingListener{listener, log}, "", ""))
			}()
		}
	}
	trust := x509.NewCertPool()
	trust.AddCert(certificate.Leaf)
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Leaf.Raw})
	return &Endpoints{trust, text, log}, nil
}

// Greeting is what an endpoint answers to a request for host.
func Greeting(host string) string { return "this is " + host }

// certify makes a certificate for the names that is its own authority.
func certify(names []string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour), // longer than any chaos
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

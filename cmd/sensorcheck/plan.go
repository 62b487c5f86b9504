package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/endpoints"
)

// documentedProxyPort is where Microsoft's documents put the proxy, and where a stack does unless told otherwise.
const documentedProxyPort = 3128

// proxy is the proxy that the sensors use, and what it wants of them.
type proxy struct {
	address
	user     string // empty: no credentials
	password secret
}

// plan is the check to make: everything that the flags, and the files behind them, decide.
type plan struct {
	proxy   *proxy // nil: directly
	targets []endpoints.Endpoint
	dialer  net.Dialer     // with the resolver to use
	roots   *x509.CertPool // nil: those that this machine trusts
	timeout time.Duration  // of one leg
}

func newPlan(o options, c console) (plan, error) {
	var stack outputs
	var err error
	if o.outputs != "" {
		if stack, err = readOutputs(o.outputs, c.in); err != nil {
			return plan{}, err
		}
	}
	named, err := parseNamed(o.endpoints)
	if err != nil {
		return plan{}, err
	}
	details, err := readDetails(o.details)
	if err != nil {
		return plan{}, err
	}
	p := plan{timeout: o.timeout}
	if p.targets, err = chooseTargets(stack.endpoints, named, details); err != nil {
		return plan{}, err
	}
	if p.dialer.Resolver, err = resolver(o.dns); err != nil {
		return plan{}, err
	}
	if p.roots, err = roots(o.ca); err != nil {
		return plan{}, err
	}
	if !o.direct {
		p.proxy, err = chooseProxy(o, stack.proxy, c)
	}
	return p, err
}

// chooseProxy takes the proxy from -proxy, else from the stack's outputs. A password goes with its own user and proxy
// only: the outputs' is not sent to the proxy of another -proxy, nor for another -user.
func chooseProxy(o options, inOutputs *proxy, c console) (*proxy, error) {
	chosen := inOutputs
	if o.proxy != "" {
		at, err := parseAddress("-proxy", o.proxy, documentedProxyPort)
		if err != nil {
			return nil, err
		}
		chosen = &proxy{address: at}
	}
	if chosen == nil {
		return nil, fmt.Errorf("-outputs %s has no sensorProxy: add -direct if the sensors use none, or -proxy "+
			"HOST:PORT with the site's own", o.outputs)
	}
	if o.user != "" && o.user != chosen.user {
		chosen.user, chosen.password = o.user, ""
	}
	switch {
	case strings.ContainsFunc(chosen.user, func(r rune) bool { return r == ':' || r < ' ' }):
		// Not repeated: it may be user:password.
		return nil, errors.New("-user holds a colon or a control character; allowed is the name alone: the password " +
			"goes into -password-file")
	case chosen.user == "" && o.passwordFile != "":
		return nil, errors.New("-password-file is given without a user: add -user NAME")
	case chosen.user == "":
		return chosen, nil
	}
	var err error
	chosen.password, err = findPassword(o, chosen.password, c)
	return chosen, err
}

// resolver asks this machine's DNS servers, or the one that was named.
func resolver(server string) (*net.Resolver, error) {
	if server == "" {
		return net.DefaultResolver, nil
	}
	const dnsPort = 53
	at, err := parseAddress("-dns", server, dnsPort)
	if err != nil {
		return nil, err
	}
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, at.String())
	}
	return &net.Resolver{PreferGo: true, Dial: dial}, nil
}

// roots are the certificates to trust: what this machine trusts, and those in the file.
func roots(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("-ca %s cannot be read: %w", path, err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("reading the certificates that this machine trusts: %w", err)
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("-ca %s holds no certificate; allowed is PEM (-----BEGIN CERTIFICATE-----): convert "+
			"it with `openssl x509 -inform der`", path)
	}
	return pool, nil
}

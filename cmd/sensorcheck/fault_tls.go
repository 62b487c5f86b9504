package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// tlsFault says why no TLS session with the endpoint came to be.
func (w *way) tlsFault(err error) *fault {
	var certificate *tls.CertificateVerificationError
	var notTLS tls.RecordHeaderError
	var remote *net.OpError
	switch {
	case errors.As(err, &certificate):
		return w.certificateFault(certificate)
	case errors.As(err, &notTLS):
		return &fault{"tls-not-spoken",
			fmt.Sprintf("What answers for %v does not speak TLS.", w.target),
			"A firewall or a captive portal answers in the endpoint's place: let this host pass untouched."}
	case isTimeout(err):
		return &fault{"tls-timeout",
			fmt.Sprintf("%v took the connection, but the TLS handshake had no answer within %v.", w.target, w.waited()),
			"A firewall lets the connection begin and drops what follows: exempt this host from inspection, and " +
				"check the path's MTU (a VPN lowers it)."}
	case isHangUp(err):
		return &fault{"tls-hung-up",
			fmt.Sprintf("The connection to %v was closed during the TLS handshake.", w.target),
			"A firewall that reads the server's name in the handshake does this: let it pass this host."}
	case errors.As(err, &remote) && remote.Op == "remote error": // how crypto/tls marks the other side's alert
		return &fault{"tls-refused",
			fmt.Sprintf("%v refused the TLS handshake: %v.", w.target, remote.Err),
			"If the host is right, something between inspects TLS and refuses: exempt this host from inspection."}
	}
	return &fault{"tls-failed",
		fmt.Sprintf("TLS with %v failed: %v.", w.target, err),
		"If the host is right, something between changes the connection: exempt this host from inspection."}
}

// certificateFault says what is wrong with the certificate that was shown. Dates come first: a wrong clock is wrong for
// every one.
func (w *way) certificateFault(err *tls.CertificateVerificationError) *fault {
	leaf := err.UnverifiedCertificates[0]
	var name x509.HostnameError
	var authority x509.UnknownAuthorityError
	now := time.Now()
	switch {
	case now.Before(leaf.NotBefore):
		return clockFault("certificate-not-yet-valid", fmt.Sprintf("The certificate of %s is valid from %s on",
			w.target.host, date(leaf.NotBefore)), now)
	case now.After(leaf.NotAfter):
		return clockFault("certificate-expired", fmt.Sprintf("The certificate of %s was valid until %s", w.target.host,
			date(leaf.NotAfter)), now)
	case errors.As(err, &name):
		return &fault{"certificate-wrong-name",
			fmt.Sprintf("The certificate shown for %s is for %s, issued by %s: another server answers in the "+
				"endpoint's place.", w.target.host, names(leaf), issuer(leaf)),
			"Find out who answers: a DNS entry that leads elsewhere, a captive portal, or a firewall with TLS " +
				"inspection. Let this host pass untouched."}
	case errors.As(err, &authority):
		return &fault{"certificate-untrusted",
			fmt.Sprintf("The certificate shown for %s is issued by %s, which this machine does not trust: this looks "+
				"like TLS inspection.", w.target.host, issuer(leaf)),
			"Exempt the Defender hosts from TLS inspection at the firewall or proxy that uses this issuer: sensors " +
				"do not trust it. If the issuer is Microsoft or DigiCert, this machine lacks the public root " +
				"certificates: install them, or give them with -ca."}
	}
	return &fault{"certificate-invalid",
		fmt.Sprintf("The certificate of %s, issued by %s, is not valid: %v.", w.target.host, issuer(leaf), err.Err),
		"Find out who issued it: a firewall with TLS inspection may. Exempt the Defender hosts there."}
}

func clockFault(verdict, reason string, now time.Time) *fault {
	return &fault{verdict,
		fmt.Sprintf("%s, and this machine's clock says %s.", reason, date(now)),
		"Compare this machine's clock with a watch: if it is wrong, set it, and the sensor's too, best by NTP. If it " +
			"is right, the certificate is not Microsoft's own."}
}

func date(t time.Time) string {
	return t.UTC().Format("2006-01-02 15:04 UTC")
}

// issuer names who issued a certificate. Quoted, for whoever made it chose the text.
func issuer(c *x509.Certificate) string {
	if string(c.RawIssuer) == string(c.RawSubject) {
		return fmt.Sprintf("itself (%q)", c.Subject.String())
	}
	name := c.Issuer.CommonName
	if org := strings.Join(c.Issuer.Organization, ", "); org != "" && !strings.Contains(name, org) {
		name = strings.TrimSpace(name + " (" + org + ")")
	}
	return fmt.Sprintf("%q", name)
}

// names lists the hosts that a certificate is for, not all of them if they are many.
func names(c *x509.Certificate) string {
	const enough = 3
	var all []string
	for _, name := range c.DNSNames {
		all = append(all, fmt.Sprintf("%q", name))
	}
	for _, ip := range c.IPAddresses {
		all = append(all, ip.String())
	}
	switch {
	case len(all) == 0:
		return fmt.Sprintf("%q", c.Subject.CommonName)
	case len(all) > enough:
		return fmt.Sprintf("%s and %d more", strings.Join(all[:enough], ", "), len(all)-enough)
	}
	return strings.Join(all, ", ")
}

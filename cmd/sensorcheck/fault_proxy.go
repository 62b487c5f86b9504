package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
)

// Verdicts of a proxy that would open the tunnel, if it could get to the endpoint.
const (
	proxyDNS      = "proxy-dns"
	proxyUpstream = "proxy-upstream"
)

// Squid's error pages, as X-Squid-Error names them. For a tunnel to a name without an address, Squid 5.7 says noWay
// with status 500, where other versions say dnsFail with 503.
const (
	dnsFail     = "ERR_DNS_FAIL"
	noWay       = "ERR_CANNOT_FORWARD"
	connectFail = "ERR_CONNECT_FAIL"
)

// silentProxyFault says what is wrong where CONNECT has no answer, or none in HTTP.
func (w *way) silentProxyFault(err error) *fault {
	var notProxy notProxyError
	switch {
	case errors.As(err, &notProxy):
		reason := fmt.Sprintf("What listens at %v is not an HTTP proxy", w.proxy.address)
		if notProxy.beginning != "" {
			reason += fmt.Sprintf(": its answer begins with %q", notProxy.beginning)
		}
		return &fault{"not-a-proxy", reason + ".",
			"Compare host and port with sensorProxy in the stack's outputs: another service has this port."}
	case isTimeout(err):
		return &fault{"proxy-timeout",
			fmt.Sprintf("The proxy took the connection, but gave no answer about %v within %v: it may itself be "+
				"waiting for the endpoint.", w.target, w.waited()),
			fmt.Sprintf("Check from the proxy that it resolves and reaches %v: its DNS may not answer, or its way out "+
				"(NAT gateway, firewall or the next proxy) drops this. If every endpoint has this fault, the proxy "+
				"hangs: restart it.", w.target)}
	case isHangUp(err):
		return &fault{"proxy-hung-up",
			"The proxy closed the connection without an answer.",
			"Check that this is an HTTP proxy without TLS of its own; if it is, a firewall between here and the " +
				"proxy cuts CONNECT, or the proxy's log says why it closed."}
	}
	return &fault{"proxy-failed",
		fmt.Sprintf("The connection to the proxy broke: %v.", err),
		"Try again. If it breaks again, have the network between here and the proxy looked at."}
}

// refusalFault says what a proxy means by any answer other than a tunnel.
func (w *way) refusalFault(a answer, sent bool) *fault {
	switch {
	case a.status == http.StatusForbidden:
		return w.forbiddenFault(a)
	case a.status == http.StatusProxyAuthRequired:
		return w.credentialsFault(a, sent)
	case a.status == http.StatusBadGateway, a.status == http.StatusServiceUnavailable,
		a.status == http.StatusGatewayTimeout,
		a.squidPage() == noWay: // comes with 500
		return w.upstreamFault(a)
	}
	return &fault{"proxy-answer",
		fmt.Sprintf("The proxy answered CONNECT with %d.", a.status),
		"Check that this is a forward proxy that allows CONNECT, the only method that sensors use; its log has " +
			"the details."}
}

// forbiddenFault translates the word in X-Refused, which says which rule of this project's proxies it was.
func (w *way) forbiddenFault(a answer) *fault {
	refuses := fmt.Sprintf("The proxy refuses %v (403)", w.target)
	here, _, _ := net.SplitHostPort(w.conn.LocalAddr().String())
	switch a.refused {
	case "source":
		return &fault{"refused-source",
			refuses + ": it does not serve this machine's address, " + here + ".",
			"Run this check where the sensor stands. If it does, add the address to sensorCidrs in the stack's " +
				"configuration and run `pulumi up`. An on-site proxy or NAT on the way shows the proxy its own " +
				"address instead."}
	case "not-listed":
		return &fault{"refused-not-listed",
			refuses + ": the host is not on its allow-list.",
			fmt.Sprintf("Look for a typing error in the name. If the sensor needs %s, add it to extraDomains in the "+
				"stack's configuration and run `pulumi up`.", w.target.host)}
	case "port":
		return &fault{"refused-port",
			fmt.Sprintf("%s: it opens tunnels to port 443 only, not %d.", refuses, w.target.port),
			"Test the endpoint with port 443, which is the only one that sensors use."}
	case "raw-address":
		return &fault{"refused-raw-address",
			refuses + ": it takes names only, and this is an address.",
			"Test the endpoint by its name."}
	case "no-host-name":
		return &fault{"refused-no-host-name",
			refuses + ": this is no name that a host can have.",
			"Look for a typing error: a name has letters, digits, hyphens and dots, and at most 63 signs " +
				"between two dots."}
	case "inside-address":
		return &fault{"refused-inside-address",
			refuses + ": the proxy's DNS gives the host a private address, which no Defender endpoint has.",
			"Look for a private DNS zone or a DNS server in the proxies' virtual network that overrides this name."}
	case "method":
		return &fault{"refused-method",
			refuses + ": it does not see a CONNECT.",
			"Something between here and the proxy changes the request: look for a transparent proxy or a firewall " +
				"that rewrites HTTP."}
	}
	return &fault{"refused-by-proxy",
		refuses + " and does not say why.",
		"The stack's own proxies say why, so this is another one, at the site or on the way: have its administrator " +
			"allow CONNECT from the sensors to this host on port 443. Its access log has the line."}
}

// credentialsFault is a 407: nothing sent, nothing that could be sent, or the wrong thing sent.
func (w *way) credentialsFault(a answer, sent bool) *fault {
	switch {
	case sent:
		return &fault{"credentials-wrong",
			fmt.Sprintf("The proxy does not accept the user %q with this password (407, although they were sent).",
				w.proxy.user),
			"Compare both with `pulumi stack output sensorProxy --show-secrets`; the password may have been changed " +
				"since the sensor was set up."}
	case !a.offers("Basic"):
		return &fault{"credentials-unsupported",
			"The proxy wants credentials in a way that sensors do not speak (407 without Basic). None were sent.",
			"Allow basic authentication for the sensors at this proxy, or let them pass without credentials."}
	}
	return &fault{"credentials-wanted",
		"The proxy wants a user and a password (407), and none were given.",
		"Give -user NAME and the password in -password-file; `pulumi stack output sensorProxy --show-secrets` has " +
			"both. The sensor needs them too: System settings, Sensor Network Settings."}
}

// upstreamFault is a proxy that would, but cannot.
func (w *way) upstreamFault(a answer) *fault {
	switch a.squidPage() {
	case dnsFail, noWay:
		return &fault{proxyDNS,
			fmt.Sprintf("The proxy allows %v but finds no way to it (%d): its DNS does not know the name, or the "+
				"next proxy of a chain is down.", w.target, a.status),
			"Look for a typing error in the name. If it is right, check the DNS servers that the proxy uses, and in " +
				"a chain the next proxy."}
	case connectFail:
		return &fault{proxyUpstream,
			fmt.Sprintf("The proxy allows %v but cannot connect to it (%d).", w.target, a.status),
			"Check the proxy's way out: the NAT gateway of its subnet, or the firewall in front of an on-site proxy."}
	}
	return &fault{proxyUpstream,
		fmt.Sprintf("The proxy allows %v but cannot get there (%d): its DNS, its way out, or the next proxy of a "+
			"chain fails.", w.target, a.status),
		"Check from the proxy that the name resolves and that port 443 answers; in a chain, run this check from the " +
			"proxy's host against the next proxy."}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
)

// Windows has its own numbers, which package syscall does not count as the same errors.
// https://learn.microsoft.com/windows/win32/winsock/windows-sockets-error-codes-2
const (
	wsaNetUnreachable  = syscall.Errno(10051)
	wsaConnAborted     = syscall.Errno(10053)
	wsaConnReset       = syscall.Errno(10054)
	wsaConnRefused     = syscall.Errno(10061)
	wsaHostUnreachable = syscall.Errno(10065)
)

func isRefused(err error) bool { return isAny(err, syscall.ECONNREFUSED, wsaConnRefused) }

func isNoRoute(err error) bool {
	return isAny(err, syscall.ENETUNREACH, syscall.EHOSTUNREACH, wsaNetUnreachable, wsaHostUnreachable)
}

// isHangUp tells whether the other side ended the connection, politely or not.
func isHangUp(err error) bool {
	return isAny(err, io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE, wsaConnReset, wsaConnAborted)
}

func isTimeout(err error) bool {
	var timed net.Error
	return isAny(err, context.DeadlineExceeded, os.ErrDeadlineExceeded) || errors.As(err, &timed) && timed.Timeout()
}

func isAny(err error, those ...error) bool {
	for _, e := range those {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// dnsFault says why the name of the first machine on the way has no address.
func (w *way) dnsFault(err error) *fault {
	name := w.first().host
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound && w.proxy != nil:
		return &fault{"name-not-found",
			fmt.Sprintf("DNS has no address for the proxy's name, %s.", name),
			"Look for a typing error in the proxy's name, or enter its address instead: sensorProxy in the stack's " +
				"outputs has it."}
	case errors.As(err, &dns) && dns.IsNotFound:
		return &fault{"name-not-found",
			fmt.Sprintf("DNS has no address for %s.", name),
			"Look for a typing error in the name. If it is right, let the DNS servers of the sensors' network " +
				"forward public names; or connect the site through a proxy, for then only the proxy needs DNS."}
	case isTimeout(err):
		return &fault{"dns-timeout",
			fmt.Sprintf("No DNS server answered within %v when asked for %s.", w.waited(), name),
			"Let this network reach its DNS servers on port 53, UDP and TCP; or name the sensor's own with -dns."}
	}
	return &fault{"dns-failed",
		fmt.Sprintf("DNS could not answer for %s: %v.", name, err),
		"Have the DNS servers of the sensors' network looked at; or name the sensor's own with -dns."}
}

// tcpFault says why the first machine on the way takes no connection.
func (w *way) tcpFault(err error) *fault {
	at := w.first()
	switch {
	case isRefused(err) && w.proxy != nil:
		return &fault{"proxy-down",
			fmt.Sprintf("The machine at %s is there, but no proxy listens on port %d: connection refused.", at.host,
				at.port),
			fmt.Sprintf("Compare the port with sensorProxy in the stack's outputs. If %d is right, the proxy is "+
				"down: start it, or run `pulumi up` for a proxy in Azure.", at.port)}
	case isRefused(err):
		return &fault{"refused",
			fmt.Sprintf("The connection to %v was refused.", at),
			"Microsoft's services do not refuse connections, so something between does: let the site's firewall pass " +
				"this host and port, and make sure that DNS gives the host's public address."}
	case isTimeout(err) && w.proxy != nil:
		return &fault{"timeout",
			fmt.Sprintf("Nothing came back from the proxy, %v, within %v: what was sent is dropped on the way.", at,
				w.waited()),
			fmt.Sprintf("Check, in this order: this machine's address is in the stack's sensorCidrs, all others are "+
				"dropped; the VPN or ExpressRoute is up and routes to %s; the site's firewall lets tcp %d pass; at "+
				"least one instance behind the load balancer is healthy.", at.host, at.port)}
	case isTimeout(err):
		return &fault{"timeout",
			fmt.Sprintf("Nothing came back from %v within %v: what was sent is dropped on the way.", at, w.waited()),
			fmt.Sprintf("Let the site's firewall pass tcp %d to this host from the sensors' network. The stack's "+
				"output firewallAllowList has every host that it must pass.", at.port)}
	case isNoRoute(err):
		return &fault{"no-route",
			fmt.Sprintf("This network has no way to %v.", at),
			fmt.Sprintf("Check this machine's default gateway, and that the network routes to %s (the VPN or "+
				"ExpressRoute, if the proxy is in Azure).", at.host)}
	}
	return &fault{"tcp-failed",
		fmt.Sprintf("No connection to %v: %v.", at, err),
		"Check this machine's network settings and the firewalls between."}
}

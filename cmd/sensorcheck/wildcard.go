package main

import (
	"context"
	"fmt"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/endpoints"
)

func isWildcard(host string) bool {
	return endpoints.Endpoint{Host: host}.Wildcard()
}

// nobody is a name that no storage account can have, and nobody should.
const nobody = "sensorcheck-asks-for-nobody"

// destination is whom the proxy is asked for: the endpoint, or a host that does not exist below a wildcard.
func (w *way) destination() address {
	if isWildcard(w.target.host) {
		return address{nobody + w.target.host[1:], w.target.port}
	}
	return w.target
}

// askBelow is the connect leg of a wildcard. No host is known to be there, but the proxy's rules come before its
// DNS: if it looks for a host that does not exist, it would let the sensor's pass.
func (w *way) askBelow(ctx context.Context) (string, *fault) {
	_, failed := w.tunnel(ctx)
	if failed != nil && failed.Verdict != proxyDNS && failed.Verdict != proxyUpstream {
		return "", failed
	}
	return "the proxy does not refuse names in " + w.target.host, nil
}

// untestedFault is for a wildcard on the way to which nothing failed.
func untestedFault(wildcard string) fault {
	return fault{"not-tested",
		fmt.Sprintf("%s stands for many hosts, and none was named to test it with.", wildcard),
		"Give your tenant's own hosts with -details FILE, the file from the Azure portal: Defender for IoT, Sites " +
			"and sensors, More actions, Download endpoint details. Or name a host of each wildcard with " +
			"-endpoint HOST."}
}

package main

import (
	"context"
	"fmt"
	"strings"
)

func isWildcard(host string) bool {
	return strings.HasPrefix(host, "*.")
}

// nobody is a name that no storage account can have, and nobody should.
const nobody = "sensorcheck-asks-for-nobody"

// askBelow is the connect leg of a wildcard. No host is known to be there, but the proxy's rules come before its
// DNS: if it looks for a host that does not exist, it would let the sensor's pass.
func (w *way) askBelow(ctx context.Context) (string, *fault) {
	wildcard := w.target.host
	w.target.host = nobody + wildcard[1:]
	_, failed := w.tunnel(ctx)
	if failed != nil && failed.Verdict != proxyDNS && failed.Verdict != proxyUpstream {
		return "", failed
	}
	return "the proxy does not refuse names in " + wildcard, nil
}

// untestedFault is for a wildcard on the way to which nothing failed.
func untestedFault(wildcard string) fault {
	return fault{"not-tested",
		fmt.Sprintf("%s stands for many hosts, and none was named to test it with.", wildcard),
		"Name a host of each wildcard with -endpoint HOST. Your tenant's hosts are in the Azure portal: Defender for IoT, " +
			"Sites and sensors, More actions, Download endpoint details."}
}

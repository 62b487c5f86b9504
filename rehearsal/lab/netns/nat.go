package netns

import (
	"fmt"
	"net/netip"
	"os/exec"
	"strconv"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// NATGateway plays Azure's: what leaves the instances for the internet comes from its public IP address. Without one,
// nothing leaves, because the instances' subnet has no default outbound access.
func NATGateway(public netip.Addr) error {
	hook, verdict := "type filter hook input priority 0", "drop"
	if public.IsValid() {
		hook, verdict = "type nat hook input priority 100", fmt.Sprintf("counter snat to %v", public)
		// An answer is routed before it is translated back, and then again: any route will do for the first.
		if err := IP([]string{fmt.Sprintf("route add %v/32 dev lo", public)}); err != nil {
			return err
		}
	}
	const table = "table ip egress {\nchain internet {\n%s\niifname \"instance*\" ip daddr %v %s\n}\n}\n"
	return PacketFilter(fmt.Sprintf(table, hook, model.EndpointNet, verdict))
}

// NATConnections is how many connections the NAT gateway has carried so far.
func NATConnections() (int, error) { return counted("egress") }

// PortsRunOut has the NAT gateway find no port for a new connection, or find them again. What it refuses meanwhile,
// RefusedConnections counts.
func PortsRunOut(out bool) error {
	if !out {
		return PacketFilter("delete table ip exhausted\n")
	}
	return PacketFilter(fmt.Sprintf("table ip exhausted {\nchain internet {\ntype filter hook input priority 0\n"+
		"iifname \"instance*\" ip daddr %v ct state new counter drop\n}\n}\n", model.EndpointNet))
}

// RefusedConnections is how many packets of new connections the NAT gateway has dropped since its ports ran out.
func RefusedConnections() (int, error) { return counted("exhausted") }

// counted reads the only counter of a table.
func counted(table string) (int, error) {
	text, err := exec.Command("nft", "list", "table", "ip", table).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("reading the counter of %s: %w\n%s", table, err, text)
	}
	_, after, found := strings.Cut(string(text), "counter packets ")
	if !found {
		return 0, nil // nothing leaves, so nothing is counted
	}
	number, _, _ := strings.Cut(after, " ")
	return strconv.Atoi(number)
}

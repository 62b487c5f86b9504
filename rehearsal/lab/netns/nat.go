package netns

import (
	"fmt"
	"net/netip"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// NATGateway plays Azure's: what leaves the instances for the internet comes from its public IP address. Without one,
// nothing leaves, because the instances' subnet has no default outbound access.
func NATGateway(public netip.Addr) error {
	hook, verdict := "type filter hook input priority 0", "drop"
	if public.IsValid() {
		hook, verdict = "type nat hook input priority 100", fmt.Sprintf("snat to %v", public)
		// An answer is routed before it is translated back, and then again: any route will do for the first.
		if err := IP([]string{fmt.Sprintf("route add %v/32 dev lo", public)}); err != nil {
			return err
		}
	}
	const table = "table ip egress {\nchain internet {\n%s\niifname \"instance*\" ip daddr %v %s\n}\n}\n"
	return PacketFilter(fmt.Sprintf(table, hook, model.EndpointNet, verdict))
}

package netns

import (
	"fmt"
	"net/netip"
	"os"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// toFirewall marks what a route of the instances' subnet leads to a firewall, and the table of that route.
const toFirewall = 100

// FirewallRoute leads what leaves the instances for the internet to the firewall behind an interface of the lab, before
// the lab's own addresses are looked at. Without the interface, it ends there. What comes back to the firewall's public
// address goes to it too.
func FirewallRoute(firewall, public netip.Addr, nic string) error {
	if err := IP([]string{
		fmt.Sprintf("rule add pref %d lookup local", toFirewall),
		"rule del pref 0",
		fmt.Sprintf("rule add pref 1 fwmark %d lookup %d", toFirewall, toFirewall),
		fmt.Sprintf("route add default via %v dev %s onlink table %d", firewall, nic, toFirewall),
		fmt.Sprintf("route add unreachable default metric 4000 table %d", toFirewall),
		fmt.Sprintf("route add %v/32 via %v dev %s onlink", public, firewall, nic),
	}); err != nil {
		return err
	}
	// Answers come back through the firewall from endpoints' addresses, which are the lab's own.
	if err := os.WriteFile("/proc/sys/net/ipv4/conf/"+nic+"/accept_local", []byte("1"), 0o644); err != nil {
		return err
	}
	const table = "table ip egress {\nchain internet {\ntype filter hook prerouting priority mangle\n" +
		"iifname \"instance*\" ip daddr %v meta mark set %d\n}\n}\n"
	return PacketFilter(fmt.Sprintf(table, model.EndpointNet, toFirewall))
}

// HTTPS is the port of Defender's hosts.
const HTTPS = 443

// FirewallFilter is the packet filter of a firewall: it forwards new connections to these addresses and ports, as if
// they came from its public address, and nothing else.
func FirewallFilter(to []netip.AddrPort, public netip.Addr) string {
	set := ""
	for _, at := range to {
		set += fmt.Sprintf("ip daddr %v tcp dport %d accept\n", at.Addr(), at.Port())
	}
	return "table ip firewall {\nchain pass {\ntype filter hook forward priority 0; policy drop\n" +
		"ct state established,related accept\n" + set + "}\n" +
		fmt.Sprintf("chain out {\ntype nat hook postrouting priority 100\nsnat to %v\n}\n}\n", public)
}

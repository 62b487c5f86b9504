package lab

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"time"
)

// platform is Azure's own address in every virtual network: DNS and the source of health probes.
// https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
var platform = netip.MustParseAddr("168.63.129.16")

// ip runs lines of iproute2's batch form.
func ip(lines []string) error {
	cmd := exec.Command("ip", "-batch", "-")
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("ip: %s: %w", strings.TrimSpace(string(text)), err)
	}
	return nil
}

// regionAddresses makes the region the owner of everything outside the instances.
func regionAddresses(addrs []netip.Addr) []string {
	lines := []string{"link set lo up"}
	for _, addr := range addrs {
		lines = append(lines, fmt.Sprintf("address add %v/32 dev lo", addr))
	}
	return lines
}

// wire leads from the region's interface nic to eth0 of the machine whose process is pid.
func wire(nic string, pid int, machine netip.Addr) []string {
	return []string{
		fmt.Sprintf("link add %s type veth peer name eth0 netns %d", nic, pid),
		fmt.Sprintf("link set %s up", nic),
		fmt.Sprintf("route add %v/32 dev %s", machine, nic),
	}
}

// machineAddress gives a machine its address; everything else is behind the other end of its wire.
func machineAddress(addr netip.Addr) []string {
	return []string{
		"link set lo up",
		"link set eth0 up",
		fmt.Sprintf("address add %v/32 dev eth0", addr),
		fmt.Sprintf("route add default via %v dev eth0 onlink", platform),
	}
}

// forwarding lets machines reach each other by way of the region.
func forwarding() error {
	return os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o644)
}

// network is where each host on site has its sockets, by the host's address: the process whose network it is. Every other
// address is the region's.
type network map[netip.Addr]int

// dial connects as source does, within the limit.
func (n network) dial(source, to netip.AddrPort, limit time.Duration) (*net.TCPConn, error) {
	dialer := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(source), Timeout: limit}
	conn, err := n.from(source.Addr(), func() (net.Conn, error) { return dialer.Dial("tcp", to.String()) })
	if err != nil {
		return nil, err
	}
	return conn.(*net.TCPConn), nil
}

// from makes a connection in the network where the source's address is.
func (n network) from(source netip.Addr, connect func() (net.Conn, error)) (net.Conn, error) {
	if pid, host := n[source]; host {
		connect = inNetworkOf(pid, connect)
	}
	return connect()
}

// packetFilter makes nft's ruleset that of this machine.
func packetFilter(ruleset string) error {
	cmd := exec.Command("nft", "-f", "-")
	cmd.Stdin = strings.NewReader(ruleset)
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("nft: %s: %w", strings.TrimSpace(string(text)), err)
	}
	return nil
}

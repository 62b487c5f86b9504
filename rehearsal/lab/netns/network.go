package netns

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// IP runs lines of iproute2's batch form.
func IP(lines []string) error {
	cmd := exec.Command("ip", "-batch", "-")
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("ip: %s: %w", strings.TrimSpace(string(text)), err)
	}
	return nil
}

// labAddresses makes the lab the owner of every address that no machine has.
func labAddresses(addrs []netip.Addr) []string {
	lines := []string{"link set lo up"}
	for _, addr := range addrs {
		lines = append(lines, fmt.Sprintf("address add %v/32 dev lo", addr))
	}
	return lines
}

// Wire leads from the lab's interface nic to eth0 of the machine whose process is pid.
func Wire(nic string, pid int, machine netip.Addr) []string {
	return []string{
		fmt.Sprintf("link add %s type veth peer name eth0 netns %d", nic, pid),
		fmt.Sprintf("link set %s up", nic),
		fmt.Sprintf("route add %v/32 dev %s", machine, nic),
	}
}

// MachineAddress gives a machine its address; everything else is behind the other end of its wire.
func MachineAddress(addr netip.Addr) []string {
	return []string{
		"link set lo up",
		"link set eth0 up",
		fmt.Sprintf("address add %v/32 dev eth0", addr),
		fmt.Sprintf("route add default via %v dev eth0 onlink", model.Platform),
	}
}

// Forward has this network pass packets on: the lab's between machines, a firewall's to the internet.
func Forward() error {
	return os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o644)
}

// NewNetwork makes this process the lab's own network: it owns these addresses and forwards between machines.
func NewNetwork(own []netip.Addr) error {
	if err := OwnProcesses(); err != nil {
		return err
	}
	if err := Forward(); err != nil {
		return err
	}
	return IP(labAddresses(own))
}

// Network is where each host on site has its sockets, by the host's address: the process whose network it is. Every
// other address is the lab's.
type Network map[netip.Addr]int

// DropLimit is how long an answer may take that must not come: another network namespace answers within a millisecond.
const DropLimit = time.Second

// Dial connects as source does, within the limit.
func (n Network) Dial(source, to netip.AddrPort, limit time.Duration) (*net.TCPConn, error) {
	dialer := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(source), Timeout: limit}
	conn, err := n.From(source.Addr(), func() (net.Conn, error) { return dialer.Dial("tcp", to.String()) })
	if err != nil {
		return nil, err
	}
	return conn.(*net.TCPConn), nil
}

// From makes a connection in the network where the source's address is.
func (n Network) From(source netip.Addr, connect func() (net.Conn, error)) (net.Conn, error) {
	if pid, host := n[source]; host {
		connect = inNetworkOf(pid, connect)
	}
	return connect()
}

// Scratch is where a machine keeps its layer, on a tmpfs that only it sees, and Root where its root is then.
const (
	Scratch = "/tmp"
	Root    = Scratch + "/root"
)

// PacketFilter makes nft's ruleset that of this machine.
func PacketFilter(ruleset string) error {
	cmd := exec.Command("nft", "-f", "-")
	cmd.Stdin = strings.NewReader(ruleset)
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("nft: %s: %w", strings.TrimSpace(string(text)), err)
	}
	return nil
}

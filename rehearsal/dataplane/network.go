package dataplane

import (
	"fmt"
	"net/netip"
	"os/exec"
	"strings"
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

// wire leads from the region's interface nic to eth0 of the instance whose process is pid.
func wire(nic string, pid int, instance netip.Addr) []string {
	return []string{
		fmt.Sprintf("link add %s type veth peer name eth0 netns %d", nic, pid),
		fmt.Sprintf("link set %s up", nic),
		fmt.Sprintf("route add %v/32 dev %s", instance, nic),
	}
}

// instanceAddress gives an instance its address; everything else is at the other end of the wire.
func instanceAddress(addr netip.Addr) []string {
	return []string{
		"link set lo up",
		"link set eth0 up",
		fmt.Sprintf("address add %v/32 dev eth0", addr),
		"route add default dev eth0",
	}
}

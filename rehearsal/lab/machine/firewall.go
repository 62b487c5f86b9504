package machine

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"os"
	"slices"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/netns"
)

// firewallNIC is the lab's end of the firewall's wire.
const firewallNIC = "firewall"

// startFirewall boots the company's firewall, a router that filters, and leads the instances' packets to it. Like one
// that filters by name, it knows the addresses of the hosts that it lets through. Its owner has added the hosts that
// the site will allow later.
func (s *Surroundings) startFirewall(ctx context.Context) error {
	var to []netip.AddrPort
	for _, name := range slices.Sorted(maps.Keys(s.Names)) {
		if s.Firewall.Passes(name) || slices.Contains(s.Later, name) {
			for _, addr := range s.Names[name].Addresses {
				at := netip.AddrPortFrom(addr, netns.HTTPS)
				if s.mirror != nil && s.mirror.host == name {
					at = s.mirror.at
				}
				if addr.Is4() && !slices.Contains(to, at) {
					to = append(to, at)
				}
			}
		}
	}
	b := Boot{Name: "firewall", Address: s.Firewall.Address, Filter: netns.FirewallFilter(to, s.Egress)}
	if _, err := Start(ctx, netns.RoleFirewall, b, firewallNIC); err != nil {
		return err
	}
	return netns.FirewallRoute(s.Firewall.Address, s.Egress, firewallNIC)
}

// FirewallMain is the firewall's side: it forwards what its packet filter lets through, until the lab ends.
func FirewallMain() error {
	b, err := described(json.NewDecoder(os.Stdin))
	if err != nil {
		return err
	}
	if err := b.Attach(); err != nil {
		return err
	}
	if err := netns.Forward(); err != nil {
		return err
	}
	fmt.Println(Wired)
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

package preexisting

import (
	"net/netip"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// routed tells whether the proxies get out by a firewall, from a subnet that exists.
func routed(s site.Site) bool {
	return s.Azure.Egress.Firewall.IsValid() && s.Azure.Existing.ProxyserverSubnetID != ""
}

// routeTable leads everything to the firewall, and a plant's range to the gateway of the network's owner.
func routeTable(s site.Site) preexisting {
	group, _, _ := strings.Cut(s.Azure.Existing.VirtualNetworkID, "/virtualNetworks/")
	route := func(name, prefix string, more map[string]any) any {
		more["addressPrefix"] = prefix
		return map[string]any{"name": name, "properties": more}
	}
	return preexisting{group + "/routeTables/proxies", networkVersion, map[string]any{"location": s.Location,
		"properties": map[string]any{"disableBgpRoutePropagation": false, "routes": []any{
			route("everything", "0.0.0.0/0", map[string]any{"nextHopType": site.HopVirtualAppliance,
				"nextHopIpAddress": s.Azure.Egress.Firewall.String()}),
			route("plants", "10.96.0.0/16", map[string]any{"nextHopType": site.HopNone}),
		}}}}
}

// firewallHub is the network that has the firewall, peered with the existing one.
func firewallHub(s site.Site) []preexisting {
	spoke := s.Azure.Existing.VirtualNetworkID
	remote := site.NetworkPeering{RemoteVirtualNetworkID: spoke + "-hub",
		Prefixes: []netip.Prefix{netip.PrefixFrom(s.Azure.Egress.Firewall, 24).Masked()}}
	half := func(of, to string) preexisting {
		return preexisting{of + "/virtualNetworkPeerings/firewall", networkVersion, map[string]any{
			"properties": map[string]any{"remoteVirtualNetwork": map[string]any{"id": to},
				"allowVirtualNetworkAccess": true, "allowForwardedTraffic": true}}}
	}
	return append(hub(remote, s), half(spoke, remote.RemoteVirtualNetworkID),
		half(remote.RemoteVirtualNetworkID, spoke))
}

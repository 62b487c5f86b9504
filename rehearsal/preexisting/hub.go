package preexisting

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// hubs are the networks that the site's is peered with, each with what the site uses of it: a gateway, a firewall.
func hubs(s site.Site) []preexisting {
	var all []preexisting
	for _, p := range s.Azure.Peerings {
		all = append(all, hub(p, s)...)
	}
	return all
}

// firewallSubnetBits is the size of AzureFirewallSubnet. Azure gives its first free address to the firewall.
const firewallSubnetBits = 26

func hub(p site.NetworkPeering, s site.Site) []preexisting {
	id, location := p.RemoteVirtualNetworkID, s.Location
	spaces, subnets := []any{}, []any{}
	for i, space := range p.Prefixes {
		spaces = append(spaces, space.String())
		place := netip.PrefixFrom(lastAddress(space), 27).Masked()
		if i == 0 && space.Bits() <= 27 {
			subnets = append(subnets, map[string]any{"name": "GatewaySubnet",
				"properties": map[string]any{"addressPrefix": place.String()}})
		}
	}
	firewall := s.Azure.Egress.Firewall
	has := false
	for _, space := range p.Prefixes {
		has = has || firewall.IsValid() && space.Contains(firewall) && space.Bits() <= firewallSubnetBits
	}
	if has {
		subnets = append(subnets, map[string]any{"name": "AzureFirewallSubnet", "properties": map[string]any{
			"addressPrefix": netip.PrefixFrom(firewall, firewallSubnetBits).Masked().String()}})
	}
	all := []preexisting{{id, networkVersion, map[string]any{"location": location, "properties": map[string]any{
		"addressSpace": map[string]any{"addressPrefixes": spaces}, "subnets": subnets}}}}
	group, _, _ := strings.Cut(id, "/virtualNetworks/")
	name := id[strings.LastIndex(id, "/")+1:]
	if p.UseRemoteGateways {
		ip := fmt.Sprintf("%s/publicIPAddresses/%s-gateway", group, name)
		all = append(all, address(ip, location), vpnGateway(fmt.Sprintf("%s/virtualNetworkGateways/%s", group, name),
			location, id+"/subnets/GatewaySubnet", ip, false))
	}
	if has {
		ip := fmt.Sprintf("%s/publicIPAddresses/%s-firewall", group, name)
		firewallID := fmt.Sprintf("%s/azureFirewalls/%s", group, name)
		all = append(all, address(ip, location), azureFirewall(firewallID, id, ip, s))
	}
	return all
}

// azureFirewall lets the proxies reach what the stack says they need, and nothing else.
func azureFirewall(id, network, ip string, s site.Site) preexisting {
	var rules []any
	for i, d := range s.EgressAllowList() {
		rules = append(rules, map[string]any{
			"name": fmt.Sprintf("rule-%d", i), "sourceAddresses": []any{s.Azure.Addresses.Proxyserver.String()},
			"targetFqdns": []any{d.Host},
			"protocols":   []any{map[string]any{"protocolType": d.Protocol, "port": d.Port}},
		})
	}
	return preexisting{id, networkVersion, map[string]any{"location": s.Location, "properties": map[string]any{
		"sku": map[string]any{"name": "AZFW_VNet", "tier": "Standard"},
		"ipConfigurations": []any{map[string]any{"name": "default", "properties": map[string]any{
			"subnet":          map[string]any{"id": network + "/subnets/AzureFirewallSubnet"},
			"publicIPAddress": map[string]any{"id": ip},
		}}},
		"applicationRuleCollections": []any{map[string]any{"name": "defender-for-iot", "properties": map[string]any{
			"priority": 200, "action": map[string]any{"type": "Allow"}, "rules": rules,
		}}},
	}}}
}

func lastAddress(p netip.Prefix) netip.Addr {
	b := p.Addr().As4()
	for bit := p.Bits(); bit < 32; bit++ {
		b[bit/8] |= 1 << (7 - bit%8)
	}
	return netip.AddrFrom4(b)
}

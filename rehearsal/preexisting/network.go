package preexisting

import (
	"net/netip"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

// Workload is a subnet of the existing network that is not the site's, and its range: of those that carriers share,
// where no site has its own.
const (
	Workload      = "workload"
	workloadSpace = "100.64.254.0/24"
)

// network is what exists of a site's network, each after what it refers to.
func network(s site.Site) []preexisting {
	t := s.Azure
	var all []preexisting
	if s.ResourceGroup != "" {
		all = append(all, preexisting{"/subscriptions/" + arm.Subscription + "/resourceGroups/" + s.ResourceGroup,
			"2022-09-01", map[string]any{"location": s.Location}})
	}
	if id := t.Existing.NetworkSecurityGroupID; id != "" {
		all = append(all, preexisting{id, networkVersion, map[string]any{"location": s.Location,
			"properties": map[string]any{"securityRules": sharedRules(s)}}})
	}
	if id := t.Egress.PublicIPID; id != "" {
		all = append(all, address(id, s.Location))
	}
	if id := t.Egress.PublicIPPrefixID; id != "" {
		all = append(all, preexisting{id, networkVersion, map[string]any{
			"location": s.Location, "sku": map[string]any{"name": "Standard"}, "zones": zones(s.Location),
			"properties": map[string]any{"prefixLength": 31},
		}})
	}
	if id := t.Egress.NATGatewayID; id != "" {
		group, _, _ := strings.Cut(id, "/natGateways/")
		ip := group + "/publicIPAddresses/nat-gateway"
		all = append(all, address(ip, s.Location), preexisting{id, networkVersion, map[string]any{
			"location": s.Location, "sku": map[string]any{"name": "Standard"},
			"properties": map[string]any{"idleTimeoutInMinutes": 30,
				"publicIpAddresses": []any{map[string]any{"id": ip}}},
		}})
	}
	if id := t.Existing.VirtualNetworkID; id != "" {
		if routed(s) {
			all = append(all, routeTable(s))
		}
		all = append(all, virtualNetwork(id, s))
		if routed(s) {
			all = append(all, firewallHub(s)...)
		}
	}
	return all
}

func address(id, location string) preexisting {
	return preexisting{id, networkVersion, map[string]any{
		"location": location, "sku": map[string]any{"name": "Standard"}, "zones": zones(location),
		"properties": map[string]any{"publicIPAllocationMethod": "Static"},
	}}
}

// virtualNetwork has the site's part, another range with a subnet of its owner's, and the subnets that the site uses.
func virtualNetwork(id string, s site.Site) preexisting {
	t := s.Azure
	spaces := []any{workloadSpace, t.Addresses.Space.String()}
	subnets := []any{map[string]any{"name": Workload, "properties": map[string]any{"addressPrefix": workloadSpace}}}
	add := func(id string, place netip.Prefix, more map[string]any) {
		if id == "" {
			return
		}
		properties := map[string]any{"addressPrefix": place.String()}
		for name, value := range more {
			properties[name] = value
		}
		subnets = append(subnets, map[string]any{"name": id[strings.LastIndex(id, "/")+1:], "properties": properties})
		if !t.Addresses.Space.Contains(place.Addr()) {
			spaces = append(spaces, place.String())
		}
	}
	add(t.Existing.GatewaySubnetID, t.Addresses.Gateway, nil)
	wayOut, out := "natGateway", t.Egress.NATGatewayID
	if routed(s) {
		wayOut, out = "routeTable", routeTable(s).id
	}
	add(t.Existing.ProxyserverSubnetID, t.Addresses.Proxyserver, map[string]any{
		"networkSecurityGroup":  map[string]any{"id": t.Existing.NetworkSecurityGroupID},
		wayOut:                  map[string]any{"id": out},
		"defaultOutboundAccess": false,
	})
	add(t.Existing.BastionSubnetID, t.Addresses.Bastion, nil)
	return preexisting{id, networkVersion, map[string]any{"location": s.Location, "properties": map[string]any{
		"addressSpace": map[string]any{"addressPrefixes": spaces}, "subnets": subnets,
	}}}
}

// sharedRules are the documented rules as an owner may have them who has other subnets in the same group: in lists,
// with rules for the others among them.
func sharedRules(s site.Site) []any {
	all := []any{map[string]any{"name": "AllowWeb", "properties": map[string]any{
		"priority": 3000, "direction": "Inbound", "access": "Allow", "protocol": "Tcp",
		"sourceAddressPrefix": "Internet", "sourcePortRange": "*",
		"destinationAddressPrefix": workloadSpace, "destinationPortRanges": []any{"80", "443"},
	}}, map[string]any{"name": "AllowOut", "properties": map[string]any{
		"priority": 100, "direction": "Outbound", "access": "Allow", "protocol": "Tcp", "sourceAddressPrefix": "*",
		"sourcePortRange":          "*",
		"destinationAddressPrefix": "Internet", "destinationPortRange": "443",
	}}}
	for _, rule := range s.InboundRules() {
		access := "Deny"
		if rule.Allow {
			access = "Allow"
		}
		properties := map[string]any{
			"priority": rule.Priority, "direction": "Inbound", "access": access, "protocol": rule.Protocol,
			"sourcePortRange":          "*",
			"destinationAddressPrefix": rule.Destination, "destinationPortRange": rule.Port,
		}
		if len(rule.Sources) == 1 {
			properties["sourceAddressPrefix"] = rule.Sources[0]
		} else {
			properties["sourceAddressPrefixes"] = rule.Sources
		}
		all = append(all, map[string]any{"name": rule.Name, "properties": properties})
	}
	return all
}

// Package preexisting puts into Azure what a site's configuration says exists outside its stack.
package preexisting

import (
	"fmt"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

const networkVersion = "2024-05-01"

// Prepare has the secrets of the site that describe returns kept out of every text, and adds to Azure what exists
// outside its stack. If the configuration has errors, it does nothing: the program will report them.
func Prepare(azure *arm.Server, describe func() (site.Site, error), keepSecret func(text string)) error {
	s, err := describe()
	if err != nil {
		return nil
	}
	for _, secret := range s.Secrets() {
		keepSecret(secret)
	}
	return addPreexisting(azure, s)
}

// addPreexisting makes what the site refers to and does not make itself, as far as it is not there: networks, a
// workspace, an action group, a circuit, a hub's gateway and firewall.
func addPreexisting(azure *arm.Server, s site.Site) error {
	var all []preexisting
	if p := s.MicrosoftPeering; p != nil && p.Peering != nil {
		all = append(all, circuit(p.Peering.CircuitID, s.Location))
	}
	if t := s.Azure; t != nil {
		all = append(append(append(all, network(s)...), hubs(s)...), virtualHub(s)...)
		all = append(all, gallery(s)...)
		if t.Logs.WorkspaceID != "" {
			all = append(all, preexisting{t.Logs.WorkspaceID, "2022-10-01", map[string]any{
				"location": s.Location, "properties": map[string]any{"sku": map[string]any{"name": "PerGB2018"}},
			}})
		}
		if t.Alerts != nil && t.Alerts.ActionGroupID != "" {
			all = append(all, preexisting{t.Alerts.ActionGroupID, "2023-01-01", map[string]any{
				"location": "global", "properties": map[string]any{"enabled": true, "groupShortName": "on call"},
			}})
		}
		if g := t.Gateway; g != nil && g.CircuitID != "" {
			all = append(all, circuit(g.CircuitID, s.Location))
		}
		if g := t.Gateway; g != nil && g.ID != "" {
			all = append(all, gateway(*g, s.Location)...)
		}
	}
	for _, f := range all {
		add := azure.AddPreexisting
		switch {
		case strings.HasSuffix(f.id, "/"+defaultRouteTable): // Azure makes it with the hub
			add = azure.ChangePreexisting
		case azure.Has(f.id): // a circuit may carry both peerings, and a configuration that changes keeps the rest
			continue
		}
		if err := add(f.id, f.apiVersion, f.body); err != nil {
			return fmt.Errorf("adding resources that exist outside the stack: %w", err)
		}
	}
	return nil
}

// preexisting is a resource that somebody else made.
type preexisting struct {
	id, apiVersion string
	body           map[string]any
}

// circuit is an ExpressRoute circuit that its provider has brought up.
func circuit(id, location string) preexisting {
	return preexisting{id, networkVersion, map[string]any{
		"location": location,
		"sku":      map[string]any{"name": "Standard_MeteredData", "tier": "Standard", "family": "MeteredData"},
		"properties": map[string]any{
			"serviceProviderProperties": map[string]any{
				"serviceProviderName": "Provider", "peeringLocation": "Amsterdam", "bandwidthInMbps": 50,
			},
			"serviceProviderProvisioningState": "Provisioned",
		},
	}}
}

// A hub's network and its GatewaySubnet are in a range for benchmarks, where no site has its own networks.
const hubSpace, hubGateways = "198.18.0.0/24", "198.18.0.0/27"

// gateway is a VPN gateway in a hub network of its own, with BGP where the site's connections speak it.
func gateway(g site.Gateway, location string) []preexisting {
	id := g.ID
	bgp := slices.ContainsFunc(g.Connections, func(c site.Connection) bool { return c.ASN != 0 })
	group, _, _ := strings.Cut(id, "/virtualNetworkGateways/")
	network, address := group+"/virtualNetworks/hub", group+"/publicIPAddresses/hub-gateway"
	return []preexisting{
		{network, networkVersion, map[string]any{"location": location, "properties": map[string]any{
			"addressSpace": map[string]any{"addressPrefixes": []any{hubSpace}},
			"subnets": []any{map[string]any{
				"name": "GatewaySubnet", "properties": map[string]any{"addressPrefix": hubGateways},
			}},
		}}},
		{address, networkVersion, map[string]any{
			"location": location, "sku": map[string]any{"name": "Standard"}, "zones": zones(location),
			"properties": map[string]any{"publicIPAllocationMethod": "Static"},
		}},
		vpnGateway(id, location, network+"/subnets/GatewaySubnet", address, bgp),
	}
}

// vpnGateway is a VPN gateway in a subnet, at a public address.
func vpnGateway(id, location, subnet, address string, bgp bool) preexisting {
	return preexisting{id, networkVersion, map[string]any{"location": location, "properties": map[string]any{
		"gatewayType": "Vpn", "vpnType": "RouteBased", "vpnGatewayGeneration": "Generation1", "enableBgp": bgp,
		"sku": map[string]any{"name": "VpnGw1AZ", "tier": "VpnGw1AZ"},
		"ipConfigurations": []any{map[string]any{"name": "default", "properties": map[string]any{
			"subnet":          map[string]any{"id": subnet},
			"publicIPAddress": map[string]any{"id": address},
		}}},
	}}}
}

func zones(location string) []any {
	var all []any
	for _, zone := range site.Zones(location) {
		all = append(all, zone)
	}
	return all
}

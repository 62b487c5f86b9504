package main

import (
	"context"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/verify"
)

// Answers of Azure, as far as they are read. encoding/json compares names without regard to case.
type (
	rawSpace struct{ AddressPrefixes []string }

	rawNetwork struct {
		ID         string
		Tags       map[string]string
		Properties struct {
			AddressSpace           rawSpace
			DHCPOptions            struct{ DNSServers []string }
			Subnets                []rawSubnet
			VirtualNetworkPeerings []struct {
				Name       string
				Properties struct {
					RemoteVirtualNetwork             ref
					PeeringState                     string
					RemoteAddressSpace               rawSpace
					RemoteVirtualNetworkAddressSpace rawSpace
				}
			}
		}
	}

	rawSubnet struct {
		ID, Name   string
		Properties struct {
			AddressPrefix         string
			AddressPrefixes       []string
			NetworkSecurityGroup  ref
			NATGateway            ref
			RouteTable            ref
			DefaultOutboundAccess *bool
			IPConfigurations      []ref
		}
	}

	rawGroup struct {
		ID         string
		Tags       map[string]string
		Properties struct {
			SecurityRules []struct {
				Name       string
				Properties rawRule
			}
		}
	}

	rawRule struct {
		Access, Direction, Protocol          string
		Priority                             int
		SourceAddressPrefix                  string
		SourceAddressPrefixes                []string
		DestinationAddressPrefix             string
		DestinationAddressPrefixes           []string
		SourcePortRange                      string
		SourcePortRanges                     []string
		DestinationPortRange                 string
		DestinationPortRanges                []string
		SourceApplicationSecurityGroups      []ref
		DestinationApplicationSecurityGroups []ref
	}

	rawRouteTable struct {
		ID         string
		Properties struct {
			Routes []struct {
				Name       string
				Properties struct{ AddressPrefix, NextHopType, NextHopIPAddress string }
			}
		}
	}

	rawNAT struct {
		ID         string
		Tags       map[string]string
		Properties struct{ PublicIPAddresses, PublicIPPrefixes []ref }
	}
)

func (raw rawNetwork) network(s site.Site) verify.Network {
	p := raw.Properties
	n := verify.Network{ID: raw.ID, Tags: raw.Tags, Spaces: p.AddressSpace.AddressPrefixes,
		DNSServers: p.DHCPOptions.DNSServers}
	for _, peering := range p.VirtualNetworkPeerings {
		n.Peerings = append(n.Peerings, verify.Peering{Name: peering.Name,
			RemoteID: peering.Properties.RemoteVirtualNetwork.ID, State: peering.Properties.PeeringState,
			RemoteSpaces: slices.Concat(peering.Properties.RemoteAddressSpace.AddressPrefixes,
				peering.Properties.RemoteVirtualNetworkAddressSpace.AddressPrefixes)})
	}
	given := s.Azure.Existing.ProxyserverSubnetID
	for _, subnet := range p.Subnets {
		if given != "" && strings.EqualFold(subnet.ID, given) || given == "" && subnet.Name == "ProxyserverSubnet" {
			n.Proxies = subnet.subnet()
		}
	}
	return n
}

func (raw rawSubnet) subnet() *verify.Subnet {
	p := raw.Properties
	out := &verify.Subnet{ID: raw.ID, Prefix: strings.Join(either(p.AddressPrefix, p.AddressPrefixes), ", "),
		SecurityGroupID: p.NetworkSecurityGroup.ID, NATGatewayID: p.NATGateway.ID, RouteTableID: p.RouteTable.ID,
		// what says nothing of it has it
		DefaultOutboundAccess: p.DefaultOutboundAccess == nil || *p.DefaultOutboundAccess}
	for _, configuration := range p.IPConfigurations {
		out.IPConfigurations = append(out.IPConfigurations, configuration.ID)
	}
	return out
}

func (raw rawGroup) group() verify.SecurityGroup {
	out := verify.SecurityGroup{ID: raw.ID, Tags: raw.Tags}
	for _, rule := range raw.Properties.SecurityRules {
		p := rule.Properties
		out.Rules = append(out.Rules, verify.Rule{
			Name: rule.Name, Access: p.Access, Direction: p.Direction, Protocol: p.Protocol, Priority: p.Priority,
			Sources:           either(p.SourceAddressPrefix, p.SourceAddressPrefixes),
			Destinations:      either(p.DestinationAddressPrefix, p.DestinationAddressPrefixes),
			SourcePorts:       either(p.SourcePortRange, p.SourcePortRanges),
			Ports:             either(p.DestinationPortRange, p.DestinationPortRanges),
			SourceGroups:      len(p.SourceApplicationSecurityGroups) > 0,
			DestinationGroups: len(p.DestinationApplicationSecurityGroups) > 0,
		})
	}
	return out
}

// either joins what Azure has in a singular and a plural property.
func either(one string, many []string) []string {
	if one != "" && !slices.Contains(many, one) {
		return append([]string{one}, many...)
	}
	return many
}

func (raw rawRouteTable) table() verify.RouteTable {
	out := verify.RouteTable{ID: raw.ID}
	for _, route := range raw.Properties.Routes {
		p := route.Properties
		out.Routes = append(out.Routes, verify.Route{Name: route.Name, Prefix: p.AddressPrefix,
			NextHopType: p.NextHopType, NextHop: p.NextHopIPAddress})
	}
	return out
}

// natGateway reads the NAT gateway, and the addresses that it really has.
func (a *asker) natGateway(ctx context.Context, id string) verify.Part[verify.NATGateway] {
	var addresses, prefixes []ref
	nat := get(ctx, a, id, networkVersion, func(raw rawNAT) verify.NATGateway {
		addresses, prefixes = raw.Properties.PublicIPAddresses, raw.Properties.PublicIPPrefixes
		return verify.NATGateway{ID: raw.ID, Tags: raw.Tags}
	})
	if nat.Have == nil {
		return nat
	}
	type text struct {
		Properties struct{ IPAddress, IPPrefix string }
	}
	for _, one := range slices.Concat(addresses, prefixes) {
		address := get(ctx, a, one.ID, networkVersion, func(raw text) string {
			return raw.Properties.IPAddress + raw.Properties.IPPrefix
		})
		if !address.Read {
			return verify.Part[verify.NATGateway]{}
		}
		if address.Have != nil {
			nat.Have.Addresses = append(nat.Have.Addresses, *address.Have)
		}
	}
	return nat
}

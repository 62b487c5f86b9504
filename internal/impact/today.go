// Package impact says what a change would take from those who rely on a site as it is today: the technicians who typed the proxy's
// address into sensors, the other ends of its tunnels, the firewalls that know its public address. It compares what a stack has
// deployed with the site that is to be deployed; whether the change is meant, the site's configuration says.
package impact

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// Today is what a stack has deployed, as far as somebody relies on it. The zero value is a stack on which nobody does.
type Today struct {
	Serves        bool     // there are proxies; without, nobody relies on what is there already
	Group, Region string   // of the resource group
	Proxy         *Proxy   // nil: none
	Network       *Network // nil: none
	Gateway       *Gateway // nil: none of the stack's own
	Tunnels       []Tunnel
	AttachedTo    string // ID of the gateway to which the connections are attached
	Circuit       string // ID of the ExpressRoute circuit that is connected; empty: none
	Egress        string // public address from which the proxies are seen; empty: none
	Peering       string // ID of the Microsoft peering; empty: none
	FlowLogs      string // name of the storage account that holds them; empty: none
	Workspace     string // name of the stack's own; empty: none
}

// Proxy is what was typed into the sensors.
type Proxy struct {
	Host               string
	Port               int
	Username, Password string // secret; empty: sensors present none
	Generated          bool   // the password was
}

// Network is a virtual network, and its subnets by name.
type Network struct {
	Name    string
	Space   string
	Subnets map[string]netip.Prefix
	Bastion bool // there is a host in AzureBastionSubnet
}

// Gateway is a virtual network gateway.
type Gateway struct {
	Type       string // Vpn or ExpressRoute
	Generation string
	BGP        bool
	ASN        uint32
	Addresses  []string // public, one an instance
}

// Tunnel is one whose other end somebody was told how to set up.
type Tunnel struct {
	Name        string
	PeerAddress string
	Inside      string // range inside the tunnel; empty: none
	SharedKey   string // secret
	Generated   bool   // the key was
}

// Resource is something that the stack has deployed.
type Resource struct {
	Component string         // type of the component that it belongs to, such as NatEgress; empty: none
	Type      string         // without package and version, such as PublicIPAddress
	Name      string         // in the program
	Outputs   map[string]any // as in the stack's state
}

// Read reads what a stack has from its outputs and its resources. Of a stack without outputs nobody was told anything yet.
func Read(outputs map[string]any, resources []Resource) (Today, error) {
	if len(outputs) == 0 {
		return Today{}, nil
	}
	r := reader{}
	for _, resource := range resources {
		r.read(resource)
	}
	r.complete(outputs)
	return r.today, errors.Join(r.errs...)
}

// reader puts together what the resources say. One that is half made says less, and nobody relies on that yet.
type reader struct {
	today     Today
	addresses []string // of the gateway
	generated bool     // there is a generated password of the proxies
	keys      []string // names of the tunnels' generated ones
	bastion   bool     // there is a Bastion host
	errs      []error
}

func (r *reader) read(resource Resource) {
	switch resource.Component + "/" + resource.Type {
	case "/ResourceGroup":
		group := as[struct{ Name, Location string }](r, resource)
		r.today.Group, r.today.Region = group.Name, group.Location
	case "NetworkLayer/VirtualNetwork":
		r.network(as[virtualNetwork](r, resource))
	case "InternalLB/LoadBalancer":
		r.loadBalancer(as[loadBalancer](r, resource))
	case "ProxyScaleSet/VirtualMachineScaleSet":
		r.today.Serves = true
	case "NatEgress/PublicIPAddress":
		r.today.Egress = as[publicIP](r, resource).IPAddress
	case "SiteGateway/PublicIPAddress":
		r.addresses = append(r.addresses, as[publicIP](r, resource).IPAddress)
	case "SiteGateway/VirtualNetworkGateway":
		gateway := as[virtualNetworkGateway](r, resource)
		r.today.Gateway = &Gateway{
			Type: gateway.GatewayType, Generation: gateway.VpnGatewayGeneration, BGP: gateway.EnableBgp, ASN: gateway.BgpSettings.Asn,
		}
	case "SiteGateway/VirtualNetworkGatewayConnection":
		connection := as[connection](r, resource)
		r.today.AttachedTo, r.today.Circuit = connection.VirtualNetworkGateway1.ID, connection.Peer.ID
	case "Bastion/BastionHost":
		r.bastion = true
	case "MicrosoftPeering/ExpressRouteCircuitPeering":
		r.today.Peering = as[struct{ ID string }](r, resource).ID
	case "Diagnostics/StorageAccount":
		r.today.FlowLogs = as[struct{ Name string }](r, resource).Name
	case "Diagnostics/Workspace":
		r.today.Workspace = as[struct{ Name string }](r, resource).Name
	case "SiteGateway/RandomPassword":
		r.keys = append(r.keys, resource.Name)
	case "ProxyCredentials/RandomPassword":
		r.generated = true
	}
}

// What is read of the resources, named as in Azure.
type (
	virtualNetwork struct {
		Name         string
		AddressSpace struct{ AddressPrefixes []string }
		Subnets      []struct {
			Name            string
			AddressPrefix   string
			AddressPrefixes []string // in the place of the former, where Azure answers so
		}
	}
	loadBalancer struct {
		FrontendIPConfigurations []struct{ PrivateIPAddress string }
		LoadBalancingRules       []struct{ FrontendPort int }
	}
	publicIP              struct{ IPAddress string }
	virtualNetworkGateway struct {
		GatewayType, VpnGatewayGeneration string
		EnableBgp                         bool
		BgpSettings                       struct{ Asn uint32 }
	}
	connection struct{ VirtualNetworkGateway1, Peer struct{ ID string } }
)

func (r *reader) network(from virtualNetwork) {
	network := Network{Name: from.Name, Subnets: map[string]netip.Prefix{}}
	for _, space := range from.AddressSpace.AddressPrefixes {
		network.Space = space
	}
	for _, subnet := range from.Subnets {
		for _, text := range append(subnet.AddressPrefixes, subnet.AddressPrefix) {
			if text == "" {
				continue
			}
			prefix, err := netip.ParsePrefix(text)
			if err != nil {
				r.errs = append(r.errs, fmt.Errorf("subnet %s: %w", subnet.Name, err))
			}
			network.Subnets[subnet.Name] = prefix
		}
	}
	r.today.Network = &network
}

func (r *reader) loadBalancer(from loadBalancer) {
	if len(from.FrontendIPConfigurations) == 0 || len(from.LoadBalancingRules) == 0 || from.FrontendIPConfigurations[0].PrivateIPAddress == "" {
		return
	}
	r.today.Proxy = &Proxy{Host: from.FrontendIPConfigurations[0].PrivateIPAddress, Port: from.LoadBalancingRules[0].FrontendPort}
}

// complete adds what only the stack's outputs tell, where its resources are still there.
func (r *reader) complete(outputs map[string]any) {
	told := as[struct {
		SensorProxy struct{ Username, Password string }
		Gateway     struct {
			Connections map[string]struct{ PeerAddress, InsideCidr, SharedKey string }
		}
	}](r, Resource{Type: "outputs", Outputs: outputs})
	if proxy := r.today.Proxy; proxy != nil {
		proxy.Username, proxy.Password, proxy.Generated = told.SensorProxy.Username, told.SensorProxy.Password, r.generated
	}
	if r.today.Gateway != nil {
		r.today.Gateway.Addresses = r.addresses
	}
	if r.today.Network != nil {
		r.today.Network.Bastion = r.bastion
	}
	if r.today.AttachedTo != "" {
		for _, name := range slices.Sorted(maps.Keys(told.Gateway.Connections)) {
			connection := told.Gateway.Connections[name]
			r.today.Tunnels = append(r.today.Tunnels, Tunnel{
				Name: name, PeerAddress: connection.PeerAddress, Inside: connection.InsideCidr, SharedKey: connection.SharedKey,
				Generated: slices.ContainsFunc(r.keys, func(key string) bool { return strings.HasSuffix(key, "-"+name+"-key") }),
			})
		}
	}
}

// as reads a resource's outputs in the shape of a struct. What has another shape is an error, which names no value: it may be secret.
func as[T any](r *reader, resource Resource) T {
	var shape T
	text, err := json.Marshal(resource.Outputs)
	if err == nil {
		err = json.Unmarshal(text, &shape)
	}
	if err != nil {
		r.errs = append(r.errs, fmt.Errorf("%s: %w", resource.Type, err))
	}
	return shape
}

package impact

import (
	"maps"
	"net/netip"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// Planned is the record of a site that is to be deployed to a resource group.
func Planned(s site.Site, group string) Record {
	if s.Azure == nil && s.MicrosoftPeering == nil {
		return Record{}
	}
	r := Record{Place: Place{Group: group, Region: s.Location, Given: s.ResourceGroup != ""}}
	if s.MicrosoftPeering != nil && s.MicrosoftPeering.Peering != nil {
		r.Peering = &Named{s.MicrosoftPeering.Peering.CircuitID + "/peerings/MicrosoftPeering"}
	}
	if s.Azure == nil {
		return r
	}
	r.Served = &Served{Sensors: s.Azure.Sensors}
	for _, domain := range s.Domains() {
		r.Served.Hosts = append(r.Served.Hosts, string(domain))
	}
	r.Proxy = &Proxy{Port: int(s.ProxyPort)}
	if s.ProxyAuth != nil {
		r.Credentials = credentials(*s.ProxyAuth)
		if s.ProxyAuth.Previous != nil {
			r.FormerCredentials = credentials(*s.ProxyAuth.Previous)
		}
	}
	r.Network = network(s.Azure.Addresses)
	r.Network.ID, r.Network.Given = s.Azure.Existing.VirtualNetworkID, given(s.Azure.Existing)
	for _, p := range s.Azure.Peerings {
		if r.Network.Peerings == nil {
			r.Network.Peerings = map[string]Peering{}
		}
		r.Network.Peerings[p.Name] = Peering{Remote: p.RemoteVirtualNetworkID, Gateway: p.UseRemoteGateways,
			Both: p.CreateRemotePeering}
	}
	if hub := s.Azure.VirtualHub; hub != nil {
		r.Network.VirtualHub = &VirtualHub{ID: hub.ID, Connected: hub.CreateConnection}
	}
	r.Egress = &Egress{Given: s.Azure.Egress.Given()}
	if s.Azure.Bastion != nil {
		r.Bastion = &Named{}
	}
	if s.Azure.Gateway != nil {
		r.gateway(*s.Azure.Gateway)
	}
	if s.Azure.Logs.FlowLogs {
		r.FlowLogs = &Named{}
	}
	if s.Azure.Logs.WorkspaceID == "" {
		r.Workspace = &Named{}
	}
	if table := s.AccessTable(); table != "" {
		r.AccessTable = &AccessTable{Name: table, Workspace: s.Azure.Logs.WorkspaceID}
	}
	return r
}

func credentials(auth site.ProxyAuth) *Credentials {
	return &Credentials{Username: auth.Username, Password: auth.Password, Generated: auth.Password == ""}
}

// Names of the subnets, which Azure or the documents fix.
const (
	gatewaySubnet     = "GatewaySubnet"
	proxyserverSubnet = "ProxyserverSubnet"
	bastionSubnet     = "AzureBastionSubnet"
)

func network(plan site.AddressPlan) *Network {
	n := &Network{Space: plan.Space.String(), Subnets: map[string]netip.Prefix{proxyserverSubnet: plan.Proxyserver}}
	if plan.Gateway.IsValid() {
		n.Subnets[gatewaySubnet] = plan.Gateway
	}
	if plan.Bastion.IsValid() {
		n.Subnets[bastionSubnet] = plan.Bastion
	}
	return n
}

func given(e site.ExistingNetwork) map[string]string {
	all := map[string]string{gatewaySubnet: e.GatewaySubnetID, proxyserverSubnet: e.ProxyserverSubnetID,
		bastionSubnet: e.BastionSubnetID}
	maps.DeleteFunc(all, func(_, id string) bool { return id == "" })
	if len(all) == 0 {
		return nil
	}
	return all
}

func (r *Record) gateway(g site.Gateway) {
	if g.Kind != site.GatewayExisting {
		r.Gateway = &Gateway{Kind: g.Kind, BGP: g.BGP, ASN: g.ASN, ActiveActive: g.ActiveActive}
		if g.SecondGeneration() {
			r.Gateway.Generation = "Generation2"
		}
	}
	if g.Kind == site.GatewayExpressRoute {
		r.Circuit = &Named{g.CircuitID}
	}
	r.Tunnels = map[string]Tunnel{}
	for _, connection := range g.Connections {
		for _, tunnel := range connection.Tunnels {
			r.Tunnels[tunnel.Name] = Tunnel{
				Gateway: g.ID, Peer: tunnel.Address.String(), Inside: tunnel.Inside,
				SharedKey: tunnel.SharedKey, Generated: tunnel.SharedKey == "",
			}
		}
	}
}

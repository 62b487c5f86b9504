package program

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/components"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/endpoints"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/reach"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// export hands out what a technician types into the sensor, what the site's firewall must let through, and what the
// other ends of the site's connections need. Names and shapes are a contract; an output without meaning for a site is
// left out.
func export(ctx *pulumi.Context, s site.Site, b built, proof reach.Proof) {
	ctx.Export("sensorEndpoints", endpointList(s.Endpoints))
	host := pulumi.String("").ToStringOutput()
	if s.Azure != nil {
		host = b.proxy.Host
		ctx.Export("sensorProxy", proxySettings(s, b.proxy))
		ctx.Export("egressPublicIp", b.proxy.EgressPublicIP)
		ctx.Export("virtualNetworkId", b.proxy.VirtualNetworkID)
		if s.Azure.Egress.ByFirewall() {
			ctx.Export("egressAllowList", egressAllowList(s))
		}
		if table := s.AccessTable(); table != "" {
			ctx.Export("proxyAccessTable", pulumi.String(table))
		}
		if commands := remotePeerings(s, b.proxy.VirtualNetworkID); len(commands) > 0 {
			ctx.Export("remotePeerings", commands)
		}
		if hub := s.Azure.VirtualHub; hub != nil && !hub.CreateConnection {
			ctx.Export("virtualHubConnection", b.proxy.VirtualNetworkID.ApplyT(func(id string) string {
				return hubConnection(s, id)
			}))
		}
	}
	if b.gateway != nil {
		ctx.Export("gateway", gateway(s, b.gateway))
	}
	if len(s.SiteProxies) > 0 {
		ctx.Export("siteProxies", siteProxies(s, host))
	}
	ctx.Export("firewallAllowList", firewallAllowList(s, host))
	ctx.Export("readme", readme(s, b, proof, host))
}

const https = 443

func proxySettings(s site.Site, p *components.SensorProxy) pulumi.Map {
	settings := pulumi.Map{"host": p.Host, "port": port(s.ProxyPort)}
	if s.ProxyAuth != nil {
		settings["username"] = p.Username
		settings["password"] = p.Password
	}
	return settings
}

func endpointList(all []endpoints.Endpoint) pulumi.Array {
	list := pulumi.Array{}
	for _, e := range all {
		list = append(list, pulumi.Map{"service": pulumi.String(e.Service), "host": pulumi.String(e.Host),
			"port": port(e.Port)})
	}
	return list
}

// firewallAllowList is what the site's firewall must let out: the proxy in Azure and nothing else, or, where sensors or
// a proxy at the site reach Microsoft's services themselves, those, by name and, given Azure's weekly file, by prefix.
func firewallAllowList(s site.Site, host pulumi.StringOutput) pulumi.Array {
	if s.Azure != nil {
		return pulumi.Array{pulumi.Map{"service": pulumi.String("Proxy"), "host": host, "port": port(s.ProxyPort)}}
	}
	list := endpointList(s.Endpoints)
	for _, service := range s.ServicePrefixes {
		var prefixes pulumi.StringArray
		for _, p := range service.Prefixes {
			prefixes = append(prefixes, pulumi.String(p.String()))
		}
		entry := pulumi.Map{"service": pulumi.String(service.Service), "port": port(https), "prefixes": prefixes}
		if service.Note != "" {
			entry["note"] = pulumi.String(service.Note)
		}
		list = append(list, entry)
	}
	return list
}

// egressAllowList is what a company's firewall must let the proxies reach.
func egressAllowList(s site.Site) pulumi.Array {
	list := pulumi.Array{}
	for _, d := range s.EgressAllowList() {
		list = append(list, pulumi.Map{"service": pulumi.String(d.Service), "host": pulumi.String(d.Host),
			"protocol": pulumi.String(d.Protocol), "port": port(d.Port)})
	}
	return list
}

// remotePeerings are the commands, by peering, with which the owners of other networks make their halves.
func remotePeerings(s site.Site, network pulumi.StringOutput) pulumi.StringMap {
	all := pulumi.StringMap{}
	for _, p := range s.Azure.Peerings {
		if !p.CreateRemotePeering {
			all[p.Name] = network.ApplyT(func(id string) string {
				return remotePeering(s, p, id)
			}).(pulumi.StringOutput)
		}
	}
	return all
}

// remotePeering is the command for one half, for whoever may write the other network. The CLI makes a half only in the
// subscription that it is told.
func remotePeering(s site.Site, p site.NetworkPeering, network string) string {
	parts := strings.Split(p.RemoteVirtualNetworkID, "/")
	command := fmt.Sprintf("az network vnet peering create --subscription %s --resource-group %s --vnet-name %s "+
		"--name %s --remote-vnet %s --allow-vnet-access", parts[2], parts[4], parts[8], s.Name, network)
	if p.AllowForwardedTraffic {
		command += " --allow-forwarded-traffic"
	}
	if p.UseRemoteGateways {
		command += " --allow-gateway-transit"
	}
	return command
}

// hubConnection is the command with which the owner of a virtual hub connects the site's network. By itself the CLI
// lets the hub's route for everything reach it.
func hubConnection(s site.Site, network string) string {
	parts := strings.Split(s.Azure.VirtualHub.ID, "/")
	return fmt.Sprintf("az network vhub connection create --subscription %s --resource-group %s --vhub-name %s "+
		"--name %s --remote-vnet %s --internet-security %t", parts[2], parts[4], parts[8], s.Name, network,
		s.Azure.Egress.VirtualHubID != "")
}

// gateway is what the site's VPN devices or the other clouds have to be told.
func gateway(s site.Site, g *components.SiteGateway) pulumi.Map {
	connections := pulumi.Map{}
	for _, connection := range s.Azure.Gateway.Connections {
		for _, tunnel := range connection.Tunnels {
			connections[tunnel.Name] = tunnelEnds(s, g, connection, tunnel)
		}
	}
	return pulumi.Map{
		"publicIps":   g.PublicIPAddresses,
		"asn":         pulumi.Int(int(s.Azure.Gateway.ASN)),
		"bgpPeers":    g.BGPPeers,
		"connections": connections,
	}
}

func tunnelEnds(s site.Site, g *components.SiteGateway, connection site.Connection, tunnel site.Tunnel) pulumi.Map {
	ends := pulumi.Map{
		"azureAddress": pulumi.String(""), // of an existing gateway, which its owner knows
		"peerAddress":  pulumi.String(tunnel.Address.String()),
		"sharedKey":    g.SharedKeys.MapIndex(pulumi.String(tunnel.Name)),
	}
	if s.Azure.Gateway.Kind != site.GatewayExisting {
		ends["azureAddress"] = g.PublicIPAddresses.Index(pulumi.Int(tunnel.Instance))
	}
	if connection.ASN != 0 {
		ends["azureAsn"] = pulumi.Int(int(s.Azure.Gateway.ASN))
		ends["peerAsn"] = pulumi.Int(int(connection.ASN))
		ends["peerBgpAddress"] = pulumi.String(tunnel.PeerBGP.String())
	}
	if tunnel.Inside.IsValid() {
		ends["azureBgpAddress"] = pulumi.String(tunnel.AzureBGP().String())
		ends["insideCidr"] = pulumi.String(tunnel.Inside.String())
	}
	return ends
}

func port(p uint16) pulumi.Int {
	return pulumi.Int(int(p))
}

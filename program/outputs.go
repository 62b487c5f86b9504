package program

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/components"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/endpoints"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/reach"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// export hands out what a technician types into the sensor, what the site's firewall must let through, and what the other ends of
// the site's connections need. Names and shapes are a contract; an output without meaning for a site is left out.
func export(ctx *pulumi.Context, s site.Site, b built, proof reach.Proof) {
	ctx.Export("sensorEndpoints", endpointList(s.Endpoints))
	host := pulumi.String("").ToStringOutput()
	if s.Azure != nil {
		host = b.lb.FrontendIPAddress
		ctx.Export("sensorProxy", sensorProxy(s, b))
		ctx.Export("egressPublicIp", b.egress.PublicIPAddress)
		ctx.Export("virtualNetworkId", b.network.VirtualNetworkID)
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

func sensorProxy(s site.Site, b built) pulumi.Map {
	proxy := pulumi.Map{"host": b.lb.FrontendIPAddress, "port": port(s.ProxyPort)}
	if len(b.credentials) > 0 {
		proxy["username"] = pulumi.String(b.credentials[0].Username)
		proxy["password"] = b.credentials[0].Password
	}
	return proxy
}

func endpointList(all []endpoints.Endpoint) pulumi.Array {
	list := pulumi.Array{}
	for _, e := range all {
		list = append(list, pulumi.Map{"service": pulumi.String(e.Service), "host": pulumi.String(e.Host), "port": port(e.Port)})
	}
	return list
}

// firewallAllowList is what the site's firewall must let out: the proxy in Azure and nothing else, or, where sensors or a proxy at
// the site reach Microsoft's services themselves, those, by name and, given Azure's weekly file, by prefix.
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

// gateway is what the site's VPN devices or the other clouds have to be told.
func gateway(s site.Site, g *components.SiteGateway) pulumi.Map {
	connections := pulumi.Map{}
	for _, ends := range g.Tunnels {
		tunnel := pulumi.Map{
			"azureAddress": ends.AzureAddr,
			"peerAddress":  pulumi.String(ends.Tunnel.Address.String()),
			"sharedKey":    ends.SharedKey,
		}
		if ends.Connection.ASN != 0 {
			tunnel["azureAsn"] = pulumi.Int(int(s.Azure.Gateway.ASN))
			tunnel["peerAsn"] = pulumi.Int(int(ends.Connection.ASN))
			tunnel["peerBgpAddress"] = pulumi.String(ends.Tunnel.PeerBGP.String())
		}
		if ends.Tunnel.Inside.IsValid() {
			tunnel["azureBgpAddress"] = pulumi.String(ends.Tunnel.AzureBGP().String())
			tunnel["insideCidr"] = pulumi.String(ends.Tunnel.Inside.String())
		}
		connections[ends.Tunnel.Name] = tunnel
	}
	return pulumi.Map{
		"publicIps":   g.PublicIPAddresses,
		"asn":         pulumi.Int(int(s.Azure.Gateway.ASN)),
		"bgpPeers":    g.BGPPeers,
		"connections": connections,
	}
}

func port(p uint16) pulumi.Int {
	return pulumi.Int(int(p))
}

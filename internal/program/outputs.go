package program

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"defender-iot-proxy/components"
	"defender-iot-proxy/internal/site"
	"defender-iot-proxy/internal/squid"
)

// export hands out what a technician types into the sensor and what the site's firewall must let through. Names and shapes are a
// contract.
func export(ctx *pulumi.Context, s site.Site, t topology) {
	proxy := pulumi.Map{"host": t.lb.FrontendIPAddress, "port": pulumi.Int(int(s.ProxyPort))}
	if t.credentials != nil {
		proxy["username"] = pulumi.String(t.credentials.Username)
		proxy["password"] = t.credentials.Password
	}
	ctx.Export("sensorProxy", proxy)
	ctx.Export("sensorEndpoints", sensorEndpoints(s))
	ctx.Export("firewallAllowList", pulumi.Array{pulumi.Map{
		"service": pulumi.String("Proxy"), "host": t.lb.FrontendIPAddress, "port": pulumi.Int(int(s.ProxyPort)),
	}})
	ctx.Export("egressPublicIp", t.egress.PublicIPAddress)
	ctx.Export("virtualNetworkId", t.network.VirtualNetworkID)
	ctx.Export("readme", pulumi.All(t.lb.FrontendIPAddress, t.egress.PublicIPAddress).ApplyT(func(in []any) string {
		return readme(s, in[0].(string), in[1].(string))
	}))
}

func sensorEndpoints(s site.Site) pulumi.Array {
	var all pulumi.Array
	for _, e := range s.Endpoints {
		all = append(all, pulumi.Map{
			"service": pulumi.String(e.Service), "host": pulumi.String(e.Host), "port": pulumi.Int(int(e.Port)),
		})
	}
	return all
}

// customData renders what an instance is made of, in the base64 that Azure takes.
func customData(s site.Site, credentials *components.ProxyCredentials) pulumi.StringInput {
	proxy := squid.Proxy{Port: s.ProxyPort, Sensors: s.Sensors}
	for _, e := range s.Endpoints {
		proxy.Domains = append(proxy.Domains, squid.Domain(e.Domain()))
	}
	render := func(p squid.Proxy) (string, error) {
		cloudConfig, err := squid.CloudConfig(p)
		return base64.StdEncoding.EncodeToString(cloudConfig), err
	}
	if credentials == nil {
		return pulumi.String("").ToStringOutput().ApplyT(func(string) (string, error) { return render(proxy) }).(pulumi.StringOutput)
	}
	return credentials.Hash.ApplyT(func(hash string) (string, error) {
		proxy.Credentials = &squid.Credentials{Username: credentials.Username, Hash: hash}
		return render(proxy)
	}).(pulumi.StringOutput)
}

// readme is shown by Pulumi Cloud beside the stack: what to type into a sensor, and who can reach what.
func readme(s site.Site, host, egress string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s: sensors to Defender for IoT\n\n", s.Name)
	fmt.Fprintf(&b, "On each sensor, under **System settings > Sensor Network Settings**, turn on **Enable Proxy** and enter host `%s`, port `%d`", host, s.ProxyPort)
	if s.ProxyAuth != nil {
		fmt.Fprintf(&b, ", user `%s` and the password from `pulumi stack output sensorProxy --show-secrets`", s.ProxyAuth.Username)
	}
	b.WriteString(".\n\n| sensors reach | at |\n|---|---|\n")
	for _, e := range s.Endpoints {
		fmt.Fprintf(&b, "| %s | `%s:%d` |\n", e.Service, e.Host, e.Port)
	}
	fmt.Fprintf(&b, "\nMicrosoft's services see the site as `%s`. Into the proxies' subnet `%s` come:\n\n", egress, s.Addresses.Proxyserver)
	b.WriteString("| priority | rule | from | to port |\n|---|---|---|---|\n")
	for _, rule := range s.InboundRules() {
		from := strings.Join(rule.Sources, ", ")
		if !rule.Allow {
			from = "nobody else"
		}
		fmt.Fprintf(&b, "| %d | %s | %s | %s |\n", rule.Priority, rule.Name, from, rule.Port)
	}
	return b.String()
}

package program

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/reach"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// readme is shown by Pulumi Cloud beside the stack: what to do at the sensor, what it reaches, and who can reach the
// proxies.
func readme(s site.Site, b built, proof reach.Proof, host pulumi.StringOutput) pulumi.StringOutput {
	if s.Azure == nil {
		return pulumi.String(markdown(s, proof, "", "")).ToStringOutput()
	}
	return pulumi.All(host, b.proxy.EgressPublicIP).ApplyT(func(in []any) string {
		return markdown(s, proof, in[0].(string), in[1].(string))
	}).(pulumi.StringOutput)
}

func markdown(s site.Site, proof reach.Proof, host, egress string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s: sensors to Defender for IoT\n\n", s.Name)
	switch s.Method {
	case site.AzureProxy:
		fmt.Fprintf(&b, "On each sensor, under **System settings > Sensor Network Settings**, turn on **Enable "+
			"Proxy** and enter host `%s`, port `%d`", host, s.ProxyPort)
		if s.ProxyAuth != nil {
			fmt.Fprintf(&b, ", user `%s` and the password from `pulumi stack output sensorProxy --show-secrets`",
				s.ProxyAuth.Username)
		}
		b.WriteString(".\n")
	case site.ProxyChain:
		b.WriteString("Install each proxy with its script from `pulumi stack output siteProxies`, and enter its host " +
			"and port on the sensors that it serves, under **System settings > Sensor Network Settings**.\n")
	case site.Direct:
		b.WriteString("Sensors need no proxy. The site's firewall must let them out to what `pulumi stack output " +
			"firewallAllowList` names.\n")
	}
	b.WriteString("\n| sensors reach | at |\n|---|---|\n")
	for _, e := range s.Endpoints {
		fmt.Fprintf(&b, "| %s | `%s:%d` |\n", e.Service, e.Host, e.Port)
	}
	if s.Azure != nil {
		if s.Azure.Egress.ByFirewall() {
			fmt.Fprintf(&b, "\nMicrosoft's services see %s. It must let through what `pulumi stack output "+
				"egressAllowList` names.\n", egress)
		} else {
			fmt.Fprintf(&b, "\nMicrosoft's services see the site as `%s`.\n", egress)
		}
		if table := s.AccessTable(); table != "" {
			fmt.Fprintf(&b, "\nEach request of a sensor is a row of table `%s` in the workspace.\n", table)
		}
		fmt.Fprintf(&b, "\n## Who reaches the proxies in %s\n\n%s", s.Azure.Addresses.Proxyserver, proof.Markdown())
	}
	if s.MicrosoftPeering != nil {
		fmt.Fprintf(&b, "\nThe route filter allows the communities %s of %s. IoT Hub and Event Hubs have none of "+
			"their own; the region's is taken to cover them.\n",
			strings.Join(s.MicrosoftPeering.Communities, ", "), s.MicrosoftPeering.Region)
	}
	return b.String()
}

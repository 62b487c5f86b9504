package labsite

import (
	"net/netip"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// BuiltRules are those that the program deploys, with Azure's defaults.
func BuiltRules() []model.Rule {
	anything := []string{"*"}
	proxies := []string{"10.40.0.32/27"}
	return []model.Rule{
		{Name: "AllowSensorsToProxy", Priority: 100, Allow: true, Protocol: "Tcp", Sources: []string{"10.20.0.0/24",
			"10.30.0.7/32"}, Destinations: proxies, Ports: []string{"3128"}},
		{Name: "AllowBastionSsh", Priority: 4094, Allow: true, Protocol: "Tcp", Sources: []string{"10.40.0.64/26"},
			Destinations: proxies, Ports: []string{"22"}},
		{Name: "AllowAzureLoadBalancer", Priority: 4095, Allow: true, Protocol: "*",
			Sources: []string{"AzureLoadBalancer"}, Destinations: anything, Ports: anything},
		{Name: "DenyAllInbound", Priority: 4096, Allow: false, Protocol: "*", Sources: anything,
			Destinations: anything, Ports: anything},
		{Name: "AllowVnetInBound", Priority: 65000, Allow: true, Protocol: "*", Sources: []string{"VirtualNetwork"},
			Destinations: []string{"VirtualNetwork"}, Ports: anything},
		{Name: "AllowAzureLoadBalancerInBound", Priority: 65001, Allow: true, Protocol: "*",
			Sources: []string{"AzureLoadBalancer"}, Destinations: anything, Ports: anything},
		{Name: "DenyAllInBound", Priority: 65500, Allow: false, Protocol: "*", Sources: anything,
			Destinations: anything, Ports: anything},
	}
}

// Guarded is deployed with one instance, in its virtual network and behind its network security group.
func Guarded(t *testing.T) model.Site {
	t.Helper()
	site := Deployed(t)
	site.Instances = site.Instances[:1]
	site.Network = []netip.Prefix{netip.MustParsePrefix("10.40.0.0/25")}
	site.Subnets = []model.Subnet{
		{Name: "GatewaySubnet", Prefix: netip.MustParsePrefix("10.40.0.0/27")},
		{Name: "ProxyserverSubnet", Prefix: netip.MustParsePrefix("10.40.0.32/27")},
		{Name: "AzureBastionSubnet", Prefix: netip.MustParsePrefix("10.40.0.64/26")},
	}
	site.NSG = BuiltRules()
	return site
}

package site

import (
	"cmp"
	"strings"
)

// Destination is what the proxies themselves have to reach, in the form of a firewall's application rule.
type Destination struct {
	Service  string
	Host     string // a host, or *.example.com for all names below a domain
	Protocol string // Https or Http
	Port     uint16
}

// ubuntuMirrors are the hosts from which instances of Canonical's images install Squid and security updates. Azure
// itself needs nothing: its own agent and the extensions speak with 168.63.129.16, which no route leads elsewhere.
// Sources: https://ubuntu.com/server/docs/how-to/software/third-party-repository-usage and
// https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
var (
	ubuntuMirrors   = []string{"azure.archive.ubuntu.com", "archive.ubuntu.com", "security.ubuntu.com"}
	ubuntuARMHosts  = []string{"azure.ports.ubuntu.com", "ports.ubuntu.com"}
	canonicalImages = "Canonical"
)

// EgressAllowList is what a firewall must let the proxies in Azure reach. The mirrors of images that are not
// Canonical's are not known here, and an image that has everything needs none.
func (s Site) EgressAllowList() []Destination {
	var all []Destination
	for _, e := range s.Endpoints {
		all = append(all, Destination{Service: e.Service, Host: e.Host, Protocol: "Https", Port: e.Port})
	}
	const packages = "Ubuntu packages"
	from := s.Azure.ScaleSet.Packages
	if source := cmp.Or(from.Proxy, from.Mirror); source != "" {
		return append(all, destinationOf(packages, source))
	}
	if image := s.Azure.ScaleSet.Image; strings.EqualFold(image.Publisher, canonicalImages) && !from.InImage {
		mirrors := ubuntuMirrors
		if strings.Contains(image.SKU, "arm64") {
			mirrors = ubuntuARMHosts
		}
		for _, host := range mirrors {
			all = append(all, Destination{Service: packages, Host: host, Protocol: "Http", Port: 80})
		}
	}
	if s.Azure.Logs.ProxyAccess {
		for _, host := range agentHosts(s.Location) {
			all = append(all, Destination{Service: "Azure Monitor Agent", Host: host, Protocol: "Https", Port: 443})
		}
	}
	return all
}

// agentHosts are those to which Azure Monitor Agent speaks on an instance: where it finds its rules, and where it sends
// rows. Only Azure knows the first labels of the last two: the workspace's own ID, and the data collection endpoint's
// name.
// Source: https://learn.microsoft.com/azure/azure-monitor/agents/azure-monitor-agent-network-configuration
func agentHosts(location string) []string {
	return []string{
		"global.handler.control.monitor.azure.com", location + ".handler.control.monitor.azure.com",
		"global.prod.microsoftmetrics.com", "*.ods.opinsights.azure.com", "*.ingest.monitor.azure.com",
	}
}

package lifecycle

import (
	"slices"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

// keyChange is a change of one key of an example.
type keyChange struct {
	key  string // config key; [] is the first of a list
	file string
	to   any
	base map[string]any // what else the example has, before and after, by key
	also map[string]any // what has to change with it; nil: goes
	// preexisting adds to Azure what the change refers to; nil: it refers to nothing new.
	preexisting func(*Stack) error
}

// aNewKey stands for a secret in the table.
const aNewKey = "rehearsed-and-thrown-away"

// elsewhere is a resource group that is not the stack's.
const elsewhere = "/subscriptions/" + arm.Subscription + "/resourceGroups/elsewhere/providers/"

var (
	hubSpoke, virtualWAN                         = "examples/hub-spoke.yaml", "examples/virtual-wan.yaml"
	aVirtualHub                                  = elsewhere + "Microsoft.Network/virtualHubs/hub"
	alertsExample, accessLog                     = "examples/alerts.yaml", "examples/proxy-access-log.yaml"
	smallest, vpnExample, bgpExample, production = "examples/smallest.yaml", "examples/vpn.yaml",
		"examples/vpn-bgp.yaml", "examples/production.yaml"
	aPort = map[string]any{"name": "AllowMonitoring", "priority": 200, "sources": []string{"10.50.0.16/28"},
		"port": "9100", "purpose": map[string]any{"party": "private"}}
	aDMZ = map[string]any{"name": "dmz",
		"sensors": []any{map[string]any{"name": "press-shop", "ip": "10.20.0.11"}}}
	aHub = map[string]any{"name": "hub", "remoteVirtualNetworkId": elsewhere + "Microsoft.Network/virtualNetworks/hub",
		"addressPrefixes": []string{"10.0.0.0/22"}, "allowForwardedTraffic": true, "createRemotePeering": true}
	// the proxies' subnet is where it is with a GatewaySubnet before it
	stays       = map[string]any{"subnets.proxyserver": "10.48.0.32/27"}
	unprotected = map[string]any{"protect": false}
	wide        = map[string]any{"addressSpace": "10.41.0.0/24"}
	noUpgrades  = map[string]any{"scaleSet.automaticOsUpgrade": false}
)

// keyChanges is at least one change of every key.
var keyChanges = []keyChange{
	{key: "azure-native:location", file: smallest, to: "northeurope"},
	{key: "siteName", file: smallest, to: "renamed"},
	{key: "connectionMethod", file: smallest, to: "direct", also: map[string]any{"addressSpace": nil,
		"sensorCidrs": nil, "sshPublicKey": nil}},
	{key: "addressSpace", file: smallest, to: "10.41.0.0/24"},
	{key: "addressSpace", file: smallest, to: "10.77.0.0/26"},
	{key: "resourceGroup.existing", file: smallest, to: "rg-ot-plants", preexisting: (*Stack).addPreexisting},
	{key: "network.existing.virtualNetworkId", file: smallest, to: teamNetwork, preexisting: (*Stack).addPreexisting},
	{key: "network.existing.virtualNetworkId", file: sharedNetwork, to: nil},
	{key: "network.existing.gatewaySubnetId", file: sharedNetwork, to: teamNetwork + "/subnets/GatewaySubnet",
		base: map[string]any{"gateway.kind": "vpn", "subnets.gateway": "10.47.16.32/27"}},
	{key: "network.existing.proxyserverSubnetId", file: existingNetwork, to: nil},
	{key: "network.existing.bastionSubnetId", file: sharedNetwork, to: teamNetwork + "/subnets/AzureBastionSubnet",
		base: map[string]any{"subnets.bastion": "10.47.16.64/26"}},
	{key: "network.existing.networkSecurityGroupId", file: smallest, to: teamGroup,
		preexisting: (*Stack).addPreexisting},
	{key: "network.dnsServers", file: smallest, to: []string{"10.0.0.132"}},
	{key: "network.peerings", file: smallest, to: []any{aHub}, preexisting: (*Stack).addPreexisting},
	{key: "network.peerings", file: hubSpoke, to: nil, base: stays},
	{key: "network.peerings[].allowForwardedTraffic", file: hubSpoke, to: true},
	{key: "network.peerings[].useRemoteGateways", file: hubSpoke, to: false, base: stays},
	{key: "network.peerings[].createRemotePeering", file: hubSpoke, to: false},
	{key: "network.virtualHubId", file: smallest, to: aVirtualHub, base: map[string]any{
		"subnets.proxyserver": "10.41.0.32/27"}, also: map[string]any{"network.virtualHub": map[string]any{
		"addressPrefix": "10.100.0.0/23", "createConnection": true}}, preexisting: (*Stack).addPreexisting},
	{key: "network.virtualHubId", file: virtualWAN, to: aVirtualHub, preexisting: (*Stack).addPreexisting},
	{key: "network.virtualHub.addressPrefix", file: virtualWAN, to: "10.100.0.0/24"},
	{key: "network.virtualHub.createConnection", file: virtualWAN, to: false},
	{key: "network.routes", file: smallest, to: []any{map[string]any{"name": "closed", "addressPrefix": "10.60.0.0/16",
		"nextHopType": "None"}}},
	{key: "egress.kind", file: smallest, to: "firewall", also: map[string]any{"egress.firewallAddress": "10.0.0.68",
		"network.peerings": []any{aHub}}, preexisting: (*Stack).addPreexisting},
	{key: "egress.firewallAddress", file: "examples/firewall-egress.yaml", to: "10.0.0.69"},
	{key: "egress.natGatewayId", file: smallest, to: teamNAT, preexisting: (*Stack).addPreexisting},
	{key: "egress.publicIpId", file: smallest, to: teamAddress, preexisting: (*Stack).addPreexisting},
	{key: "egress.publicIpPrefixId", file: sharedNetwork, to: teamPrefix + "-2", preexisting: (*Stack).addPreexisting},
	{key: "egress.publicIpPrefixId", file: sharedNetwork, to: nil},
	{key: "subnets.gateway", file: smallest, to: "10.41.0.64/27", base: wide},
	{key: "subnets.gateway", file: vpnExample, to: "10.41.0.64/27", base: wide},
	{key: "subnets.proxyserver", file: smallest, to: "10.41.0.64/27", base: wide},
	{key: "subnets.bastion", file: smallest, to: "10.41.0.64/26", base: wide},
	{key: "subnets.bastion", file: production, to: "10.42.0.128/26",
		base: map[string]any{"addressSpace": "10.42.0.0/24"}},
	{key: "sensorCidrs", file: smallest, to: []string{"10.20.0.0/24", "10.21.0.0/24"}},
	{key: "sensorCidrs", file: smallest, to: []string{"10.20.0.0/25"}},
	{key: "extraInboundRules", file: smallest, to: []any{aPort}},
	{key: "sensors", file: accessLog, to: []any{map[string]any{"name": "mixer", "ip": "10.20.0.12"}}},
	{key: "proxyPort", file: smallest, to: 8080},
	{key: "proxyAuth.username", file: smallest, to: "sensor"},
	{key: "proxyAuth.username", file: production, to: "other"},
	{key: "proxyAuth.password", file: production, to: aNewKey, base: unprotected},
	{key: "proxyAuth.previous", file: production, to: map[string]any{"username": "before", "password": aNewKey}},
	{key: "sensorGenerations", file: smallest, to: []string{"22.1", "legacy"}},
	{key: "endpointDetailsFile", file: smallest, to: "examples/data/endpoint-details.csv"},
	{key: "extraDomains", file: smallest, to: []string{"updates.example.org"}},
	{key: "extraDomains", file: "examples/own-subnets.yaml", to: []string{}},
	{key: "sshPublicKey", file: smallest,
		to: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl other"},
	{key: "scaleSet.instances", file: smallest, to: 3},
	{key: "scaleSet.vmSize", file: smallest, to: "Standard_D4s_v5"},
	{key: "scaleSet.image", file: smallest, to: "Canonical:ubuntu-24_04-lts:server:latest", base: noUpgrades},
	{key: "scaleSet.image", file: smallest, to: elsewhere + "Microsoft.Compute/galleries/company/images/squid",
		preexisting: (*Stack).addPreexisting},
	{key: "scaleSet.packages.inImage", file: smallest, to: true},
	{key: "scaleSet.packages.mirror", file: smallest, to: "http://mirror.example.com/ubuntu"},
	{key: "scaleSet.packages.proxy", file: smallest, to: "http://packages.example.com:3142"},
	{key: "scaleSet.zones", file: smallest, to: []string{"1"}},
	{key: "scaleSet.upgradeMode", file: smallest, to: "Rolling"},
	{key: "scaleSet.automaticOsUpgrade", file: smallest, to: false},
	{key: "scaleSet.overprovision", file: smallest, to: true},
	{key: "scaleSet.adminUsername", file: smallest, to: "operator"},
	{key: "scaleSet.drainMinutes", file: smallest, to: 10},
	{key: "alerts.emails", file: smallest, to: []string{"ot-operations@contoso.com"}},
	{key: "alerts.emails", file: alertsExample, to: []string{"ot-operations@contoso.com", "plant@contoso.com"}},
	{key: "alerts.emails", file: alertsExample, to: nil, also: map[string]any{"alerts": nil}},
	{key: "alerts.webhooks", file: alertsExample, to: nil},
	{key: "alerts.webhooks[].url", file: alertsExample, to: "https://ops.contoso.com/hooks/other"},
	{key: "alerts.actionGroupId", file: alertsExample, to: elsewhere + "Microsoft.Insights/actionGroups/on-call",
		also: map[string]any{"alerts.emails": nil, "alerts.webhooks": nil}, preexisting: (*Stack).addPreexisting},
	{key: "alerts.without", file: alertsExample, to: []string{"proxy-cpu"}},
	{key: "gateway.kind", file: smallest, to: "vpn"},
	{key: "gateway.kind", file: vpnExample, to: "none", also: map[string]any{"gateway.connections": nil}},
	{key: "gateway.sku", file: vpnExample, to: "VpnGw2AZ"},
	{key: "gateway.sku", file: bgpExample, to: "VpnGw3AZ"},
	{key: "gateway.asn", file: bgpExample, to: 65010},
	{key: "gateway.activeActive", file: vpnExample, to: true},
	{key: "gateway.activeActive", file: bgpExample, to: false},
	{key: "gateway.bgp", file: vpnExample, to: true},
	{key: "gateway.bgp", file: vpnExample, to: true, base: map[string]any{"gateway.sku": "VpnGw2AZ"}},
	{key: "gateway.id", file: "examples/existing-gateway.yaml",
		to: elsewhere + "Microsoft.Network/virtualNetworkGateways/hub", preexisting: (*Stack).addPreexisting},
	{key: "gateway.circuitId", file: "examples/express-route.yaml",
		to: elsewhere + "Microsoft.Network/expressRouteCircuits/plant", preexisting: (*Stack).addPreexisting},
	{key: "gateway.authorizationKey", file: "examples/express-route.yaml", to: aNewKey},
	{key: "gateway.connections[].name", file: vpnExample, to: "renamed"},
	{key: "gateway.connections[].kind", file: bgpExample, to: "gcp", also: map[string]any{
		"gateway.connections[].asn": 64514, "gateway.connections[].address": nil, "gateway.connections[].bgp": nil,
		"gateway.connections[].tunnels": []any{map[string]any{"address": "203.0.113.31"},
			map[string]any{"address": "203.0.113.32"}},
	}},
	{key: "gateway.connections[].address", file: vpnExample, to: "198.51.100.9"},
	{key: "gateway.connections[].addressPrefixes", file: vpnExample, to: []string{"10.20.0.0/16", "10.21.0.0/16"}},
	{key: "gateway.connections[].bgp", file: bgpExample,
		to: map[string]any{"asn": 64520, "peerAddress": "10.20.255.1"}},
	{key: "gateway.connections[].sharedKey", file: vpnExample, to: aNewKey},
	{key: "gateway.connections[].ipsec", file: vpnExample, to: map[string]any{"ikeEncryption": "AES256",
		"dhGroup": "ECP256", "pfsGroup": "ECP256"}},
	{key: "gateway.connections[].asn", file: "examples/gcp.yaml", to: 64520},
	{key: "gateway.connections[].tunnels[].address", file: "examples/gcp.yaml", to: "203.0.113.33"},
	{key: "gateway.connections[].tunnels[].sharedKey", file: "examples/gcp.yaml", to: aNewKey},
	{key: "gateway.connections[].tunnels[].insideCidr", file: "examples/gcp.yaml", to: "169.254.21.40/30"},
	{key: "bastion.enabled", file: smallest, to: true, base: wide},
	{key: "bastion.enabled", file: production, to: false, base: unprotected},
	{key: "bastion.sku", file: production, to: "Basic"},
	{key: "nat.idleTimeoutMinutes", file: smallest, to: 60},
	{key: "logs.workspaceId", file: smallest, to: elsewhere + "Microsoft.OperationalInsights/workspaces/soc-logs",
		preexisting: (*Stack).addPreexisting},
	{key: "logs.retentionDays", file: smallest, to: 365},
	{key: "logs.flowLogs", file: smallest, to: false},
	{key: "logs.trafficAnalyticsMinutes", file: smallest, to: 10},
	{key: "logs.proxyAccess", file: smallest, to: true},
	{key: "logs.proxyAccess", file: accessLog, to: false},
	{key: "logs.workbook", file: smallest, to: true},
	{key: "logs.workbook", file: accessLog, to: false},
	// the same one: Azure has one to a region
	{key: "logs.networkWatcher.name", file: smallest, to: "networkwatcher_EASTUS"},
	{key: "logs.networkWatcher.resourceGroup", file: smallest, to: "networkwatcherrg"},
	{key: "siteProxies", file: smallest, to: []any{aDMZ}},
	{key: "microsoftPeering.tenantCountry", file: "examples/microsoft-peering.yaml", to: "US"},
	{key: "microsoftPeering.circuit", file: "examples/microsoft-peering.yaml", to: map[string]any{}},
	{key: "azureIpRangesFile", file: "examples/direct.yaml", to: ""},
	{key: "tags", file: smallest, to: map[string]any{"owner": "ot"}},
	{key: "protect", file: smallest, to: true},
	{key: "allowDisruption", file: smallest, to: []string{"logs"}},
}

// A change of a group stands for each of its keys, where it has no change of one of them alone.
func TestTheChangesPageHasEveryKey(t *testing.T) {
	site.Walk(func(path string, key site.Key) {
		if len(key.Keys) == 0 && !slices.ContainsFunc(keyChanges, func(c keyChange) bool {
			return c.key == path || isWithin(path, c.key)
		}) {
			t.Errorf("no change of %s", path)
		}
	})
}

func isWithin(path, group string) bool {
	rest, found := strings.CutPrefix(path, group)
	return found && (strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, "[]"))
}

package site

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// refusals is every kind of bad input: what is set, which key the error names, and a word that it must say.
var refusals = []struct {
	what, key, value string
	names, says      string
}{
	{"no address space", "addressSpace", "", "addressSpace", "is missing"},
	{"an address space that is no range", "addressSpace", "10.42.0.0", "addressSpace", "is not a range"},
	{"an address space too small", "addressSpace", "10.42.0.0/27", "addressSpace", "wrong size"},
	{"an address space too large", "addressSpace", "10.0.0.0/7", "addressSpace", "wrong size"},
	{"an address space not in canonical form", "addressSpace", "10.42.0.5/26", "addressSpace", "10.42.0.0/26"},
	{"an address space of IPv6", "addressSpace", "fd00::/64", "addressSpace", "IPv6"},
	{"an address space over loopback", "addressSpace", "127.0.0.0/26", "addressSpace", "loopback"},
	{"an address space over Azure's own address", "addressSpace", "168.63.129.0/26", "addressSpace", "health probes"},
	{"alerts that tell nobody", "alerts", `{"without":["proxy-cpu"]}`, "alerts", "tells nobody"},
	{"an e-mail address without a host", "alerts", `{"emails":["ot-team"]}`, "alerts.emails[0]", "not an e-mail"},
	{"an e-mail address twice", "alerts", `{"emails":["a@contoso.com","A@contoso.com"]}`, "alerts.emails[1]", "twice"},
	{"a webhook without TLS", "alerts", `{"webhooks":[{"name":"hook","url":"http://ops.contoso.com/x"}]}`,
		"alerts.webhooks[0].url", "https://"},
	{"a webhook at example.com", "alerts", `{"webhooks":[{"name":"hook","url":"https://hooks.example.com/x"}]}`,
		"alerts.webhooks[0].url", "cannot be called"},
	{"a webhook without a URL", "alerts", `{"webhooks":[{"name":"hook"}]}`, "alerts.webhooks[0].url", "is missing"},
	{"two webhooks of one name", "alerts", `{"webhooks":[{"name":"hook","url":"https://ops.contoso.com/x"},` +
		`{"name":"hook","url":"https://ops.contoso.com/y"}]}`, "alerts.webhooks[1].name", "twice"},
	{"too many webhooks", "alerts", `{"webhooks":[` + strings.Repeat(`{"name":"hook","url":"https://ops.contoso.com/x"},`,
		10) + `{"name":"last","url":"https://ops.contoso.com/x"}]}`, "alerts.webhooks", "up to 10"},
	{"an action group beside receivers", "alerts", `{"emails":["a@contoso.com"],"actionGroupId":"` +
		exampleActionGroup + `"}`, "alerts.actionGroupId", "does not go with"},
	{"an action group by its name", "alerts", `{"actionGroupId":"on-call"}`, "alerts.actionGroupId", "is not the ID"},
	{"an alert that is none", "alerts", `{"emails":["a@contoso.com"],"without":["proxy-cpus"]}`, "alerts.without[0]",
		"is not the name of an alert"},
	{"no sensors", "sensorCidrs", "[]", "sensorCidrs", "at least one"},
	{"sensors anywhere", "sensorCidrs", `["0.0.0.0/0"]`, "sensorCidrs[0]", "too wide"},
	{"sensors inside the virtual network", "sensorCidrs", `["10.30.0.0/22","10.42.0.0/16"]`, "sensorCidrs[1]",
		"overlaps addressSpace"},
	{"a sensor as plain address", "sensorCidrs", `["10.30.0.7"]`, "sensorCidrs[0]", "10.30.0.7/32"},
	{"a sensor range not in canonical form", "sensorCidrs", `["10.30.0.7/24"]`, "sensorCidrs[0]", "10.30.0.0/24"},
	{"sensor ranges that overlap", "sensorCidrs", `["10.30.0.0/22","10.30.1.0/24"]`, "sensorCidrs[1]", "10.30.0.0/22"},
	{"sensors that are no list", "sensorCidrs", `{"a":1}`, "sensorCidrs", "not a list"},
	{"a proxy port of SSH", "proxyPort", "22", "proxyPort", "SSH"},
	{"a proxy port of 0", "proxyPort", "0", "proxyPort", "1 to 65534"},
	{"a proxy port out of range", "proxyPort", "65536", "proxyPort", "1 to 65534"},
	{"a proxy port that is no number", "proxyPort", "http", "proxyPort", "1 to 65534"},
	{"an extra domain that is a bare TLD", "extraDomains", `["com"]`, "extraDomains[0]", "com"},
	{"an extra domain that is an address", "extraDomains", `["10.1.2.3"]`, "extraDomains[0]", "address"},
	{"an extra domain with a space", "extraDomains", `["a b.com"]`, "extraDomains[0]", "a b.com"},
	{"an extra domain with a quote", "extraDomains", `["a\".com"]`, "extraDomains[0]", "other characters"},
	{"an extra domain inside another", "extraDomains", `["*.contoso.com","x.contoso.com"]`,
		"extraDomains[1]", "*.contoso.com"},
	{"an extra domain around a documented one", "extraDomains", `["*.windows.net"]`, "extraDomains[0]",
		"*.blob.core.windows.net"},
	{"no SSH key", "sshPublicKey", "", "sshPublicKey", "is missing"},
	{"a malformed SSH key", "sshPublicKey", "ssh-rsa nonsense", "sshPublicKey", "not a public key"},
	{"a private key", "sshPublicKey", "-----BEGIN OPENSSH PRIVATE KEY-----", "sshPublicKey", "not of the private key"},
	{"no region", "azure-native:location", "", "azure-native:location", "is missing"},
	{"a region that is none", "azure-native:location", "West-Europe!", "azure-native:location", "region"},
	{"a DNS server by its name", "network", `{"dnsServers":["dns.example.com"]}`, "network.dnsServers[0]", "name"},
	{"a DNS server twice", "network", `{"dnsServers":["10.0.0.4","10.0.0.4"]}`, "network.dnsServers[1]", "twice"},
	{"more DNS servers than Azure takes", "network", `{"dnsServers":[` + manyServers() + `]}`, "network.dnsServers",
		"up to 25"},
	{"DNS servers of somebody else's network", "network", `{"existing":{"virtualNetworkId":"` + theirNetwork +
		`"},"dnsServers":["10.0.0.4"]}`, "network.dnsServers", "owner"},
	{"a peering of somebody else's network", "network", `{"existing":{"virtualNetworkId":"` + theirNetwork +
		`"},"peerings":[` + hub("") + `]}`, "network.peerings", "owner"},
	{"a peering over the address space", "network", peered(hub("", "10.42.0.0/16")),
		"network.peerings[0].addressPrefixes[0]", "peers no such networks"},
	{"a peering over the sensors", "network", peered(hub("", "10.30.0.0/16")),
		"network.peerings[0].addressPrefixes[0]", "sensorCidrs"},
	{"two peerings with one range", "network", peered(hub(""), second("", "10.0.1.0/24")),
		"network.peerings[1].addressPrefixes[0]", "another peering"},
	{"two peerings with one network", "network", peered(hub(""), strings.Replace(hub("", "10.1.0.0/24"), `"hub"`,
		`"other"`, 1)), "network.peerings[1].remoteVirtualNetworkId", "peering hub too"},
	{"two peerings with one name", "network", peered(hub(""), strings.Replace(second("", "10.1.0.0/24"), `"second"`,
		`"Hub"`, 1)), "network.peerings[1].name", "twice"},
	{"the gateways of two networks", "network", peered(hub(`"useRemoteGateways":true`),
		second(`"useRemoteGateways":true`, "10.1.0.0/24")), "network.peerings[1].useRemoteGateways", "no second"},
	{"a route for everything", "network", routes("0.0.0.0/0", `"nextHopAddress":"10.0.0.68"`),
		"network.routes[0].addressPrefix", "egress.kind"},
	{"a route over the address space", "network", routes("10.42.0.0/16", `"nextHopAddress":"10.0.0.68"`),
		"network.routes[0].addressPrefix", "addressSpace"},
	{"a route that drops what sensors get", "network", routes("10.30.0.0/16", `"nextHopType":"None"`),
		"network.routes[0].nextHopType", "answers to sensors"},
	{"a route to a gateway that is not there", "network", routes("10.60.0.0/16",
		`"nextHopType":"VirtualNetworkGateway"`), "network.routes[0].nextHopType", "no gateway"},
	{"a route to a machine that is nowhere", "network", routes("10.60.0.0/16", `"nextHopAddress":"10.9.0.4"`),
		"network.routes[0].nextHopAddress", "no network"},
	{"a route to a machine in the site's network", "network", routes("10.60.0.0/16", `"nextHopAddress":"10.42.0.40"`),
		"network.routes[0].nextHopAddress", "site's own"},
	{"a route to where no answer comes from", "network", `{"peerings":[` + hub("") + `],"routes":[{"name":"a",` +
		`"addressPrefix":"10.60.0.0/16","nextHopAddress":"10.0.0.68"}]}`, "network.routes[0].nextHopAddress",
		"allowForwardedTraffic"},
	{"two routes for one range", "network", `{"peerings":[` + hub("") + `],"routes":[` +
		`{"name":"a","addressPrefix":"10.60.0.0/16","nextHopType":"None"},` +
		`{"name":"b","addressPrefix":"10.60.0.0/16","nextHopType":"None"}]}`, "network.routes[1].addressPrefix",
		"route a too"},
	{"two routes of one name", "network", `{"peerings":[` + hub("") + `],"routes":[` +
		`{"name":"a","addressPrefix":"10.60.0.0/16","nextHopType":"None"},` +
		`{"name":"A","addressPrefix":"10.61.0.0/16","nextHopType":"None"}]}`, "network.routes[1].name", "twice"},
	{"a sensor's name with a space", "sensors", `[{"name":"press shop","ip":"10.30.0.4"}]`, "sensors[0].name",
		"cannot name a sensor"},
	{"a named sensor that the proxies refuse", "sensors", `[{"name":"a","ip":"10.99.0.4"}]`, "sensors[0].ip",
		"outside sensorCidrs"},
	{"two sensors of one name", "sensors", `[{"name":"a","ip":"10.30.0.4"},{"name":"a","ip":"10.30.0.5"}]`,
		"sensors[1].name", "twice"},
	{"two sensors at one address", "sensors", `[{"name":"a","ip":"10.30.0.4"},{"name":"b","ip":"10.30.0.4"}]`,
		"sensors[1].ip", "sensor a too"},
	{"more names of sensors than Azure takes", "sensors", manySensors(), "sensors", "15360"},
	{"a firewall in no network", "egress", `{"kind":"firewall","firewallAddress":"10.0.0.68"}`,
		"egress.firewallAddress", "Peer with the network"},
	{"a firewall without an address", "egress", `{"kind":"firewall"}`, "egress.firewallAddress", "is missing"},
	{"a NAT gateway beside a firewall", "egress", `{"kind":"firewall","firewallAddress":"10.0.0.68",` +
		`"natGatewayId":"` + theirNAT + `"}`, "egress.natGatewayId", "has no meaning where"},
	{"zones that are none", "scaleSet", `{"zones":["1","4"]}`, "scaleSet.zones[1]", "not a zone"},
	{"a zone twice", "scaleSet", `{"zones":["1","1"]}`, "scaleSet.zones[1]", "twice"},
	{"a port that no load balancer has", "proxyPort", "65535", "proxyPort", "1 to 65534"},
	{"no instances", "scaleSet", `{"instances":0}`, "scaleSet.instances", "1 to 100"},
	{"more instances than the subnet holds", "scaleSet", `{"instances":50}`, "scaleSet.instances", "10.42.0.32/27"},
	{"an image that is no URN", "scaleSet", `{"image":"ubuntu"}`, "scaleSet.image", "publisher:offer:sku:version"},
	{"a fixed image with automatic OS upgrades", "scaleSet", `{"image":"a:b:c:1.0"}`, "scaleSet.image",
		"automaticOsUpgrade"},
	{"an image that Azure does not upgrade by itself", "scaleSet",
		`{"image":"Canonical:ubuntu-24_04-lts:server:latest"}`, "scaleSet.image", "automaticOsUpgrade"},
	{"an administrator with a name that Azure keeps", "scaleSet", `{"adminUsername":"user2"}`,
		"scaleSet.adminUsername", "azureuser"},
	{"a VM size that is none", "scaleSet", `{"vmSize":"large"}`, "scaleSet.vmSize", "Standard_D2s_v5"},
	{"an upgrade mode that is none", "scaleSet", `{"upgradeMode":"automatic"}`, "scaleSet.upgradeMode",
		"Automatic or Rolling or Manual"},
	{"an administrator called root", "scaleSet", `{"adminUsername":"root"}`, "scaleSet.adminUsername", "azureuser"},
	{"a boolean that is none", "scaleSet", `{"overprovision":"yes"}`, "scaleSet.overprovision", "true or false"},
	{"a key inside a group that is none", "scaleSet", `{"instance":3}`, "scaleSet.instance", "scaleSet.instances"},
	{"a group that is a text", "scaleSet", "three", "scaleSet", "group of settings"},
	{"Bastion of an unknown SKU", "bastion", `{"enabled":true,"sku":"Premium Plus"}`, "bastion.sku",
		"Basic or Standard"},
	{"Bastion without room", "bastion", `{"enabled":true}`, "addressSpace", "/25"},
	{"a subnet for Bastion without room", "subnets", `{"bastion":"10.42.0.0/26"}`, "addressSpace", "/25"},
	{"a subnet outside the space", "subnets", `{"gateway":"10.43.0.0/27"}`, "subnets.gateway", "outside"},
	{"a gateway subnet too small", "subnets", `{"gateway":"10.42.0.0/28"}`, "subnets.gateway", "/27 or larger"},
	{"subnets that overlap", "subnets", `{"gateway":"10.42.0.0/27","proxyserver":"10.42.0.0/26"}`,
		"subnets.proxyserver", "overlaps"},
	{"subnets that leave no room", "subnets", `{"gateway":"10.42.0.0/26"}`, "subnets.proxyserver", "no free /27"},
	{"a NAT timeout out of range", "nat", `{"idleTimeoutMinutes":3}`, "nat.idleTimeoutMinutes", "4 to 120"},
	{"retention out of range", "logs", `{"retentionDays":366}`, "logs.retentionDays", "0 to 365"},
	{"an interval that Traffic Analytics lacks", "logs", `{"trafficAnalyticsMinutes":30}`,
		"logs.trafficAnalyticsMinutes", "10 or 60"},
	{"a malformed workspace ID", "logs", `{"workspaceId":"my-workspace"}`, "logs.workspaceId", "az monitor"},
	{"a key inside a group inside a group", "logs", `{"networkWatcher":{"nam":"x"}}`, "logs.networkWatcher.nam",
		"logs.networkWatcher.name"},
	{"credentials without a user", "proxyAuth", `{"password":"long enough to do"}`, "proxyAuth.username", "user name"},
	{"former credentials without a password", "proxyAuth", `{"username":"s","previous":{"username":"r"}}`,
		"proxyAuth.previous.password", "the sensors present now"},
	{"former credentials of the same user", "proxyAuth",
		`{"username":"s","previous":{"username":"s","password":"long enough to do"}}`, "proxyAuth.previous.username",
		"the user that the sensors present now"},
	{"former credentials without a user", "proxyAuth", `{"username":"s","previous":{"password":"long enough to do"}}`,
		"proxyAuth.previous.username", "letters, digits"},
	{"credentials before the former", "proxyAuth",
		`{"username":"s","previous":{"username":"r","password":"long enough to do","previous":{}}}`,
		"proxyAuth.previous.previous", "password, username"},
	{"a password too short", "proxyAuth", `{"username":"s","password":"short"}`, "proxyAuth.password", "12 to 128"},
	{"a site name that Azure refuses", "siteName", "plant no. 1", "siteName", "letters, digits and dashes"},
	{"a tag name that Azure refuses", "tags", `{"a/b":"c"}`, "tags.a/b", "tag name"},
	{"a way of connecting that is none", "connectionMethod", "vpn", "connectionMethod",
		"azureProxy or proxyChain or direct"},
	{"a chain without proxies", "connectionMethod", "proxyChain", "siteProxies", "at least one proxy"},
	{"a topology that the direct method has no use for", "connectionMethod", "direct", "addressSpace",
		"no meaning where connectionMethod is direct"},
	{"a kind of gateway that is none", "gateway", `{"kind":"wan"}`, "gateway.kind",
		"none or vpn or expressRoute or existing"},
	{"connections without a gateway", "gateway", `{"connections":[{"name":"hq"}]}`, "gateway.connections",
		"gateway.kind is none"},
	{"a VPN gateway SKU without zones", "gateway", `{"kind":"vpn","sku":"VpnGw1"}`, "gateway.sku", "VpnGw1AZ"},
	{"an ASN that Azure reserves", "gateway", `{"kind":"vpn","asn":12076}`, "gateway.asn", "reserved"},
	{"an ExpressRoute gateway without a circuit", "gateway", `{"kind":"expressRoute"}`,
		"gateway.circuitId", "is missing"},
	{"connections of an ExpressRoute gateway", "gateway", `{"kind":"expressRoute","connections":[{"name":"hq"}]}`,
		"gateway.connections", "gateway.kind is expressRoute"},
	{"an existing gateway that is none", "gateway", `{"kind":"existing","id":"gw"}`, "gateway.id",
		"virtualNetworkGateways"},
	{"an existing gateway without connections", "gateway", `{"kind":"existing"}`,
		"gateway.connections", "at least one"},
	{"a partner without an address", "gateway", vpn(`{"name":"hq","addressPrefixes":["10.30.0.0/22"]}`),
		"gateway.connections[0].address", "is missing"},
	{"a partner at a private address", "gateway",
		vpn(`{"name":"hq","address":"10.0.0.1","addressPrefixes":["10.30.0.0/22"]}`), "gateway.connections[0].address",
		"not a public address"},
	{"a partner without routes", "gateway", vpn(`{"name":"hq","address":"203.0.113.7"}`),
		"gateway.connections[0].addressPrefixes", "or BGP"},
	{"a partner's network over ours", "gateway",
		vpn(`{"name":"hq","address":"203.0.113.7","addressPrefixes":["10.42.0.0/16"]}`),
		"gateway.connections[0].addressPrefixes[0]", "overlaps addressSpace"},
	{"BGP with a partner alone", "gateway",
		vpn(`{"name":"hq","address":"203.0.113.7","bgp":{"asn":64513,"peerAddress":"10.30.0.1"}}`),
		"gateway.connections[0].bgp.asn", "gateway.bgp"},
	{"a connection without a name", "gateway", vpn(`{"address":"203.0.113.7"}`),
		"gateway.connections[0].name", "short name"},
	{"a weak IPsec policy", "gateway", vpn(`{"name":"hq","address":"203.0.113.7","ipsec":{"ikeEncryption":"DES3"}}`),
		"gateway.connections[0].ipsec.ikeEncryption", "AES256"},
	{"an IPsec policy of two GCM algorithms", "gateway",
		vpn(`{"name":"hq","address":"203.0.113.7","addressPrefixes":["10.30.0.0/22"],"ipsec":{"ipsecIntegrity":` +
			`"GCMAES128"}}`), "gateway.connections[0].ipsec.ipsecIntegrity", "one GCM algorithm"},
	{"a partner at an address that nobody has", "gateway",
		vpn(`{"name":"hq","address":"100.64.0.1","addressPrefixes":["10.30.0.0/22"]}`),
		"gateway.connections[0].address", "not a public address"},
	{"a BGP peer at its public address", "gateway",
		`{"kind":"vpn","bgp":true,"connections":[{"name":"hq","address":"203.0.113.7","bgp":{"asn":64513,` +
			`"peerAddress":"203.0.113.7"}}]}`, "gateway.connections[0].bgp.peerAddress", "public address"},
	{"a BGP peer inside the partner's networks", "gateway",
		`{"kind":"vpn","bgp":true,"connections":[{"name":"hq","address":"203.0.113.7","addressPrefixes":` +
			`["10.30.0.0/22"],"bgp":{"asn":64513,"peerAddress":"10.30.0.1"}}]}`,
		"gateway.connections[0].bgp.peerAddress", "as a /32"},
	{"two connections to one partner", "gateway",
		vpn(`{"name":"hq","address":"203.0.113.7","addressPrefixes":["10.30.0.0/22"]},` +
			`{"name":"hq-2","address":"203.0.113.7","addressPrefixes":["10.30.1.0/24"]}`),
		"gateway.connections[1].address", "same partner as connection hq"},
	{"AWS at a gateway with one instance", "gateway", vpn(awsConnection("")),
		"gateway.connections[0].kind", "activeActive"},
	{"AWS with two tunnels", "gateway",
		bgpVPN(`{"name":"aws","kind":"aws","tunnels":[{"address":"203.0.113.1"},{"address":"203.0.113.2"}]}`),
		"gateway.connections[0].tunnels", "4 to aws"},
	{"AWS with an ASN of ours", "gateway", bgpVPN(awsConnection(`"asn":65515,`)),
		"gateway.connections[0].asn", "Azure's own"},
	{"Google Cloud without an ASN", "gateway",
		bgpVPN(`{"name":"gcp","kind":"gcp","tunnels":[{"address":"203.0.113.1"},{"address":"203.0.113.2"}]}`),
		"gateway.connections[0].asn", "is missing"},
	{"a tunnel inside elsewhere", "gateway", bgpVPN(tunnels("169.254.20.0/30", "")),
		"gateway.connections[0].tunnels[0].insideCidr", "169.254.21.0/24"},
	{"a tunnel inside of the wrong size", "gateway", bgpVPN(tunnels("169.254.21.0/29", "")),
		"gateway.connections[0].tunnels[0].insideCidr", "/30"},
	{"tunnels inside one network", "gateway", bgpVPN(tunnels("169.254.21.8/30", "169.254.21.8/30")),
		"gateway.connections[0].tunnels[1].insideCidr", "clashes"},
	{"an extra rule without a name", "extraInboundRules",
		`[{"priority":200,"sources":["10.30.0.0/22"],"purpose":{"party":"sensors"}}]`,
		"extraInboundRules[0].name", "is missing"},
	{"an extra rule with a long story", "extraInboundRules", `[{"name":"r","description":"` + strings.Repeat("long ",
		29) + `","priority":200,"sources":["10.30.0.0/22"],"purpose":{"party":"sensors"}}]`,
		"extraInboundRules[0].description", "up to 140"},
	{"an extra rule without a priority", "extraInboundRules",
		`[{"name":"r","sources":["10.30.0.0/22"],"purpose":{"party":"sensors"}}]`,
		"extraInboundRules[0].priority", "101 to 4093"},
	{"an extra rule before the sensors'", "extraInboundRules",
		`[{"name":"r","priority":100,"sources":["10.30.0.0/22"],"purpose":{"party":"sensors"}}]`,
		"extraInboundRules[0].priority", "101 to 4093"},
	{"an extra rule for nobody", "extraInboundRules", `[{"name":"r","priority":200,"purpose":{"party":"sensors"}}]`,
		"extraInboundRules[0].sources", "is empty"},
	{"an extra rule without a purpose", "extraInboundRules", `[{"name":"r","priority":200,"sources":["*"]}]`,
		"extraInboundRules[0].purpose.party", "sensors or bastion"},
	{"a purpose of a rule that denies", "extraInboundRules",
		`[{"name":"r","priority":200,"sources":["*"],"access":"Deny","purpose":{"party":"sensors"}}]`,
		"extraInboundRules[0].purpose", "access is Deny"},
	{"an extra rule for a port that is none", "extraInboundRules",
		`[{"name":"r","priority":200,"sources":["*"],"port":"9-8","purpose":{"party":"private"}}]`,
		"extraInboundRules[0].port", "range of ports"},
	{"extra rules of one priority", "extraInboundRules",
		`[{"name":"r","priority":200,"sources":["*"],"access":"Deny"},{"name":"s","priority":200,"sources":["*"],` +
			`"access":"Deny"}]`, "extraInboundRules[1].priority", "used twice"},
	{"a site proxy without sensors", "siteProxies", `[{"name":"dmz"}]`, "siteProxies[0].sensors",
		"at least one sensor"},
	{"a sensor named as Squid names its own", "siteProxies",
		`[{"name":"dmz","sensors":[{"name":"all","ip":"10.30.0.9"}]}]`, "siteProxies[0].sensors", "all"},
	{"a site proxy that is not a name", "siteProxies", `[{"name":"DMZ 1","sensors":[{"name":"s","ip":"10.30.0.9"}]}]`,
		"siteProxies[0].name", "lower-case"},
	{"a site proxy with a sensor twice", "siteProxies",
		`[{"name":"dmz","sensors":[{"name":"s","ip":"10.30.0.9"},{"name":"s","ip":"10.30.0.8"}]}]`,
		"siteProxies[0].sensors[1].ip", "twice"},
	{"a site proxy whose sensor has no address", "siteProxies", `[{"name":"dmz","sensors":[{"name":"s"}]}]`,
		"siteProxies[0].sensors[0].ip", "is missing"},
	{"a site proxy that the proxies in Azure would refuse", "siteProxies",
		`[{"name":"dmz","address":"10.9.9.9","sensors":[{"name":"s","ip":"10.30.0.9"}]}]`,
		"siteProxies[0].address", "sensorCidrs"},
	{"a site proxy with an upstream that is none", "siteProxies",
		`[{"name":"dmz","upstream":"next one","sensors":[{"name":"s","ip":"10.30.0.9"}]}]`,
		"siteProxies[0].upstream", "host:port"},
	{"a peering without a country", "microsoftPeering", `{"circuit":{}}`,
		"microsoftPeering.tenantCountry", "ISO 3166-1"},
	{"a peering over private addresses", "microsoftPeering",
		`{"tenantCountry":"DE","circuit":{"primaryPeerAddressPrefix":"10.0.0.0/30"}}`,
		"microsoftPeering.circuit.primaryPeerAddressPrefix", "not a public range"},
	{"a peering of two links in one network", "microsoftPeering",
		`{"tenantCountry":"DE","circuit":{"primaryPeerAddressPrefix":"198.51.100.0/30","secondaryPeerAddressPrefix":` +
			`"198.51.100.0/30"}}`, "microsoftPeering.circuit.secondaryPeerAddressPrefix", "a /30 for each link"},
	{"a peering that advertises private addresses", "microsoftPeering",
		`{"tenantCountry":"DE","circuit":{"advertisedPublicPrefixes":["10.0.0.0/8"]}}`,
		"microsoftPeering.circuit.advertisedPublicPrefixes[0]", "not a public range"},
	{"a peering without a VLAN", "microsoftPeering", `{"tenantCountry":"DE","circuit":{"peerAsn":64513}}`,
		"microsoftPeering.circuit.vlanId", "is missing"},
	{"a disruption that is none", "allowDisruption", `["sensors"]`, "allowDisruption[0]", "sensorProxy or network"},
	{"an unknown key", "sensorCidr", `["10.0.0.0/8"]`, "sensorCidr", "Did you mean sensorCidrs?"},
}

func vpn(connection string) string {
	return `{"kind":"vpn","connections":[` + connection + `]}`
}

func bgpVPN(connection string) string {
	return `{"kind":"vpn","activeActive":true,"bgp":true,"connections":[` + connection + `]}`
}

func awsConnection(more string) string {
	return `{"name":"aws","kind":"aws",` + more + `"tunnels":[{"address":"203.0.113.1"},{"address":"203.0.113.2"},` +
		`{"address":"203.0.113.3"},{"address":"203.0.113.4"}]}`
}

func tunnels(first, second string) string {
	return fmt.Sprintf(`{"name":"gcp","kind":"gcp","asn":64513,"tunnels":[{"address":"203.0.113.1","insideCidr":%q},`+
		`{"address":"203.0.113.2","insideCidr":%q}]}`, first, second)
}

func TestBadInputIsRefusedByKeyWithWhatToDo(t *testing.T) {
	for _, c := range refusals {
		t.Run(c.what, func(t *testing.T) {
			_, err := Load(stack(t, map[string]string{c.key: c.value}))
			var errs Errors
			if !errors.As(err, &errs) {
				t.Fatalf("Load accepts %s = %s", c.key, c.value)
			}
			found := slices.IndexFunc(errs, func(e Error) bool { return e.Key == c.names })
			if found < 0 {
				t.Fatalf("no error names %s:\n%v", c.names, err)
			}
			e := errs[found]
			if !strings.Contains(e.Error(), c.says) {
				t.Errorf("the error does not say %q:\n%v", c.says, e)
			}
			if e.Problem == "" || e.Allowed == "" || e.Do == "" {
				t.Errorf("the error leaves something open: %+v", e)
			}
		})
	}
}

func TestAllErrorsComeAtOnce(t *testing.T) {
	changes, names := map[string]string{}, map[string]bool{}
	for _, c := range refusals {
		// a subnet needs an address space to be wrong in
		if _, taken := changes[c.key]; taken || c.key == "subnets" || c.key == "connectionMethod" {
			continue
		}
		changes[c.key] = c.value
		names[c.names] = true
	}
	_, err := Load(stack(t, changes))
	var errs Errors
	if !errors.As(err, &errs) {
		t.Fatal("Load accepts everything at once")
	}
	for name := range names {
		if !slices.ContainsFunc(errs, func(e Error) bool { return e.Key == name }) {
			t.Errorf("no error names %s:\n%v", name, err)
		}
	}
}

package fleet

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// collision is a fleet with one thing wrong, and what is to be found.
type collision struct {
	what  string
	files map[string]like
	own   string // sites.yaml; empty: wide
	finds string // severity, kind, and "file key" of each place; @a is Pulumi.a.yaml
}

// toCircuit is the gateway of a site on the circuit.
var toCircuit = set{"kind": "expressRoute", "circuitId": circuit}

var collisions = []collision{
	{"one address space at one gateway", two(onGateway(0, nil), onGateway(1, set{"addressSpace": "10.60.0.0/26"})), "",
		both("error address-space", "addressSpace")},
	{"an address space within another's, at one circuit", two(onCircuit(0, set{"addressSpace": "10.60.0.0/16"}),
		onCircuit(1, nil)), "", both("error address-space", "addressSpace")},
	{"one address space behind one VPN device", two(
		like{"vpn", apart(0, set{connection + ".addressPrefixes": []any{"10.160.0.0/24"}})},
		like{"vpn", apart(1, set{connection + ".addressPrefixes": []any{"10.160.1.0/24"},
			"addressSpace": "10.60.0.0/25"})}), "", both("error address-space", "addressSpace")},
	{"one address space at one hub", two(onHub(0, nil), onHub(1, set{"addressSpace": "10.60.0.0/26"})), "",
		both("error address-space", "addressSpace")},
	{"one address space in one virtual hub", two(inVirtualHub(0, nil), inVirtualHub(1, set{
		"addressSpace": "10.60.0.0/26"})), "", both("error address-space", "addressSpace")},
	{"sites that reach each other through a third", map[string]like{
		"a": onCircuit(0, nil),
		"b": onCircuit(1, set{"network.existing.virtualNetworkId": groups + "virtualNetworks/plants"}),
		"c": inNetwork(2, set{"addressSpace": "10.60.0.0/25", "subnets.proxyserver": "10.60.0.32/27"}),
	}, "", "error address-space; @a addressSpace; @c addressSpace"},
	{"overlapping parts of one network", two(inNetwork(0, nil), inNetwork(1, set{"addressSpace": "10.60.0.0/24"})), "",
		both("error network-part", "addressSpace")},
	{"an address space that another site's sensors have", two(onCircuit(0, nil),
		onCircuit(1, set{"sensorCidrs": []any{"10.161.0.0/24", "10.60.0.64/26"}})), "",
		"error address-space-on-site; @a addressSpace; @b sensorCidrs[1]"},
	{"an address space that is behind another site's VPN device", two(onGateway(0, nil),
		onGateway(1, set{connection + ".addressPrefixes": []any{"10.160.1.0/24", "10.60.0.0/25"}})), "",
		"error address-space-on-site; @a addressSpace; @b " + connection + ".addressPrefixes[1]"},
	{"an address space in a range behind another site's VPN device", two(onGateway(0, nil),
		onGateway(1, set{connection + ".addressPrefixes": []any{"10.160.1.0/24", "10.60.0.0/24"}})), "",
		"warning address-space-on-site; @a addressSpace; @b gateway.connections[0].addressPrefixes[1]"},
	{"sensors of two sites at one circuit", two(onCircuit(0, nil), onCircuit(1, set{"sensorCidrs": []any{
		"10.160.0.128/25"}})), "", both("warning sensor-range", "sensorCidrs[0]")},
	{"one address space at sites that share nothing", two(plain(0, nil), plain(1, set{"addressSpace": "10.60.0.0/26"})),
		"", both("warning unconnected-address-space", "addressSpace")},

	{"one name in one subscription", two(plain(0, set{"siteName": "Hall"}), plain(1, set{"siteName": "hall"})), "",
		both("error resource-group", "siteName")},
	{"one name in a subscription that nobody knows", two(plain(0, set{"siteName": "hall",
		"azure-native:subscriptionId": nil}),
		plain(1, set{"siteName": "hall", "azure-native:subscriptionId": nil})), "",
		both("error resource-group", "siteName")},
	{"one name in what may be one subscription", two(plain(0, set{"siteName": "hall"}), plain(1, set{"siteName": "hall",
		"azure-native:subscriptionId": nil})), "", both("warning resource-group", "siteName")},
	{"one name in a subscription that sites.yaml knows", two(plain(0, set{"siteName": "hall"}),
		plain(1, set{"siteName": "hall", "azure-native:subscriptionId": nil})),
		wide + "subscriptions: {" + subscription + ": [b*]}\n", both("error resource-group", "siteName")},
	{"a site in the group that another makes", two(plain(0, set{"siteName": "hall"}), plain(1, set{
		"resourceGroup.existing": "defender-iot-hall"})), "",
		"error group-of-another-site; @a siteName; @b resourceGroup.existing"},
	{"two sites of one name in a group", two(inNetwork(0, set{"siteName": "hall"}),
		inNetwork(1, set{"siteName": "hall"})),
		"", both("error site-in-group", "siteName")},
	{"two networks in a group", two(plain(0, set{"resourceGroup.existing": "rg"}), plain(1, set{
		"resourceGroup.existing": "RG"})), "", both("error group-network", "resourceGroup.existing")},
	{"two gateways in a group", two(
		makesSubnets(0, "north", set{"resourceGroup.existing": "rg", "gateway": toCircuit}),
		makesSubnets(1, "south", set{"resourceGroup.existing": "rg", "gateway": toCircuit})),
		"", both("error group-gateway", "resourceGroup.existing")},
	{"one name of a flow log", two(plain(0, set{"resourceGroup.existing": "rg", "siteName": "north-hall"}),
		plain(1, set{"resourceGroup.existing": "rg-north", "siteName": "hall"})), "",
		both("error flow-log", "siteName")},
	{"one name in two groups", two(plain(0, set{"siteName": "hall"}), plain(1, set{"siteName": "hall",
		"resourceGroup.existing": "rg"})), "", both("warning site-name", "siteName")},
	{"two subscriptions for a stack", two(plain(0, nil), plain(1, nil)), wide + "subscriptions: {" + other + ": [b]}\n",
		"error subscription; @b azure-native:subscriptionId; sites.yaml subscriptions." + other},

	{"a site in the network that another makes", two(plain(0, set{"siteName": "hall"}),
		inNetwork(1, set{"network.existing.virtualNetworkId": hall, "network.existing.proxyserverSubnetId": hall +
			"/subnets/proxies"})), "",
		"error network-of-another-site; @a addressSpace; @b network.existing.virtualNetworkId"},
	{"one subnet of the proxies", two(inNetwork(0, nil), inNetwork(1, set{
		"network.existing.proxyserverSubnetId": groups + "virtualNetworks/plants/subnets/proxies-0"})), "",
		both("error proxy-subnet", "network.existing.proxyserverSubnetId")},
	{"two gateways in a network", two(
		inNetwork(0, set{"gateway": toCircuit, "resourceGroup": nil}),
		inNetwork(1, set{"resourceGroup": nil,
			"gateway": set{"kind": "expressRoute", "circuitId": circuit + "-2"}})), "",
		both("error network-gateway", "network.existing.virtualNetworkId")},
	{"two Bastion hosts in a network", two(inNetwork(0, set{"bastion.enabled": true}), inNetwork(1, set{
		"bastion.enabled": true})), "",
		both("error network-bastion", "network.existing.virtualNetworkId")},
	{"two subnets of one name in a network", two(makesSubnets(0, "plants", nil), makesSubnets(1, "plants", nil)), "",
		both("error subnet-name", "subnets.proxyserver")},
	{"one NAT gateway for two networks", two(plain(0, set{"egress.natGatewayId": groups + "natGateways/shared"}),
		plain(1, set{"egress.natGatewayId": strings.ToUpper(groups[:4]) + groups[4:] + "natGateways/shared"})), "",
		both("error nat-gateway", "egress.natGatewayId")},
	{"one public address for two NAT gateways", two(
		plain(0, set{"egress.publicIpId": groups + "publicIPAddresses/out"}),
		plain(1, set{"egress.publicIpId": groups + "publicIPAddresses/out"})), "",
		both("error public-ip", "egress.publicIpId")},
	{"one prefix for two NAT gateways", two(plain(0, set{"egress.publicIpPrefixId": groups + "publicIPPrefixes/out"}),
		plain(1, set{"egress.publicIpPrefixId": groups + "publicIPPrefixes/out"})), "",
		both("error public-ip-prefix", "egress.publicIpPrefixId")},
	{"one security group and workspace", two(inNetwork(0, nil), inNetwork(1, set{
		"network.existing.networkSecurityGroupId": groups + "networkSecurityGroups/nsg-0"})), "",
		both("error diagnostic-setting", "network.existing.networkSecurityGroupId")},
	{"two Microsoft peerings of a circuit", two(like{"microsoft-peering", nil}, like{"microsoft-peering", nil}), "",
		both("error microsoft-peering", "microsoftPeering.circuit.id")},
	{"one network in two regions", two(
		inNetwork(0, set{"egress.natGatewayId": groups + "natGateways/north"}),
		inNetwork(1, set{"azure-native:location": "northeurope"})), "",
		both("error region", "network.existing.virtualNetworkId")},

	{"one tunnel of AWS", two(like{"aws", apart(0, nil)}, like{"aws", apart(1, set{
		connection + ".tunnels[0].address": "203.0.113.51", connection + ".tunnels[1].address": "203.0.113.52",
		connection + ".tunnels[2].address": "203.0.113.53"})}), "",
		both("error aws-tunnel", connection+".tunnels[3].address")},
	{"one BGP address of two devices", two(overBGP(0, "203.0.113.1", "10.160.9.1"), overBGP(1, "203.0.113.2",
		"10.160.9.1")), "",
		both("error bgp-peer", connection+".bgp.peerAddress")},
	{"one device twice at a gateway", two(overBGP(0, "203.0.113.1", "10.160.9.1"), overBGP(1, "203.0.113.1",
		"10.160.9.1")), "", both("error connection-partner", connection+".address")},
	{"one range behind two devices", two(onGateway(0, nil), onGateway(1, set{connection + ".addressPrefixes": []any{
		"10.160.1.0/24", "10.160.0.0/25"}})), "",
		"error connection-prefix; @a " + connection + ".addressPrefixes[0]; @b " + connection + ".addressPrefixes[1]"},

	{"one sensor at two sites", two(chained(0, nil), chained(1, set{"siteProxies[0].sensors": []any{
		set{"name": "press-0", "ip": "10.170.0.11"}}})), "", both("warning sensor", "siteProxies[0].sensors[0].ip")},
	{"one address of two sensors", two(
		chained(0, set{"gateway": toCircuit}),
		chained(1, set{"gateway": toCircuit, "siteProxies[0].sensors": []any{
			set{"name": "paint", "ip": "10.170.0.11"}}})), "",
		both("error sensor-address", "siteProxies[0].sensors[0].ip")},
	{"one host of two proxies", two(
		chained(0, set{"gateway": toCircuit}),
		chained(1, set{"gateway": toCircuit,
			"siteProxies[0].address": "10.160.0.5", "siteProxies[0].upstream": "10.9.9.9:3128"})), "",
		both("error site-proxy", "siteProxies[0].address")},

	{"a circuit that is nearly full", many(8, func(n int) like { return onCircuit(n, nil) }), "",
		"warning circuit-links; " + places(8, "gateway.circuitId")},
	{"a gateway that is nearly full", many(24, func(n int) like { return onGateway(n, nil) }), "",
		"warning gateway-tunnels; " + places(24, "gateway.id")},
	{"a security group that is nearly full", many(4, func(n int) like { return sharesGroup(n) }), "",
		"warning diagnostic-settings; " + places(4, "network.existing.networkSecurityGroupId")},
	{"a security group that is too full", many(6, func(n int) like { return sharesGroup(n) }), "",
		"error diagnostic-settings; " + places(6, "network.existing.networkSecurityGroupId")},
	{"80 % of the default for public addresses", many(8, func(n int) like { return plain(n, nil) }),
		"limits: {vCPUs: 9999, vCPUsPerFamily: 9999}\n", "warning quota; " + places(8, "scaleSet.instances")},
	{"more than the owner's quota", two(plain(0, nil), plain(1, set{"scaleSet.instances": 3})),
		"limits: {vCPUs: 13, vCPUsPerFamily: 9999}\n", both("error quota", "scaleSet.instances")},

	{"another value than the fleet's", two(plain(0, set{"scaleSet.instances": 3}), plain(1, nil)),
		wide + "defaults: {scaleSet: {instances: 3}, protect: false}\n",
		"information difference; @b scaleSet.instances"},
	{"a file that cannot be built", two(plain(0, nil), plain(1, set{"proxyPort": 22})), "", "error file; @b proxyPort"},
	{"a value that cannot be read", two(plain(0, nil), plain(1, set{"siteName": encrypted})), "",
		"warning unread; @b siteName"},
	{"a key that sites.yaml has not", two(plain(0, nil), plain(1, nil)), wide + "subscription: {}\n",
		"error sites-file; sites.yaml subscription"},
}

func sharesGroup(n int) like {
	return inNetwork(n, set{"network.existing.networkSecurityGroupId": groups + "networkSecurityGroups/nsg",
		"logs.workspaceId": fmt.Sprintf("/subscriptions/%s/resourceGroups/soc/providers/"+
			"Microsoft.OperationalInsights/workspaces/soc-%d", subscription, n)})
}

func (c collision) sitesFile() Own {
	if c.own == "" {
		return owned(wide)
	}
	return owned(c.own)
}

func TestEachCollisionIsFoundAndNothingElse(t *testing.T) {
	kinds := map[string]bool{}
	for _, c := range collisions {
		t.Run(c.what, func(t *testing.T) {
			report := Check(parsed(t, c.files), c.sitesFile())
			want := strings.NewReplacer("@a", "Pulumi.a.yaml", "@b", "Pulumi.b.yaml", "@c", "Pulumi.c.yaml").
				Replace(c.finds)
			for i := range len(c.files) {
				want = strings.ReplaceAll(want, fmt.Sprintf("@s%02d", i), fmt.Sprintf("Pulumi.s%02d.yaml", i))
			}
			got := allSaid(report)
			if !slices.Equal(got, []string{want}) {
				t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), want)
			}
			for _, f := range report.Findings {
				for _, p := range f.Places {
					if p.Value == "" && f.Kind != "unread" && f.Kind != "sites-file" {
						t.Errorf("%s %s has no value", p.File, p.Key)
					}
				}
				if f.Problem == "" || f.Severity != Information && (f.Allowed == "" || f.Do == "") {
					t.Errorf("%+v does not say what is wrong, what is allowed and what to do", f)
				}
			}
		})
		kinds[strings.Fields(strings.ReplaceAll(c.finds, ";", " "))[1]] = true
	}
	for _, rule := range slices.Concat(names, existing, partners, sensors) {
		if !kinds[string(rule.kind)] {
			t.Errorf("no collision breaks the rule %s", rule.kind)
		}
	}
	for _, is := range kindsOfOverlap {
		if !kinds[string(is.kind)] {
			t.Errorf("no overlap is %s", is.kind)
		}
	}
	for _, s := range allShares {
		if !kinds[string(s.kind)] {
			t.Errorf("nothing is full as %s", s.kind)
		}
	}
	t.Logf("counted: %d kinds of findings, each broken by itself", len(kinds))
}

// The same sites without what collides are fine: what is found is what was planted.
func TestWhatSitesMayShare(t *testing.T) {
	const subnet = groups + "virtualNetworks/plants/subnets/GatewaySubnet"
	for what, files := range map[string]map[string]like{
		"a gateway": two(onGateway(0, nil), onGateway(1, nil)),
		"a circuit": two(onCircuit(0, nil), onCircuit(1, nil)),
		"a network, NAT gateway, workspace and group": two(inNetwork(0, nil), inNetwork(1, nil)),
		"sensors' addresses, at sites that do not reach each other": two(plain(0, nil),
			plain(1, set{"sensorCidrs": []any{"10.160.0.0/24"}})),
		"addresses of sensors and proxies there": two(chained(0, nil), chained(1, set{
			"sensorCidrs": []any{"10.160.0.0/24"}, "siteProxies[0].address": "10.160.0.5",
			"siteProxies[0].sensors": []any{set{"name": "paint", "ip": "10.170.0.11"}}})),
		"a name, in different subscriptions": two(plain(0, set{"siteName": "hall"}), plain(1, set{"siteName": "hall",
			"azure-native:subscriptionId": other})),
		"a VPN device, from gateways of their own": two(
			like{"vpn", apart(0, set{connection + ".addressPrefixes": []any{"10.160.0.0/16"}})},
			like{"vpn", apart(1, set{connection + ".addressPrefixes": []any{"10.160.0.0/16"}})}),
		"a network with one VPN and one ExpressRoute gateway": two(
			inNetwork(0, set{"resourceGroup": nil, "network.existing.gatewaySubnetId": subnet,
				"subnets.gateway": "10.60.9.0/27", "gateway": set{"kind": "vpn", "connections": []any{
					set{"name": "plant", "address": "203.0.113.1", "addressPrefixes": []any{"10.160.0.0/24"}}}}}),
			inNetwork(1, set{"resourceGroup": nil, "network.existing.gatewaySubnetId": subnet,
				"subnets.gateway": "10.60.9.0/27", "gateway": toCircuit})),
	} {
		if got := allSaid(Check(parsed(t, files), owned(wide))); len(got) > 0 {
			t.Errorf("%s: %s", what, strings.Join(got, "\n"))
		}
	}
}

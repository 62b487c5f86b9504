package arm

import (
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
)

const typeGateway = "Microsoft.Network/virtualNetworkGateways"

const (
	gatewayDoc  = "https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-about-vpn-gateway-settings"
	gatewaySKUs = "https://learn.microsoft.com/azure/vpn-gateway/about-gateway-skus"
	bgpDoc      = "https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-bgp-overview"
)

// virtualNetworkGateways are of VPN and of ExpressRoute. One takes addresses of GatewaySubnet and leaves the rest of
// its network alone: what else joins the network, and the network itself, may be written while the gateway is being
// made.
var virtualNetworkGateways = Type{
	Name:        typeGateway,
	Model:       model[armnetwork.VirtualNetworkGateway](),
	ReadModel:   model[armnetwork.VirtualNetworkGateway](),
	APIVersions: networkVersions,
	Create:      45 * time.Minute,
	Update:      10 * time.Minute,
	Delete:      15 * time.Minute,
	DurationSource: "\"45 minutes or more\" by https://learn.microsoft.com/azure/vpn-gateway/tutorial-create-gateway-portal, up to as " +
		"much of ExpressRoute by https://learn.microsoft.com/azure/expressroute/expressroute-howto-add-gateway-portal-resource-manager; " +
		"update and deletion are estimates",
	children: []string{"ipConfigurations"},
	readOnly: slices.Concat(
		under("properties.", "inboundDnsForwardingEndpoint"),
		under("properties.sku.", "capacity"),
		under("properties.ipConfigurations.properties.", "privateIPAddress"),
		under("properties.bgpSettings.bgpPeeringAddresses.", "defaultBgpIpAddresses", "tunnelIpAddresses"),
	),
	refs: []reference{
		{path: "properties.ipConfigurations.properties.subnet.id", to: typeSubnet},
		{path: "properties.ipConfigurations.properties.publicIPAddress.id", to: typePublicIP},
		{path: "properties.gatewayDefaultSite.id", to: typeLocalGateway},
	},
	locks:    connectionsOf,
	complete: completeGateway,
	claims:   gatewayClaims,
	populate: populateGateway,
	rules: slices.Concat(gatewayRules, gatewayAddressRules, gatewayBGPRules, []Rule{
		unused("virtual network gateway", "VirtualNetworkGatewayCannotBeDeleted", interconnect),
	}),
}

// connectionsOf are the connections of a gateway, which must stay as they are while it is written.
func connectionsOf(c *change) []string {
	var out []string
	for _, user := range c.server.users(c.id.String()) {
		out = append(out, user.id.String())
	}
	return out
}

func isVPN(m *armnetwork.VirtualNetworkGateway) bool {
	return strings.EqualFold(string(val(m.Properties.GatewayType)), string(armnetwork.VirtualNetworkGatewayTypeVPN))
}

// gatewaySKU is the name of a gateway's SKU in lower case: vpngw1az.
func gatewaySKU(m *armnetwork.VirtualNetworkGateway) string {
	return strings.ToLower(string(val(val(m.Properties.SKU).Name)))
}

// gatewayClaims are the addresses of a gateway's IP configurations. Two active instances have the first that are free;
// one that stands by has the last for both.
// https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-bgp-overview#what-address-does-vpn-gateway-use-for-bgp-peer-ip
func gatewayClaims(id string, m any) []claim {
	gateway := m.(*armnetwork.VirtualNetworkGateway)
	var out []claim
	for _, ip := range gateway.Properties.IPConfigurations {
		out = append(out, claim{
			subnet: val(val(ip.Properties.Subnet).ID),
			owner:  id + "/ipConfigurations/" + val(ip.Name),
			last:   isVPN(gateway) && !val(gateway.Properties.Active),
		})
	}
	return out
}

// populateGateway adds what Azure decides: the defaults, the private addresses and who speaks BGP at which of them.
func populateGateway(s *Server, r *resource, body map[string]any) {
	properties := object(body, "properties")
	properties["resourceGuid"] = r.guid("resource")
	for name, unset := range map[string]any{
		"enableBgp": false, "activeActive": false, "enablePrivateIpAddress": false,
		"disableIPSecReplayProtection": false,
		"allowRemoteVnetTraffic":       false, "allowVirtualWanTraffic": false,
		"vpnType": string(armnetwork.VPNTypeRouteBased),
	} {
		if properties[name] == nil {
			properties[name] = unset
		}
	}
	object(properties, "sku")["capacity"] = float64(2)
	for _, ip := range objects(properties, "ipConfigurations") {
		delete(ip, "type") // the model of an IP configuration has none
		p := object(ip, "properties")
		if text(p, "privateIPAllocationMethod") == "" {
			p["privateIPAllocationMethod"] = string(armnetwork.IPAllocationMethodDynamic)
		}
	}
	populateBGP(s, r, properties)
}

// populateBGP tells BGP's settings whether or not it is enabled, as Azure does.
func populateBGP(s *Server, r *resource, properties map[string]any) {
	bgp := object(properties, "bgpSettings")
	if bgp["asn"] == nil {
		bgp["asn"] = float64(defaultASN)
	}
	if bgp["peerWeight"] == nil {
		bgp["peerWeight"] = float64(0)
	}
	custom := map[string]any{}
	for _, peering := range objects(bgp, "bgpPeeringAddresses") {
		custom[key(text(peering, "ipconfigurationId"))] = peering["customBgpIpAddresses"]
	}
	var all []string
	peerings := []any{}
	for _, ip := range objects(properties, "ipConfigurations") {
		p := object(ip, "properties")
		private := s.addressOf(text(object(p, "subnet"), "id"), text(ip, "id"))
		all = append(all, private)
		peering := map[string]any{
			"ipconfigurationId": text(ip, "id"), "defaultBgpIpAddresses": []any{private},
			"customBgpIpAddresses": []any{}, "tunnelIpAddresses": []any{},
		}
		if addresses, ok := custom[key(text(ip, "id"))].([]any); ok {
			peering["customBgpIpAddresses"] = addresses
		}
		if public, ok := p["publicIPAddress"].(map[string]any); ok {
			if address := s.find(text(public, "id")); address != nil {
				peering["tunnelIpAddresses"] = []any{publicAddress(address)}
			}
		}
		peerings = append(peerings, peering)
	}
	bgp["bgpPeeringAddress"] = strings.Join(all, ",")
	if isVPN(r.model.(*armnetwork.VirtualNetworkGateway)) {
		bgp["bgpPeeringAddresses"] = peerings
	}
}

package site

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
)

// ExistingNetwork is what a site uses of a network that somebody else owns, by resource ID. What is empty is made by
// the stack.
type ExistingNetwork struct {
	VirtualNetworkID       string
	GatewaySubnetID        string
	ProxyserverSubnetID    string
	BastionSubnetID        string
	NetworkSecurityGroupID string // of ProxyserverSubnet
}

// Egress is what a site uses of a way out that somebody else owns, by resource ID; at most one is given. What is empty
// is made by the stack.
type Egress struct {
	NATGatewayID     string
	PublicIPID       string // for the stack's NAT gateway
	PublicIPPrefixID string // for the stack's NAT gateway
	// Firewall is the address of somebody else's firewall, by which the proxies get out instead; not valid: by none.
	Firewall netip.Addr
	// VirtualHubID is the virtual hub whose routes lead everything to its firewall; empty: none's.
	VirtualHubID string
}

// ByFirewall tells whether the proxies get out by a firewall. There is no NAT gateway then.
func (e Egress) ByFirewall() bool { return e.Firewall.IsValid() || e.VirtualHubID != "" }

// Given is the one that is given, by its ID or address, or empty.
func (e Egress) Given() string {
	if e.Firewall.IsValid() {
		return e.Firewall.String()
	}
	return e.NATGatewayID + e.PublicIPID + e.PublicIPPrefixID + e.VirtualHubID
}

// groupForm is a resource group's name.
// Source: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftresources
var groupForm = regexp.MustCompile(`^[-\w._()]{0,89}[-\w_()]$`)

const aSubscription = `(?i)^/subscriptions/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`

// subnetForm is the ID of a subnet; a name that Azure fixes has to be that name.
func subnetForm(name string) *regexp.Regexp {
	if name == "" {
		name = `[A-Za-z0-9]([-\w.]{0,78}\w)?`
	}
	return regexp.MustCompile(aSubscription +
		`/resourceGroups/[-\w._()]{1,90}/providers/Microsoft\.Network/virtualNetworks/[A-Za-z0-9]([-\w.]{0,62}\w)?/subnets/` + name + `$`)
}

// subscriptionOf is the subscription in a resource's ID.
func subscriptionOf(id string) string {
	parts := strings.Split(id, "/")
	if len(parts) < 3 {
		return ""
	}
	return strings.ToLower(parts[2])
}

// isPlaceholder tells an ID that stands for one which only another resource will know: its subscription is all zeros.
func isPlaceholder(id string) bool { return strings.Trim(subscriptionOf(id), "0-") == "" }

func loadExistingNetwork(s *section) ExistingNetwork {
	e := s.section("network").section("existing")
	network := ExistingNetwork{
		VirtualNetworkID:       e.text("virtualNetworkId"),
		GatewaySubnetID:        e.text("gatewaySubnetId"),
		ProxyserverSubnetID:    e.text("proxyserverSubnetId"),
		BastionSubnetID:        e.text("bastionSubnetId"),
		NetworkSecurityGroupID: e.text("networkSecurityGroupId"),
	}
	for _, subnet := range network.subnets() {
		if subnet.id == "" {
			continue
		}
		switch {
		case network.VirtualNetworkID == "":
			e.fail("virtualNetworkId", nil, "is missing, and "+subnet.key+" is in an existing virtual network",
				"the ID of the subnet's virtual network",
				"Set it to the part of the subnet's ID before /subnets/")
		case !isPlaceholder(subnet.id) && !isPlaceholder(network.VirtualNetworkID) &&
			!isBelow(subnet.id, network.VirtualNetworkID):
			e.fail(subnet.key, subnet.id, "is not in the virtual network "+network.VirtualNetworkID,
				"a subnet of network.existing.virtualNetworkId",
				"Correct one of the two")
		}
		if ranges := s.section("subnets"); !ranges.has(subnet.place) {
			ranges.fail(subnet.place, nil, "is missing, and network.existing."+subnet.key+" is an existing subnet",
				"the subnet's range, such as 10.20.0.0/27",
				"Set it to what `az network vnet subnet show --query addressPrefix --ids "+subnet.id+"` shows")
		}
	}
	checkExistingUse(s, e, network)
	return network
}

// existingSubnet is a subnet's ID, the key that gives it, and the key of the subnet's range.
type existingSubnet struct{ id, key, place string }

func (n ExistingNetwork) subnets() []existingSubnet {
	return []existingSubnet{
		{n.GatewaySubnetID, "gatewaySubnetId", "gateway"},
		{n.ProxyserverSubnetID, "proxyserverSubnetId", "proxyserver"},
		{n.BastionSubnetID, "bastionSubnetId", "bastion"},
	}
}

func isBelow(id, owner string) bool {
	return strings.HasPrefix(strings.ToLower(id), strings.ToLower(owner)+"/")
}

// checkExistingUse refuses what has no use, and what an existing subnet or group makes impossible: the stack changes
// neither.
func checkExistingUse(s, e *section, network ExistingNetwork) {
	const remove = "Remove it"
	if network.GatewaySubnetID != "" && !ownGateway(s) {
		e.fail("gatewaySubnetId", network.GatewaySubnetID, "has no use: the stack builds no gateway",
			"no such key where gateway.kind is "+s.section("gateway").text("kind"), remove)
	}
	if network.BastionSubnetID != "" && !s.section("bastion").boolean("enabled") {
		e.fail("bastionSubnetId", network.BastionSubnetID, "has no use: the stack builds no Bastion",
			"no such key where bastion.enabled is false", remove)
	}
	if network.NetworkSecurityGroupID != "" && s.has("extraInboundRules") {
		s.fail("extraInboundRules", nil, "cannot be added to network.existing.networkSecurityGroupId, which the "+
			"stack does not change",
			"no such key beside an existing network security group",
			"Remove it, or let the stack make a network security group of its own")
	}
	if network.ProxyserverSubnetID == "" {
		return
	}
	if network.NetworkSecurityGroupID == "" {
		e.fail("networkSecurityGroupId", nil,
			"is missing, and the stack does not change the existing subnet of the proxies",
			"the ID of the network security group that the subnet has",
			"Set it to what `az network vnet subnet show --query networkSecurityGroup.id --ids "+
				network.ProxyserverSubnetID+"` shows")
	}
	if egress := s.section("egress"); egress.text("kind") == EgressNATGateway && !egress.has("natGatewayId") {
		egress.fail("natGatewayId", nil,
			"is missing, and the stack attaches no NAT gateway to the existing subnet of the proxies",
			"the ID of the NAT gateway that the subnet has",
			"Set it to what `az network vnet subnet show --query natGateway.id --ids "+
				network.ProxyserverSubnetID+"` shows")
	}
}

// ownGateway tells whether the stack builds a gateway, which needs GatewaySubnet.
func ownGateway(s *section) bool {
	kind := s.section("gateway").text("kind")
	return kind == GatewayVPN || kind == GatewayExpressRoute
}

func loadEgress(s *section) Egress {
	e := s.section("egress")
	egress := Egress{NATGatewayID: e.text("natGatewayId"), PublicIPID: e.text("publicIpId"),
		PublicIPPrefixID: e.text("publicIpPrefixId"), Firewall: e.address("firewallAddress")}
	given := ""
	for _, key := range []string{"natGatewayId", "publicIpId", "publicIpPrefixId"} {
		if !e.has(key) {
			continue
		}
		if given != "" {
			e.fail(key, e.text(key), "does not go with egress."+given,
				"one of natGatewayId, publicIpId and publicIpPrefixId", "Remove one of the two")
		}
		given = key
	}
	if nat := s.section("nat"); egress.NATGatewayID != "" && nat.has("idleTimeoutMinutes") {
		nat.fail("idleTimeoutMinutes", nat.integer("idleTimeoutMinutes"),
			"cannot be set at egress.natGatewayId, which the stack does not change",
			"no such key beside an existing NAT gateway", "Remove it, and have the NAT gateway's owner set it")
	}
	return egress
}

// existingIDs are the IDs that have to be in the stack's subscription, by key: Azure attaches none of them across
// subscriptions.
// Sources: https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq and
// https://learn.microsoft.com/azure/virtual-network/manage-network-security-group
func (t Topology) existingIDs() []existingID {
	return []existingID{
		{"network.existing.virtualNetworkId", t.Existing.VirtualNetworkID},
		{"network.existing.networkSecurityGroupId", t.Existing.NetworkSecurityGroupID},
		{"egress.natGatewayId", t.Egress.NATGatewayID},
		{"egress.publicIpId", t.Egress.PublicIPID},
		{"egress.publicIpPrefixId", t.Egress.PublicIPPrefixID},
	}
}

type existingID struct{ key, id string }

// remoteID is what the stack makes a part of, which somebody else may make instead.
type remoteID struct{ key, id, part, is, flag, output string }

// remoteIDs are all of those: the stack's provider reaches one subscription.
func (t Topology) remoteIDs() []remoteID {
	var all []remoteID
	for i, p := range t.Peerings {
		if p.CreateRemotePeering {
			all = append(all, remoteID{fmt.Sprintf("network.peerings[%d].remoteVirtualNetworkId", i),
				p.RemoteVirtualNetworkID, "half of a peering", "network", "createRemotePeering", "remotePeerings"})
		}
	}
	if hub := t.VirtualHub; hub != nil && hub.CreateConnection {
		all = append(all, remoteID{"network.virtualHubId", hub.ID, "connection", "virtual hub",
			"network.virtualHub.createConnection", "virtualHubConnection"})
	}
	return all
}

// checkOneSubscription refuses existing resources that are in another subscription than the stack or, where the stack's
// is not known, than each other.
func checkOneSubscription(s *section, t Topology, subscription string) {
	for _, one := range t.existingIDs() {
		switch {
		case one.id == "" || isPlaceholder(one.id):
		case subscription == "":
			subscription = subscriptionOf(one.id)
		case !strings.EqualFold(subscriptionOf(one.id), subscription):
			s.fail(one.key, one.id, "is in another subscription than the site, and Azure attaches nothing across "+
				"subscriptions",
				"a resource in subscription "+subscription,
				"Use one of that subscription, or deploy the stack to the other")
		}
	}
	for _, one := range t.remoteIDs() {
		if subscription != "" && !isPlaceholder(one.id) && !strings.EqualFold(subscriptionOf(one.id), subscription) {
			s.fail(one.key, one.id, "is in another subscription than the site, where the stack can make no "+one.part,
				"a "+one.is+" in subscription "+subscription, fmt.Sprintf("Set %s to false, and give the %s's owner "+
					"the command in the output %s", one.flag, strings.TrimPrefix(one.is, "virtual "), one.output))
		}
	}
}

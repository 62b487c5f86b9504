package components

import (
	"strings"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	operationalinsights "github.com/pulumi/pulumi-azure-native-sdk/operationalinsights/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// FoundNetwork is a virtual network as it is in Azure.
type FoundNetwork struct {
	ID, Location string
	Spaces       []string // IPv4 and IPv6 ranges
	Peered       []string // ranges of the networks that are peered with it
	Subnets      []FoundSubnet
	Tags         map[string]string
}

// FoundSubnet is a subnet as it is in Azure. An empty ID is none.
type FoundSubnet struct {
	Name, ID               string
	Prefixes               []string
	NetworkSecurityGroupID string
	NatGatewayID           string
	RouteTableID           string
	DefaultOutboundAccess  bool     // Azure's own way out; what says nothing of it has it
	Delegations            []string // services that have the subnet for themselves
}

// FoundSecurityGroup is a network security group as it is in Azure, with its own inbound rules.
type FoundSecurityGroup struct {
	ID, Name, Location string
	Inbound            []FoundRule
}

// FoundRule is an inbound rule as it is in Azure.
type FoundRule struct {
	Name                  string
	Priority              int
	Allow                 bool
	Protocol              string
	Sources, Destinations []string
	SourcePorts, Ports    []string
	SourceGroups          bool // application security groups are the source
	DestinationGroups     bool // application security groups are the destination
}

// FoundRouteTable is a route table as it is in Azure, without routes that a gateway learns.
type FoundRouteTable struct {
	ID     string
	Routes []FoundRoute
}

// FoundRoute is a route as it is in Azure.
type FoundRoute struct {
	Name, Prefix         string // the prefix may be a service tag
	NextHopType, NextHop string // the next hop is the address of a VirtualAppliance
}

// FoundNatGateway is a NAT gateway as it is in Azure.
type FoundNatGateway struct {
	ID, Location                            string
	PublicIPIDs, PublicIPPrefixIDs, Subnets []string
}

// FoundAddress is a public IP address or prefix as it is in Azure.
type FoundAddress struct {
	ID, Location, SKU, Tier, Version string
	Allocation                       string   // of an address: Static or Dynamic
	Length                           int      // of a prefix
	Zones, RoutingPreferences        []string // zones; the values of the IP tag RoutingPreference
	UsedBy                           string   // ID of what has it; empty: nothing
}

// FoundWorkspace is a Log Analytics workspace as it is in Azure.
type FoundWorkspace struct{ ID, Location string }

// FindNetwork looks a virtual network up; nil: there is none of that ID in the provider's subscription.
func FindNetwork(ctx *pulumi.Context, id string) (*FoundNetwork, error) {
	group, name := groupAndName(id)
	n, err := network.LookupVirtualNetwork(ctx, &network.LookupVirtualNetworkArgs{ResourceGroupName: group,
		VirtualNetworkName: name})
	if err != nil {
		return nil, unlessMissing(err)
	}
	found := &FoundNetwork{ID: value(n.Id), Location: value(n.Location), Tags: n.Tags}
	if n.AddressSpace != nil {
		found.Spaces = n.AddressSpace.AddressPrefixes
	}
	for _, peering := range n.VirtualNetworkPeerings {
		for _, space := range []*network.AddressSpaceResponse{peering.RemoteAddressSpace,
			peering.RemoteVirtualNetworkAddressSpace} {
			if space != nil {
				found.Peered = append(found.Peered, space.AddressPrefixes...)
			}
		}
	}
	for _, s := range n.Subnets {
		found.Subnets = append(found.Subnets, foundSubnet(s))
	}
	return found, nil
}

// FindSiteNetwork returns the tags of the virtual network in a resource group that has the name which a NetworkLayer
// gives its own.
func FindSiteNetwork(ctx *pulumi.Context, group string) (tags map[string]string, there bool, err error) {
	found, err := network.LookupVirtualNetwork(ctx, &network.LookupVirtualNetworkArgs{ResourceGroupName: group,
		VirtualNetworkName: virtualNetworkName})
	if err != nil {
		return nil, false, unlessMissing(err)
	}
	return found.Tags, true, nil
}

func foundSubnet(s network.SubnetResponse) FoundSubnet {
	found := FoundSubnet{
		Name: value(s.Name), ID: value(s.Id), Prefixes: either(s.AddressPrefix, s.AddressPrefixes),
		DefaultOutboundAccess: s.DefaultOutboundAccess == nil || *s.DefaultOutboundAccess,
	}
	if s.NetworkSecurityGroup != nil {
		found.NetworkSecurityGroupID = value(s.NetworkSecurityGroup.Id)
	}
	if s.NatGateway != nil {
		found.NatGatewayID = value(s.NatGateway.Id)
	}
	if s.RouteTable != nil {
		found.RouteTableID = value(s.RouteTable.Id)
	}
	for _, d := range s.Delegations {
		found.Delegations = append(found.Delegations, value(d.ServiceName))
	}
	return found
}

// FindSecurityGroup looks a network security group up; nil: there is none of that ID in the provider's subscription.
func FindSecurityGroup(ctx *pulumi.Context, id string) (*FoundSecurityGroup, error) {
	group, name := groupAndName(id)
	g, err := network.LookupNetworkSecurityGroup(ctx, &network.LookupNetworkSecurityGroupArgs{ResourceGroupName: group,
		NetworkSecurityGroupName: name})
	if err != nil {
		return nil, unlessMissing(err)
	}
	found := &FoundSecurityGroup{ID: value(g.Id), Name: g.Name, Location: value(g.Location)}
	for _, rule := range g.SecurityRules {
		if !strings.EqualFold(rule.Direction, "Inbound") {
			continue
		}
		found.Inbound = append(found.Inbound, FoundRule{
			Name: value(rule.Name), Priority: rule.Priority, Allow: strings.EqualFold(rule.Access, "Allow"),
			Protocol:          rule.Protocol,
			Sources:           either(rule.SourceAddressPrefix, rule.SourceAddressPrefixes),
			Destinations:      either(rule.DestinationAddressPrefix, rule.DestinationAddressPrefixes),
			SourcePorts:       either(rule.SourcePortRange, rule.SourcePortRanges),
			Ports:             either(rule.DestinationPortRange, rule.DestinationPortRanges),
			SourceGroups:      len(rule.SourceApplicationSecurityGroups) > 0,
			DestinationGroups: len(rule.DestinationApplicationSecurityGroups) > 0,
		})
	}
	return found, nil
}

// FindRouteTable looks a route table up; nil: there is none of that ID in the provider's subscription.
func FindRouteTable(ctx *pulumi.Context, id string) (*FoundRouteTable, error) {
	group, name := groupAndName(id)
	t, err := network.LookupRouteTable(ctx, &network.LookupRouteTableArgs{ResourceGroupName: group,
		RouteTableName: name})
	if err != nil {
		return nil, unlessMissing(err)
	}
	found := &FoundRouteTable{ID: value(t.Id)}
	for _, r := range t.Routes {
		found.Routes = append(found.Routes, FoundRoute{Name: value(r.Name), Prefix: value(r.AddressPrefix),
			NextHopType: r.NextHopType, NextHop: value(r.NextHopIpAddress)})
	}
	return found, nil
}

// FindNatGateway looks a NAT gateway up; nil: there is none of that ID in the provider's subscription.
func FindNatGateway(ctx *pulumi.Context, id string) (*FoundNatGateway, error) {
	group, name := groupAndName(id)
	n, err := network.LookupNatGateway(ctx, &network.LookupNatGatewayArgs{ResourceGroupName: group,
		NatGatewayName: name})
	if err != nil {
		return nil, unlessMissing(err)
	}
	return &FoundNatGateway{
		ID: value(n.Id), Location: value(n.Location), PublicIPIDs: ids(n.PublicIpAddresses),
		PublicIPPrefixIDs: ids(n.PublicIpPrefixes), Subnets: ids(n.Subnets),
	}, nil
}

// FindPublicIP looks a public IP address up; nil: there is none of that ID in the provider's subscription.
func FindPublicIP(ctx *pulumi.Context, id string) (*FoundAddress, error) {
	group, name := groupAndName(id)
	a, err := network.LookupPublicIPAddress(ctx, &network.LookupPublicIPAddressArgs{ResourceGroupName: group,
		PublicIpAddressName: name})
	if err != nil {
		return nil, unlessMissing(err)
	}
	found := &FoundAddress{
		ID: value(a.Id), Location: value(a.Location), Version: value(a.PublicIPAddressVersion),
		Allocation: value(a.PublicIPAllocationMethod),
		Zones:      a.Zones, RoutingPreferences: routing(a.IpTags), UsedBy: value(a.IpConfiguration.Id),
	}
	if a.Sku != nil {
		found.SKU, found.Tier = value(a.Sku.Name), value(a.Sku.Tier)
	}
	if a.NatGateway != nil {
		found.UsedBy = value(a.NatGateway.Id)
	}
	return found, nil
}

// FindPublicIPPrefix looks a public IP prefix up; nil: there is none of that ID in the provider's subscription.
func FindPublicIPPrefix(ctx *pulumi.Context, id string) (*FoundAddress, error) {
	group, name := groupAndName(id)
	p, err := network.LookupPublicIPPrefix(ctx, &network.LookupPublicIPPrefixArgs{ResourceGroupName: group,
		PublicIpPrefixName: name})
	if err != nil {
		return nil, unlessMissing(err)
	}
	found := &FoundAddress{
		ID: value(p.Id), Location: value(p.Location), Version: value(p.PublicIPAddressVersion),
		Length: value(p.PrefixLength),
		Zones:  p.Zones, RoutingPreferences: routing(p.IpTags), UsedBy: value(p.LoadBalancerFrontendIpConfiguration.Id),
	}
	if p.Sku != nil {
		found.SKU, found.Tier = value(p.Sku.Name), value(p.Sku.Tier)
	}
	if len(p.PublicIPAddresses) > 0 {
		found.UsedBy = value(p.PublicIPAddresses[0].Id)
	}
	if p.NatGateway != nil {
		found.UsedBy = value(p.NatGateway.Id)
	}
	return found, nil
}

// FindWorkspace looks a Log Analytics workspace up; nil: there is none of that ID in the provider's subscription.
func FindWorkspace(ctx *pulumi.Context, id string) (*FoundWorkspace, error) {
	group, name := groupAndName(id)
	w, err := operationalinsights.LookupWorkspace(ctx, &operationalinsights.LookupWorkspaceArgs{
		ResourceGroupName: group, WorkspaceName: name})
	if err != nil {
		return nil, unlessMissing(err)
	}
	return &FoundWorkspace{ID: w.Id, Location: w.Location}, nil
}

// unlessMissing keeps an error, but for what Azure says of a resource or a group that is not there.
func unlessMissing(err error) error {
	if strings.Contains(err.Error(), "ResourceNotFound") || strings.Contains(err.Error(), "ResourceGroupNotFound") {
		return nil
	}
	return err
}

// groupAndName are two parts of a resource's ID, empty where it is none.
func groupAndName(id string) (group, name string) {
	parts := strings.Split(id, "/")
	if len(parts) <= idResource {
		return "", ""
	}
	return parts[idGroup], parts[idResource]
}

func routing(tags []network.IpTagResponse) []string {
	var all []string
	for _, tag := range tags {
		if strings.EqualFold(value(tag.IpTagType), "RoutingPreference") {
			all = append(all, value(tag.Tag))
		}
	}
	return all
}

func ids(references []network.SubResourceResponse) []string {
	var all []string
	for _, r := range references {
		all = append(all, value(r.Id))
	}
	return all
}

// either is what Azure has in one of two properties: a list, or a single value.
func either(one *string, many []string) []string {
	if text := value(one); text != "" {
		return append([]string{text}, many...)
	}
	return many
}

func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

package components

import (
	"fmt"
	"maps"
	"net/netip"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// NetworkLayer is the site's virtual network (documented steps 2 and 4): MD4IoT-VNET with its subnets, and the network
// security group that closes ProxyserverSubnet to everybody but the sensors. Each of these may be somebody else's and
// exist already.
type NetworkLayer struct {
	pulumi.ResourceState

	// ID of the virtual network.
	VirtualNetworkID pulumi.StringOutput `pulumi:"virtualNetworkId"`
	// ID of the network security group of ProxyserverSubnet.
	NetworkSecurityGroupID pulumi.StringOutput `pulumi:"networkSecurityGroupId"`
	// ID of ProxyserverSubnet, for the load balancer and the scale set.
	ProxyserverSubnetID pulumi.StringOutput `pulumi:"proxyserverSubnetId"`
	// ID of GatewaySubnet.
	GatewaySubnetID pulumi.StringOutput `pulumi:"gatewaySubnetId"`
	// ID of AzureBastionSubnet; of no use in a network without one.
	BastionSubnetID pulumi.StringOutput `pulumi:"bastionSubnetId"`

	// waysOut is what has to be there before an instance finds hosts and reaches them.
	waysOut []pulumi.Resource
}

// NetworkLayerArgs configures a NetworkLayer. Required are Location, ResourceGroupName, AddressSpace, SensorCIDRs and,
// but for an existing subnet of the proxies or a way out by a firewall, NatGatewayID.
type NetworkLayerArgs struct {
	// Required. Azure region, such as westeurope.
	Location string `pulumi:"location"`
	// Required. Name of the resource group.
	ResourceGroupName pulumi.StringInput `pulumi:"resourceGroupName"`
	// Required. IPv4 range of the virtual network, /26 or larger, or /25 with a subnet for Bastion, that neither the
	// site nor a network connected to it uses. It is divided into GatewaySubnet (/27), ProxyserverSubnet (/27) and
	// AzureBastionSubnet (/26).
	AddressSpace string `pulumi:"addressSpace"`
	// Optional. A virtual network, subnets or a network security group that exist already; DNS servers, peerings and
	// routes.
	Network NetworkOptions `pulumi:"network,optional"`
	// Optional. Subnets in other places or sizes. Default the documented sizes, packed from the start of the address
	// space.
	Subnets SubnetPrefixes `pulumi:"subnets,optional"`
	// Required. IPv4 ranges of the site's sensors, /8 or narrower. Nobody else reaches the proxies.
	SensorCIDRs []string `pulumi:"sensorCidrs"`
	// Optional. TCP port of the proxies, 1 to 65534 except 22. Default 3128, as documented.
	ProxyPort int `pulumi:"proxyPort,optional"`
	// Optional. Have AzureBastionSubnet, and let Bastion reach the instances by SSH. Default false.
	AllowBastion bool `pulumi:"allowBastion,optional"`
	// Optional. Inbound rules in addition to the documented ones. Nothing here proves what they open.
	ExtraInboundRules []InboundRule `pulumi:"extraInboundRules,optional"`
	// Required. ID of the NAT gateway of ProxyserverSubnet, which has no other way out. An existing subnet has one
	// already, and whoever gets out by a firewall has none.
	NatGatewayID pulumi.StringInput `pulumi:"natGatewayId,optional"`
	// Optional. The firewall by which the proxies get out, if it is not by the NAT gateway; of no use are the IDs.
	Egress EgressOptions `pulumi:"egress,optional"`
	// Optional. Tags of every resource.
	Tags pulumi.StringMapInput `pulumi:"tags,optional"`
	// Optional. Refuse to delete the virtual network. Default false.
	Protect bool `pulumi:"protect,optional"`
}

// SubnetPrefixes places subnets within the address space. One that is not placed takes the first free place of its
// size.
type SubnetPrefixes struct {
	// Optional. IPv4 range of GatewaySubnet, /27 or larger.
	Gateway string `pulumi:"gateway,optional"`
	// Optional. IPv4 range of ProxyserverSubnet, /29 or larger, with room for the load balancer and twice the
	// instances.
	Proxyserver string `pulumi:"proxyserver,optional"`
	// Optional. IPv4 range of AzureBastionSubnet, /26 or larger. The subnet is made wherever it is placed.
	Bastion string `pulumi:"bastion,optional"`
}

// InboundRule is a rule of the network security group for packets to ProxyserverSubnet, from all source ports.
type InboundRule struct {
	// Required. Letters, digits, dots, dashes and underscores, up to 80.
	Name string `pulumi:"name"`
	// Optional. What the rule is for, up to 140 characters.
	Description string `pulumi:"description,optional"`
	// Required. 101 to 4093; the lowest number that matches decides.
	Priority int `pulumi:"priority"`
	// Optional. Allow or Deny. Default Allow.
	Access string `pulumi:"access,optional"`
	// Optional. Tcp, Udp, Icmp, Esp, Ah or *. Default Tcp.
	Protocol string `pulumi:"protocol,optional"`
	// Required. IPv4 ranges, or one of VirtualNetwork, AzureLoadBalancer, Internet and *.
	Sources []string `pulumi:"sources"`
	// Optional. A port, a range such as 8000-8010, or *. Default *.
	Port string `pulumi:"port,optional"`
}

// NewNetworkLayer builds the network security group and the virtual network. The network is one write with its subnets
// inline: Azure refuses two writes to one network at a time, and a network written without its subnets loses them. In
// an existing network, the subnets that are missing are made one by one, and the network itself is not written.
func NewNetworkLayer(ctx *pulumi.Context, name string, args *NetworkLayerArgs,
	opts ...pulumi.ResourceOption) (*NetworkLayer, error) {
	if args == nil {
		args = &NetworkLayerArgs{}
	}
	existing := args.Network.Existing
	wrong := problems{also: bastionSettings(args.AllowBastion)}
	maps.Copy(wrong.also, args.Network.settings())
	if args.Egress.Kind == site.EgressFirewall {
		egress := map[string]any{"kind": args.Egress.Kind}
		if args.Egress.FirewallAddress != "" {
			egress["firewallAddress"] = args.Egress.FirewallAddress
		}
		wrong.also["egress"] = egress
	}
	s := wrong.read(args, "", "addressSpace", "network", "subnets", "sensorCidrs", "proxyPort", "extraInboundRules")
	wrong.needs("resourceGroupName", args.ResourceGroupName, "the name of a resource group")
	if existing.ProxyserverSubnetID == nil && args.Egress.Kind != site.EgressFirewall {
		wrong.needs("natGatewayId", args.NatGatewayID, "the ID of a NAT gateway")
	}
	if err := wrong.err("NetworkLayer", name); err != nil {
		return nil, err
	}

	layer := &NetworkLayer{}
	if err := ctx.RegisterComponentResource(typePrefix+"NetworkLayer", name, layer, opts...); err != nil {
		return nil, err
	}
	if err := layer.securityGroup(ctx, name, args, s); err != nil {
		return nil, err
	}
	routeTable, err := layer.routeTable(ctx, name, args, s)
	if err != nil {
		return nil, err
	}
	handed := pulumi.Map{"space": pulumi.String(s.Azure.Addresses.Space.String()),
		"subnets": subnetPrefixes(s.Azure.Addresses)}
	if existing.VirtualNetworkID != nil {
		err = layer.joinNetwork(ctx, name, args, s.Azure.Addresses, routeTable)
		handed["name"], handed["id"] = idPart(layer.VirtualNetworkID, idResource), layer.VirtualNetworkID
		if given := existing.subnets(); len(given) > 0 {
			handed["given"] = given
		}
	} else {
		err = layer.newNetwork(ctx, name, args, s, routeTable, handed)
	}
	if err != nil {
		return nil, err
	}
	told := pulumi.Map{"network": handed}
	if firewall := s.Azure.Egress.Firewall; firewall.IsValid() {
		told["egress"] = pulumi.Map{"given": pulumi.String(firewall.String()),
			"address": pulumi.String(firewall.String())}
	} else if s.Azure.Egress.ByFirewall() {
		told["egress"] = pulumi.Map{"given": args.Network.VirtualHubID.ToStringOutput(),
			"address": pulumi.Sprintf("of virtual hub %s", idPart(args.Network.VirtualHubID, idResource))}
	}
	return layer, ctx.RegisterResourceOutputs(layer, pulumi.Map{
		"virtualNetworkId":       layer.VirtualNetworkID,
		"networkSecurityGroupId": layer.NetworkSecurityGroupID,
		"proxyserverSubnetId":    layer.ProxyserverSubnetID,
		"gatewaySubnetId":        layer.GatewaySubnetID,
		"bastionSubnetId":        layer.BastionSubnetID,
		handedOut:                told,
	})
}

// securityGroup makes the network security group, unless there is one.
func (l *NetworkLayer) securityGroup(ctx *pulumi.Context, name string, args *NetworkLayerArgs, s site.Site) error {
	if given := args.Network.Existing.NetworkSecurityGroupID; given != nil {
		l.NetworkSecurityGroupID = given.ToStringOutput()
		return nil
	}
	nsg, err := network.NewNetworkSecurityGroup(ctx, name+"-nsg", &network.NetworkSecurityGroupArgs{
		ResourceGroupName: args.ResourceGroupName,
		Location:          pulumi.String(s.Location),
		SecurityRules:     securityRules(s.AllInboundRules()),
		Tags:              args.Tags,
	}, pulumi.Parent(l))
	if err != nil {
		return fmt.Errorf("network security group: %w", err)
	}
	l.NetworkSecurityGroupID = nsg.ID().ToStringOutput()
	return nil
}

// newNetwork makes the virtual network, in one write with its subnets, and peers it.
func (l *NetworkLayer) newNetwork(ctx *pulumi.Context, name string, args *NetworkLayerArgs, s site.Site,
	routeTable pulumi.StringInput, handed pulumi.Map) error {
	vnetArgs := &network.VirtualNetworkArgs{
		ResourceGroupName:  args.ResourceGroupName,
		Location:           pulumi.String(s.Location),
		VirtualNetworkName: pulumi.String(virtualNetworkName),
		AddressSpace: network.AddressSpaceArgs{AddressPrefixes: pulumi.StringArray{pulumi.String(
			s.Azure.Addresses.Space.String())}},
		Subnets: subnets(s.Azure.Addresses, attachments{l.NetworkSecurityGroupID, args.natGateway(), routeTable}),
		Tags:    args.Tags,
	}
	if servers := s.Azure.DNSServers; len(servers) > 0 {
		vnetArgs.DhcpOptions = network.DhcpOptionsArgs{DnsServers: texts(servers)}
	}
	vnet, err := network.NewVirtualNetwork(ctx, name+"-vnet", vnetArgs, pulumi.Parent(l), pulumi.Protect(args.Protect))
	if err != nil {
		return fmt.Errorf("virtual network: %w", err)
	}
	l.VirtualNetworkID = vnet.ID().ToStringOutput()
	l.ProxyserverSubnetID = pulumi.Sprintf("%s/subnets/%s", vnet.ID(), proxyserverSubnetName)
	l.GatewaySubnetID = pulumi.Sprintf("%s/subnets/%s", vnet.ID(), gatewaySubnetName)
	l.BastionSubnetID = pulumi.Sprintf("%s/subnets/%s", vnet.ID(), bastionSubnetName)
	handed["name"] = vnet.Name
	standsOn(vnet, handed)
	return l.peerings(ctx, name, args, s, vnet, handed)
}

// natGateway is the NAT gateway of the subnet of the proxies; nil where a firewall is the way out.
func (args *NetworkLayerArgs) natGateway() pulumi.StringInput {
	if args.Egress.Kind == site.EgressFirewall {
		return nil
	}
	return args.NatGatewayID
}

// attachments is what ProxyserverSubnet has, by ID; nil: none.
type attachments struct{ securityGroup, natGateway, routeTable pulumi.StringInput }

// subnets draws the address plan. Azure allows neither a network security group nor a NAT gateway on GatewaySubnet.
func subnets(plan site.AddressPlan, with attachments) network.SubnetTypeArray {
	var all network.SubnetTypeArray
	if plan.Gateway.IsValid() {
		all = append(all, subnet(gatewaySubnetName, plan.Gateway))
	}
	all = append(all, proxyserverSubnet(plan.Proxyserver, with))
	if plan.Bastion.IsValid() {
		all = append(all, subnet(bastionSubnetName, plan.Bastion))
	}
	return all
}

// subnetPrefixes are the subnets by name.
func subnetPrefixes(plan site.AddressPlan) pulumi.StringMap {
	all := pulumi.StringMap{proxyserverSubnetName: pulumi.String(plan.Proxyserver.String())}
	if plan.Gateway.IsValid() {
		all[gatewaySubnetName] = pulumi.String(plan.Gateway.String())
	}
	if plan.Bastion.IsValid() {
		all[bastionSubnetName] = pulumi.String(plan.Bastion.String())
	}
	return all
}

func proxyserverSubnet(prefix netip.Prefix, with attachments) network.SubnetTypeArgs {
	s := subnet(proxyserverSubnetName, prefix)
	s.NetworkSecurityGroup = network.NetworkSecurityGroupTypeArgs{Id: with.securityGroup.ToStringOutput()}
	if with.natGateway != nil {
		s.NatGateway = network.SubResourceArgs{Id: with.natGateway.ToStringOutput()}
	}
	if with.routeTable != nil {
		s.RouteTable = network.RouteTableTypeArgs{Id: with.routeTable.ToStringOutput()}
	}
	s.DefaultOutboundAccess = pulumi.Bool(false) // the NAT gateway or firewall is the only way out
	return s
}

func subnet(name string, prefix netip.Prefix) network.SubnetTypeArgs {
	return network.SubnetTypeArgs{Name: pulumi.String(name), AddressPrefix: pulumi.String(prefix.String())}
}

// securityRules draws the rules inline: rules of their own and inline ones overwrite each other.
func securityRules(rules []site.Rule) network.SecurityRuleTypeArray {
	var all network.SecurityRuleTypeArray
	for _, rule := range rules {
		access := "Deny"
		if rule.Allow {
			access = "Allow"
		}
		args := network.SecurityRuleTypeArgs{
			Name:                     pulumi.String(rule.Name),
			Description:              pulumi.String(rule.Description),
			Priority:                 pulumi.Int(rule.Priority),
			Direction:                pulumi.String("Inbound"),
			Access:                   pulumi.String(access),
			Protocol:                 pulumi.String(rule.Protocol),
			SourcePortRange:          pulumi.String("*"),
			DestinationAddressPrefix: pulumi.String(rule.Destination),
			DestinationPortRange:     pulumi.String(rule.Port),
		}
		// Azure wants a single source, service tags among them, in the singular property.
		if len(rule.Sources) == 1 {
			args.SourceAddressPrefix = pulumi.String(rule.Sources[0])
		} else {
			args.SourceAddressPrefixes = pulumi.ToStringArray(rule.Sources)
		}
		all = append(all, args)
	}
	return all
}

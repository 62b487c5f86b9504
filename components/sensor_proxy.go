package components

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// SensorProxy is the whole private path of a site's sensors to Microsoft Defender for IoT (documented steps 1, 2 and 4
// to 7): the virtual network, the internal load balancer that sensors know as their proxy, Squid instances behind it,
// their way out, and logs. It exists once the proxies serve. A SiteGateway leads the site's network to it; a Bastion,
// administrators.
type SensorProxy struct {
	pulumi.ResourceState

	// Private address to enter on the sensors as proxy host.
	Host pulumi.StringOutput `pulumi:"host"`
	// TCP port to enter on the sensors as proxy port.
	Port pulumi.IntOutput `pulumi:"port"`
	// User to enter on the sensors; empty if they need no credentials.
	Username pulumi.StringOutput `pulumi:"username"`
	// Password to enter on the sensors; secret, empty if they need no credentials.
	Password pulumi.StringOutput `pulumi:"password" provider:"secret"`
	// Public address from which Microsoft's services see the site; where that is a firewall's, it says so.
	EgressPublicIP pulumi.StringOutput `pulumi:"egressPublicIp"`
	// Name of the resource group.
	ResourceGroupName pulumi.StringOutput `pulumi:"resourceGroupName"`
	// ID of the virtual network, for a SiteGateway and for peerings.
	VirtualNetworkID pulumi.StringOutput `pulumi:"virtualNetworkId"`
	// ID of GatewaySubnet, for a SiteGateway.
	GatewaySubnetID pulumi.StringOutput `pulumi:"gatewaySubnetId"`
	// ID of AzureBastionSubnet, for a Bastion; of no use without AllowBastion.
	BastionSubnetID pulumi.StringOutput `pulumi:"bastionSubnetId"`
	// ID of the Log Analytics workspace.
	WorkspaceID pulumi.StringOutput `pulumi:"workspaceId"`
	// ID of the load balancer, for SiteAlerts.
	LoadBalancerID pulumi.StringOutput `pulumi:"loadBalancerId"`
	// ID of the proxies' scale set, for SiteAlerts.
	ScaleSetID pulumi.StringOutput `pulumi:"scaleSetId"`
	// ID of the NAT gateway, for SiteAlerts; empty where a firewall is the way out.
	NatGatewayID pulumi.StringOutput `pulumi:"natGatewayId"`
}

// NewSensorProxy builds the path in the order in which its parts depend on each other: the way out and the network
// security group, the virtual network around both, the load balancer, and the proxies behind it. No proxy waits for the
// logs.
func NewSensorProxy(ctx *pulumi.Context, name string, args *SensorProxyArgs,
	opts ...pulumi.ResourceOption) (*SensorProxy, error) {
	if args == nil {
		args = &SensorProxyArgs{}
	}
	s, err := args.check(name)
	if err != nil {
		return nil, err
	}
	proxy := &SensorProxy{}
	if err := ctx.RegisterComponentResource(typePrefix+"SensorProxy", name, proxy, opts...); err != nil {
		return nil, err
	}
	if err := proxy.build(ctx, name, args, s); err != nil {
		return nil, err
	}
	return proxy, ctx.RegisterResourceOutputs(proxy, pulumi.Map{
		"host":              proxy.Host,
		"port":              proxy.Port,
		"username":          proxy.Username,
		"password":          proxy.Password,
		"egressPublicIp":    proxy.EgressPublicIP,
		"resourceGroupName": proxy.ResourceGroupName,
		"virtualNetworkId":  proxy.VirtualNetworkID,
		"gatewaySubnetId":   proxy.GatewaySubnetID,
		"bastionSubnetId":   proxy.BastionSubnetID,
		"workspaceId":       proxy.WorkspaceID,
		"loadBalancerId":    proxy.LoadBalancerID,
		"scaleSetId":        proxy.ScaleSetID,
		"natGatewayId":      proxy.NatGatewayID,
	})
}

func (p *SensorProxy) build(ctx *pulumi.Context, name string, args *SensorProxyArgs, s site.Site) error {
	parent := pulumi.Parent(p)
	// Outputs get their values here: the registration before it replaces them all.
	p.Port = pulumi.Int(int(s.ProxyPort)).ToIntOutput()
	p.Username, p.Password = pulumi.String("").ToStringOutput(), pulumi.String("").ToStringOutput()
	if args.ResourceGroupName != nil {
		p.ResourceGroupName = args.ResourceGroupName.ToStringOutput()
	} else {
		group, err := NewSiteGroup(ctx, name, &SiteGroupArgs{Location: args.Location, Tags: args.Tags}, parent)
		if err != nil {
			return err
		}
		p.ResourceGroupName = group.Name
	}
	users, err := p.users(ctx, name, args.ProxyAuth)
	if err != nil {
		return err
	}
	natGateway, err := p.wayOut(ctx, name, args)
	if err != nil {
		return err
	}
	network, err := NewNetworkLayer(ctx, name+"-network", &NetworkLayerArgs{
		Location: args.Location, ResourceGroupName: p.ResourceGroupName, Tags: args.Tags, Protect: args.Protect,
		AddressSpace: args.AddressSpace, Network: args.Network, Subnets: args.Subnets, SensorCIDRs: args.SensorCIDRs,
		ProxyPort:    args.ProxyPort,
		AllowBastion: args.AllowBastion, ExtraInboundRules: args.ExtraInboundRules, NatGatewayID: natGateway,
		Egress: args.Egress,
	}, parent)
	if err != nil {
		return err
	}
	lb, err := NewInternalLB(ctx, name+"-lb", &InternalLBArgs{
		Location: args.Location, ResourceGroupName: p.ResourceGroupName, Zones: args.Zones, Tags: args.Tags,
		Protect:  args.Protect,
		SubnetID: network.ProxyserverSubnetID, ProxyPort: args.ProxyPort,
	}, parent)
	if err != nil {
		return err
	}
	instances := args.ScaleSet
	if instances.Zones == nil {
		instances.Zones = args.Zones
	}
	proxies, err := newProxyScaleSet(ctx, name+"-proxies", &ProxyScaleSetArgs{
		Location: args.Location, ResourceGroupName: p.ResourceGroupName, Tags: args.Tags,
		SubnetID: network.ProxyserverSubnetID, BackendPoolID: lb.BackendPoolID, SSHPublicKey: args.SSHPublicKey,
		ScaleSet:  instances,
		ProxyPort: args.ProxyPort, SensorCIDRs: args.SensorCIDRs, Domains: args.Domains,
		ExtraDomains: args.ExtraDomains, Users: users, Rows: args.Logs.ProxyAccess,
	}, network.waysOut, parent)
	if err != nil {
		return err
	}
	logged := network.VirtualNetworkID
	if args.Network.Existing.VirtualNetworkID != nil {
		logged = network.ProxyserverSubnetID // what else is in that network is not the site's
	}
	logs, err := NewDiagnostics(ctx, name+"-logs", &DiagnosticsArgs{
		Location: args.Location, ResourceGroupName: p.ResourceGroupName, Tags: args.Tags,
		Protect: args.Protect, Logs: args.Logs,
		FlowLogName: args.FlowLogName, VirtualNetworkID: logged, NetworkSecurityGroupID: network.NetworkSecurityGroupID,
		LoadBalancerID: lb.LoadBalancerID, ScaleSetID: proxies.ScaleSetID, Sensors: args.Sensors,
		AccessTable: args.AccessTable, WorkspaceLocation: args.WorkspaceLocation,
	}, parent)
	if err != nil {
		return err
	}
	p.Host, p.WorkspaceID = lb.FrontendIPAddress, logs.WorkspaceID
	p.LoadBalancerID, p.ScaleSetID = lb.LoadBalancerID.ToStringOutput(), proxies.ScaleSetID.ToStringOutput()
	p.VirtualNetworkID, p.GatewaySubnetID, p.BastionSubnetID = network.VirtualNetworkID, network.GatewaySubnetID,
		network.BastionSubnetID
	return nil
}

// wayOut makes the NAT gateway, and says from where Microsoft's services see the site. The ID is nil where a firewall
// is the way out.
func (p *SensorProxy) wayOut(ctx *pulumi.Context, name string, args *SensorProxyArgs) (pulumi.StringInput, error) {
	if args.Egress.Kind == site.EgressFirewall {
		p.EgressPublicIP = pulumi.Sprintf("the public address of the firewall at %s", args.Egress.FirewallAddress)
		if args.Egress.byVirtualHub() {
			p.EgressPublicIP = pulumi.Sprintf("the public address of the firewall in virtual hub %s",
				idPart(args.Network.VirtualHubID, idResource))
		}
		p.NatGatewayID = pulumi.String("").ToStringOutput()
		return nil, nil
	}
	egress, err := NewNatEgress(ctx, name+"-nat", &NatEgressArgs{
		Location: args.Location, ResourceGroupName: p.ResourceGroupName, Zones: args.Zones, Tags: args.Tags,
		Protect:            args.Protect,
		IdleTimeoutMinutes: args.NAT.IdleTimeoutMinutes, Existing: args.Egress,
	}, pulumi.Parent(p))
	if err != nil {
		return nil, err
	}
	p.EgressPublicIP, p.NatGatewayID = egress.PublicIPAddress, egress.NatGatewayID.ToStringOutput()
	return egress.NatGatewayID, nil
}

// users makes the credentials that the proxies accept. The first are what sensors are told.
func (p *SensorProxy) users(ctx *pulumi.Context, name string, auth *ProxyAuth) ([]ProxyUser, error) {
	if auth == nil {
		return nil, nil
	}
	credentials, err := NewProxyCredentials(ctx, name+"-credentials", &ProxyCredentialsArgs{
		Username: auth.Username, Password: auth.Password,
	}, pulumi.Parent(p))
	if err != nil {
		return nil, err
	}
	p.Username, p.Password = credentials.Username, credentials.Password
	users := []ProxyUser{{Username: auth.Username, Hash: credentials.Hash}}
	if auth.Previous == nil {
		return users, nil
	}
	previous, err := NewProxyCredentials(ctx, name+"-previous-credentials", &ProxyCredentialsArgs{
		Username: auth.Previous.Username, Password: auth.Previous.Password, Former: true,
	}, pulumi.Parent(p))
	if err != nil {
		return nil, err
	}
	return append(users, ProxyUser{Username: auth.Previous.Username, Hash: previous.Hash}), nil
}

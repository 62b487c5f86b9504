package program

import (
	"net/netip"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/components"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/alerts"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// ResourceGroupName is the resource group of a site.
func ResourceGroupName(s site.Site) string { return s.ResourceGroupName() }

// siteGroup are the arguments of the site's resource group, which also says whose it is.
func siteGroup(ctx *pulumi.Context, s site.Site) *components.SiteGroupArgs {
	own := tags(s)
	own[StackTag] = pulumi.String(stackName(ctx))
	return &components.SiteGroupArgs{Location: s.Location, Name: ResourceGroupName(s), Existing: s.ResourceGroup != "",
		Tags: own}
}

// tags are on every resource of the site.
func tags(s site.Site) pulumi.StringMap {
	return pulumi.ToStringMap(s.AllTags())
}

// sensorProxy are the arguments of the site's proxies.
func sensorProxy(s site.Site, group pulumi.StringInput, found existing) *components.SensorProxyArgs {
	args := &components.SensorProxyArgs{
		Location:          s.Location,
		ResourceGroupName: group,
		AddressSpace:      s.Azure.Addresses.Space.String(),
		Network:           network(*s.Azure),
		Subnets: components.SubnetPrefixes{
			Gateway:     range4(s.Azure.Addresses.Gateway),
			Proxyserver: range4(s.Azure.Addresses.Proxyserver),
			Bastion:     range4(s.Azure.Addresses.Bastion),
		},
		Egress:       egress(s.Azure.Egress),
		SensorCIDRs:  texts(s.Azure.Sensors),
		ProxyPort:    int(s.ProxyPort),
		ProxyAuth:    proxyAuth(s.ProxyAuth),
		SSHPublicKey: pulumi.String(s.Azure.SSHPublicKey),
		ScaleSet:     scaleSet(s.Azure.ScaleSet),
		NAT:          components.NATOptions{IdleTimeoutMinutes: s.Azure.NAT.IdleTimeoutMinutes},
		AllowBastion: s.Azure.Bastion != nil,
		Logs:         logs(s.Azure.Logs),
		AccessTable:  s.AccessTable(),
		Zones:        s.RegionZones(),
		Tags:         tags(s),
		Protect:      s.Protect,
	}
	if s.Azure.Egress.NATGatewayID != "" || s.Azure.Egress.ByFirewall() {
		args.NAT = components.NATOptions{} // somebody else's to set
	}
	if s.ResourceGroup != "" { // which other sites may share
		args.FlowLogName = pulumi.Sprintf("%s-%s", group, s.Name)
	}
	if found.workspace != nil {
		args.WorkspaceLocation = regionName(found.workspace.Location)
	}
	for _, sensor := range s.Azure.SensorNames {
		args.Sensors = append(args.Sensors, components.SensorName{Name: sensor.Name, IP: sensor.Address.String()})
	}
	for _, domain := range s.Domains() {
		args.Domains = append(args.Domains, string(domain))
	}
	for _, rule := range s.Azure.ExtraRules {
		args.ExtraInboundRules = append(args.ExtraInboundRules, inboundRule(rule.Rule))
	}
	return args
}

// network is the site's network: what exists of it, and how it is connected with others.
func network(t site.Topology) components.NetworkOptions {
	options := components.NetworkOptions{Existing: existingNetwork(t.Existing)}
	for _, server := range t.DNSServers {
		options.DNSServers = append(options.DNSServers, server.String())
	}
	for _, p := range t.Peerings {
		options.Peerings = append(options.Peerings, components.NetworkPeering{
			Name: p.Name, RemoteVirtualNetworkID: text(p.RemoteVirtualNetworkID), AddressPrefixes: texts(p.Prefixes),
			UseRemoteGateways: p.UseRemoteGateways, AllowForwardedTraffic: p.AllowForwardedTraffic,
			CreateRemotePeering: p.CreateRemotePeering,
		})
	}
	if hub := t.VirtualHub; hub != nil {
		options.VirtualHubID = text(hub.ID)
		options.VirtualHub = &components.VirtualHubOptions{AddressPrefix: hub.Prefix.String(),
			CreateConnection: hub.CreateConnection}
	}
	for _, r := range t.Routes {
		route := components.NetworkRoute{Name: r.Name, AddressPrefix: r.Prefix.String(), NextHopType: r.NextHopType}
		if r.NextHop.IsValid() {
			route.NextHopAddress = r.NextHop.String()
		}
		options.Routes = append(options.Routes, route)
	}
	return options
}

func egress(e site.Egress) components.EgressOptions {
	switch {
	case e.Firewall.IsValid():
		return components.EgressOptions{Kind: site.EgressFirewall, FirewallAddress: e.Firewall.String()}
	case e.ByFirewall():
		return components.EgressOptions{Kind: site.EgressFirewall}
	}
	return components.EgressOptions{
		NatGatewayID: text(e.NATGatewayID), PublicIPID: text(e.PublicIPID), PublicIPPrefixID: text(e.PublicIPPrefixID),
	}
}

func existingNetwork(e site.ExistingNetwork) components.ExistingNetwork {
	return components.ExistingNetwork{
		VirtualNetworkID: text(e.VirtualNetworkID), GatewaySubnetID: text(e.GatewaySubnetID),
		ProxyserverSubnetID: text(e.ProxyserverSubnetID),
		BastionSubnetID:     text(e.BastionSubnetID), NetworkSecurityGroupID: text(e.NetworkSecurityGroupID),
	}
}

func proxyAuth(auth *site.ProxyAuth) *components.ProxyAuth {
	if auth == nil {
		return nil
	}
	args := &components.ProxyAuth{Username: auth.Username, Password: secret(auth.Password)}
	if auth.Previous != nil {
		args.Previous = &components.PreviousProxyAuth{Username: auth.Previous.Username,
			Password: secret(auth.Previous.Password)}
	}
	return args
}

func scaleSet(set site.ScaleSet) components.ScaleSetOptions {
	return components.ScaleSetOptions{
		Instances:          set.Instances,
		VMSize:             set.VMSize,
		Image:              set.Image.Text(),
		Packages:           components.PackageOptions(set.Packages),
		Zones:              set.Zones,
		UpgradeMode:        set.UpgradeMode,
		AutomaticOSUpgrade: &set.AutomaticOSUpdate,
		Overprovision:      &set.Overprovision,
		AdminUsername:      set.AdminUsername,
		DrainMinutes:       set.DrainMinutes,
	}
}

func inboundRule(rule site.Rule) components.InboundRule {
	access := "Deny"
	if rule.Allow {
		access = "Allow"
	}
	return components.InboundRule{
		Name: rule.Name, Description: rule.Description, Priority: rule.Priority, Access: access,
		Protocol: rule.Protocol, Sources: rule.Sources, Port: rule.Port,
	}
}

func logs(l site.Logs) components.LogOptions {
	return components.LogOptions{
		WorkspaceID:             text(l.WorkspaceID),
		FlowLogs:                &l.FlowLogs,
		RetentionDays:           &l.RetentionDays,
		TrafficAnalyticsMinutes: l.TrafficAnalyticsMinutes,
		ProxyAccess:             l.ProxyAccess,
		NetworkWatcher: components.NetworkWatcher{Name: l.NetworkWatcher.Name,
			ResourceGroup: l.NetworkWatcher.ResourceGroup},
	}
}

// bastion are the arguments of the administrators' way in.
func bastion(s site.Site, proxy *components.SensorProxy) *components.BastionArgs {
	return &components.BastionArgs{
		Location:          s.Location,
		ResourceGroupName: proxy.ResourceGroupName,
		SubnetID:          proxy.BastionSubnetID,
		SKU:               s.Azure.Bastion.SKU,
		Zones:             s.RegionZones(),
		Tags:              tags(s),
		Protect:           s.Protect,
	}
}

// siteAlerts are the arguments of the alerts on all that the site has built.
func siteAlerts(s site.Site, b built) *components.SiteAlertsArgs {
	watched := s.Azure.Watched()
	args := &components.SiteAlertsArgs{
		Location:          s.Location,
		ResourceGroupName: b.proxy.ResourceGroupName,
		Emails:            s.Azure.Alerts.Emails,
		ActionGroupID:     text(s.Azure.Alerts.ActionGroupID),
		Without:           s.Azure.Alerts.Without,
		LoadBalancerID:    b.proxy.LoadBalancerID,
		ScaleSetID:        b.proxy.ScaleSetID,
		Instances:         watched.Instances,
		WorkspaceID:       b.proxy.WorkspaceID,
		FlowLogs:          watched.FlowLog,
		Tags:              tags(s),
	}
	for _, hook := range s.Azure.Alerts.Webhooks {
		args.Webhooks = append(args.Webhooks, components.AlertWebhook{Name: hook.Name, URL: secret(hook.URL)})
	}
	if watched.NATGateway {
		args.NatGatewayID = b.proxy.NatGatewayID
	}
	args.Gateway = watchedGateway(watched, b)
	return args
}

// watchedGateway is the site's own gateway; nil: it has none.
func watchedGateway(watched alerts.Site, b built) *components.WatchedGateway {
	if watched.Gateway == "" {
		return nil
	}
	return &components.WatchedGateway{ID: b.gateway.GatewayID, Kind: watched.Gateway, SKU: watched.SKU,
		BGP: watched.BGP, Static: watched.Static}
}

// siteWorkbook are the arguments of the workbook on all that the site has built.
func siteWorkbook(s site.Site, b built) *components.SiteWorkbookArgs {
	watched := s.Azure.Watched()
	args := &components.SiteWorkbookArgs{
		Location:          s.Location,
		ResourceGroupName: b.proxy.ResourceGroupName,
		SiteName:          s.Name,
		WorkspaceID:       b.proxy.WorkspaceID,
		LoadBalancerID:    b.proxy.LoadBalancerID,
		ScaleSetID:        b.proxy.ScaleSetID,
		AccessTable:       s.AccessTable(),
		Gateway:           watchedGateway(watched, b),
		Tags:              tags(s),
	}
	if watched.NATGateway {
		args.NatGatewayID = b.proxy.NatGatewayID
	}
	if watched.FlowLog {
		args.FlowsOf = s.Azure.Addresses.Proxyserver.String()
	}
	return args
}

// siteGateway are the arguments of the way from the site's network.
func siteGateway(s site.Site, proxy *components.SensorProxy) *components.SiteGatewayArgs {
	g := s.Azure.Gateway
	args := &components.SiteGatewayArgs{
		Location:          s.Location,
		ResourceGroupName: proxy.ResourceGroupName,
		VirtualNetworkID:  proxy.VirtualNetworkID,
		SubnetID:          proxy.GatewaySubnetID,
		Kind:              g.Kind,
		SKU:               g.SKU,
		ActiveActive:      g.ActiveActive,
		BGP:               g.BGP,
		ASN:               int(g.ASN),
		GatewayID:         text(g.ID),
		CircuitID:         text(g.CircuitID),
		AuthorizationKey:  secret(g.AuthorizationKey),
		SensorCIDRs:       texts(s.Azure.Sensors),
		Zones:             s.RegionZones(),
		Tags:              tags(s),
		Protect:           s.Protect,
	}
	for _, connection := range g.Connections {
		args.Connections = append(args.Connections, gatewayConnection(connection))
	}
	return args
}

func gatewayConnection(c site.Connection) components.GatewayConnection {
	args := components.GatewayConnection{Name: c.Name, Kind: c.Kind}
	if c.IPsec != nil {
		policy := components.IPsecPolicy(*c.IPsec)
		args.IPsec = &policy
	}
	if c.Kind != site.ConnectionSite {
		args.ASN = int(c.ASN)
		for _, tunnel := range c.Tunnels {
			args.Tunnels = append(args.Tunnels, components.CloudTunnel{
				Address: tunnel.Address.String(), SharedKey: secret(tunnel.SharedKey),
				InsideCIDR: tunnel.Inside.String(),
			})
		}
		return args
	}
	tunnel := c.Tunnels[0]
	args.Address, args.SharedKey, args.AddressPrefixes = tunnel.Address.String(), secret(tunnel.SharedKey),
		texts(c.AddressPrefixes)
	if c.ASN != 0 {
		args.BGP = &components.PartnerBGP{ASN: int(c.ASN), PeerAddress: tunnel.PeerBGP.String()}
	}
	return args
}

// microsoftPeering are the arguments of the direct method over ExpressRoute.
func microsoftPeering(s site.Site, group pulumi.StringInput) *components.MicrosoftPeeringArgs {
	args := &components.MicrosoftPeeringArgs{
		Location: s.Location, ResourceGroupName: group, TenantCountry: s.MicrosoftPeering.Country, Tags: tags(s),
	}
	if p := s.MicrosoftPeering.Peering; p != nil {
		args.Circuit = &components.PeeringCircuit{
			ID:                         pulumi.String(p.CircuitID),
			PeerASN:                    int(p.PeerASN),
			PrimaryPeerAddressPrefix:   p.Primary.String(),
			SecondaryPeerAddressPrefix: p.Secondary.String(),
			VLANID:                     p.VLAN,
			AdvertisedPublicPrefixes:   texts(p.AdvertisedPrefixes),
			RoutingRegistry:            p.RoutingRegistry,
		}
	}
	return args
}

// text is a value that is not given where it is empty.
func text(value string) pulumi.StringInput {
	if value == "" {
		return nil
	}
	return pulumi.String(value)
}

// range4 is a range that is not given where it is not valid.
func range4(p netip.Prefix) string {
	if !p.IsValid() {
		return ""
	}
	return p.String()
}

// secret is a value that is kept secret, and not given where it is empty.
func secret(value string) pulumi.StringInput {
	if value == "" {
		return nil
	}
	return pulumi.ToSecret(pulumi.String(value)).(pulumi.StringOutput)
}

func texts(prefixes []netip.Prefix) []string {
	var all []string
	for _, prefix := range prefixes {
		all = append(all, prefix.String())
	}
	return all
}

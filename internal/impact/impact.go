package impact

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// Plan is what is to be deployed.
type Plan struct {
	Site  site.Site
	Group string // name of the resource group
}

// Consequence is what a change takes from those who rely on it.
type Consequence struct {
	Change string // what changes, from what to what
	Lost   string
	Cost   string
	// Allow is what allowDisruption has to name; empty where Azure refuses the change, whatever the site allows.
	Allow site.Disruption
}

// Consequences returns everything that somebody would lose, and what Azure would refuse.
func Consequences(today Today, plan Plan) []Consequence {
	c := comparison{today: today, plan: plan.Site}
	moved := c.moved(plan.Group)
	switch {
	case plan.Site.Azure == nil:
		c.everything("connectionMethod is " + plan.Site.Method)
	case moved != "":
		c.everything(moved)
	default:
		c.network()
		c.proxy()
		c.gateway()
		c.logs()
	}
	if !today.Serves {
		c.found = slices.DeleteFunc(c.found, func(one Consequence) bool { return one.Allow != "" })
	}
	c.peering(moved)
	return c.found
}

type comparison struct {
	today Today
	plan  site.Site
	found []Consequence
}

func (c *comparison) add(allow site.Disruption, change, lost, cost string) {
	c.found = append(c.found, Consequence{Change: change, Lost: lost, Cost: cost, Allow: allow})
}

func changes(key string, from, to any) string {
	return fmt.Sprintf("%s changes from %v to %v", key, from, to)
}

// moved says what makes Pulumi delete everything and build it again elsewhere; empty where all stays in its place.
func (c *comparison) moved(group string) string {
	if c.today.Group == "" {
		return ""
	}
	var all []string
	if region := regionName(c.today.Region); region != c.plan.Location {
		all = append(all, changes("azure-native:location", region, c.plan.Location))
	}
	if c.today.Group != group {
		all = append(all, changes("siteName, which names the resource group,", c.today.Group, group))
	}
	return strings.Join(all, " and ")
}

// regionName is a region's name, which Azure may give as "West Europe" too.
func regionName(text string) string { return strings.ToLower(strings.ReplaceAll(text, " ", "")) }

// Costs of more than one change.
const (
	gatewayDown  = "tunnels are down for the 45 minutes that a gateway takes"
	newAddresses = "every VPN device has to be given other addresses"
	noWay        = "sensors behind it have no way to the proxies"
)

func (c *comparison) everything(change string) {
	t := c.today
	if t.Proxy != nil {
		c.add(site.DisruptSensorProxy, change, t.Proxy.name(), "no sensor connects until everything is built again and every sensor has been given the new address")
	}
	if t.Network != nil {
		c.add(site.DisruptNetwork, change, t.Network.name(), "peerings and routes to it have to be made again")
	}
	switch {
	case t.Gateway != nil:
		c.add(site.DisruptGateway, change, t.Gateway.name(), gatewayDown+", and "+newAddresses)
	case len(t.Tunnels) > 0:
		c.add(site.DisruptGateway, change, ways(t.Tunnels), noWay)
	}
	if t.Egress != "" {
		c.add(site.DisruptEgress, change, "the public address "+t.Egress+" of the proxies", "whoever allows it has to allow another")
	}
	c.logsGone(change, t.FlowLogs)
	c.logsGone(change, t.Workspace)
}

func (p Proxy) name() string { return fmt.Sprintf("the proxy address %s:%d", p.Host, p.Port) }

func (n Network) name() string { return fmt.Sprintf("the virtual network %s with %s", n.Name, n.Space) }

func (g Gateway) name() string {
	return fmt.Sprintf("the %s gateway at %s", g.Type, strings.Join(g.Addresses, " and "))
}

// ways names what leads to the gateway from outside.
func ways(tunnels []Tunnel) string {
	var names []string
	for _, t := range tunnels {
		names = append(names, t.Name)
	}
	return "the way through " + strings.Join(names, ", ")
}

const secondStack = "Build a second stack with the new addresses, move the sensors and remove this one"

// network finds the subnets that would move under those who use them: Azure refuses that when the change is half made.
func (c *comparison) network() {
	today, plan := c.today.Network, c.plan.Azure.Addresses
	if today == nil {
		return
	}
	for _, subnet := range []struct {
		name, key string
		to        netip.Prefix
		used      bool
		instead   string // what to do
	}{
		{"GatewaySubnet", "gateway", plan.Gateway, c.today.Gateway != nil, secondStack},
		{"ProxyserverSubnet", "proxyserver", plan.Proxyserver, c.today.Proxy != nil, secondStack},
		{"AzureBastionSubnet", "bastion", plan.Bastion, today.Bastion,
			fmt.Sprintf("Set bastion.enabled to false and subnets.bastion to %s, and change it with another up", today.Subnets["AzureBastionSubnet"])},
	} {
		if from, made := today.Subnets[subnet.name]; made && subnet.used && from != subnet.to {
			c.add("", changes("addressSpace, bastion or subnets."+subnet.key, from, there(subnet.to)), "",
				"Azure neither moves nor deletes a subnet in use. "+subnet.instead)
		}
	}
}

// there is where a subnet will be.
func there(subnet netip.Prefix) string {
	if !subnet.IsValid() {
		return "none"
	}
	return subnet.String()
}

func (c *comparison) proxy() {
	today, auth := c.today.Proxy, c.plan.ProxyAuth
	if today == nil {
		return
	}
	if port := int(c.plan.ProxyPort); port != today.Port {
		c.add(site.DisruptSensorProxy, changes("proxyPort", today.Port, port), today.name(), "no sensor connects until it has been given the new port")
	}
	if auth == nil {
		return // a sensor that presents what nobody asks for is served all the same
	}
	const cost = "no sensor connects until it has been given user and password"
	previous := auth.Previous
	switch {
	case previous != nil && previous.Username == today.Username && previous.Password == today.Password:
	case previous != nil && previous.Username == today.Username:
		c.add(site.DisruptSensorProxy, "proxyAuth.previous.password is not the one in use", "what the sensors present", cost)
	case today.Username == "":
		c.add(site.DisruptSensorProxy, "proxyAuth is new", "access without credentials", cost)
	case auth.Username != today.Username:
		c.add(site.DisruptSensorProxy, changes("proxyAuth.username", today.Username, auth.Username), "what the sensors present", cost)
	case auth.Password != "" && auth.Password != today.Password, auth.Password == "" && !today.Generated:
		c.add(site.DisruptSensorProxy, "proxyAuth.password changes", "what the sensors present", cost)
	}
}

func (c *comparison) gateway() {
	today, plan := c.today.Gateway, c.plan.Azure.Gateway
	if plan == nil {
		plan = &site.Gateway{Kind: "none"}
	}
	if today == nil {
		c.otherGateway(*plan)
		return
	}
	kind := gatewayKinds[today.Type]
	switch {
	case plan.Kind != kind:
		c.add(site.DisruptGateway, changes("gateway.kind", kind, plan.Kind), today.name(), noWay)
		return
	case plan.Kind == site.GatewayVPN && plan.Generation != today.Generation:
		c.add(site.DisruptGateway, changes("gateway.sku, or the default that gateway.bgp gives it,", today.Generation, plan.Generation), today.name(), gatewayDown)
	}
	if len(today.Addresses) > 1 && !plan.ActiveActive {
		c.add(site.DisruptGateway, "gateway.activeActive ends", "the address "+today.Addresses[1], "VPN devices lose their tunnel to it")
	}
	if today.BGP && (!plan.BGP || plan.ASN != today.ASN) {
		c.add(site.DisruptGateway, "gateway.bgp or gateway.asn changes", fmt.Sprintf("BGP with ASN %d", today.ASN), "routes are gone until every VPN device is set up for the change")
	}
	c.connections(*plan)
}

// gatewayKinds are the config's kinds of Azure's types.
var gatewayKinds = map[string]string{"Vpn": site.GatewayVPN, "ExpressRoute": site.GatewayExpressRoute}

// otherGateway compares with connections to a gateway that is not the stack's own.
func (c *comparison) otherGateway(plan site.Gateway) {
	if c.today.AttachedTo == "" {
		return
	}
	if plan.Kind != site.GatewayExisting || !strings.EqualFold(plan.ID, c.today.AttachedTo) {
		c.add(site.DisruptGateway, "gateway.kind or gateway.id changes", ways(c.today.Tunnels), noWay+" until "+newAddresses)
		return
	}
	c.connections(plan)
}

func (c *comparison) connections(plan site.Gateway) {
	if plan.Kind == site.GatewayExpressRoute && c.today.Circuit != "" && !strings.EqualFold(plan.CircuitID, c.today.Circuit) {
		c.add(site.DisruptGateway, changes("gateway.circuitId", c.today.Circuit, plan.CircuitID), "the way through the circuit", noWay)
	}
	planned, partners := map[string]site.Tunnel{}, map[string]string{}
	for _, connection := range plan.Connections {
		for _, tunnel := range connection.Tunnels {
			planned[tunnel.Name], partners[tunnel.Address.String()] = tunnel, tunnel.Name
		}
	}
	for _, today := range c.today.Tunnels {
		if tunnel, kept := planned[today.Name]; kept {
			c.tunnel(today, tunnel)
		} else if other, same := partners[today.PeerAddress]; same {
			c.add("", changes("gateway.connections", today.Name, other), "", "Azure connects a gateway to a partner once. "+
				"Keep the name, or remove the connection with one up and add the new one with another")
		} else {
			c.add(site.DisruptGateway, "gateway.connections has no "+today.Name+" any more", ways([]Tunnel{today}), noWay)
		}
	}
}

// tunnel compares what the other end of a tunnel was told.
func (c *comparison) tunnel(today Tunnel, plan site.Tunnel) {
	const cost = "the tunnel is down until its other end has been given the new one"
	if plan.SharedKey != "" && plan.SharedKey != today.SharedKey || plan.SharedKey == "" && !today.Generated {
		c.add(site.DisruptGateway, "sharedKey of "+today.Name+" changes", "the key of the tunnel", cost)
	}
	if today.Inside != "" && today.Inside != plan.Inside.String() {
		c.add(site.DisruptGateway, changes("insideCidr of "+today.Name, today.Inside, plan.Inside), "the range inside the tunnel", cost)
	}
}

func (c *comparison) logs() {
	if !c.plan.Azure.Logs.FlowLogs {
		c.logsGone("logs.flowLogs ends", c.today.FlowLogs)
	}
	if c.plan.Azure.Logs.WorkspaceID != "" {
		c.logsGone("logs.workspaceId is given", c.today.Workspace)
	}
}

func (c *comparison) logsGone(change, from string) {
	if from != "" {
		c.add(site.DisruptLogs, change, "what was logged so far", "it goes with "+from)
	}
}

// peering looks after the one resource that sensors of the direct method rely on. It belongs to the circuit, and uses a route filter
// of the site's.
func (c *comparison) peering(moved string) {
	if c.today.Peering == "" {
		return
	}
	if moved != "" {
		c.add("", moved, "", "Azure deletes no route filter that a circuit uses. Remove microsoftPeering.circuit with one up, and change this with another")
		return
	}
	plan := c.plan.MicrosoftPeering
	if plan == nil || plan.Peering == nil || !strings.EqualFold(c.today.Peering, plan.Peering.CircuitID+"/peerings/MicrosoftPeering") {
		c.add(site.DisruptPeering, "microsoftPeering.circuit changes", "Microsoft peering of the circuit", "sensors lose the routes to Microsoft's services")
	}
}

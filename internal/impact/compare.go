package impact

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// Consequence is what a change takes from those who rely on the stack.
type Consequence struct {
	Change string // what changes, from what to what
	Lost   string
	Cost   string
	// Allow is what allowDisruption has to name; empty where Azure refuses the change, whatever the site allows.
	Allow site.Disruption
}

// Compare returns everything that somebody would lose between two records, and what Azure would refuse.
func Compare(before, after Record) []Consequence {
	c := comparison{before: before, after: after}
	moved := c.moved()
	switch {
	case after.Proxy == nil:
		c.everything("connectionMethod is no longer " + site.AzureProxy)
	case moved != "":
		c.everything(moved)
	default:
		c.network()
		c.port()
		c.credentials()
		c.gateway()
		c.logs()
	}
	if after.Served != nil {
		c.served()
	}
	if before.Served == nil { // what Azure refuses, it refuses all the same
		c.found = slices.DeleteFunc(c.found, func(one Consequence) bool { return one.Allow != "" })
	}
	c.peering(moved)
	return c.found
}

type comparison struct {
	before, after Record
	found         []Consequence
}

func (c *comparison) add(allow site.Disruption, change, lost, cost string) {
	c.found = append(c.found, Consequence{Change: change, Lost: lost, Cost: cost, Allow: allow})
}

func changes(key string, from, to any) string {
	return fmt.Sprintf("%s changes from %v to %v", key, from, to)
}

// moved says what makes Pulumi delete everything and build it again elsewhere; empty where all stays in its place.
func (c *comparison) moved() string {
	before, after := c.before.Place, c.after.Place
	if before == (Place{}) || after == (Place{}) {
		return ""
	}
	var all []string
	if before.Region != after.Region {
		all = append(all, changes("azure-native:location", before.Region, after.Region))
	}
	if before.Group != after.Group {
		all = append(all, changes("siteName, which names the resource group,", before.Group, after.Group))
	}
	return strings.Join(all, " and ")
}

// Costs of more than one change.
const (
	gatewayDown  = "tunnels are down for the 45 minutes that a gateway takes"
	newAddresses = "every VPN device has to be given other addresses"
	noWay        = "sensors behind it have no way to the proxies"
)

func (c *comparison) everything(change string) {
	before := c.before
	if before.Proxy != nil {
		c.add(site.DisruptSensorProxy, change, before.Proxy.name(), "no sensor connects until everything is built again and every sensor has been given the new address")
	}
	if before.Network != nil {
		c.add(site.DisruptNetwork, change, before.Network.name(), "peerings and routes to it have to be made again")
	}
	switch {
	case before.Gateway != nil:
		c.add(site.DisruptGateway, change, before.Gateway.name(), gatewayDown+", and "+newAddresses)
	case len(before.Tunnels) > 0:
		c.add(site.DisruptGateway, change, ways(before.tunnelNames()...), noWay)
	}
	if before.Egress != nil {
		c.add(site.DisruptEgress, change, "the public address "+before.Egress.Address+" of the proxies", "whoever allows it has to allow another")
	}
	c.logsGone(change, before.FlowLogs)
	c.logsGone(change, before.Workspace)
}

func (p Proxy) name() string { return fmt.Sprintf("the proxy address %s:%d", p.Host, p.Port) }

func (n Network) name() string { return fmt.Sprintf("the virtual network %s with %s", n.Name, n.Space) }

const secondStack = "Build a second stack with the new addresses, move the sensors and remove this one"

// network finds the subnets that would move under those who use them: Azure refuses that when the change is half made.
func (c *comparison) network() {
	if c.before.Network == nil || c.after.Network == nil {
		return
	}
	before, after := c.before.Network.Subnets, c.after.Network.Subnets
	for _, subnet := range []struct {
		name, key string
		used      bool
		instead   string // what to do
	}{
		{gatewaySubnet, "gateway", c.before.Gateway != nil, secondStack},
		{proxyserverSubnet, "proxyserver", c.before.Proxy != nil, secondStack},
		{bastionSubnet, "bastion", c.before.Bastion != nil,
			fmt.Sprintf("Set bastion.enabled to false and subnets.bastion to %s, and change it with another up", before[bastionSubnet])},
	} {
		if from, made := before[subnet.name]; made && subnet.used && from != after[subnet.name] {
			c.add("", changes("addressSpace, bastion or subnets."+subnet.key, from, there(after[subnet.name])), "",
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

func (c *comparison) logs() {
	if c.after.FlowLogs == nil {
		c.logsGone("logs.flowLogs ends", c.before.FlowLogs)
	}
	if c.after.Workspace == nil {
		c.logsGone("logs.workspaceId is given", c.before.Workspace)
	}
}

func (c *comparison) logsGone(change string, from *Named) {
	if from != nil {
		c.add(site.DisruptLogs, change, "what was logged so far", "it goes with "+from.Name)
	}
}

// peering looks after the one resource that sensors of the direct method rely on. It belongs to the circuit, and uses a route filter
// of the site's.
func (c *comparison) peering(moved string) {
	if c.before.Peering == nil {
		return
	}
	if moved != "" {
		c.add("", moved, "", "Azure deletes no route filter that a circuit uses. Remove microsoftPeering.circuit with one up, and change this with another")
		return
	}
	if c.after.Peering == nil || !strings.EqualFold(c.before.Peering.Name, c.after.Peering.Name) {
		c.add(site.DisruptPeering, "microsoftPeering.circuit changes", "Microsoft peering of the circuit", "sensors lose the routes to Microsoft's services")
	}
}

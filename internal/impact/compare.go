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
	c.givenGroup()
	moved := c.moved()
	switch {
	case after.Proxy == nil:
		c.everything("connectionMethod is no longer " + site.AzureProxy)
	case moved != "" && (before.Place.Given || after.Place.Given):
		c.add("", moved, "", "Azure deletes no network in use, so a site is not moved to, from or in a resource "+
			"group that the stack does not make. "+secondStack)
	case moved != "":
		c.everything(moved)
	default:
		c.network()
		c.networkPeerings()
		c.virtualHub()
		c.egress()
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
		key := "siteName, which names the resource group,"
		if before.Given || after.Given {
			key = "the resource group (siteName, resourceGroup.existing)"
		}
		all = append(all, changes(key, before.Group, after.Group))
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
		c.add(site.DisruptSensorProxy, change, before.Proxy.name(),
			"no sensor connects until everything is built again and every sensor has been given the new address")
	}
	if before.Network != nil && before.Network.ID == "" {
		c.add(site.DisruptNetwork, change, before.Network.name(), "peerings and routes to it have to be made again")
	}
	switch {
	case before.Gateway != nil:
		c.add(site.DisruptGateway, change, before.Gateway.name(), gatewayDown+", and "+newAddresses)
	case len(before.Tunnels) > 0:
		c.add(site.DisruptGateway, change, ways(before.tunnelNames()...), noWay)
	}
	if before.Egress != nil && (before.Egress.Given == "" || c.after.Egress != nil &&
		!strings.EqualFold(before.Egress.Given, c.after.Egress.Given)) {
		c.add(site.DisruptEgress, change, "the public address "+before.Egress.Address+" of the proxies",
			"whoever allows it has to allow another")
	}
	c.logsGone(change, before.FlowLogs)
	c.logsGone(change, before.Workspace)
	c.rowsGone(change)
}

func (p Proxy) name() string { return fmt.Sprintf("the proxy address %s:%d", p.Host, p.Port) }

func (n Network) name() string { return fmt.Sprintf("the virtual network %s with %s", n.Name, n.Space) }

const secondStack = "Build a second stack with the new addresses, move the sensors and remove this one"

// network finds the subnets that would move under those who use them: Azure refuses that when the change is half made.
func (c *comparison) network() {
	if c.before.Network == nil || c.after.Network == nil {
		return
	}
	if c.otherNetwork() {
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
			fmt.Sprintf("Set bastion.enabled to false and subnets.bastion to %s, and change it with another up",
				before[bastionSubnet])},
	} {
		given, toGive := c.before.Network.Given[subnet.name], c.after.Network.Given[subnet.name]
		if subnet.used && !strings.EqualFold(given, toGive) {
			c.add("", changes("network.existing."+subnet.key+"SubnetId", orNone(given), orNone(toGive)), "",
				"Azure neither moves nor deletes a subnet in use. "+secondStack)
			continue
		}
		if from, made := before[subnet.name]; made && subnet.used && from != after[subnet.name] {
			c.add("", changes("addressSpace, bastion or subnets."+subnet.key, from, there(after[subnet.name])), "",
				"Azure neither moves nor deletes a subnet in use. "+subnet.instead)
		}
	}
}

// otherNetwork finds proxies that would move to another network.
func (c *comparison) otherNetwork() bool {
	before, after := c.before.Network.ID, c.after.Network.ID
	if c.before.Proxy == nil || strings.EqualFold(before, after) {
		return false
	}
	c.add("", changes("network.existing.virtualNetworkId", orNone(before), orNone(after)), "",
		"Azure moves no load balancer and no scale set to another network. "+secondStack)
	return true
}

// egress finds another public address of the proxies.
func (c *comparison) egress() {
	before, after := c.before.Egress, c.after.Egress
	if before == nil || after == nil || strings.EqualFold(before.Given, after.Given) {
		return
	}
	c.add(site.DisruptEgress, changes("the address or NAT gateway in egress", orNone(before.Given),
		orNone(after.Given)),
		"the public address "+before.Address+" of the proxies", "whoever allows it has to allow another")
}

// givenGroup finds a resource group that would be the stack's no longer, or become the stack's. To Pulumi, a group that
// the stack no longer makes is one to delete.
func (c *comparison) givenGroup() {
	before, after := c.before.Place, c.after.Place
	if before == (Place{}) || !strings.EqualFold(before.Group, after.Group) || before.Given == after.Given {
		return
	}
	if after.Given {
		c.add("", "resourceGroup.existing names "+before.Group+", which this stack has made", "",
			"The group would be deleted, with everything in it. Remove resourceGroup.existing")
		return
	}
	c.add("", "resourceGroup.existing is removed, and the site's own group would be "+before.Group, "",
		"Azure makes no group that exists already. Put resourceGroup.existing back, or choose another siteName")
}

// orNone is an ID, or what its absence stands for.
func orNone(id string) string {
	if id == "" {
		return "none (the stack's own)"
	}
	return id
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
	switch before, after := c.before.AccessTable, c.after.AccessTable; {
	case before == nil:
	case after == nil:
		c.rowsGone("logs.proxyAccess ends")
	case !strings.EqualFold(before.Workspace, after.Workspace):
		c.rowsGone(changes("logs.workspaceId", orNone(before.Workspace), orNone(after.Workspace)))
	}
}

// rowsGone finds a table that is deleted, unless it goes with its workspace.
func (c *comparison) rowsGone(change string) {
	if table := c.before.AccessTable; table != nil && (table.Workspace != "" || c.after.Workspace != nil) {
		c.logsGone(change, &Named{table.Name})
	}
}

func (c *comparison) logsGone(change string, from *Named) {
	if from != nil {
		c.add(site.DisruptLogs, change, "what was logged so far", "it goes with "+from.Name)
	}
}

// peering looks after the one resource that sensors of the direct method rely on. It belongs to the circuit, and uses a
// route filter of the site's.
func (c *comparison) peering(moved string) {
	if c.before.Peering == nil {
		return
	}
	if moved != "" {
		c.add("", moved, "", "Azure deletes no route filter that a circuit uses. Remove microsoftPeering.circuit "+
			"with one up, and change this with another")
		return
	}
	if c.after.Peering == nil || !strings.EqualFold(c.before.Peering.Name, c.after.Peering.Name) {
		c.add(site.DisruptPeering, "microsoftPeering.circuit changes", "Microsoft peering of the circuit",
			"sensors lose the routes to Microsoft's services")
	}
}

package impact

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

func (g Gateway) name() string {
	if len(g.Addresses) == 0 {
		return fmt.Sprintf("the %s gateway", g.Kind)
	}
	return fmt.Sprintf("the %s gateway at %s", g.Kind, strings.Join(g.Addresses, " and "))
}

func (r Record) tunnelNames() []string { return slices.Sorted(maps.Keys(r.Tunnels)) }

// ways names what leads to the gateway from outside.
func ways(tunnels ...string) string { return "the way through " + strings.Join(tunnels, ", ") }

func (c *comparison) gateway() {
	before, after := c.before.Gateway, c.after.Gateway
	if before == nil {
		c.otherGateway()
		return
	}
	switch {
	case after == nil || after.Kind != before.Kind:
		c.add(site.DisruptGateway, changes("gateway.kind", before.Kind, c.after.gatewayKind()), before.name(), noWay)
		return
	case after.Generation != "" && before.Generation != "" && after.Generation != before.Generation:
		c.add(site.DisruptGateway, "gateway.sku asks for "+after.Generation+", and the gateway is of "+
			before.Generation, before.name(),
			gatewayDown+", and the up has to be told to replace it: --replace '**gateway-gateway'")
	}
	if before.ActiveActive && !after.ActiveActive && len(before.Addresses) > 1 {
		c.add(site.DisruptGateway, "gateway.activeActive ends", "the address "+before.Addresses[1],
			"VPN devices lose their tunnel to it")
	}
	if before.BGP && (!after.BGP || after.ASN != before.ASN) {
		c.add(site.DisruptGateway, "gateway.bgp or gateway.asn changes", fmt.Sprintf("BGP with ASN %d", before.ASN),
			"routes are gone until every VPN device is set up for the change")
	}
	c.connections()
}

// gatewayKind is what gateway.kind is.
func (r Record) gatewayKind() string {
	switch {
	case r.Gateway != nil:
		return r.Gateway.Kind
	case r.attachedTo() != "":
		return site.GatewayExisting
	}
	return "none"
}

// attachedTo is the ID of the existing gateway that the tunnels are attached to; empty: there is none.
func (r Record) attachedTo() string {
	for _, tunnel := range r.Tunnels {
		return tunnel.Gateway
	}
	return ""
}

// otherGateway compares tunnels that are attached to a gateway that is not the stack's own.
func (c *comparison) otherGateway() {
	before, after := c.before.attachedTo(), c.after.attachedTo()
	if before != "" && (c.after.Gateway != nil || after != "" && !strings.EqualFold(before, after)) {
		c.add(site.DisruptGateway, "gateway.kind or gateway.id changes", ways(c.before.tunnelNames()...),
			noWay+" until "+newAddresses)
		return
	}
	c.connections()
}

func (c *comparison) connections() {
	if before, after := c.before.Circuit, c.after.Circuit; before != nil && after != nil &&
		!strings.EqualFold(before.Name, after.Name) {
		c.add(site.DisruptGateway, changes("gateway.circuitId", before.Name, after.Name),
			"the way through the circuit", noWay)
	}
	peers := map[string]string{}
	for name, tunnel := range c.after.Tunnels {
		peers[tunnel.Peer] = name
	}
	for _, name := range c.before.tunnelNames() {
		before := c.before.Tunnels[name]
		if after, kept := c.after.Tunnels[name]; kept {
			c.tunnel(name, before, after)
		} else if other, same := peers[before.Peer]; same {
			c.add("", changes("gateway.connections", name, other), "", "Azure connects a gateway to a partner once. "+
				"Keep the name, or remove the connection with one up and add the new one with another")
		} else {
			c.add(site.DisruptGateway, "gateway.connections has no "+name+" any more", ways(name), noWay)
		}
	}
}

// tunnel compares what the other end of a tunnel was told.
func (c *comparison) tunnel(name string, before, after Tunnel) {
	const cost = "the tunnel is down until its other end has been given the new one"
	if otherSecret(before.SharedKey, before.Generated, after.SharedKey, after.Generated) {
		c.add(site.DisruptGateway, "sharedKey of "+name+" changes", "the key of the tunnel", cost)
	}
	if before.Inside.IsValid() && before.Inside != after.Inside {
		c.add(site.DisruptGateway, changes("insideCidr of "+name, before.Inside, there(after.Inside)),
			"the range inside the tunnel", cost)
	}
}

package verify

import (
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// gateway compares the gateway, and looks whether its tunnels, its circuit and its peers are up.
func (c *check) gateway() {
	want := c.site.Azure.Gateway
	if want == nil || !c.known(c.azure.Gateway.Read) {
		return
	}
	g := c.azure.Gateway.Have
	if g == nil {
		c.found(GatewayMissing, c.outputs.VirtualNetworkID, up+". That takes up to 45 minutes",
			"The virtual network has no gateway.")
		return
	}
	if g.State != "Succeeded" {
		c.found(GatewayState, g.ID, "Wait while Azure updates it; if it is Failed, run `pulumi up --refresh`",
			"Azure says that the gateway is %s.", g.State)
	}
	complete := c.connections(g, want)
	if want.BGP && c.known(g.Peers.Read) && g.Peers.Have != nil {
		c.peers(g, want, complete)
	}
}

// peers tells which partners of the site are down. Each instance of the gateway lists every partner: one that is up for
// one of them is up. Where a connection is missing, so is its peer, and that is no finding of its own.
func (c *check) peers(g *Gateway, want *site.Gateway, complete bool) {
	for _, connection := range want.Connections {
		for _, tunnel := range connection.Tunnels {
			if !tunnel.PeerBGP.IsValid() {
				continue
			}
			state := ""
			if complete {
				state = "not listed"
			}
			for _, p := range *g.Peers.Have {
				if p.Address == tunnel.PeerBGP.String() && !strings.EqualFold(state, "Connected") {
					state = p.State
				}
			}
			if state != "" && !strings.EqualFold(state, "Connected") {
				c.found(PeerDown, g.ID, "Compare ASN and peer address with the other side: output gateway has Azure's",
					"BGP peer %s (ASN %d) is %s.", tunnel.PeerBGP, connection.ASN, state)
			}
		}
	}
}

// connections tells whether as many connections are there as the site makes, and which of them are down.
func (c *check) connections(g *Gateway, want *site.Gateway) (complete bool) {
	if !c.known(g.Connections.Read) {
		return false
	}
	var have []Connection
	if g.Connections.Have != nil {
		have = slices.DeleteFunc(slices.Clone(*g.Connections.Have), func(connection Connection) bool {
			return want.ID != "" && !c.inGroup(connection.ID) // of an existing gateway's owner
		})
	}
	planned := 0
	for _, connection := range want.Connections {
		planned += len(connection.Tunnels)
	}
	if want.CircuitID != "" {
		planned++
	}
	if len(have) < planned {
		c.found(TunnelMissing, g.ID, up, "It has %d connections, and the stack makes %d.", len(have), planned)
	}
	for _, connection := range have {
		circuit := connection.Circuit.Have
		if circuit != nil && c.circuit(circuit) {
			continue // and the connection is down for that
		}
		if !strings.EqualFold(connection.Status, "Connected") {
			c.found(TunnelDown, connection.ID, "Look at the partner's device: its address, the shared key and the "+
				"IPsec policy have to be the same on both sides. `az network vpn-connection show` shows Azure's",
				"Connection %s is %s.", connection.Name, connection.Status)
		}
	}
	return len(have) >= planned
}

// inGroup tells whether an ID is in the site's resource group.
func (c *check) inGroup(id string) bool {
	return strings.Contains(strings.ToLower(id), strings.ToLower("/resourceGroups/"+c.site.ResourceGroupName()+"/"))
}

// circuit tells of a circuit that is not up.
func (c *check) circuit(have *Circuit) bool {
	problem := ""
	switch {
	case !strings.EqualFold(have.ProviderState, "Provisioned"):
		problem = "its provider says " + have.ProviderState
	case !strings.EqualFold(have.State, "Enabled"):
		problem = "Microsoft's side is " + have.State
	case have.PrivatePeering != "" && !strings.EqualFold(have.PrivatePeering, "Enabled"):
		problem = "its private peering is " + have.PrivatePeering
	default:
		return false
	}
	c.found(CircuitDown, have.ID, "Have the circuit's provider bring it up", "The ExpressRoute circuit is not up: %s.",
		problem)
	return true
}

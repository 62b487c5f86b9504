package impact

import (
	"maps"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// networkPeerings finds peerings by which somebody comes to the proxies, or these get out, and that would end.
func (c *comparison) networkPeerings() {
	if c.before.Network == nil || c.after.Network == nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(c.before.Network.Peerings)) {
		before := c.before.Network.Peerings[name]
		after, stays := c.after.Network.Peerings[name]
		change := "network.peerings: " + name
		switch {
		case !stays:
			c.add(site.DisruptGateway, change+" is removed", ways(name), noWay)
		case !strings.EqualFold(before.Remote, after.Remote):
			c.add(site.DisruptGateway, changes(change, before.Remote, after.Remote), ways(name), noWay)
		case before.Gateway && !after.Gateway:
			c.add(site.DisruptGateway, change+" no longer has useRemoteGateways", ways(name), noWay)
		case before.Both && !after.Both:
			c.add(site.DisruptGateway, change+" no longer has createRemotePeering", ways(name),
				"the other network's half is deleted, and Azure disconnects this one: both have to be made again")
		}
	}
}

// virtualHub finds the end of the connection with a hub.
func (c *comparison) virtualHub() {
	if c.before.Network == nil || c.after.Network == nil || c.before.Network.VirtualHub == nil {
		return
	}
	const key = "network.virtualHubId"
	before, after := c.before.Network.VirtualHub, c.after.Network.VirtualHub
	switch {
	case after == nil:
		c.add(site.DisruptGateway, key+" is removed", ways(key), noWay)
	case !strings.EqualFold(before.ID, after.ID):
		c.add(site.DisruptGateway, changes(key, before.ID, after.ID), ways(key), noWay)
	case before.Connected && !after.Connected:
		c.add(site.DisruptGateway, "network.virtualHub no longer has createConnection", ways(key),
			"the connection is deleted, and the hub's owner has to make it again")
	}
}

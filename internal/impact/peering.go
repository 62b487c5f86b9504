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

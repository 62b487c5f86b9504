package verify

import (
	"maps"
	"slices"
	"strings"
)

// tags compares the tags of what the stack has made. Tags that others add are theirs.
func (c *check) tags() {
	want := c.site.AllTags()
	has := func(id string, tags map[string]string) {
		var missing []string
		for _, name := range slices.Sorted(maps.Keys(want)) {
			if tags[name] != want[name] {
				missing = append(missing, name+"="+want[name])
			}
		}
		if len(missing) > 0 {
			c.found(TagsMissing, id, "Run `pulumi up --refresh`, which sets them. If a policy changes them each time, "+
				"write its values into tags", "It lacks tags of the stack: %s.", strings.Join(missing, ", "))
		}
	}
	given := c.site.Azure.Existing
	if n := c.azure.Network.Have; n != nil && given.VirtualNetworkID == "" {
		has(n.ID, n.Tags)
	}
	if group := c.azure.SecurityGroup.Have; group != nil && given.NetworkSecurityGroupID == "" {
		has(group.ID, group.Tags)
	}
	if nat := c.azure.Egress.Have; nat != nil && c.site.Azure.Egress.NATGatewayID == "" {
		has(nat.ID, nat.Tags)
	}
	if lb := c.azure.Balancer.Have; lb != nil {
		has(lb.ID, lb.Tags)
	}
	for _, set := range c.scaleSets() {
		if set.InBackend {
			has(set.ID, set.Tags)
		}
	}
	if log := c.azure.FlowLog.Have; log != nil && log.Account.Have != nil {
		has(log.Account.Have.ID, log.Account.Have.Tags)
	}
	if g := c.azure.Gateway.Have; g != nil && c.site.Azure.Gateway != nil && c.site.Azure.Gateway.ID == "" {
		has(g.ID, g.Tags)
	}
}

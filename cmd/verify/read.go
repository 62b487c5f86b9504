package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/verify"
)

// pollEvery is how often an action that goes on is asked for, where Azure names no time.
const pollEvery = 2 * time.Second

// ref is a reference to another resource.
type ref struct{ ID string }

// read follows the references in Azure, from the virtual network on: what is attached there is what serves.
func read(ctx context.Context, c *clients, s site.Site, outputs verify.Outputs, now time.Time) (verify.Azure, error) {
	a := &asker{clients: c, role: "the role in docs/verify-role.json"}
	var z verify.Azure
	z.Network = get(ctx, a, outputs.VirtualNetworkID, networkVersion, func(raw rawNetwork) verify.Network {
		return raw.network(s)
	})
	if !z.Network.Read {
		u := a.unread[0]
		return z, fmt.Errorf("%s cannot be read: %s. %s", u.What, u.Why, u.Do)
	}
	if n := z.Network.Have; n != nil && n.Proxies != nil {
		a.readSubnet(ctx, &z, s, *n.Proxies, outputs)
	}
	if n := z.Network.Have; n != nil {
		z.FlowLog = a.flowLog(ctx, s, n, now)
		z.Gateway = a.gateway(ctx, s, n.ID)
	}
	z.Unread = a.unread
	return z, ctx.Err()
}

// readSubnet reads what is attached to the subnet of the proxies, and who is in it.
func (a *asker) readSubnet(ctx context.Context, z *verify.Azure, s site.Site, subnet verify.Subnet,
	outputs verify.Outputs) {
	z.SecurityGroup, z.RouteTable, z.Egress = verify.Found[verify.SecurityGroup](nil),
		verify.Found[verify.RouteTable](nil), verify.Found[verify.NATGateway](nil)
	if id := subnet.SecurityGroupID; id != "" {
		z.SecurityGroup = get(ctx, a, id, networkVersion, rawGroup.group)
		if z.SecurityGroup.Have != nil {
			z.SecurityGroup.Have.Settings = a.settings(ctx, id)
		}
	}
	if id := subnet.RouteTableID; id != "" {
		z.RouteTable = get(ctx, a, id, networkVersion, rawRouteTable.table)
	}
	if id := subnet.NATGatewayID; id != "" {
		z.Egress = a.natGateway(ctx, id)
	}
	var pool []string
	z.Balancer, pool = a.balancer(ctx, subnet, outputs.ProxyHost)
	a.scaleSets(ctx, z, subnet, pool)
}

// until is the part of an ID up to and with the name behind a segment, or "".
func until(id, segment string) string {
	at := strings.Index(strings.ToLower(id), strings.ToLower("/"+segment+"/"))
	if at < 0 {
		return ""
	}
	start := at + len(segment) + 2
	if end := strings.Index(id[start:], "/"); end >= 0 {
		return id[:start+end]
	}
	return id
}

// distinct are the IDs up to a segment, each once.
func distinct(ids []string, segment string) []string {
	var all []string
	for _, id := range ids {
		if owner := until(id, segment); owner != "" && !slices.ContainsFunc(all, func(has string) bool {
			return strings.EqualFold(has, owner)
		}) {
			all = append(all, owner)
		}
	}
	return all
}

// subscriptionOf is the subscription in an ID.
func subscriptionOf(id string) string {
	parts := strings.Split(id, "/")
	if len(parts) < 3 {
		return ""
	}
	return parts[2]
}

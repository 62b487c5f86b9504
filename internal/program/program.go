// Package program is the Pulumi program: a site in, its components composed, what a technician needs out.
package program

import (
	"encoding/json"
	"os"

	resources "github.com/pulumi/pulumi-azure-native-sdk/resources/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"defender-iot-proxy/components"
	"defender-iot-proxy/internal/site"
)

// Site is the whole program: one stack, one site.
func Site(ctx *pulumi.Context) error {
	var values map[string]string
	// Pulumi's language host hands the stack's whole configuration over in this variable. Its own reader looks up single keys,
	// which cannot tell a misspelt one.
	if err := json.Unmarshal([]byte(os.Getenv(pulumi.EnvConfig)), &values); err != nil {
		return err
	}
	return Deploy(ctx, values)
}

// Deploy builds the site that a stack's configuration describes. Values holds every config key in full ("defender-iot-proxy:siteName"),
// objects and lists as JSON.
func Deploy(ctx *pulumi.Context, values map[string]string) error {
	s, err := site.Load(site.Config{Project: ctx.Project(), Stack: ctx.Stack(), Values: values})
	if err != nil {
		return err
	}
	built, err := build(ctx, s)
	if err != nil {
		return err
	}
	export(ctx, s, built)
	return nil
}

// topology is what the outputs are made of.
type topology struct {
	credentials *components.ProxyCredentials // nil: sensors need none
	network     *components.NetworkLayer
	egress      *components.NatEgress
	lb          *components.InternalLB
}

// build draws the site in the order in which its parts depend on each other: the way out and the network security group, the
// virtual network around both, and then side by side the load balancer with the proxies, Bastion and the logging.
func build(ctx *pulumi.Context, s site.Site) (topology, error) {
	var t topology
	tags := components.SiteTags(s.Name, s.Tags)
	group, err := resources.NewResourceGroup(ctx, "site", &resources.ResourceGroupArgs{
		ResourceGroupName: pulumi.String(components.ResourceGroupName(s.Name)),
		Location:          pulumi.String(s.Location),
		Tags:              pulumi.ToStringMap(tags),
	})
	if err != nil {
		return t, err
	}
	place := components.Placement{
		ResourceGroupName: group.Name,
		Location:          s.Location,
		Zones:             site.Zones(s.Location),
		Tags:              tags,
		Protect:           s.Protect,
	}

	if s.ProxyAuth != nil {
		if t.credentials, err = components.NewProxyCredentials(ctx, "credentials", &components.ProxyCredentialsArgs{Auth: *s.ProxyAuth}); err != nil {
			return t, err
		}
	}
	if t.egress, err = components.NewNatEgress(ctx, "nat", &components.NatEgressArgs{
		Placement:          place,
		IdleTimeoutMinutes: s.NAT.IdleTimeoutMinutes,
	}); err != nil {
		return t, err
	}
	if t.network, err = components.NewNetworkLayer(ctx, "network", &components.NetworkLayerArgs{
		Placement:    place,
		Addresses:    s.Addresses,
		Rules:        s.InboundRules(),
		NatGatewayID: t.egress.NatGatewayID,
	}); err != nil {
		return t, err
	}
	if t.lb, err = components.NewInternalLB(ctx, "lb", &components.InternalLBArgs{
		Placement: place,
		SubnetID:  t.network.ProxyserverSubnetID,
		Port:      s.ProxyPort,
	}); err != nil {
		return t, err
	}
	if _, err = components.NewProxyScaleSet(ctx, "proxies", &components.ProxyScaleSetArgs{
		Placement:     place,
		ScaleSet:      s.ScaleSet,
		SubnetID:      t.network.ProxyserverSubnetID,
		BackendPoolID: t.lb.BackendPoolID,
		ProxyPort:     s.ProxyPort,
		SSHPublicKey:  s.SSHPublicKey,
		CustomData:    customData(s, t.credentials),
	}); err != nil {
		return t, err
	}
	if s.Bastion != nil {
		if _, err = components.NewBastion(ctx, "bastion", &components.BastionArgs{
			Placement: place,
			SKU:       s.Bastion.SKU,
			SubnetID:  t.network.BastionSubnetID,
		}); err != nil {
			return t, err
		}
	}
	_, err = components.NewDiagnostics(ctx, "diagnostics", &components.DiagnosticsArgs{
		Placement:              place,
		Logs:                   s.Logs,
		VirtualNetworkID:       t.network.VirtualNetworkID,
		NetworkSecurityGroupID: t.network.NetworkSecurityGroupID,
		LoadBalancerID:         t.lb.LoadBalancerID,
	})
	return t, err
}

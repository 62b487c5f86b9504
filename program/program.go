// Package program is the Pulumi program: a site in, its components composed, what a technician needs out.
package program

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/components"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/reach"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
)

// Site is the whole program: one stack, one site.
func Site(ctx *pulumi.Context) error {
	values, err := configuration(ctx)
	if err != nil {
		return err
	}
	return Deploy(ctx, values)
}

// configuration reads the stack's whole configuration. Pulumi's own reader looks up single keys, which cannot tell a misspelt one;
// its language host hands everything over in a variable. Without that variable, as in a test, single keys have to do.
func configuration(ctx *pulumi.Context) (map[string]string, error) {
	values := map[string]string{}
	if all, given := os.LookupEnv(pulumi.EnvConfig); given {
		if err := json.Unmarshal([]byte(all), &values); err != nil {
			return nil, fmt.Errorf("reading the stack's configuration from %s: %w", pulumi.EnvConfig, err)
		}
		return values, nil
	}
	for _, key := range site.Keys(ctx.Project()) {
		if value, given := ctx.GetConfig(key); given {
			values[key] = value
		}
	}
	return values, nil
}

// Deploy builds the site that a stack's configuration describes. Values holds every config key in full ("defender-iot-proxy:siteName"),
// objects and lists as JSON.
func Deploy(ctx *pulumi.Context, values map[string]string) error {
	s, err := site.Load(site.Config{Project: ctx.Project(), Stack: ctx.Stack(), Directory: ctx.RootDirectory(), Values: values})
	if err != nil {
		return err
	}
	var proof reach.Proof
	if s.Azure != nil {
		proof = reach.Prove(reach.Plan(s, egress))
		if err := proof.Err(); err != nil {
			return blame(s, err)
		}
	}
	for _, warning := range s.Warnings {
		if err := ctx.Log.Warn(warning, nil); err != nil {
			return err
		}
	}
	before, err := handedOut(ctx)
	if err != nil {
		return fmt.Errorf("finding out what the stack has today, to compare the change with it: %w", err)
	}
	if err := keepPromises(ctx, s, before); err != nil {
		return err
	}
	if err := refuseTakenGroup(ctx, s, before); err != nil {
		return err
	}
	built, err := build(ctx, s)
	if err != nil {
		return err
	}
	export(ctx, s, built, proof)
	return nil
}

// blame names the key behind a broken policy: the planned rules keep it, so one that the site adds does not.
func blame(s site.Site, err error) error {
	if len(s.Azure.ExtraRules) == 0 {
		return err
	}
	return fmt.Errorf("extraInboundRules: %w", err)
}

// egress is how the components let instances out: ProxyserverSubnet has a NAT gateway and no default outbound access, the load
// balancer's rule gives no outbound SNAT, and instances have no public IP addresses.
var egress = reach.Egress{NATGateway: true}

// built is what the outputs are made of.
type built struct {
	credentials []*components.ProxyCredentials // the first is what sensors are told; empty: they need none
	network     *components.NetworkLayer       // nil, like the next two, without proxies in Azure
	egress      *components.NatEgress
	lb          *components.InternalLB
	gateway     *components.SiteGateway // nil: none
}

// build draws what the site needs of Azure; the methods that need nothing of it leave no resource behind.
func build(ctx *pulumi.Context, s site.Site) (built, error) {
	var b built
	if s.Azure == nil && s.MicrosoftPeering == nil {
		return b, nil
	}
	group, err := components.NewSiteGroup(ctx, "site", s)
	if err != nil {
		return b, err
	}
	place := group.Placement
	if s.MicrosoftPeering != nil {
		if _, err := components.NewMicrosoftPeering(ctx, "microsoft-peering", &components.MicrosoftPeeringArgs{
			Placement: place, Peering: *s.MicrosoftPeering,
		}); err != nil {
			return b, err
		}
	}
	if s.Azure == nil {
		return b, nil
	}
	if err := b.proxies(ctx, s, place); err != nil {
		return b, err
	}
	return b, b.surroundings(ctx, s, place)
}

// proxies draws the sensors' path in the order in which its parts depend on each other: the way out and the network security
// group, the virtual network around both, the load balancer, and the proxies behind it.
func (b *built) proxies(ctx *pulumi.Context, s site.Site, place components.Placement) (err error) {
	name := "credentials"
	for auth := s.ProxyAuth; auth != nil; auth = auth.Previous {
		credentials, err := components.NewProxyCredentials(ctx, name, &components.ProxyCredentialsArgs{Auth: *auth, Former: auth != s.ProxyAuth})
		if err != nil {
			return err
		}
		b.credentials = append(b.credentials, credentials)
		name = "previous-credentials"
	}
	if b.egress, err = components.NewNatEgress(ctx, "nat", &components.NatEgressArgs{
		Placement:          place,
		IdleTimeoutMinutes: s.Azure.NAT.IdleTimeoutMinutes,
	}); err != nil {
		return err
	}
	if b.network, err = components.NewNetworkLayer(ctx, "network", &components.NetworkLayerArgs{
		Placement:    place,
		Addresses:    s.Azure.Addresses,
		Rules:        s.AllInboundRules(),
		NatGatewayID: b.egress.NatGatewayID,
	}); err != nil {
		return err
	}
	if b.lb, err = components.NewInternalLB(ctx, "lb", &components.InternalLBArgs{
		Placement: place,
		SubnetID:  b.network.ProxyserverSubnetID,
		Port:      s.ProxyPort,
	}); err != nil {
		return err
	}
	_, err = components.NewProxyScaleSet(ctx, "proxies", &components.ProxyScaleSetArgs{
		Placement:     place,
		ScaleSet:      s.Azure.ScaleSet,
		SubnetID:      b.network.ProxyserverSubnetID,
		BackendPoolID: b.lb.BackendPoolID,
		ProxyPort:     s.ProxyPort,
		SSHPublicKey:  s.Azure.SSHPublicKey,
		CustomData:    customData(s, b.credentials),
		Gate:          squid.Gate(s.ProxyPort),
		Sensors:       s.Azure.Sensors,
		Hosts:         s.Domains(),
	})
	return err
}

// surroundings draws what no proxy waits for.
func (b *built) surroundings(ctx *pulumi.Context, s site.Site, place components.Placement) (err error) {
	if s.Azure.Gateway != nil {
		if b.gateway, err = components.NewSiteGateway(ctx, "gateway", &components.SiteGatewayArgs{
			Placement:        place,
			Gateway:          *s.Azure.Gateway,
			VirtualNetworkID: b.network.VirtualNetworkID,
			SubnetID:         b.network.GatewaySubnetID,
		}); err != nil {
			return err
		}
	}
	if s.Azure.Bastion != nil {
		if _, err = components.NewBastion(ctx, "bastion", &components.BastionArgs{
			Placement: place,
			SKU:       s.Azure.Bastion.SKU,
			SubnetID:  b.network.BastionSubnetID,
		}); err != nil {
			return err
		}
	}
	_, err = components.NewDiagnostics(ctx, "diagnostics", &components.DiagnosticsArgs{
		Placement:              place,
		Logs:                   s.Azure.Logs,
		VirtualNetworkID:       b.network.VirtualNetworkID,
		NetworkSecurityGroupID: b.network.NetworkSecurityGroupID,
		LoadBalancerID:         b.lb.LoadBalancerID,
	})
	return err
}

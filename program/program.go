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
)

// Site is the whole program: one stack, one site.
func Site(ctx *pulumi.Context) error {
	values, err := configuration(ctx)
	if err != nil {
		return err
	}
	return deploySite(ctx, values, ctx.IsConfigSecret)
}

// configuration reads the stack's whole configuration. Pulumi's own reader looks up single keys, which cannot tell a
// misspelt one; its language host hands everything over in a variable. Without that variable, as in a test, single keys
// have to do.
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

// Deploy builds the site that a stack's configuration describes. Values holds every config key in full
// ("defender-iot-proxy:siteName"), objects and lists as JSON.
func Deploy(ctx *pulumi.Context, values map[string]string) error {
	return deploySite(ctx, values, nil)
}

// deploySite warns of secrets in plain text too, where isSecret tells which keys the stack keeps encrypted.
func deploySite(ctx *pulumi.Context, values map[string]string, isSecret func(key string) bool) error {
	s, err := site.Load(site.Config{Project: ctx.Project(), Stack: ctx.Stack(), Directory: ctx.RootDirectory(),
		Values: values, IsSecret: isSecret})
	for _, warning := range s.Warnings {
		if err := warn(ctx, warning); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	before, err := handedOut(ctx)
	if err != nil {
		return fmt.Errorf("finding out what the stack has today, to compare the change with it: %w", err)
	}
	if err := keepPromises(ctx, s, before); err != nil {
		return err
	}
	found := lookUp(ctx, s)
	if err := found.check(s, before); err != nil {
		return err
	}
	var proof reach.Proof
	if s.Azure != nil {
		proof = reach.Prove(found.topology(s))
		if err := proof.Err(); err != nil {
			return blame(s, err)
		}
	}
	if err := refuseTakenGroup(ctx, s, before); err != nil {
		return err
	}
	built, err := build(ctx, s, found)
	if err != nil {
		return err
	}
	export(ctx, s, built, proof)
	return nil
}

// blame names the key behind a broken policy: the planned rules keep it, so one that the site adds does not, or those
// of an existing group.
func blame(s site.Site, err error) error {
	if id := s.Azure.Existing.NetworkSecurityGroupID; id != "" {
		return fmt.Errorf("network.existing.networkSecurityGroupId: %w", err)
	}
	if len(s.Azure.ExtraRules) == 0 {
		return err
	}
	return fmt.Errorf("extraInboundRules: %w", err)
}

// built is what the outputs are made of.
type built struct {
	proxy   *components.SensorProxy // nil: no proxies in Azure
	gateway *components.SiteGateway // nil: none
}

// build draws what the site needs of Azure; the methods that need nothing of it leave no resource behind. No proxy
// waits for what comes after it.
func build(ctx *pulumi.Context, s site.Site, found existing) (built, error) {
	var b built
	if s.Azure == nil && s.MicrosoftPeering == nil {
		return b, nil
	}
	group, err := components.NewSiteGroup(ctx, "site", siteGroup(ctx, s))
	if err != nil {
		return b, err
	}
	if s.MicrosoftPeering != nil {
		if _, err := components.NewMicrosoftPeering(ctx, "microsoft-peering",
			microsoftPeering(s, group.Name)); err != nil {
			return b, err
		}
	}
	if s.Azure == nil {
		return b, nil
	}
	if b.proxy, err = components.NewSensorProxy(ctx, "site", sensorProxy(s, group.Name, found)); err != nil {
		return b, err
	}
	if s.Azure.Gateway != nil {
		if b.gateway, err = components.NewSiteGateway(ctx, "gateway", siteGateway(s, b.proxy)); err != nil {
			return b, err
		}
	}
	if s.Azure.Bastion != nil {
		if _, err := components.NewBastion(ctx, "bastion", bastion(s, b.proxy)); err != nil {
			return b, err
		}
	}
	if s.Azure.Alerts != nil {
		if _, err := components.NewSiteAlerts(ctx, "alerts", siteAlerts(s, b)); err != nil {
			return b, err
		}
	}
	if s.Azure.Logs.Workbook {
		if _, err := components.NewSiteWorkbook(ctx, "workbook", siteWorkbook(s, b)); err != nil {
			return b, err
		}
	}
	return b, nil
}

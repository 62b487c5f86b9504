// Package configgen makes up stack configurations: every key, every way of connecting, what fits together and what does
// not.
package configgen

import (
	"fmt"

	"pgregory.net/rapid"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/stackfile"
)

// Configuration generates the values of a stack file. Most are what a user could mean; about every second has a value
// or two that nobody could.
func Configuration() *rapid.Generator[map[string]string] {
	return rapid.Custom(func(t *rapid.T) map[string]string {
		d := draw{t}
		config := group{}
		for key, value := range d.stack() {
			if key != regionKey && key != subscriptionKey {
				key = stackfile.Project + ":" + key
			}
			config[key] = value
		}
		values, err := stackfile.Values(config)
		if err != nil {
			t.Fatal(err)
		}
		return values
	})
}

// Keys of the plugin's own.
const (
	regionKey       = "azure-native:location"
	subscriptionKey = "azure-native:subscriptionId"
)

// group is the settings below a key.
type group = map[string]any

func (d draw) stack() group {
	method := d.pick("method", []any{site.AzureProxy, site.AzureProxy, site.AzureProxy, site.AzureProxy,
		site.AzureProxy, site.ProxyChain, site.Direct}, "vpn")
	stack := group{"connectionMethod": method, subscriptionKey: arm.Subscription}
	d.always(stack, regionKey, d.region)
	d.sometimes(stack, "siteName", d.siteName)
	d.sometimes(stack, "sensorGenerations", d.generations)
	d.sometimes(stack, "extraDomains", d.domains)
	d.sometimes(stack, "endpointDetailsFile", d.detailsFile)
	d.sometimes(stack, "proxyPort", d.port)
	d.sometimes(stack, "tags", d.tags)
	d.sometimes(stack, "protect", d.boolean)
	d.sometimes(stack, "allowDisruption", d.disruptions)
	if d.oneIn(6) {
		d.always(stack, "microsoftPeering", d.microsoftPeering)
	}
	plan := d.plan()
	if method == site.AzureProxy || d.oneIn(30) {
		d.azure(stack, plan)
	}
	if method == site.ProxyChain || method == site.AzureProxy && d.oneIn(4) || d.oneIn(30) {
		d.always(stack, "siteProxies", func() any { return d.siteProxies(plan, method == site.AzureProxy) })
	}
	if method != site.AzureProxy && d.oneIn(2) || d.oneIn(100) {
		d.always(stack, "azureIpRangesFile", d.rangesFile)
	}
	if d.oneIn(rarity) {
		stack["sensorCidr"] = "misspelt"
	}
	return stack
}

// azure adds the keys that only proxies in Azure have a use for.
func (d draw) azure(stack group, plan plan) {
	d.always(stack, "addressSpace", func() any { return d.space(plan) })
	d.always(stack, "sensorCidrs", func() any { return d.sensors(plan) })
	if d.oneIn(4) {
		d.always(stack, "sensors", func() any {
			return d.several("sensors", 1, 3, func(int) any { return d.namedSensor(plan) })
		})
	}
	d.always(stack, "sshPublicKey", d.sshKey)
	if d.oneIn(4) {
		d.always(stack, "subnets", func() any { return d.subnets(plan) })
	}
	if plan.bastion || d.oneIn(30) {
		d.always(stack, "bastion", d.bastion)
	}
	d.sometimes(stack, "proxyAuth", d.proxyAuth)
	region, _ := stack[regionKey].(string)
	d.sometimes(stack, "scaleSet", func() any { return d.scaleSet(region) })
	d.sometimes(stack, "gateway", func() any { return d.gateway(plan) })
	d.sometimes(stack, "nat", d.nat)
	d.sometimes(stack, "logs", d.logs)
	if d.oneIn(4) {
		d.always(stack, "extraInboundRules", func() any { return d.extraRules(plan) })
	}
}

// number is a whole number as a stack file may hold it: a number, or a text of one.
func (d draw) number(label string, least, most int, broken ...any) any {
	n := rapid.IntRange(least, most).Draw(d.t, label)
	if d.oneIn(8) {
		return fmt.Sprint(n)
	}
	return d.pick(label, []any{n}, append(broken, least-1, most+1, "many", []any{})...)
}

func (d draw) boolean() any { return d.pick("boolean", []any{true, false, "true"}, "yes", 1) }

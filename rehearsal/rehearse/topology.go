package rehearse

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/compute/armcompute/v6"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"

	"defender-iot-proxy/rehearsal/dataplane"
	"defender-iot-proxy/rehearsal/engine"
)

// deployed reads what the data plane needs from Azure itself: nothing of it is taken from the program's configuration.
func deployed(ctx context.Context, e *engine.Engine) (dataplane.Site, error) {
	var d dataplane.Site
	var balancers []armnetwork.LoadBalancer
	var groups []armnetwork.SecurityGroup
	var sets []armcompute.VirtualMachineScaleSet
	err := errors.Join(
		e.List(ctx, "Microsoft.Network/loadBalancers", &balancers),
		e.List(ctx, "Microsoft.Network/networkSecurityGroups", &groups),
		e.List(ctx, "Microsoft.Compute/virtualMachineScaleSets", &sets),
	)
	if err != nil {
		return d, err
	}
	if len(balancers) != 1 || len(groups) != 1 || len(sets) != 1 {
		return d, fmt.Errorf("the topology has %d load balancers, %d network security groups and %d scale sets; the data plane needs one each", len(balancers), len(groups), len(sets))
	}
	if err := frontend(balancers[0], &d); err != nil {
		return d, err
	}
	if d.Sensors, err = sensors(groups[0], d.BackendPort); err != nil {
		return d, err
	}
	d.Instances = e.Azure.Instances(*sets[0].ID)
	d.CustomData, err = customData(e, *sets[0].ID)
	return d, err
}

func frontend(lb armnetwork.LoadBalancer, d *dataplane.Site) (err error) {
	rules, frontends := lb.Properties.LoadBalancingRules, lb.Properties.FrontendIPConfigurations
	if len(rules) != 1 || len(frontends) != 1 {
		return fmt.Errorf("load balancer %s has %d rules and %d frontend IP configurations; one each is expected", *lb.Name, len(rules), len(frontends))
	}
	d.Port, d.BackendPort = uint16(*rules[0].Properties.FrontendPort), uint16(*rules[0].Properties.BackendPort)
	d.Frontend, err = netip.ParseAddr(*frontends[0].Properties.PrivateIPAddress)
	return err
}

// sensors are the sources that the network security group lets in at the proxies' port.
func sensors(group armnetwork.SecurityGroup, port uint16) ([]netip.Prefix, error) {
	for _, rule := range group.Properties.SecurityRules {
		p := rule.Properties
		if *p.Access != armnetwork.SecurityRuleAccessAllow || p.DestinationPortRange == nil || *p.DestinationPortRange != fmt.Sprint(port) {
			continue
		}
		sources := p.SourceAddressPrefixes
		if p.SourceAddressPrefix != nil && *p.SourceAddressPrefix != "" {
			sources = append(sources, p.SourceAddressPrefix)
		}
		var prefixes []netip.Prefix
		for _, source := range sources {
			prefix, err := netip.ParsePrefix(*source)
			if err != nil {
				return nil, fmt.Errorf("rule %s of the network security group: %w", *rule.Name, err)
			}
			prefixes = append(prefixes, prefix)
		}
		return prefixes, nil
	}
	return nil, fmt.Errorf("no rule of the network security group lets anybody in at port %d", port)
}

// customData is what was sent: Azure never gives it back.
func customData(e *engine.Engine, id string) ([]byte, error) {
	for _, r := range e.Azure.Resources() {
		if r.ID != id {
			continue
		}
		at := any(r.Body)
		for _, key := range []string{"properties", "virtualMachineProfile", "osProfile", "customData"} {
			level, ok := at.(map[string]any)
			if !ok {
				return nil, fmt.Errorf("scale set %s has no %s", r.Name, key)
			}
			at = level[key]
		}
		text, _ := at.(string)
		return base64.StdEncoding.DecodeString(text)
	}
	return nil, fmt.Errorf("scale set %s is gone", id)
}

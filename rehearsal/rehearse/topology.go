package rehearse

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/compute/armcompute/v6"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/engine"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// Deployed reads what the lab needs from Azure itself: nothing of it is taken from the program's configuration. Where
// the proxies ask for credentials, the password is the one of the engine's secrets that fits the hash which they have.
func Deployed(ctx context.Context, e *engine.Engine) (model.Site, error) {
	var d model.Site
	var balancers []armnetwork.LoadBalancer
	var sets []armcompute.VirtualMachineScaleSet
	err := errors.Join(
		e.List(ctx, "Microsoft.Network/loadBalancers", &balancers),
		e.List(ctx, "Microsoft.Compute/virtualMachineScaleSets", &sets),
	)
	if err != nil {
		return d, err
	}
	if len(balancers) != 1 || len(sets) != 1 {
		return d, fmt.Errorf("the topology has %d load balancers and %d scale sets; the lab needs exactly one of each",
			len(balancers), len(sets))
	}
	place, err := placeOf(ctx, e, sets[0])
	if err != nil {
		return d, err
	}
	if err := frontend(balancers[0], &d); err != nil {
		return d, err
	}
	if d.Sensors, err = sensors(place.group, d.BackendPort); err != nil {
		return d, err
	}
	if err := joined(balancers[0], sets[0]); err != nil {
		return d, err
	}
	d.Instances = e.Azure.Instances(*sets[0].ID)
	if err := around(place.network, place.group, &d); err != nil {
		return d, err
	}
	if d.Egress, d.Firewall, err = place.egress(ctx, e); err != nil {
		return d, err
	}
	peered, err := place.connected(ctx, e)
	if err != nil {
		return d, err
	}
	if err := beside(peered, &d); err != nil {
		return d, err
	}
	set, err := scaleSet(e, *sets[0].ID)
	if err != nil {
		return d, err
	}
	d.CustomData, d.UserData, d.Gate = set.CustomData, set.UserData, set.Gate
	d.Username, d.Password, err = login(d.CustomData, e.Secrets.Texts())
	return d, err
}

func frontend(lb armnetwork.LoadBalancer, d *model.Site) (err error) {
	rules, frontends := lb.Properties.LoadBalancingRules, lb.Properties.FrontendIPConfigurations
	if len(rules) != 1 || len(frontends) != 1 {
		return fmt.Errorf("load balancer %s has %d rules and %d frontend IP configurations; the lab needs exactly "+
			"one of each", *lb.Name, len(rules), len(frontends))
	}
	d.Port, d.BackendPort = uint16(*rules[0].Properties.FrontendPort), uint16(*rules[0].Properties.BackendPort)
	if d.Frontend, err = netip.ParseAddr(*frontends[0].Properties.PrivateIPAddress); err != nil {
		return err
	}
	d.Probe, err = probe(lb, rules[0].Properties.Probe)
	return err
}

// joined finds out whether the scale set is behind the load balancer's rule: Azure does not mind a backend pool that
// nobody is in.
func joined(lb armnetwork.LoadBalancer, set armcompute.VirtualMachineScaleSet) error {
	pool := lb.Properties.LoadBalancingRules[0].Properties.BackendAddressPool
	for _, nic := range set.Properties.VirtualMachineProfile.NetworkProfile.NetworkInterfaceConfigurations {
		for _, ip := range nic.Properties.IPConfigurations {
			for _, in := range ip.Properties.LoadBalancerBackendAddressPools {
				if pool != nil && strings.EqualFold(*in.ID, *pool.ID) {
					return nil
				}
			}
		}
	}
	return fmt.Errorf("load balancer %s: the backend pool of its rule is empty, because scale set %s is not in it",
		*lb.Name, *set.Name)
}

// probe is the health probe that a rule of the load balancer refers to.
func probe(lb armnetwork.LoadBalancer, ref *armnetwork.SubResource) (model.Probe, error) {
	for _, probe := range lb.Properties.Probes {
		if ref == nil || !strings.EqualFold(*probe.ID, *ref.ID) {
			continue
		}
		p := probe.Properties
		if *p.Protocol != armnetwork.ProbeProtocolTCP || p.IntervalInSeconds == nil || p.ProbeThreshold == nil {
			return model.Probe{}, fmt.Errorf("load balancer %s: the lab cannot run probe %s: it needs protocol Tcp, "+
				"an interval and a threshold", *lb.Name, *probe.Name)
		}
		return model.Probe{
			Port:      uint16(*p.Port),
			Interval:  time.Duration(*p.IntervalInSeconds) * time.Second,
			Threshold: int(*p.ProbeThreshold),
		}, nil
	}
	return model.Probe{}, fmt.Errorf("load balancer %s: its rule has no health probe", *lb.Name)
}

// sensors are the sources that the network security group lets in at the proxies' port.
func sensors(group armnetwork.SecurityGroup, port uint16) ([]netip.Prefix, error) {
	for _, rule := range group.Properties.SecurityRules {
		p := rule.Properties
		if *p.Access != armnetwork.SecurityRuleAccessAllow || p.DestinationPortRange == nil ||
			*p.DestinationPortRange != fmt.Sprint(port) {
			continue
		}
		var prefixes []netip.Prefix
		for _, source := range either(p.SourceAddressPrefix, p.SourceAddressPrefixes) {
			prefix, err := netip.ParsePrefix(source)
			if err != nil {
				return nil, fmt.Errorf("rule %s of the network security group: %w", *rule.Name, err)
			}
			prefixes = append(prefixes, prefix)
		}
		return prefixes, nil
	}
	return nil, fmt.Errorf("no rule of the network security group allows port %d", port)
}

// around reads what surrounds the instances: the virtual network, and the rules on the subnet that they are in.
func around(network armnetwork.VirtualNetwork, group armnetwork.SecurityGroup, d *model.Site) error {
	for _, text := range network.Properties.AddressSpace.AddressPrefixes {
		prefix, err := netip.ParsePrefix(*text)
		if err != nil {
			return fmt.Errorf("address space of the virtual network: %w", err)
		}
		d.Network = append(d.Network, prefix)
	}
	if options := network.Properties.DhcpOptions; options != nil {
		for _, text := range options.DNSServers {
			server, err := netip.ParseAddr(*text)
			if err != nil {
				return fmt.Errorf("DNS servers of the virtual network: %w", err)
			}
			d.NameServers = append(d.NameServers, server)
		}
	}
	for _, subnet := range network.Properties.Subnets {
		prefix, err := netip.ParsePrefix(*subnet.Properties.AddressPrefix)
		if err != nil {
			return fmt.Errorf("subnet %s: %w", *subnet.Name, err)
		}
		d.Subnets = append(d.Subnets, model.Subnet{Name: *subnet.Name, Prefix: prefix})
		guard := subnet.Properties.NetworkSecurityGroup
		if guard != nil && strings.EqualFold(*guard.ID, *group.ID) &&
			slices.ContainsFunc(d.Instances, prefix.Contains) {
			d.NSG = inboundRules(group)
		}
	}
	return nil
}

// beside adds the networks that are peered with the instances', whose machines can send them packets.
func beside(peered []armnetwork.VirtualNetwork, d *model.Site) error {
	for _, network := range peered {
		for _, text := range network.Properties.AddressSpace.AddressPrefixes {
			prefix, err := netip.ParsePrefix(*text)
			if err != nil {
				return fmt.Errorf("address space of %s: %w", *network.Name, err)
			}
			d.Network = append(d.Network, prefix)
		}
		for _, subnet := range network.Properties.Subnets {
			prefix, err := netip.ParsePrefix(*subnet.Properties.AddressPrefix)
			if err != nil {
				return fmt.Errorf("subnet %s of %s: %w", *subnet.Name, *network.Name, err)
			}
			d.Subnets = append(d.Subnets, model.Subnet{Name: *network.Name + "/" + *subnet.Name, Prefix: prefix})
		}
	}
	return nil
}

// inboundRules are the group's own rules and Azure's defaults.
func inboundRules(group armnetwork.SecurityGroup) []model.Rule {
	var rules []model.Rule
	for _, rule := range slices.Concat(group.Properties.SecurityRules, group.Properties.DefaultSecurityRules) {
		p := rule.Properties
		if *p.Direction != armnetwork.SecurityRuleDirectionInbound {
			continue
		}
		rules = append(rules, model.Rule{
			Name:         *rule.Name,
			Priority:     int(*p.Priority),
			Allow:        *p.Access == armnetwork.SecurityRuleAccessAllow,
			Protocol:     string(*p.Protocol),
			Sources:      either(p.SourceAddressPrefix, p.SourceAddressPrefixes),
			Destinations: either(p.DestinationAddressPrefix, p.DestinationAddressPrefixes),
			Ports:        either(p.DestinationPortRange, p.DestinationPortRanges),
		})
	}
	return rules
}

// either is what Azure has in one of two properties: a list, or a single value.
func either(one *string, many []*string) []string {
	var all []string
	for _, value := range append(slices.Clone(many), one) {
		if value != nil && *value != "" {
			all = append(all, *value)
		}
	}
	return all
}

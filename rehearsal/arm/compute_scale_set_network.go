package arm

import (
	"fmt"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/compute/armcompute/v6"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
)

// What every instance gets: an interface, and an IP configuration of it.
type (
	instanceNIC = armcompute.VirtualMachineScaleSetNetworkConfiguration
	instanceIP  = armcompute.VirtualMachineScaleSetIPConfiguration
)

// scaleSetNetworkRules are about the interfaces of the instances, and the load balancers they join.
var scaleSetNetworkRules = []Rule{
	{
		Name: "interfaces and IP configurations have names, one interface is primary, each IP configuration " +
			"has a subnet",
		Code: "InvalidParameter", Source: scaleSetReference,
		check: about(func(_ *change, m *armcompute.VirtualMachineScaleSet) string { return interfaceShape(m) }),
	},
	{
		Name: "an internal load balancer is in the network of the instances",
		Code: "NetworkInterfaceAndInternalLoadBalancerMustUseSameVnet",
		Source: "https://github.com/Azure/azure-libraries-for-net/blob/master/src/ResourceManagement/Compute/VirtualMachineScaleSetImpl.cs " +
			"https://learn.microsoft.com/azure/load-balancer/backend-pool-management",
		check: eachPool(func(c *change, subnet string, lb *resource) string {
			for _, claimed := range frontendClaims(lb.id.String(), lb.model) {
				mine, _ := c.server.owner(subnet)
				theirs, ok := c.server.owner(claimed.subnet)
				if ok && mine != theirs {
					return fmt.Sprintf("Scale set %s in virtual network %s cannot join internal load balancer %s in "+
						"virtual network %s.",
						c.id, mine.id, lb.id, theirs.id)
				}
			}
			return ""
		}),
	},
	{
		Name: "a scale set joins at most one internal load balancer",
		Code: "VMScaleSetCannotUseMultipleLoadBalancersOfSameType", Source: lbErrors,
		check: func(c *change) string {
			joined := map[*resource]bool{}
			return eachPool(func(c *change, _ string, lb *resource) string {
				if len(frontendClaims(lb.id.String(), lb.model)) > 0 {
					joined[lb] = true
				}
				if len(joined) > 1 {
					return fmt.Sprintf("Scale set %s cannot use multiple load balancers of type internal.", c.id)
				}
				return ""
			})(c)
		},
	},
	{
		Name: "two rules do not send to one port of the instances",
		Code: "RulesOfSameLoadBalancerTypeUseSameBackendPortProtocolAndVmssIPConfig", Source: lbErrors,
		check: about(func(c *change, m *armcompute.VirtualMachineScaleSet) string {
			var wrong string
			eachInstanceIP(m, func(_ *instanceNIC, ip *instanceIP) {
				if wrong == "" {
					wrong = c.server.sharedInstancePort(ip)
				}
			})
			return wrong
		}),
	},
	{
		Name: "a probe for instance health is used by a rule", Code: "CannotUseInactiveHealthProbe", Source: lbErrors,
		check: about(func(c *change, m *armcompute.VirtualMachineScaleSet) string {
			probe := val(val(m.Properties.VirtualMachineProfile.NetworkProfile.HealthProbe).ID)
			owner, ok := c.server.owner(probe)
			if !ok {
				return ""
			}
			for _, rule := range owner.model.(*armnetwork.LoadBalancer).Properties.LoadBalancingRules {
				if key(val(val(rule.Properties.Probe).ID)) == key(probe) {
					return ""
				}
			}
			return fmt.Sprintf("VM scale set %s cannot use probe %s as a HealthProbe because load balancing rules "+
				"that send traffic to this scale set don't use it.", c.id, probe)
		}),
	},
}

// sharedInstancePort finds two load balancing rules, of different pools that an IP configuration joins, for one port of
// it.
func (s *Server) sharedInstancePort(ip *instanceIP) string {
	taken := map[string]string{}
	return first(ip.Properties.LoadBalancerBackendAddressPools, func(pool *armcompute.SubResource) string {
		owner, ok := s.owner(val(pool.ID))
		if !ok {
			return ""
		}
		lb := owner.model.(*armnetwork.LoadBalancer)
		kind := fmt.Sprint(len(frontendClaims(owner.id.String(), lb)) > 0) // internal or public
		return first(lb.Properties.LoadBalancingRules, func(r *armnetwork.LoadBalancingRule) string {
			p := r.Properties
			if key(val(val(p.BackendAddressPool).ID)) != key(val(pool.ID)) || val(p.EnableFloatingIP) {
				return ""
			}
			id := owner.childID("loadBalancingRules", val(r.Name))
			port := fmt.Sprint(kind, strings.ToLower(string(*p.Protocol)), *p.BackendPort)
			if other := taken[port]; other != "" {
				return fmt.Sprintf("Load balancer rules %s and %s belong to the load balancer of the same type and "+
					"use the same backend port %d and protocol %s with floatingIP disabled, must not be used with "+
					"the same backend VMSS IP %s.", other, id, *p.BackendPort, *p.Protocol, val(ip.Name))
			}
			taken[port] = id
			return ""
		})
	})
}

func interfaceShape(m *armcompute.VirtualMachineScaleSet) string {
	primaries := 0
	for _, nic := range m.Properties.VirtualMachineProfile.NetworkProfile.NetworkInterfaceConfigurations {
		if isPrimary(m, nic) {
			primaries++
		}
		if val(nic.Name) == "" || len(nic.Properties.IPConfigurations) == 0 {
			return "Required parameter 'networkInterfaceConfigurations.name' or '.properties.ipConfigurations' is " +
				"missing (null)."
		}
		for _, ip := range nic.Properties.IPConfigurations {
			if val(ip.Name) == "" || val(val(ip.Properties.Subnet).ID) == "" {
				return "Required parameter 'ipConfigurations.name' or '.properties.subnet.id' is missing (null)."
			}
		}
	}
	if primaries != 1 {
		return fmt.Sprintf("Virtual machine scale set must have exactly one primary network interface, and has %d.",
			primaries)
	}
	return ""
}

// eachPool checks every load balancer that the instances join, with the subnet they join it from.
func eachPool(check func(c *change, subnet string, lb *resource) string) func(*change) string {
	return about(func(c *change, m *armcompute.VirtualMachineScaleSet) string {
		var wrong string
		eachInstanceIP(m, func(_ *instanceNIC, ip *instanceIP) {
			for _, pool := range ip.Properties.LoadBalancerBackendAddressPools {
				if lb, ok := c.server.owner(val(pool.ID)); ok && wrong == "" {
					wrong = check(c, val(val(ip.Properties.Subnet).ID), lb)
				}
			}
		})
		return wrong
	})
}

// eachInstanceIP goes over the IP configurations that every instance gets.
func eachInstanceIP(m *armcompute.VirtualMachineScaleSet, f func(nic *instanceNIC, ip *instanceIP)) {
	for _, nic := range val(val(m.Properties.VirtualMachineProfile).NetworkProfile).NetworkInterfaceConfigurations {
		for _, ip := range nic.Properties.IPConfigurations {
			f(nic, ip)
		}
	}
}

// instanceIPID is the ID of one instance's IP configuration.
func instanceIPID(scaleSet string, instance int64, nic *instanceNIC, ip *instanceIP) string {
	return fmt.Sprintf("%s/virtualMachines/%d/networkInterfaces/%s/ipConfigurations/%s", scaleSet, instance,
		val(nic.Name), val(ip.Name))
}

// instanceClaims are the addresses of the instances, and in passing those of the ones that Azure makes to spare.
// https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-design-overview#overprovisioning
func instanceClaims(id string, m any) []claim {
	scaleSet := m.(*armcompute.VirtualMachineScaleSet)
	if scaleSet.SKU == nil {
		return nil
	}
	count := val(scaleSet.SKU.Capacity)
	var out []claim
	for n := range count + overprovisioned(scaleSet) {
		eachInstanceIP(scaleSet, func(nic *instanceNIC, ip *instanceIP) {
			out = append(out, claim{
				subnet: val(val(ip.Properties.Subnet).ID), owner: instanceIPID(id, n, nic, ip), passing: n >= count,
				primary: isPrimary(scaleSet, nic) && (val(ip.Properties.Primary) ||
					len(nic.Properties.IPConfigurations) == 1),
			})
		})
	}
	return out
}

// overprovisioned is how many instances Azure makes to spare.
func overprovisioned(m *armcompute.VirtualMachineScaleSet) int64 {
	if !or(m.Properties.Overprovision, true) {
		return 0
	}
	return (val(m.SKU.Capacity)*overprovisionedTenths + 9) / 10
}

// spareInstances are those that Azure makes for a change: where it makes none that are asked for, it makes none to
// spare.
func (c *change) spareInstances() int64 {
	m, ok := c.decoded.model.(*armcompute.VirtualMachineScaleSet)
	if !ok {
		return 0
	}
	if before := modelBefore[armcompute.VirtualMachineScaleSet](c); before != nil &&
		val(m.SKU.Capacity) <= val(before.SKU.Capacity) {
		return 0
	}
	return overprovisioned(m)
}

// letSpareGo deletes the instances that a write has made to spare, once it has ended.
func (s *Server) letSpareGo(op *operation) {
	if op.subject.operation == op && op.subject.spare > 0 {
		op.subject.spare = 0
		s.settle(op.subject)
	}
}

func isPrimary(m *armcompute.VirtualMachineScaleSet, nic *instanceNIC) bool {
	return val(nic.Properties.Primary) ||
		len(m.Properties.VirtualMachineProfile.NetworkProfile.NetworkInterfaceConfigurations) == 1
}

// poolMembers are the IP configurations of the instances in a backend pool.
func (s *Server) poolMembers(pool string) []string {
	var out []string
	for _, r := range s.order {
		scaleSet, ok := r.model.(*armcompute.VirtualMachineScaleSet)
		if !ok {
			continue
		}
		for n := range val(scaleSet.SKU.Capacity) + r.spare {
			eachInstanceIP(scaleSet, func(nic *instanceNIC, ip *instanceIP) {
				for _, joined := range ip.Properties.LoadBalancerBackendAddressPools {
					if key(val(joined.ID)) == key(pool) {
						out = append(out, instanceIPID(r.id.String(), n, nic, ip))
					}
				}
			})
		}
	}
	return out
}

package arm

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
)

const (
	typeLoadBalancer = "Microsoft.Network/loadBalancers"
	typeBackendPool  = typeLoadBalancer + "/backendAddressPools"
	typeProbe        = typeLoadBalancer + "/probes"
)

// Limits of rules and probes.
// https://learn.microsoft.com/rest/api/load-balancer/load-balancers/create-or-update
const (
	shortestLBIdle       = 4 // minutes
	longestLBIdle        = 100
	shortestProbe        = 5 // seconds
	longestProbe         = 2147483646
	lastFrontendPort     = 65534
	lastPort             = 65535
	firstProbePort       = 1
	firstLoadBalancePort = 0 // any port
)

const (
	lbReference = "https://learn.microsoft.com/rest/api/load-balancer/load-balancers/create-or-update"
	lbErrors    = "https://learn.microsoft.com/azure/load-balancer/load-balancer-common-deployment-errors"
)

var loadBalancers = Type{
	Name:           typeLoadBalancer,
	Model:          model[armnetwork.LoadBalancer](),
	ReadModel:      model[armnetwork.LoadBalancer](),
	APIVersions:    networkVersions,
	Create:         10 * time.Second,
	Update:         10 * time.Second,
	Delete:         10 * time.Second,
	DurationSource: "software-defined, no instances to boot (estimate)",
	children: []string{
		"frontendIPConfigurations", "backendAddressPools", "probes", "loadBalancingRules",
		"inboundNatRules", "outboundRules",
	},
	readOnly: slices.Concat(
		under("properties.frontendIPConfigurations.properties.", "inboundNatPools", "inboundNatRules",
			"loadBalancingRules", "outboundRules"),
		under("properties.backendAddressPools.properties.",
			"loadBalancerBackendAddresses.properties.networkInterfaceIPConfiguration",
			"backendIPConfigurations", "inboundNatRules", "loadBalancingRules",
			"outboundRule", "outboundRules"),
		under("properties.probes.properties.", "loadBalancingRules"),
	),
	refs: []reference{
		{path: "properties.frontendIPConfigurations.properties.subnet.id", to: typeSubnet},
		{path: "properties.frontendIPConfigurations.properties.publicIPAddress.id", to: typePublicIP},
		{path: "properties.backendAddressPools.properties.virtualNetwork.id", to: typeVNet},
	},
	claims:   frontendClaims,
	populate: populateLoadBalancer,
	rules: slices.Concat(frontendRules, loadBalancingRules, []Rule{
		{
			Name: "a backend pool in use is not left out", Code: "LoadBalancerInUseByVirtualMachineScaleSet",
			Source: lbErrors + " https://github.com/Azure/vm-scale-sets/issues/53",
			check: func(c *change) string {
				return first(c.childrenLeftOut("backendAddressPools"), func(pool string) string {
					if users := c.server.users(pool); len(users) > 0 {
						return fmt.Sprintf("Cannot remove backend address pool %s from load balancer since it is in "+
							"use by virtual machine scale set %s.", pool, names(users))
					}
					return ""
				})
			},
		},
		{
			Name: "a load balancer in use cannot be deleted", Code: "LoadBalancerInUseByVirtualMachineScaleSet",
			Source: lbErrors, on: onRemoval,
			check: func(c *change) string {
				if users := c.server.users(c.id.String()); len(users) > 0 {
					return fmt.Sprintf("Cannot delete load balancer %s since its child resources are in use by "+
						"virtual machine scale set %s.", c.id, names(users))
				}
				return ""
			},
		},
	}),
}

// frontendRules are about the SKU and the frontend IP configurations.
var frontendRules = []Rule{
	{
		Name: "a load balancer is of the Standard SKU", Code: "BasicSkuLoadBalancerCreationNotAllowed",
		Source: "https://learn.microsoft.com/azure/load-balancer/load-balancer-basic-upgrade-guidance" + codeAssumed,
		check: about(func(c *change, m *armnetwork.LoadBalancer) string {
			// A body without a SKU asks for Basic, which is retired.
			if m.SKU != nil && strings.EqualFold(string(val(m.SKU.Name)),
				string(armnetwork.LoadBalancerSKUNameStandard)) {
				return ""
			}
			return fmt.Sprintf("Basic load balancers can no longer be created: %s must have sku.name Standard.", c.id)
		}),
	},
	{
		Name: "a load balancer with children has a frontend",
		Code: "LoadBalancerWithoutFrontendIPCantHaveChildResources", Source: lbErrors,
		check: about(func(c *change, m *armnetwork.LoadBalancer) string {
			p := m.Properties
			if len(p.FrontendIPConfigurations) > 0 ||
				len(p.BackendAddressPools)+len(p.Probes)+len(p.LoadBalancingRules) == 0 {
				return ""
			}
			return fmt.Sprintf("Load balancer %s has no frontend IP configurations and cannot have child resources.",
				c.id)
		}),
	},
	{
		Name: "a frontend is in a subnet or has a public address",
		Code: "FrontendIPConfigurationHasNoSubnetOrPublicIPAddressOrPublicIPPrefix",
		Source: "https://github.com/PNU-capstone-2026-17/easydep/blob/main/app/core/cloudkb/depkb/experiments/" +
			"azure-preflight-2026-07-30/findings.md",
		check: eachFrontend(func(_ *change, f *armnetwork.FrontendIPConfiguration) string {
			if val(f.Properties.Subnet).ID != nil || val(f.Properties.PublicIPAddress).ID != nil {
				return ""
			}
			return fmt.Sprintf("Frontend IP configuration %s must have subnet, public IP address or public IP prefix.",
				val(f.Name))
		}),
	},
	{
		Name:   "a frontend is not both in a subnet and at a public address",
		Code:   "FrontendIPConfigHasBothSubnetAndPublicIP",
		Source: "https://github.com/hashicorp/terraform-provider-azurerm/issues/1622",
		check: eachFrontend(func(c *change, f *armnetwork.FrontendIPConfiguration) string {
			if val(f.Properties.Subnet).ID == nil || val(f.Properties.PublicIPAddress).ID == nil {
				return ""
			}
			return fmt.Sprintf("Frontend IP Configuration %s/frontendIPConfigurations/%s must not reference both a "+
				"Subnet and a Public IP Address.",
				c.id, val(f.Name))
		}),
	},
	{
		Name: "a static frontend names its address", Code: "PrivateIPAddressMissing",
		Source: "https://github.com/DanielTeruel/ad-migration-azure/blob/main/05-troubleshooting/docs/05-iac-terraform-errors.md " + lbReference,
		check: eachFrontend(func(_ *change, f *armnetwork.FrontendIPConfiguration) string {
			if !isStatic(f.Properties.PrivateIPAllocationMethod) || val(f.Properties.PrivateIPAddress) != "" {
				return ""
			}
			return fmt.Sprintf("Private static IP address is missing in frontend IP configuration %s.", val(f.Name))
		}),
	},
	{
		Name: "a frontend's zones are ones that the region has", Code: "AvailabilityZoneNotSupported",
		Source: "https://learn.microsoft.com/azure/reliability/regions-list",
		check: eachFrontend(func(c *change, f *armnetwork.FrontendIPConfiguration) string {
			return zonesUnsupported(c.id.String()+"/frontendIPConfigurations/"+val(f.Name),
				c.location(), texts(f.Zones))
		}),
	},
	{
		Name:   "a public frontend takes its zones from its address",
		Code:   "LoadBalancerFrontendIPConfigCannotHaveZoneWhenReferencingPublicIPAddress",
		Source: "https://github.com/hashicorp/terraform-provider-azurerm/issues/1967",
		check: eachFrontend(func(_ *change, f *armnetwork.FrontendIPConfiguration) string {
			if f.Properties.PublicIPAddress == nil || len(f.Zones) == 0 {
				return ""
			}
			return fmt.Sprintf("Frontend IP configuration %s references a public IP address and cannot have zones "+
				"of its own.", val(f.Name))
		}),
	},
	{
		Name: "a frontend's zones do not change", Code: "ResourceAvailabilityZonesCannotBeModified",
		Source: "https://github.com/Azure/azure-powershell/issues/14326",
		check: about(func(c *change, m *armnetwork.LoadBalancer) string {
			before := modelBefore[armnetwork.LoadBalancer](c)
			if before == nil {
				return ""
			}
			return first(before.Properties.FrontendIPConfigurations,
				func(was *armnetwork.FrontendIPConfiguration) string {
					return frontendZonesChanged(was, m.Properties.FrontendIPConfigurations)
				})
		}),
	},
}

func eachFrontend(check func(c *change, f *armnetwork.FrontendIPConfiguration) string) func(*change) string {
	return about(func(c *change, m *armnetwork.LoadBalancer) string {
		return first(m.Properties.FrontendIPConfigurations, func(f *armnetwork.FrontendIPConfiguration) string {
			return check(c, f)
		})
	})
}

func isStatic(m *armnetwork.IPAllocationMethod) bool {
	return strings.EqualFold(string(val(m)), string(armnetwork.IPAllocationMethodStatic))
}

func frontendZonesChanged(was *armnetwork.FrontendIPConfiguration, list []*armnetwork.FrontendIPConfiguration) string {
	return first(list, func(now *armnetwork.FrontendIPConfiguration) string {
		if !strings.EqualFold(val(was.Name), val(now.Name)) || sameZones(was.Zones, now.Zones) {
			return ""
		}
		return fmt.Sprintf("Zones of frontend IP configuration %s cannot be changed from %v to %v.", val(now.Name),
			texts(was.Zones), texts(now.Zones))
	})
}

func sameZones(a, b []*string) bool {
	return slices.Equal(slices.Sorted(slices.Values(texts(a))), slices.Sorted(slices.Values(texts(b))))
}

// childrenLeftOut are the IDs of the children in a collection that the write no longer has.
func (c *change) childrenLeftOut(collection string) []string {
	if c.before == nil {
		return nil
	}
	properties, _ := c.before.body["properties"].(map[string]any)
	var out []string
	for _, child := range objects(properties, collection) {
		childID := c.before.childID(collection, text(child, "name"))
		id, err := ParseID(childID)
		if err == nil && childOf(c.decoded.body, id) == nil {
			out = append(out, childID)
		}
	}
	return out
}

// frontendClaims are the private addresses of the frontends.
func frontendClaims(id string, m any) []claim {
	var out []claim
	for _, f := range m.(*armnetwork.LoadBalancer).Properties.FrontendIPConfigurations {
		if val(f.Properties.Subnet).ID == nil {
			continue
		}
		c := claim{subnet: val(f.Properties.Subnet.ID), owner: id + "/frontendIPConfigurations/" + val(f.Name)}
		if isStatic(f.Properties.PrivateIPAllocationMethod) {
			c.static = val(f.Properties.PrivateIPAddress)
		}
		out = append(out, c)
	}
	return out
}

// populateLoadBalancer adds the frontends' addresses, who is in the pools, and which rules use what.
func populateLoadBalancer(s *Server, r *resource, body map[string]any) {
	properties := object(body, "properties")
	properties["resourceGuid"] = r.guid("resource")
	for _, list := range []string{"inboundNatPools", "outboundRules"} {
		if _, given := properties[list]; !given {
			properties[list] = []any{}
		}
	}
	rules := objects(properties, "loadBalancingRules")
	for _, rule := range rules {
		listPool(object(rule, "properties"))
	}
	for _, frontend := range objects(properties, "frontendIPConfigurations") {
		p := object(frontend, "properties")
		if subnet := text(object(p, "subnet"), "id"); subnet != "" {
			p["privateIPAddress"] = s.addressOf(subnet, text(frontend, "id"))
			if text(p, "privateIPAllocationMethod") == "" {
				p["privateIPAllocationMethod"] = string(armnetwork.IPAllocationMethodDynamic)
			}
		} else {
			delete(p, "subnet")
		}
		usedBy(frontend, rules, "frontendIPConfiguration")
	}
	for _, probe := range objects(properties, "probes") {
		usedBy(probe, rules, "probe")
	}
	for _, pool := range objects(properties, "backendAddressPools") {
		usedBy(pool, rules, "backendAddressPool")
		members := s.poolMembers(text(pool, "id"))
		object(pool, "properties")["loadBalancerBackendAddresses"] = backendAddresses(members)
		if len(members) > 0 {
			object(pool, "properties")["backendIPConfigurations"] = idsOf(members)
		}
	}
}

// listPool shows a rule's one pool as a list, too.
// Source: https://github.com/Azure/azure-rest-api-specs/issues/14430
func listPool(rule map[string]any) {
	if _, listed := rule["backendAddressPools"]; !listed && rule["backendAddressPool"] != nil {
		rule["backendAddressPools"] = []any{rule["backendAddressPool"]}
	}
}

// backendAddresses are the members of a pool once more, in a property that can be written too: Azure itself writes it
// whenever instances join or leave. Each is named after its resource group and the rest of its path, as templates have
// it that were exported from a group with a scale set; a pool without members has an empty list, as az network lb
// create prints it.
func backendAddresses(members []string) []any {
	out := []any{}
	for _, member := range members {
		id, err := ParseID(member)
		_, path, ok := strings.Cut(member, "/virtualMachineScaleSets/")
		if err != nil || !ok {
			continue
		}
		name := id.ResourceGroup + "_" + strings.ReplaceAll(strings.Replace(path, "/ipConfigurations/", "", 1), "/",
			"_")
		out = append(out, map[string]any{"name": name, "properties": map[string]any{
			"networkInterfaceIPConfiguration": map[string]any{"id": member},
		}})
	}
	return out
}

// usedBy lists at a child the rules whose property of that name refers to it.
func usedBy(child map[string]any, rules []map[string]any, property string) {
	var users []string
	for _, rule := range rules {
		p, _ := rule["properties"].(map[string]any)
		ref, _ := p[property].(map[string]any)
		if key(text(ref, "id")) == key(text(child, "id")) {
			users = append(users, text(rule, "id"))
		}
	}
	if len(users) > 0 {
		object(child, "properties")["loadBalancingRules"] = idsOf(users)
	}
}

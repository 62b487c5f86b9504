// Package components draws a site as Azure resources: one component a file, each a part of the topology that the documents
// describe as one step. What to build is decided before, in plain data; here it gets its place, its name and its order.
package components

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Names that the documents or Azure fix. Everything else is named by Pulumi (logical name plus a random suffix), so that a
// replacement can stand beside what it replaces.
const (
	virtualNetworkName    = "MD4IoT-VNET"
	gatewaySubnetName     = "GatewaySubnet"
	proxyserverSubnetName = "ProxyserverSubnet"
	bastionSubnetName     = "AzureBastionSubnet"

	frontendName        = "sensors"
	backendPoolName     = "proxies"
	probeName           = "proxy-port"
	ruleName            = "proxy"
	computerPrefix      = "proxy"
	healthExtension     = "application-health"
	gateExtension       = "readiness-gate"
	interfaceName       = "proxy"
	gatewayName         = "MD4IoT-gateway"
	routeFilterRule     = "defender-for-iot"
	bastionConfig       = "bastion"
	typePrefix          = "defender-iot-proxy:index:"
	resourceGroupPrefix = "defender-iot-"
)

// Placement is where the resources of a component go and what they have in common.
type Placement struct {
	ResourceGroupName pulumi.StringInput // Required.
	Location          string             // Required. Azure region.
	Zones             []string           // Optional. Availability zones of the region; none where it has none.
	Tags              map[string]string  // Optional. On every resource that takes tags.
	Protect           bool               // Optional. Refuse to delete what is slow to rebuild or remembered by others.
}

func (p Placement) tags() pulumi.StringMap {
	return pulumi.ToStringMap(p.Tags)
}

// zones returns nil, not an empty list, where the region has none: Azure takes an empty list for a change.
func (p Placement) zones() pulumi.StringArrayInput {
	return stringArray(p.Zones)
}

func stringArray(texts []string) pulumi.StringArrayInput {
	if len(texts) == 0 {
		return nil
	}
	return pulumi.ToStringArray(slices.Clone(texts))
}

// siblingID is the ID of a resource of the same resource group and provider as another, given its type and name.
func siblingID(of pulumi.StringInput, path string) pulumi.StringOutput {
	return of.ToStringOutput().ApplyT(func(id string) string {
		group, _, _ := strings.Cut(id, "/virtualNetworks/")
		return group + "/" + path
	}).(pulumi.StringOutput)
}

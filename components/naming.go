// Package components is a library of Pulumi components for sites whose OT sensors reach Microsoft Defender for IoT
// through proxies in Azure. SensorProxy builds the whole path; its parts, and what may stand beside them, can be used
// one by one.
//
// All components follow the same rules. An ID, a name, a key or a tag may be an output of another resource. What
// decides the shape of a deployment, or is checked before Azure is asked, is a plain value. The zero value of an
// optional field stands for its default. A constructor reports everything that is wrong with its arguments in one
// error, and registers nothing then.
package components

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// Names that the documents or Azure fix. Everything else is named by Pulumi (logical name plus a random suffix), so
// that a replacement can stand beside what it replaces.
const (
	virtualNetworkName    = "MD4IoT-VNET"
	gatewaySubnetName     = "GatewaySubnet"
	proxyserverSubnetName = "ProxyserverSubnet"
	bastionSubnetName     = "AzureBastionSubnet"

	frontendName    = "sensors"
	backendPoolName = "proxies"
	probeName       = "proxy-port"
	ruleName        = "proxy"
	computerPrefix  = "proxy"
	healthExtension = "application-health"
	gateExtension   = "readiness-gate"
	agentExtension  = "azure-monitor-agent"
	interfaceName   = "proxy"
	gatewayName     = "MD4IoT-gateway"
	routeFilterRule = "defender-for-iot"
	bastionConfig   = "bastion"
	typePrefix      = "defender-iot-proxy:index:"
)

// placement is where the resources of a component go and what they have in common.
type placement struct {
	resourceGroup pulumi.StringInput
	location      string
	zones         []string // availability zones; none where the region has none
	tags          pulumi.StringMapInput
	protect       bool // refuse to delete what is slow to rebuild or remembered by others
}

// zonesOf are the zones that a component's arguments ask for: nil stands for all zones of the region, an empty list for
// none.
func zonesOf(location string, asked []string) []string {
	if asked == nil {
		return site.Zones(location)
	}
	return asked
}

// stringArray returns nil, not an empty list, where there is nothing: Azure takes an empty list for a change.
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

// idPart is a part of a resource's ID: the resource group's name or the resource's own.
func idPart(id pulumi.StringInput, at int) pulumi.StringOutput {
	return id.ToStringOutput().ApplyT(func(id string) (string, error) {
		parts := strings.Split(id, "/")
		if len(parts) <= idResource {
			return "", fmt.Errorf("%q is not the ID of a resource", id)
		}
		return parts[at], nil
	}).(pulumi.StringOutput)
}

// Places in /subscriptions/S/resourceGroups/GROUP/providers/NAMESPACE/TYPE/NAME.
const (
	idGroup    = 4
	idResource = 8
)

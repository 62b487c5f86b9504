package azurenative

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

// azureType is how azure-native names and addresses one of Azure's types.
type azureType struct {
	token      string   // Pulumi's type
	path       string   // ID, with the inputs that it is made of in braces; the last one is the resource's own name
	apiVersion string   // what the program's SDK asks for under this token
	createOnly []string // inputs, besides those of the path and the location, that azure-native replaces the resource for
}

const groupPath = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}"

// azureTypes is every type that the program uses.
var azureTypes = []azureType{
	{token: "azure-native:resources:ResourceGroup", apiVersion: "2022-09-01", path: groupPath},
	network("NetworkSecurityGroup", "networkSecurityGroups/{networkSecurityGroupName}"),
	network("VirtualNetwork", "virtualNetworks/{virtualNetworkName}"),
	network("PublicIPAddress", "publicIPAddresses/{publicIpAddressName}", "sku", "zones", "publicIPAddressVersion"),
	network("NatGateway", "natGateways/{natGatewayName}", "sku", "zones"),
	network("LoadBalancer", "loadBalancers/{loadBalancerName}", "sku"),
	network("FlowLog", "networkWatchers/{networkWatcherName}/flowLogs/{flowLogName}", "targetResourceId"),
	network("VirtualNetworkGateway", "virtualNetworkGateways/{virtualNetworkGatewayName}", "gatewayType", "vpnType", "vpnGatewayGeneration"),
	network("LocalNetworkGateway", "localNetworkGateways/{localNetworkGatewayName}"),
	network("VirtualNetworkGatewayConnection", "connections/{virtualNetworkGatewayConnectionName}", "connectionType", "virtualNetworkGateway1", "localNetworkGateway2", "peer"),
	network("RouteFilter", "routeFilters/{routeFilterName}"),
	network("ExpressRouteCircuitPeering", "expressRouteCircuits/{circuitName}/peerings/{peeringName}"),
	network("BastionHost", "bastionHosts/{bastionHostName}", "zones"),
	{
		token: "azure-native:compute:VirtualMachineScaleSet", apiVersion: "2023-03-01",
		path:       groupPath + "/providers/Microsoft.Compute/virtualMachineScaleSets/{vmScaleSetName}",
		createOnly: []string{"orchestrationMode", "platformFaultDomainCount", "zones"},
	},
	{
		token: "azure-native:storage:StorageAccount", apiVersion: "2022-09-01",
		path:       groupPath + "/providers/Microsoft.Storage/storageAccounts/{accountName}",
		createOnly: []string{"isHnsEnabled", "isNfsV3Enabled"},
	},
	{
		token: "azure-native:operationalinsights:Workspace", apiVersion: "2022-10-01",
		path: groupPath + "/providers/Microsoft.OperationalInsights/workspaces/{workspaceName}",
	},
	{
		token: "azure-native:insights:DiagnosticSetting", apiVersion: "2021-05-01-preview",
		path: "{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}",
	},
}

func network(name, path string, createOnly ...string) azureType {
	return azureType{
		token: "azure-native:network/v20240501:" + name, apiVersion: "2024-05-01",
		path: groupPath + "/providers/Microsoft.Network/" + path, createOnly: createOnly,
	}
}

func lookup(token string) (azureType, arm.Type, error) {
	for _, t := range azureTypes {
		if t.token != token {
			continue
		}
		model, ok := arm.LookupType(t.armType())
		if !ok {
			return azureType{}, arm.Type{}, fmt.Errorf("%s: the stand-in does not play %s", token, t.armType())
		}
		return t, model, nil
	}
	return azureType{}, arm.Type{}, fmt.Errorf("%s is not a type of this rehearsal: add it to the provider's table and to the stand-in", token)
}

var placeholder = regexp.MustCompile(`\{(\w+)\}`)

// armType is the path without names: Microsoft.Network/networkWatchers/flowLogs.
func (t azureType) armType() string {
	_, provider, ok := strings.Cut(t.path, "/providers/")
	if !ok {
		return "Microsoft.Resources/resourceGroups"
	}
	var names []string
	for _, segment := range strings.Split(provider, "/") {
		if !placeholder.MatchString(segment) {
			names = append(names, segment)
		}
	}
	return strings.Join(names, "/")
}

// parameters lists the inputs that the path is made of, the subscription left out.
func (t azureType) parameters() []string {
	var names []string
	for _, match := range placeholder.FindAllStringSubmatch(t.path, -1) {
		if match[1] != "subscriptionId" {
			names = append(names, match[1])
		}
	}
	return names
}

// nameInput is the input that holds the resource's own name.
func (t azureType) nameInput() resource.PropertyKey {
	all := t.parameters()
	return resource.PropertyKey(all[len(all)-1])
}

// id fills the path in. Every parameter must be a known text by now.
func (t azureType) id(subscription string, inputs resource.PropertyMap) (string, error) {
	var missing string
	id := placeholder.ReplaceAllStringFunc(t.path, func(p string) string {
		name := strings.Trim(p, "{}")
		if name == "subscriptionId" {
			return subscription
		}
		value := unsecret(inputs[resource.PropertyKey(name)])
		if !value.IsString() || value.StringValue() == "" {
			missing = name
			return ""
		}
		return value.StringValue()
	})
	if missing != "" {
		return "", fmt.Errorf("%s needs a value for %s", t.token, missing)
	}
	return id, nil
}

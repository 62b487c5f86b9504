package azurenative

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

// azureType is how azure-native names and addresses one of Azure's types, and what its metadata says of it besides the
// properties.
type azureType struct {
	token      string // Pulumi's type
	path       string // ID, with the inputs that it is made of in braces; the last one is the resource's own name
	apiVersion string // what the program's SDK asks for under this token

	// forceNew are the properties that the plugin replaces the resource for, besides those of the path.
	// Source: pulumi/pulumi-azure-native, provider/pkg/gen/replacement.go, and x-ms-mutability in Microsoft's
	// specification.
	forceNew []string
	// subResources are the lists that exist as resources of their own too: what the program leaves out stays as it is.
	// Source: the SDK's remark "also available as standalone resources" at each of them.
	subResources []string
	// defaults are what a property goes back to when the program leaves it out.
	// Source: pulumi/pulumi-azure-native, provider/pkg/gen/propertyDefaults.go.
	defaults resource.PropertyMap
}

const groupPath = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}"

// azureTypes is every type that the program makes or looks up.
var azureTypes = []azureType{
	{token: "azure-native:resources:ResourceGroup", apiVersion: "2022-09-01", path: groupPath,
		forceNew: []string{"location"}},
	networkType("NetworkSecurityGroup", "networkSecurityGroups/{networkSecurityGroupName}", "securityRules"),
	networkType("VirtualNetwork", "virtualNetworks/{virtualNetworkName}", "subnets", "virtualNetworkPeerings").
		replacedFor("location"),
	networkType("Subnet", "virtualNetworks/{virtualNetworkName}/subnets/{subnetName}"),
	networkType("VirtualNetworkPeering",
		"virtualNetworks/{virtualNetworkName}/virtualNetworkPeerings/{virtualNetworkPeeringName}"),
	networkType("HubVirtualNetworkConnection",
		"virtualHubs/{virtualHubName}/hubVirtualNetworkConnections/{connectionName}"),
	networkType("RouteTable", "routeTables/{routeTableName}", "routes"),
	networkType("PublicIPPrefix", "publicIPPrefixes/{publicIpPrefixName}"),
	networkType("PublicIPAddress", "publicIPAddresses/{publicIpAddressName}").replacedFor("location",
		"publicIPAddressVersion", "publicIPPrefix", "sku"),
	networkType("NatGateway", "natGateways/{natGatewayName}"),
	networkType("LoadBalancer", "loadBalancers/{loadBalancerName}", "backendAddressPools", "inboundNatRules"),
	networkType("FlowLog", "networkWatchers/{networkWatcherName}/flowLogs/{flowLogName}"),
	networkType("VirtualNetworkGateway", "virtualNetworkGateways/{virtualNetworkGatewayName}", "natRules"),
	networkType("LocalNetworkGateway", "localNetworkGateways/{localNetworkGatewayName}"),
	networkType("VirtualNetworkGatewayConnection", "connections/{virtualNetworkGatewayConnectionName}"),
	networkType("RouteFilter", "routeFilters/{routeFilterName}", "rules"),
	networkType("ExpressRouteCircuitPeering", "expressRouteCircuits/{circuitName}/peerings/{peeringName}",
		"connections"),
	networkType("BastionHost", "bastionHosts/{bastionHostName}"),
	{
		token: "azure-native:compute:VirtualMachineScaleSet", apiVersion: "2023-03-01",
		path: groupPath + "/providers/Microsoft.Compute/virtualMachineScaleSets/{vmScaleSetName}",
	},
	{
		token: "azure-native:storage:StorageAccount", apiVersion: "2022-09-01",
		path:     groupPath + "/providers/Microsoft.Storage/storageAccounts/{accountName}",
		forceNew: []string{"isHnsEnabled", "location"},
		defaults: resource.NewPropertyMapFromMap(map[string]any{"networkRuleSet": map[string]any{
			"bypass": "AzureServices", "defaultAction": "Allow", "ipRules": []any{}, "virtualNetworkRules": []any{},
		}}),
	},
	{
		token: "azure-native:operationalinsights:Workspace", apiVersion: "2022-10-01",
		path:     groupPath + "/providers/Microsoft.OperationalInsights/workspaces/{workspaceName}",
		forceNew: []string{"location"},
	},
	{
		token: "azure-native:operationalinsights:Table", apiVersion: "2022-10-01",
		path: groupPath + "/providers/Microsoft.OperationalInsights/workspaces/{workspaceName}/tables/{tableName}",
	},
	{
		token: "azure-native:insights:DataCollectionEndpoint", apiVersion: "2022-06-01",
		path:     groupPath + "/providers/Microsoft.Insights/dataCollectionEndpoints/{dataCollectionEndpointName}",
		forceNew: []string{"location"},
	},
	{
		token: "azure-native:insights:DataCollectionRule", apiVersion: "2022-06-01",
		path:     groupPath + "/providers/Microsoft.Insights/dataCollectionRules/{dataCollectionRuleName}",
		forceNew: []string{"location"},
	},
	{
		token: "azure-native:insights:DataCollectionRuleAssociation", apiVersion: "2022-06-01",
		path: "{resourceUri}/providers/Microsoft.Insights/dataCollectionRuleAssociations/{associationName}",
	},
	{
		token: "azure-native:insights:DiagnosticSetting", apiVersion: "2021-05-01-preview",
		path: "{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}",
	},
	insightsType("ActionGroup", "actionGroups/{actionGroupName}", "2023-01-01"),
	insightsType("MetricAlert", "metricAlerts/{ruleName}", "2018-03-01"),
	insightsType("ScheduledQueryRule", "scheduledQueryRules/{ruleName}", "2023-03-15-preview"),
	insightsType("ActivityLogAlert", "activityLogAlerts/{activityLogAlertName}", "2020-10-01"),
	insightsType("Workbook", "workbooks/{resourceName}", "2022-04-01"),
}

func networkType(name, path string, subResources ...string) azureType {
	return azureType{
		token: "azure-native:network/v20240501:" + name, apiVersion: "2024-05-01",
		path: groupPath + "/providers/Microsoft.Network/" + path, subResources: subResources,
	}
}

func insightsType(name, path, version string) azureType {
	return azureType{
		token: "azure-native:insights:" + name, apiVersion: version, forceNew: []string{"location"},
		path: groupPath + "/providers/Microsoft.Insights/" + path,
	}
}

func (t azureType) replacedFor(properties ...string) azureType {
	t.forceNew = properties
	return t
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
	return azureType{}, arm.Type{},
		fmt.Errorf("%s is not a type of this rehearsal: add it to the provider's table and to the stand-in", token)
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

// copiesNames tells whether a name that the program leaves out is the logical name as it is: where the path has more
// than one parameter below the provider. Elsewhere a random suffix is added.
// Source: pulumi/pulumi-azure-native, AutoName in provider/pkg/resources/resources.go.
func (t azureType) copiesNames() bool {
	path := strings.ToLower(t.path)
	provider := strings.LastIndex(path, "microsoft.")
	return provider >= 0 && strings.Count(path[provider:], "{") > 1
}

// writable lists what goes into the body, with the plain types of the SDK.
func (t azureType) writable() map[string]reflect.Type {
	properties := maps.Clone(propertiesOf(sdkTypes[t.token].inputs))
	for _, parameter := range t.parameters() {
		delete(properties, parameter)
	}
	return properties
}

// id fills the path in. Every parameter must be a known text by now.
func (t azureType) id(subscription string, inputs resource.PropertyMap) (string, error) {
	var missing string
	id := placeholder.ReplaceAllStringFunc(t.path, func(p string) string {
		name := strings.Trim(p, "{}")
		if name == "subscriptionId" {
			return subscription
		}
		value := inputs[resource.PropertyKey(name)]
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

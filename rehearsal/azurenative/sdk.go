package azurenative

import (
	"reflect"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/monitor/armmonitor"
	compute "github.com/pulumi/pulumi-azure-native-sdk/compute/v2"
	insights "github.com/pulumi/pulumi-azure-native-sdk/insights/v2"
	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	operationalinsights "github.com/pulumi/pulumi-azure-native-sdk/operationalinsights/v2"
	resources "github.com/pulumi/pulumi-azure-native-sdk/resources/v2"
	storage "github.com/pulumi/pulumi-azure-native-sdk/storage/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// sdkType is a resource as azure-native's Go SDK declares it. The SDK and the plugin are generated from one schema, so
// the SDK's structs say exactly which properties the plugin takes and which it gives back, level by level.
type sdkType struct{ inputs, outputs reflect.Type }

// sdkTypes is what the SDK declares under the tokens of azureTypes.
var sdkTypes = map[string]sdkType{
	"azure-native:resources:ResourceGroup": declared[resources.ResourceGroupArgs,
		resources.ResourceGroup](),
	"azure-native:network/v20240501:NetworkSecurityGroup": declared[network.NetworkSecurityGroupArgs,
		network.NetworkSecurityGroup](),
	"azure-native:network/v20240501:VirtualNetwork": declared[network.VirtualNetworkArgs,
		network.VirtualNetwork](),
	"azure-native:network/v20240501:Subnet": declared[network.SubnetArgs, network.Subnet](),
	"azure-native:network/v20240501:VirtualNetworkPeering": declared[network.VirtualNetworkPeeringArgs,
		network.VirtualNetworkPeering](),
	"azure-native:network/v20240501:HubVirtualNetworkConnection": declared[network.HubVirtualNetworkConnectionArgs,
		network.HubVirtualNetworkConnection](),
	"azure-native:network/v20240501:RouteTable": declared[network.RouteTableArgs, network.RouteTable](),
	"azure-native:network/v20240501:PublicIPPrefix": declared[network.PublicIPPrefixArgs,
		network.PublicIPPrefix](),
	"azure-native:network/v20240501:PublicIPAddress": declared[network.PublicIPAddressArgs,
		network.PublicIPAddress](),
	"azure-native:network/v20240501:NatGateway": declared[network.NatGatewayArgs,
		network.NatGateway](),
	"azure-native:network/v20240501:LoadBalancer": declared[network.LoadBalancerArgs,
		network.LoadBalancer](),
	"azure-native:network/v20240501:FlowLog": declared[network.FlowLogArgs, network.FlowLog](),
	"azure-native:network/v20240501:VirtualNetworkGateway": declared[network.VirtualNetworkGatewayArgs,
		network.VirtualNetworkGateway](),
	"azure-native:network/v20240501:LocalNetworkGateway": declared[network.LocalNetworkGatewayArgs,
		network.LocalNetworkGateway](),
	"azure-native:network/v20240501:VirtualNetworkGatewayConnection": declared[network.VirtualNetworkGatewayConnectionArgs, network.VirtualNetworkGatewayConnection](),
	"azure-native:network/v20240501:RouteFilter": declared[network.RouteFilterArgs,
		network.RouteFilter](),
	"azure-native:network/v20240501:ExpressRouteCircuitPeering": declared[network.ExpressRouteCircuitPeeringArgs,
		network.ExpressRouteCircuitPeering](),
	"azure-native:network/v20240501:BastionHost": declared[network.BastionHostArgs, network.BastionHost](),
	"azure-native:compute:VirtualMachineScaleSet": declared[compute.VirtualMachineScaleSetArgs,
		compute.VirtualMachineScaleSet](),
	"azure-native:storage:StorageAccount": declared[storage.StorageAccountArgs, storage.StorageAccount](),
	"azure-native:operationalinsights:Workspace": declared[operationalinsights.WorkspaceArgs,
		operationalinsights.Workspace](),
	"azure-native:insights:ActionGroup": declared[insights.ActionGroupArgs, insights.ActionGroup](),
	"azure-native:insights:MetricAlert": declared[insights.MetricAlertArgs, insights.MetricAlert](),
	"azure-native:insights:ScheduledQueryRule": declared[insights.ScheduledQueryRuleArgs,
		insights.ScheduledQueryRule](),
	"azure-native:insights:ActivityLogAlert": declared[insights.ActivityLogAlertArgs, insights.ActivityLogAlert](),
	"azure-native:insights:Workbook":         declared[insights.WorkbookArgs, insights.Workbook](),
	"azure-native:operationalinsights:Table": declared[operationalinsights.TableArgs, operationalinsights.Table](),
	"azure-native:insights:DataCollectionEndpoint": declared[insights.DataCollectionEndpointArgs,
		insights.DataCollectionEndpoint](),
	"azure-native:insights:DataCollectionRule": declared[insights.DataCollectionRuleArgs,
		insights.DataCollectionRule](),
	"azure-native:insights:DataCollectionRuleAssociation": declared[insights.DataCollectionRuleAssociationArgs,
		insights.DataCollectionRuleAssociation](),
	"azure-native:insights:DiagnosticSetting": declared[insights.DiagnosticSettingArgs, insights.DiagnosticSetting](),
}

// unions are what the SDK declares for a model of which there are several, where it declares no type: the one that
// stands for the interface of the models.
var unions = map[reflect.Type]reflect.Type{
	reflect.TypeFor[armmonitor.MetricAlertSingleResourceMultipleMetricCriteria](): reflect.TypeFor[insights.MetricAlertSingleResourceMultipleMetricCriteriaResponse](),
}

func declared[Args interface{ ElementType() reflect.Type }, Resource any]() sdkType {
	var args Args
	return sdkType{inputs: args.ElementType(), outputs: reflect.TypeFor[Resource]()}
}

// sdkProperties caches what propertiesOf finds.
var sdkProperties sync.Map // of reflect.Type to map[string]reflect.Type

// propertiesOf lists the properties of one of the SDK's structs with their plain types; nil where t is no struct.
func propertiesOf(t reflect.Type) map[string]reflect.Type {
	if t.Kind() != reflect.Struct {
		return nil
	}
	if known, ok := sdkProperties.Load(t); ok {
		return known.(map[string]reflect.Type)
	}
	properties := map[string]reflect.Type{}
	for i := range t.NumField() {
		field := t.Field(i)
		if name := field.Tag.Get("pulumi"); name != "" && !field.Anonymous {
			properties[name] = plainType(field.Type)
		}
	}
	sdkProperties.Store(t, properties)
	return properties
}

// plainType takes Pulumi's outputs and the pointers of optional properties off a type.
func plainType(t reflect.Type) reflect.Type {
	if output, ok := reflect.Zero(t).Interface().(pulumi.Output); ok {
		t = output.ElementType()
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

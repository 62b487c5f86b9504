package arm

import (
	"reflect"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/compute/armcompute/v6"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/monitor/armmonitor"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/operationalinsights/armoperationalinsights/v2"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"
)

// required are the properties that Microsoft's models mark so; a test holds this to be all of them that the models in
// use reach. A Properties level is none of them: where it is absent, what it requires is.
var required = map[reflect.Type][]string{
	reflect.TypeFor[armcompute.KeyVaultSecretReference](): {"SecretURL",
		"SourceVault"},
	reflect.TypeFor[armcompute.SecurityPostureReference](): {"ID"},
	reflect.TypeFor[armcompute.VMGalleryApplication]():     {"PackageReferenceID"},
	reflect.TypeFor[armcompute.VirtualMachineScaleSet]():   {"Location"},
	reflect.TypeFor[armcompute.VirtualMachineScaleSetDataDisk](): {"CreateOption",
		"Lun"},
	reflect.TypeFor[armcompute.VirtualMachineScaleSetIPConfiguration]():                         {"Name"},
	reflect.TypeFor[armcompute.VirtualMachineScaleSetNetworkConfiguration]():                    {"Name"},
	reflect.TypeFor[armcompute.VirtualMachineScaleSetNetworkConfigurationProperties]():          {"IPConfigurations"},
	reflect.TypeFor[armcompute.VirtualMachineScaleSetOSDisk]():                                  {"CreateOption"},
	reflect.TypeFor[armcompute.VirtualMachineScaleSetPublicIPAddressConfiguration]():            {"Name"},
	reflect.TypeFor[armcompute.VirtualMachineScaleSetPublicIPAddressConfigurationDNSSettings](): {"DomainNameLabel"},
	reflect.TypeFor[armmonitor.ApplicationInsights]():                                           {"Name", "ResourceID"},
	reflect.TypeFor[armmonitor.DataCollectionEndpointResource]():                                {"Location"},
	reflect.TypeFor[armmonitor.DataCollectionEndpointResourceIdentity]():                        {"Type"},
	reflect.TypeFor[armmonitor.DataCollectionEndpointResourceSKU]():                             {"Name"},
	reflect.TypeFor[armmonitor.DataCollectionRuleResource]():                                    {"Location"},
	reflect.TypeFor[armmonitor.DataCollectionRuleResourceIdentity]():                            {"Type"},
	reflect.TypeFor[armmonitor.DataCollectionRuleResourceSKU]():                                 {"Name"},
	reflect.TypeFor[armmonitor.EtwProviderDataSource](): {
		"Provider", "ProviderType", "Streams",
	},
	reflect.TypeFor[armmonitor.ExtensionDataSource](): {"ExtensionName"},
	reflect.TypeFor[armmonitor.IisLogsDataSource]():   {"Streams"},
	reflect.TypeFor[armmonitor.LogFileSettingsText](): {
		"RecordStartTimestampFormat",
	},
	reflect.TypeFor[armmonitor.LogFilesDataSource](): {
		"FilePatterns", "Format", "Streams",
	},
	reflect.TypeFor[armmonitor.OtelLogsDataSource]():                         {"Streams"},
	reflect.TypeFor[armmonitor.OtelLogsDirectDataSource]():                   {"Streams"},
	reflect.TypeFor[armmonitor.OtelMetricsDataSource]():                      {"Streams"},
	reflect.TypeFor[armmonitor.OtelMetricsDirectDataSource]():                {"Streams"},
	reflect.TypeFor[armmonitor.OtelTracesDataSource]():                       {"Streams"},
	reflect.TypeFor[armmonitor.OtelTracesDirectDataSource]():                 {"Streams"},
	reflect.TypeFor[armmonitor.PlatformTelemetryDataSource]():                {"Streams"},
	reflect.TypeFor[armmonitor.WindowsFirewallLogsDataSource]():              {"Streams"},
	reflect.TypeFor[armmonitor.LogSettings]():                                {"Enabled"},
	reflect.TypeFor[armmonitor.MetricSettings]():                             {"Enabled"},
	reflect.TypeFor[armmonitor.RetentionPolicy]():                            {"Days", "Enabled"},
	reflect.TypeFor[armnetwork.BastionHostIPConfigurationPropertiesFormat](): {"Subnet"},
	reflect.TypeFor[armnetwork.FlowLogPropertiesFormat](): {"StorageID",
		"TargetResourceID"},
	reflect.TypeFor[armnetwork.GatewayCustomBgpIPAddressIPConfiguration](): {"CustomBgpIPAddress",
		"IPConfigurationID"},
	reflect.TypeFor[armnetwork.IPSecPolicy](): {"DhGroup", "IPSecEncryption",
		"IPSecIntegrity", "IkeEncryption", "IkeIntegrity", "PfsGroup", "SaDataSizeKilobytes", "SaLifeTimeSeconds"},
	reflect.TypeFor[armnetwork.InboundNatPoolPropertiesFormat](): {"BackendPort",
		"FrontendPortRangeEnd", "FrontendPortRangeStart", "Protocol"},
	reflect.TypeFor[armnetwork.LoadBalancingRulePropertiesFormat](): {"FrontendPort", "Protocol"},
	reflect.TypeFor[armnetwork.OutboundRulePropertiesFormat](): {"BackendAddressPool",
		"FrontendIPConfigurations", "Protocol"},
	reflect.TypeFor[armnetwork.ProbePropertiesFormat](): {"Port", "Protocol"},
	reflect.TypeFor[armnetwork.RadiusServer]():          {"RadiusServerAddress"},
	reflect.TypeFor[armnetwork.RouteFilterRulePropertiesFormat](): {"Access", "Communities",
		"RouteFilterRuleType"},
	reflect.TypeFor[armnetwork.RoutePropertiesFormat](): {"NextHopType"},
	reflect.TypeFor[armnetwork.SecurityRulePropertiesFormat](): {"Access", "Direction",
		"Priority", "Protocol"},
	reflect.TypeFor[armnetwork.TrafficSelectorPolicy](): {"LocalAddressRanges",
		"RemoteAddressRanges"},
	reflect.TypeFor[armnetwork.VPNClientRootCertificatePropertiesFormat](): {"PublicCertData"},
	reflect.TypeFor[armnetwork.VirtualNetworkBgpCommunities]():             {"VirtualNetworkCommunity"},
	reflect.TypeFor[armnetwork.VirtualNetworkEncryption]():                 {"Enabled"},
	reflect.TypeFor[armnetwork.VirtualNetworkGatewayConnectionPropertiesFormat](): {"ConnectionType",
		"VirtualNetworkGateway1"},
	reflect.TypeFor[armnetwork.VirtualNetworkGatewayPolicyGroupProperties](): {"IsDefault",
		"PolicyMembers", "Priority"},
	reflect.TypeFor[armnetwork.VngClientConnectionConfigurationProperties](): {"VPNClientAddressPool",
		"VirtualNetworkGatewayPolicyGroups"},
	reflect.TypeFor[armoperationalinsights.Identity]():                  {"Type"},
	reflect.TypeFor[armoperationalinsights.Workspace]():                 {"Location"},
	reflect.TypeFor[armoperationalinsights.WorkspaceSKU]():              {"Name"},
	reflect.TypeFor[armresources.ResourceGroup]():                       {"Location"},
	reflect.TypeFor[armstorage.AccountCreateParameters]():               {"Kind", "Location", "SKU"},
	reflect.TypeFor[armstorage.ActiveDirectoryProperties]():             {"DomainGUID", "DomainName"},
	reflect.TypeFor[armstorage.AzureFilesIdentityBasedAuthentication](): {"DirectoryServiceOptions"},
	reflect.TypeFor[armstorage.CustomDomain]():                          {"Name"},
	reflect.TypeFor[armstorage.IPRule]():                                {"IPAddressOrRange"},
	reflect.TypeFor[armstorage.Identity]():                              {"Type"},
	reflect.TypeFor[armstorage.KeyPolicy]():                             {"KeyExpirationPeriodInDays"},
	reflect.TypeFor[armstorage.NetworkRuleSet]():                        {"DefaultAction"},
	reflect.TypeFor[armstorage.SKU]():                                   {"Name"},
	reflect.TypeFor[armstorage.SasPolicy]():                             {"ExpirationAction", "SasExpirationPeriod"},
	reflect.TypeFor[armstorage.VirtualNetworkRule]():                    {"VirtualNetworkResourceID"},
}

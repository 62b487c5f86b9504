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
	reflect.TypeFor[armcompute.DataDiskImageEncryption]():       {"Lun"},
	reflect.TypeFor[armcompute.Gallery]():                       {"Location"},
	reflect.TypeFor[armcompute.GalleryDataDiskImage]():          {"Lun"},
	reflect.TypeFor[armcompute.GalleryImage]():                  {"Location"},
	reflect.TypeFor[armcompute.GalleryImageIdentifier]():        {"Offer", "Publisher", "SKU"},
	reflect.TypeFor[armcompute.GalleryImageProperties]():        {"Identifier", "OSState", "OSType"},
	reflect.TypeFor[armcompute.GalleryImageVersion]():           {"Location"},
	reflect.TypeFor[armcompute.GalleryImageVersionProperties](): {"StorageProfile"},
	reflect.TypeFor[armcompute.TargetRegion]():                  {"Name"},
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

	reflect.TypeFor[armmonitor.ActionGroup]():                 {"Enabled", "GroupShortName"},
	reflect.TypeFor[armmonitor.ActionGroupResource]():         {"Location"},
	reflect.TypeFor[armmonitor.ActivityLogAlertActionGroup](): {"ActionGroupID"},
	reflect.TypeFor[armmonitor.AlertRuleAllOfCondition]():     {"AllOf"},
	reflect.TypeFor[armmonitor.AlertRuleProperties]():         {"Actions", "Condition"},
	reflect.TypeFor[armmonitor.ArmRoleReceiver]():             {"Name", "RoleID"},
	reflect.TypeFor[armmonitor.AutomationRunbookReceiver](): {
		"AutomationAccountID", "IsGlobalRunbook", "RunbookName", "WebhookResourceID"},
	reflect.TypeFor[armmonitor.AzureAppPushReceiver](): {"EmailAddress", "Name"},
	reflect.TypeFor[armmonitor.AzureFunctionReceiver](): {
		"FunctionAppResourceID", "FunctionName", "HTTPTriggerURL", "Name"},
	reflect.TypeFor[armmonitor.Dimension]():     {"Name", "Operator", "Values"},
	reflect.TypeFor[armmonitor.EmailReceiver](): {"EmailAddress", "Name"},
	reflect.TypeFor[armmonitor.EventHubReceiver](): {
		"EventHubName", "EventHubNameSpace", "Name", "SubscriptionID"},
	reflect.TypeFor[armmonitor.Identity](): {"Type"},
	reflect.TypeFor[armmonitor.IncidentReceiver](): {
		"Connection", "IncidentManagementService", "Mappings", "Name"},
	reflect.TypeFor[armmonitor.IncidentServiceConnection](): {"ID", "Name"},
	reflect.TypeFor[armmonitor.ItsmReceiver](): {
		"ConnectionID", "Name", "Region", "TicketConfiguration", "WorkspaceID"},
	reflect.TypeFor[armmonitor.LogicAppReceiver]():       {"CallbackURL", "Name", "ResourceID"},
	reflect.TypeFor[armmonitor.ManagedServiceIdentity](): {"Type"},
	reflect.TypeFor[armmonitor.MetricAlertProperties](): {
		"Criteria", "Enabled", "EvaluationFrequency", "Scopes", "Severity"},
	reflect.TypeFor[armmonitor.MetricAlertResource](): {"Location"},
	reflect.TypeFor[armmonitor.MetricCriteria](): {
		"MetricName", "Name", "Operator", "Threshold", "TimeAggregation"},
	reflect.TypeFor[armmonitor.MetricDimension]():            {"Name", "Operator", "Values"},
	reflect.TypeFor[armmonitor.ResolveConfiguration]():       {"AutoResolved"},
	reflect.TypeFor[armmonitor.ScheduledQueryRuleResource](): {"Location"},
	reflect.TypeFor[armmonitor.SmsReceiver]():                {"CountryCode", "Name", "PhoneNumber"},
	reflect.TypeFor[armmonitor.VoiceReceiver]():              {"CountryCode", "Name", "PhoneNumber"},
	reflect.TypeFor[armmonitor.WebhookReceiver]():            {"Name", "ServiceURI"},

	reflect.TypeFor[armmonitor.LogSettings]():                                {"Enabled"},
	reflect.TypeFor[armmonitor.MetricSettings]():                             {"Enabled"},
	reflect.TypeFor[armmonitor.RetentionPolicy]():                            {"Days", "Enabled"},
	reflect.TypeFor[armnetwork.BastionHostIPConfigurationPropertiesFormat](): {"Subnet"},
	reflect.TypeFor[armnetwork.FlowLogPropertiesFormat](): {"StorageID",
		"TargetResourceID"},
	reflect.TypeFor[armnetwork.GatewayCustomBgpIPAddressIPConfiguration](): {"CustomBgpIPAddress",
		"IPConfigurationID"},
	reflect.TypeFor[armnetwork.HubRoute](): {"DestinationType", "Destinations", "Name", "NextHop",
		"NextHopType"},
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

package components

import (
	"fmt"
	"strings"

	insights "github.com/pulumi/pulumi-azure-native-sdk/insights/v2"
	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	operationalinsights "github.com/pulumi/pulumi-azure-native-sdk/operationalinsights/v2"
	storage "github.com/pulumi/pulumi-azure-native-sdk/storage/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// workspaceDays is how long a workspace made here keeps its logs: what its price includes.
// Source: https://learn.microsoft.com/azure/azure-monitor/logs/data-retention-configure
const workspaceDays = 30

// Diagnostics is the site's logging (documented step 1 and the logging parts of steps 4 and 6): all logs of the network security
// group and all metrics of the load balancer in a Log Analytics workspace, and the virtual network's flow log in storage with
// Traffic Analytics.
type Diagnostics struct {
	pulumi.ResourceState

	// WorkspaceID is the Log Analytics workspace: the given one, or one made here.
	WorkspaceID pulumi.StringOutput
}

// DiagnosticsArgs configures a Diagnostics.
type DiagnosticsArgs struct {
	Placement
	Logs                   site.Logs          // Required.
	VirtualNetworkID       pulumi.StringInput // Required. Target of the flow log.
	NetworkSecurityGroupID pulumi.StringInput // Required.
	LoadBalancerID         pulumi.StringInput // Required.
}

// NewDiagnostics builds the logging. Storage and workspace wait for nothing; the settings wait for what they watch.
func NewDiagnostics(ctx *pulumi.Context, name string, args *DiagnosticsArgs, opts ...pulumi.ResourceOption) (*Diagnostics, error) {
	diagnostics := &Diagnostics{}
	if err := ctx.RegisterComponentResource(typePrefix+"Diagnostics", name, diagnostics, opts...); err != nil {
		return nil, err
	}
	parent := pulumi.Parent(diagnostics)

	record := pulumi.Map{}
	var err error
	if diagnostics.WorkspaceID, err = workspace(ctx, name, args, record, parent); err != nil {
		return nil, err
	}
	if err := settings(ctx, name, args, diagnostics.WorkspaceID, parent); err != nil {
		return nil, err
	}
	if args.Logs.FlowLogs {
		if err := flowLog(ctx, name, args, diagnostics.WorkspaceID, record, parent); err != nil {
			return nil, err
		}
	}
	return diagnostics, ctx.RegisterResourceOutputs(diagnostics, pulumi.Map{"workspaceId": diagnostics.WorkspaceID, handedOut: record})
}

func workspace(ctx *pulumi.Context, name string, args *DiagnosticsArgs, record pulumi.Map, parent pulumi.ResourceOption) (pulumi.StringOutput, error) {
	if args.Logs.WorkspaceID != "" {
		return pulumi.String(args.Logs.WorkspaceID).ToStringOutput(), nil
	}
	made, err := operationalinsights.NewWorkspace(ctx, name+"-workspace", &operationalinsights.WorkspaceArgs{
		ResourceGroupName: args.ResourceGroupName,
		Location:          pulumi.String(args.Location),
		Sku:               operationalinsights.WorkspaceSkuArgs{Name: pulumi.String("PerGB2018")},
		RetentionInDays:   pulumi.Int(workspaceDays),
		Tags:              args.tags(),
	}, parent, pulumi.Protect(args.Protect))
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("Log Analytics workspace: %w", err)
	}
	record["workspace"] = standsOn(made, pulumi.Map{"name": made.Name})
	return made.ID().ToStringOutput(), nil
}

// settings sends the network security group's logs and the load balancer's metrics to the workspace. Retention is the
// workspace's: Azure refuses it here.
func settings(ctx *pulumi.Context, name string, args *DiagnosticsArgs, workspace pulumi.StringOutput, parent pulumi.ResourceOption) error {
	_, err := insights.NewDiagnosticSetting(ctx, name+"-nsg", &insights.DiagnosticSettingArgs{
		ResourceUri: args.NetworkSecurityGroupID,
		WorkspaceId: workspace,
		Logs:        insights.LogSettingsArray{insights.LogSettingsArgs{CategoryGroup: pulumi.String("allLogs"), Enabled: pulumi.Bool(true)}},
	}, parent)
	if err != nil {
		return fmt.Errorf("diagnostic setting of the network security group: %w", err)
	}
	_, err = insights.NewDiagnosticSetting(ctx, name+"-lb", &insights.DiagnosticSettingArgs{
		ResourceUri: args.LoadBalancerID,
		WorkspaceId: workspace,
		Metrics:     insights.MetricSettingsArray{insights.MetricSettingsArgs{Category: pulumi.String("AllMetrics"), Enabled: pulumi.Bool(true)}},
	}, parent)
	if err != nil {
		return fmt.Errorf("diagnostic setting of the load balancer: %w", err)
	}
	return nil
}

// flowLog records the virtual network's traffic. Azure makes the network watcher with the first virtual network of a region, so
// it is named here and never owned.
func flowLog(ctx *pulumi.Context, name string, args *DiagnosticsArgs, workspace pulumi.StringOutput, record pulumi.Map,
	parent pulumi.ResourceOption) error {
	// A storage account's name takes no dashes, and the provider adds only its random suffix. Access by the account's keys stays
	// allowed, as it is by default: Network Watcher writes with signatures made of them. An identity of its own could write in
	// their place only after a role assignment, which takes more rights than Contributor has.
	// Sources: https://learn.microsoft.com/azure/network-watcher/required-rbac-permissions#flow-logs and
	// https://learn.microsoft.com/azure/network-watcher/vnet-flow-logs-managed-identity
	account, err := storage.NewStorageAccount(ctx, strings.ReplaceAll(name, "-", "")+"flow", &storage.StorageAccountArgs{
		ResourceGroupName:      args.ResourceGroupName,
		Location:               pulumi.String(args.Location),
		Kind:                   pulumi.String("StorageV2"),
		Sku:                    storage.SkuArgs{Name: pulumi.String("Standard_LRS")},
		RoutingPreference:      storage.RoutingPreferenceArgs{RoutingChoice: pulumi.String("MicrosoftRouting")},
		MinimumTlsVersion:      pulumi.String("TLS1_2"),
		EnableHttpsTrafficOnly: pulumi.Bool(true),
		AllowBlobPublicAccess:  pulumi.Bool(false),
		PublicNetworkAccess:    pulumi.String("Enabled"), // of selected networks, of which there is none: see the next line
		NetworkRuleSet:         storage.NetworkRuleSetArgs{DefaultAction: storage.DefaultActionDeny, Bypass: pulumi.String("AzureServices")},
		Tags:                   args.tags(),
	}, parent, pulumi.Protect(args.Protect))
	if err != nil {
		return fmt.Errorf("storage account for flow logs: %w", err)
	}
	record["flowLogs"] = standsOn(account, pulumi.Map{"name": account.Name})

	_, err = network.NewFlowLog(ctx, name+"-flow-log", &network.FlowLogArgs{
		ResourceGroupName:  pulumi.String(args.Logs.NetworkWatcher.ResourceGroup),
		NetworkWatcherName: pulumi.String(args.Logs.NetworkWatcher.Name),
		Location:           pulumi.String(args.Location),
		TargetResourceId:   args.VirtualNetworkID,
		StorageId:          account.ID(),
		Enabled:            pulumi.Bool(true),
		Format:             network.FlowLogFormatParametersArgs{Type: pulumi.String("JSON"), Version: pulumi.Int(2)},
		RetentionPolicy:    network.RetentionPolicyParametersArgs{Days: pulumi.Int(args.Logs.RetentionDays), Enabled: pulumi.Bool(args.Logs.RetentionDays > 0)},
		FlowAnalyticsConfiguration: network.TrafficAnalyticsPropertiesArgs{
			NetworkWatcherFlowAnalyticsConfiguration: network.TrafficAnalyticsConfigurationPropertiesArgs{
				Enabled:                  pulumi.Bool(true),
				WorkspaceResourceId:      workspace,
				TrafficAnalyticsInterval: pulumi.Int(args.Logs.TrafficAnalyticsMinutes),
			},
		},
		Tags: args.tags(),
	}, parent)
	if err != nil {
		return fmt.Errorf("flow log of the virtual network: %w", err)
	}
	return nil
}

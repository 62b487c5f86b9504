package components

import (
	"fmt"

	insights "github.com/pulumi/pulumi-azure-native-sdk/insights/v2"
	operationalinsights "github.com/pulumi/pulumi-azure-native-sdk/operationalinsights/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// workspaceDays is how long a workspace made here keeps its logs: what its price includes.
// Source: https://learn.microsoft.com/azure/azure-monitor/logs/data-retention-configure
const workspaceDays = 30

// Diagnostics is the site's logging (documented step 1 and the logging parts of steps 4 and 6): all logs of the network
// security group and all metrics of the load balancer in a Log Analytics workspace, and the virtual network's flow log
// in storage with Traffic Analytics.
type Diagnostics struct {
	pulumi.ResourceState

	// ID of the Log Analytics workspace: the given one, or one made here.
	WorkspaceID pulumi.StringOutput `pulumi:"workspaceId"`

	madeWorkspace pulumi.StringInput // name of the one made here

	handedOut pulumi.Map
}

// DiagnosticsArgs configures a Diagnostics. Required are Location, ResourceGroupName and the IDs of what is watched.
type DiagnosticsArgs struct {
	// Required. Azure region, such as westeurope.
	Location string `pulumi:"location"`
	// Required. Name of the resource group.
	ResourceGroupName pulumi.StringInput `pulumi:"resourceGroupName"`
	// Required. ID of the virtual network whose flows are logged; or of a subnet, to log no others of a network that is
	// shared.
	VirtualNetworkID pulumi.StringInput `pulumi:"virtualNetworkId"`
	// Required. ID of the network security group whose logs are kept.
	NetworkSecurityGroupID pulumi.StringInput `pulumi:"networkSecurityGroupId"`
	// Required. ID of the load balancer whose metrics are kept.
	LoadBalancerID pulumi.StringInput `pulumi:"loadBalancerId"`
	// Required with Logs.ProxyAccess. ID of the scale set whose instances write the rows, made with Rows.
	ScaleSetID pulumi.StringInput `pulumi:"scaleSetId,optional"`
	// Optional. Names of sensors, for the table of Logs.ProxyAccess. Default none.
	Sensors []SensorName `pulumi:"sensors,optional"`
	// Optional. Name of the table of Logs.ProxyAccess, which no other of the workspace has: letters, digits and
	// underscores, and _CL at the end. Default SensorProxy_CL.
	AccessTable string `pulumi:"accessTable,optional"`
	// Optional. Region of the workspace in Logs.WorkspaceID, for Logs.ProxyAccess. Default Location.
	WorkspaceLocation string `pulumi:"workspaceLocation,optional"`
	// Optional. Name of the flow log, which no other of the region and subscription has. Default the resource group's
	// name and the component's.
	FlowLogName pulumi.StringInput `pulumi:"flowLogName,optional"`
	// Optional. What is kept, for how long and where.
	Logs LogOptions `pulumi:"logs,optional"`
	// Optional. Tags of every resource.
	Tags pulumi.StringMapInput `pulumi:"tags,optional"`
	// Optional. Refuse to delete what holds logs. Default false.
	Protect bool `pulumi:"protect,optional"`
}

// LogOptions says what is kept of the site's traffic, for how long and where.
type LogOptions struct {
	// Optional. ID of a Log Analytics workspace to write to. Default a workspace of the site's own, which keeps logs
	// for 30 days.
	WorkspaceID pulumi.StringInput `pulumi:"workspaceId,optional"`
	// Optional. Have a flow log of the virtual network, with Traffic Analytics. Default true.
	FlowLogs *bool `pulumi:"flowLogs,optional"`
	// Optional. Days for which storage keeps the flow log, 0 to 365; 0 keeps it for ever. Default 30.
	// Source: https://learn.microsoft.com/azure/network-watcher/vnet-flow-logs-overview
	RetentionDays *int `pulumi:"retentionDays,optional"`
	// Optional. Minutes between two runs of Traffic Analytics, 10 or 60. Default 60.
	TrafficAnalyticsMinutes int `pulumi:"trafficAnalyticsMinutes,optional"`
	// Optional. Have each request of a sensor as a row of a table in the workspace. Default false. The instances then
	// run Azure Monitor Agent.
	ProxyAccess bool `pulumi:"proxyAccess,optional"`
	// Optional. The region's Network Watcher. Default the one that Azure makes with the first virtual network of a
	// region.
	NetworkWatcher NetworkWatcher `pulumi:"networkWatcher,optional"`
}

// SensorName is what a sensor is called in the table of LogOptions.ProxyAccess.
type SensorName struct {
	// Required. Letters, digits, dashes and underscores; no two sensors have the same.
	Name string `pulumi:"name"`
	// Required. IPv4 address of the sensor; no two sensors have the same.
	IP string `pulumi:"ip"`
}

// NetworkWatcher is the one of a region. Flow logs are its children, so it is named and never owned.
type NetworkWatcher struct {
	// Optional. Name. Default NetworkWatcher_ and the region.
	Name string `pulumi:"name,optional"`
	// Optional. Resource group. Default NetworkWatcherRG.
	ResourceGroup string `pulumi:"resourceGroup,optional"`
}

// NewDiagnostics builds the logging. Storage and workspace wait for nothing; the settings wait for what they watch.
func NewDiagnostics(ctx *pulumi.Context, name string, args *DiagnosticsArgs,
	opts ...pulumi.ResourceOption) (*Diagnostics, error) {
	if args == nil {
		args = &DiagnosticsArgs{}
	}
	wrong := problems{also: rangesOf(args.Sensors)}
	s := wrong.read(args, "", "logs", "sensors")
	wrong.needs("resourceGroupName", args.ResourceGroupName, "the name of a resource group")
	wrong.needs("virtualNetworkId", args.VirtualNetworkID, "the ID of a virtual network")
	wrong.needs("networkSecurityGroupId", args.NetworkSecurityGroupID, "the ID of a network security group")
	wrong.needs("loadBalancerId", args.LoadBalancerID, "the ID of a load balancer")
	if args.Logs.ProxyAccess {
		wrong.needs("scaleSetId", args.ScaleSetID, "the ID of a scale set")
	}
	wrong.accessTable(args.AccessTable)
	if err := wrong.err("Diagnostics", name); err != nil {
		return nil, err
	}

	diagnostics := &Diagnostics{handedOut: pulumi.Map{}}
	if err := ctx.RegisterComponentResource(typePrefix+"Diagnostics", name, diagnostics, opts...); err != nil {
		return nil, err
	}
	var err error
	if diagnostics.WorkspaceID, err = diagnostics.workspace(ctx, name, args, s); err != nil {
		return nil, err
	}
	if err := diagnostics.diagnosticSettings(ctx, name, args); err != nil {
		return nil, err
	}
	if s.Azure.Logs.FlowLogs {
		if err := diagnostics.flowLog(ctx, name, args, s); err != nil {
			return nil, err
		}
	}
	if s.Azure.Logs.ProxyAccess {
		if err := diagnostics.accessLog(ctx, name, args, s); err != nil {
			return nil, err
		}
	}
	return diagnostics, ctx.RegisterResourceOutputs(diagnostics, pulumi.Map{
		"workspaceId": diagnostics.WorkspaceID,
		handedOut:     diagnostics.handedOut,
	})
}

func (d *Diagnostics) workspace(ctx *pulumi.Context, name string, args *DiagnosticsArgs,
	s site.Site) (pulumi.StringOutput, error) {
	if args.Logs.WorkspaceID != nil {
		return args.Logs.WorkspaceID.ToStringOutput(), nil
	}
	made, err := operationalinsights.NewWorkspace(ctx, name+"-workspace", &operationalinsights.WorkspaceArgs{
		ResourceGroupName: args.ResourceGroupName,
		Location:          pulumi.String(s.Location),
		Sku:               operationalinsights.WorkspaceSkuArgs{Name: pulumi.String("PerGB2018")},
		RetentionInDays:   pulumi.Int(workspaceDays),
		Tags:              args.Tags,
	}, pulumi.Parent(d), pulumi.Protect(args.Protect))
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("Log Analytics workspace: %w", err)
	}
	d.madeWorkspace = made.Name
	d.handedOut["workspace"] = standsOn(made, pulumi.Map{"name": made.Name})
	return made.ID().ToStringOutput(), nil
}

// diagnosticSettings sends the network security group's logs and the load balancer's metrics to the workspace.
// Retention is the workspace's: Azure refuses it here.
func (d *Diagnostics) diagnosticSettings(ctx *pulumi.Context, name string, args *DiagnosticsArgs) error {
	_, err := insights.NewDiagnosticSetting(ctx, name+"-nsg", &insights.DiagnosticSettingArgs{
		ResourceUri: args.NetworkSecurityGroupID,
		WorkspaceId: d.WorkspaceID,
		Logs: insights.LogSettingsArray{insights.LogSettingsArgs{CategoryGroup: pulumi.String("allLogs"),
			Enabled: pulumi.Bool(true)}},
	}, pulumi.Parent(d))
	if err != nil {
		return fmt.Errorf("diagnostic setting of the network security group: %w", err)
	}
	_, err = insights.NewDiagnosticSetting(ctx, name+"-lb", &insights.DiagnosticSettingArgs{
		ResourceUri: args.LoadBalancerID,
		WorkspaceId: d.WorkspaceID,
		Metrics: insights.MetricSettingsArray{insights.MetricSettingsArgs{Category: pulumi.String("AllMetrics"),
			Enabled: pulumi.Bool(true)}},
	}, pulumi.Parent(d))
	if err != nil {
		return fmt.Errorf("diagnostic setting of the load balancer: %w", err)
	}
	return nil
}

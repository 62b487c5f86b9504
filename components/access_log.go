package components

import (
	"fmt"
	"regexp"
	"slices"

	insights "github.com/pulumi/pulumi-azure-native-sdk/insights/v2"
	operationalinsights "github.com/pulumi/pulumi-azure-native-sdk/operationalinsights/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
)

// Names inside a data collection rule. A stream that a rule declares begins with Custom-, and so does the one to a
// table of one's own.
// Source: https://learn.microsoft.com/azure/azure-monitor/data-collection/data-collection-rule-structure
const (
	rowStream       = "Custom-Json-SensorProxy"
	workspaceTarget = "workspace"
	tableStream     = "Custom-"
)

const defaultAccessTable = "SensorProxy_CL"

// accessTableForm is what Azure takes as the name of a custom table.
// Source: https://learn.microsoft.com/azure/azure-monitor/logs/create-custom-table
var accessTableForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,58}_CL$`)

// accessLog has each request of a sensor as a row of a table: the table, the rule by which Azure Monitor Agent reads
// the rows and Azure makes the table's of them, the endpoint that they are sent to, and the association that tells the
// instances. Azure wants rule and endpoint in the workspace's region, and the table there before the rule.
func (d *Diagnostics) accessLog(ctx *pulumi.Context, name string, args *DiagnosticsArgs, s site.Site) error {
	table, err := d.accessTable(ctx, name, args)
	if err != nil {
		return err
	}
	location := s.Location
	if args.WorkspaceLocation != "" {
		location = args.WorkspaceLocation
	}
	endpoint, err := d.accessEndpoint(ctx, name, location, args)
	if err != nil {
		return err
	}
	rule, err := insights.NewDataCollectionRule(ctx, name+"-access-rule", &insights.DataCollectionRuleArgs{
		ResourceGroupName:        args.ResourceGroupName,
		Location:                 pulumi.String(location),
		Kind:                     pulumi.String("Linux"),
		DataCollectionEndpointId: endpoint.ID(),
		StreamDeclarations: insights.StreamDeclarationMap{
			rowStream: insights.StreamDeclarationArgs{Columns: streamColumns()},
		},
		DataSources: insights.DataCollectionRuleDataSourcesArgs{
			LogFiles: insights.LogFilesDataSourceArray{insights.LogFilesDataSourceArgs{
				Name:         pulumi.String("requests"),
				Format:       pulumi.String("json"),
				FilePatterns: pulumi.StringArray{pulumi.String(squid.RowsPath)},
				Streams:      pulumi.StringArray{pulumi.String(rowStream)},
			}},
		},
		Destinations: insights.DataCollectionRuleDestinationsArgs{
			LogAnalytics: insights.LogAnalyticsDestinationArray{insights.LogAnalyticsDestinationArgs{
				Name: pulumi.String(workspaceTarget), WorkspaceResourceId: d.WorkspaceID,
			}},
		},
		DataFlows: insights.DataFlowArray{insights.DataFlowArgs{
			Streams:      pulumi.StringArray{pulumi.String(rowStream)},
			Destinations: pulumi.StringArray{pulumi.String(workspaceTarget)},
			TransformKql: pulumi.String(site.AccessTransform(s.Azure.SensorNames)),
			OutputStream: pulumi.Sprintf("%s%s", tableStream, table.Name),
		}},
		Tags: args.Tags,
	}, pulumi.Parent(d))
	if err != nil {
		return fmt.Errorf("data collection rule: %w", err)
	}
	_, err = insights.NewDataCollectionRuleAssociation(ctx, name+"-access-association",
		&insights.DataCollectionRuleAssociationArgs{
			ResourceUri:          args.ScaleSetID,
			DataCollectionRuleId: rule.ID(),
		}, pulumi.Parent(d))
	if err != nil {
		return fmt.Errorf("association of the data collection rule with the scale set: %w", err)
	}
	return nil
}

// accessEndpoint is where Azure Monitor Agent sends the rows to, with what it presents: its instance's identity.
func (d *Diagnostics) accessEndpoint(ctx *pulumi.Context, name, location string,
	args *DiagnosticsArgs) (*insights.DataCollectionEndpoint, error) {
	public := insights.DataCollectionEndpointNetworkAclsArgs{PublicNetworkAccess: pulumi.String("Enabled")}
	endpoint, err := insights.NewDataCollectionEndpoint(ctx, name+"-access-endpoint",
		&insights.DataCollectionEndpointArgs{
			ResourceGroupName: args.ResourceGroupName,
			Location:          pulumi.String(location),
			Kind:              pulumi.String("Linux"),
			NetworkAcls:       public,
			Tags:              args.Tags,
		}, pulumi.Parent(d))
	if err != nil {
		return nil, fmt.Errorf("data collection endpoint: %w", err)
	}
	return endpoint, nil
}

// accessTable is the table, which keeps rows as long as its workspace does.
func (d *Diagnostics) accessTable(ctx *pulumi.Context, name string, args *DiagnosticsArgs) (*operationalinsights.Table,
	error) {
	group, workspace, given := args.ResourceGroupName, d.madeWorkspace, args.Logs.WorkspaceID
	if given == nil {
		given = pulumi.String("")
	} else {
		group, workspace = idPart(given, idGroup), idPart(given, idResource)
	}
	columns := operationalinsights.ColumnArray{}
	for _, c := range site.AccessColumns(nil) {
		columns = append(columns, operationalinsights.ColumnArgs{Name: pulumi.String(c.Name),
			Type: pulumi.String(c.Type), Description: pulumi.String(c.About)})
	}
	table, err := operationalinsights.NewTable(ctx, name+"-access-table", &operationalinsights.TableArgs{
		ResourceGroupName: group,
		WorkspaceName:     workspace,
		TableName:         pulumi.String(args.accessTable()),
		Schema:            operationalinsights.SchemaArgs{Name: pulumi.String(args.accessTable()), Columns: columns},
	}, pulumi.Parent(d), pulumi.Protect(args.Protect))
	if err != nil {
		return nil, fmt.Errorf("table of sensors' requests: %w", err)
	}
	d.handedOut["accessTable"] = standsOn(table, pulumi.Map{"name": table.Name, "workspace": given})
	return table, nil
}

// rangesOf have the configuration's reader know of ranges that hold the sensors: those of the site are a SensorProxy's.
func rangesOf(sensors []SensorName) map[string]any {
	var ranges []string
	for _, s := range sensors {
		if one := s.IP + "/32"; !slices.Contains(ranges, one) {
			ranges = append(ranges, one)
		}
	}
	if ranges == nil {
		return nil
	}
	return map[string]any{"sensorCidrs": ranges}
}

// accessTable refuses a name that no custom table can have.
func (p *problems) accessTable(name string) {
	if name != "" && !accessTableForm.MatchString(name) {
		p.list = append(p.list, site.Error{Key: "accessTable", Value: fmt.Sprintf("%q", name),
			Problem: "cannot name a table", Allowed: "up to 62 letters, digits and underscores that end with _CL",
			Do: "Use a name such as " + defaultAccessTable})
	}
}

func (args *DiagnosticsArgs) accessTable() string {
	if args.AccessTable == "" {
		return defaultAccessTable
	}
	return args.AccessTable
}

// streamColumns are those of a row as it is on an instance.
func streamColumns() insights.ColumnDefinitionArray {
	var all insights.ColumnDefinitionArray
	for _, c := range site.AccessStream() {
		all = append(all, insights.ColumnDefinitionArgs{Name: pulumi.String(c.Name), Type: pulumi.String(c.Type)})
	}
	return all
}

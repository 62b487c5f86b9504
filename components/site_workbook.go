package components

import (
	"crypto/sha256"
	"fmt"
	"net/netip"
	"strings"

	insights "github.com/pulumi/pulumi-azure-native-sdk/insights/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/alerts"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/workbook"
)

// SiteWorkbook is something to look at: an Azure Workbook with tabs for the site's health, who connects and what is
// refused, egress, gateway and flows, each only where the site has it.
type SiteWorkbook struct {
	pulumi.ResourceState

	// ID of the workbook.
	WorkbookID pulumi.StringOutput `pulumi:"workbookId"`
}

// SiteWorkbookArgs configures a SiteWorkbook. Required are Location, ResourceGroupName, SiteName, WorkspaceID,
// LoadBalancerID and ScaleSetID.
type SiteWorkbookArgs struct {
	// Required. Azure region, such as westeurope.
	Location string `pulumi:"location"`
	// Required. Name of the resource group.
	ResourceGroupName pulumi.StringInput `pulumi:"resourceGroupName"`
	// Required. What the site is called, as no other site of the resource group is.
	SiteName string `pulumi:"siteName"`
	// Required. ID of the Log Analytics workspace.
	WorkspaceID pulumi.StringInput `pulumi:"workspaceId"`
	// Required. ID of the load balancer.
	LoadBalancerID pulumi.StringInput `pulumi:"loadBalancerId"`
	// Required. ID of the proxies' scale set.
	ScaleSetID pulumi.StringInput `pulumi:"scaleSetId"`
	// Optional. ID of the NAT gateway. Default none: the way out is another.
	NatGatewayID pulumi.StringInput `pulumi:"natGatewayId,optional"`
	// Optional. The table of LogOptions.ProxyAccess. Default none.
	AccessTable string `pulumi:"accessTable,optional"`
	// Optional. Range of the proxies' subnet, such as 10.42.0.32/27, whose flows the workspace has. Default none.
	FlowsOf string `pulumi:"flowsOf,optional"`
	// Optional. The site's own gateway. Default none.
	Gateway *WatchedGateway `pulumi:"gateway,optional"`
	// Optional. Tags of the workbook.
	Tags pulumi.StringMapInput `pulumi:"tags,optional"`
}

// NewSiteWorkbook builds the workbook, once what it is about is there. Azure tells what is on a workbook only to whom
// asks for that, which the provider never does, after a write as little as in a refresh: so a refresh finds no change,
// and another content is an update in place.
// Source: readAfterWrite in provider/pkg/provider/provider.go and provider/pkg/gen/readParams.go of
// pulumi/pulumi-azure-native
func NewSiteWorkbook(ctx *pulumi.Context, name string, args *SiteWorkbookArgs,
	opts ...pulumi.ResourceOption) (*SiteWorkbook, error) {
	if args == nil {
		args = &SiteWorkbookArgs{}
	}
	s, err := args.check(name)
	if err != nil {
		return nil, err
	}
	w := &SiteWorkbook{}
	if err := ctx.RegisterComponentResource(typePrefix+"SiteWorkbook", name, w, opts...); err != nil {
		return nil, err
	}
	title := "Defender for IoT: sensors of " + args.SiteName
	// The name has to be a GUID, and is the same in every up. Azure lists workbooks by what they are called, each once.
	// https://github.com/MicrosoftDocs/azure-docs/issues/52844
	// https://learn.microsoft.com/azure/azure-monitor/visualize/workbooks-automate
	made, err := insights.NewWorkbook(ctx, name+"-workbook", &insights.WorkbookArgs{
		ResourceGroupName: args.ResourceGroupName,
		ResourceName:      guid(args.ResourceGroupName, args.SiteName),
		Location:          pulumi.String(args.Location),
		Kind:              pulumi.String("shared"),
		Category:          pulumi.String("workbook"),
		DisplayName:       pulumi.Sprintf("%s (%s)", title, args.ResourceGroupName),
		SourceId:          args.WorkspaceID.ToStringOutput(),
		Version:           pulumi.String(workbook.Version),
		SerializedData:    args.content(title, s),
		Tags:              args.Tags,
	}, pulumi.Parent(w), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return nil, fmt.Errorf("workbook: %w", err)
	}
	w.WorkbookID = made.ID().ToStringOutput()
	return w, ctx.RegisterResourceOutputs(w, pulumi.Map{"workbookId": w.WorkbookID})
}

// check checks all arguments at once, and says what the workbook's tabs depend on.
func (args *SiteWorkbookArgs) check(name string) (workbook.Site, error) {
	var wrong problems
	wrong.read(args, "")
	wrong.needs("resourceGroupName", args.ResourceGroupName, "the name of a resource group")
	wrong.needs("workspaceId", args.WorkspaceID, "the ID of a Log Analytics workspace")
	wrong.needs("loadBalancerId", args.LoadBalancerID, "the ID of a load balancer")
	wrong.needs("scaleSetId", args.ScaleSetID, "the ID of a scale set")
	wrong.accessTable(args.AccessTable)
	s := workbook.Site{AccessTable: args.AccessTable,
		Site: alerts.Site{NATGateway: args.NatGatewayID != nil, Workspace: true, FlowLog: args.FlowsOf != ""}}
	if args.SiteName == "" {
		wrong.fail("siteName", "is missing", "what the site is called", "Pass it")
	}
	if args.FlowsOf != "" {
		var err error
		if s.Proxies, err = netip.ParsePrefix(args.FlowsOf); err != nil {
			wrong.fail("flowsOf", "is not a range", "a range such as 10.42.0.32/27", "Pass that of the proxies' subnet")
		}
	}
	wrong.gateway(args.Gateway, &s.Site)
	return s, wrong.err("SiteWorkbook", name)
}

// content is the workbook's text, once the IDs in it are known.
func (args *SiteWorkbookArgs) content(title string, s workbook.Site) pulumi.StringOutput {
	ids := pulumi.StringMap{alerts.Workspace: args.WorkspaceID, alerts.LoadBalancer: args.LoadBalancerID,
		alerts.ScaleSet: args.ScaleSetID}
	if args.NatGatewayID != nil {
		ids[alerts.NATGateway] = args.NatGatewayID
	}
	if args.Gateway != nil {
		ids[alerts.Gateway] = args.Gateway.ID
	}
	return ids.ToStringMapOutput().ApplyT(func(ids map[string]string) (string, error) {
		return workbook.Content(title, workbook.For(s), ids)
	}).(pulumi.StringOutput)
}

// guid is one that the same two names always give, of version 8: made of what its maker likes.
// https://www.rfc-editor.org/rfc/rfc9562#section-5.8
func guid(group pulumi.StringInput, name string) pulumi.StringOutput {
	return group.ToStringOutput().ApplyT(func(group string) string {
		sum := sha256.Sum256([]byte(strings.ToLower(group) + "/" + name))
		sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
		return fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
	}).(pulumi.StringOutput)
}

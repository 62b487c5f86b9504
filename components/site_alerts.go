package components

import (
	"fmt"
	"strings"

	insights "github.com/pulumi/pulumi-azure-native-sdk/insights/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/alerts"
)

// SiteAlerts tells people when something keeps a site's sensors from Defender for IoT: one action group, and one rule
// for each alert that the site has the resources for. docs/alerts.md lists them.
type SiteAlerts struct {
	pulumi.ResourceState

	// ID of the action group: the given one, or one made here.
	ActionGroupID pulumi.StringOutput `pulumi:"actionGroupId"`
}

// SiteAlertsArgs configures a SiteAlerts. Required are Location, ResourceGroupName, LoadBalancerID, ScaleSetID, and
// somebody to tell: Emails, Webhooks or ActionGroupID.
type SiteAlertsArgs struct {
	// Required. Azure region, such as westeurope.
	Location string `pulumi:"location"`
	// Required. Name of the resource group, which has the load balancer and the scale set in it.
	ResourceGroupName pulumi.StringInput `pulumi:"resourceGroupName"`
	// Optional. E-mail addresses that are told. Default none.
	Emails []string `pulumi:"emails,optional"`
	// Optional. Webhooks that are called, with the common alert schema. Default none.
	Webhooks []AlertWebhook `pulumi:"webhooks,optional"`
	// Optional. ID of an action group that exists, in place of emails and webhooks. Default one made of them.
	ActionGroupID pulumi.StringInput `pulumi:"actionGroupId,optional"`
	// Optional. Names of alerts that the site is to be without, as in docs/alerts.md. Default none.
	Without []string `pulumi:"without,optional"`
	// Required. ID of the load balancer.
	LoadBalancerID pulumi.StringInput `pulumi:"loadBalancerId"`
	// Required. ID of the proxies' scale set.
	ScaleSetID pulumi.StringInput `pulumi:"scaleSetId"`
	// Optional. Number of the proxies' instances. Default 1.
	Instances int `pulumi:"instances,optional"`
	// Optional. ID of the NAT gateway. Default none: the way out is another.
	NatGatewayID pulumi.StringInput `pulumi:"natGatewayId,optional"`
	// Optional. ID of the Log Analytics workspace that has the load balancer's metrics. Default none.
	WorkspaceID pulumi.StringInput `pulumi:"workspaceId,optional"`
	// Optional. Whether that workspace has flows too, from Traffic Analytics. Default false.
	FlowLogs bool `pulumi:"flowLogs,optional"`
	// Optional. The site's own gateway. Default none.
	Gateway *WatchedGateway `pulumi:"gateway,optional"`
	// Optional. Tags of every resource.
	Tags pulumi.StringMapInput `pulumi:"tags,optional"`
}

// AlertWebhook is called by Azure when an alert fires and when it resolves.
type AlertWebhook struct {
	// Required. 2 to 32 lower-case letters, digits and dashes.
	Name string `pulumi:"name"`
	// Required. An https:// URL; secret, since whoever knows it can call it.
	URL pulumi.StringInput `pulumi:"url" provider:"secret"`
}

// WatchedGateway is a VPN or ExpressRoute gateway.
type WatchedGateway struct {
	// Required. ID of the gateway.
	ID pulumi.StringInput `pulumi:"id"`
	// Required. vpn or expressRoute.
	Kind string `pulumi:"kind"`
	// Required. SKU, such as VpnGw1AZ or ErGw1AZ.
	SKU string `pulumi:"sku"`
	// Optional. Whether a connection of a VPN gateway has BGP. Default false.
	BGP bool `pulumi:"bgp,optional"`
	// Optional. Whether a connection of a VPN gateway has no BGP. Default false.
	Static bool `pulumi:"static,optional"`
}

// NewSiteAlerts builds the action group and the rules, each once what it watches is there.
func NewSiteAlerts(ctx *pulumi.Context, name string, args *SiteAlertsArgs,
	opts ...pulumi.ResourceOption) (*SiteAlerts, error) {
	if args == nil {
		args = &SiteAlertsArgs{}
	}
	s, err := args.check(name)
	if err != nil {
		return nil, err
	}
	a := &SiteAlerts{}
	if err := ctx.RegisterComponentResource(typePrefix+"SiteAlerts", name, a, opts...); err != nil {
		return nil, err
	}
	if a.ActionGroupID, err = a.actionGroup(ctx, name, args); err != nil {
		return nil, fmt.Errorf("action group: %w", err)
	}
	for _, alert := range alerts.For(s, args.Without) {
		draw := a.metricAlert
		switch {
		case alert.Query != "":
			draw = a.logAlert
		case alert.Operation != "":
			draw = a.activityAlert
		}
		if err := draw(ctx, name+"-"+alert.Name, args, alert); err != nil {
			return nil, fmt.Errorf("alert %s: %w", alert.Name, err)
		}
	}
	return a, ctx.RegisterResourceOutputs(a, pulumi.Map{"actionGroupId": a.ActionGroupID})
}

// check checks all arguments at once, and says what of the site alerts are to watch.
func (args *SiteAlertsArgs) check(name string) (alerts.Site, error) {
	var wrong problems
	wrong.read(args, "alerts", "emails", "webhooks", "actionGroupId", "without")
	wrong.needs("resourceGroupName", args.ResourceGroupName, "the name of a resource group")
	wrong.needs("loadBalancerId", args.LoadBalancerID, "the ID of a load balancer")
	wrong.needs("scaleSetId", args.ScaleSetID, "the ID of a scale set")
	if len(args.Emails)+len(args.Webhooks) == 0 && args.ActionGroupID == nil {
		wrong.fail("emails", "is empty, and so are webhooks and actionGroupId", "somebody to tell",
			"Pass at least one of them")
	}
	s := alerts.Site{Instances: max(args.Instances, 1), NATGateway: args.NatGatewayID != nil,
		Workspace: args.WorkspaceID != nil, FlowLog: args.FlowLogs}
	wrong.gateway(args.Gateway, &s)
	return s, wrong.err("SiteAlerts", name)
}

// gateway checks one that is watched, and says of it what alerts depend on.
func (p *problems) gateway(g *WatchedGateway, s *alerts.Site) {
	if g == nil {
		return
	}
	p.needs("gateway.id", g.ID, "the ID of a gateway")
	s.Gateway, s.SKU, s.BGP, s.Static = g.Kind, g.SKU, g.BGP, g.Static
	if !alerts.Knows(g.Kind, g.SKU) {
		p.fail("gateway.sku", "is not the SKU of such a gateway",
			"a kind of vpn or expressRoute, and an SKU of that kind with zones",
			"Pass the kind and the SKU that the gateway has")
	}
}

// actionGroup makes the action group of the receivers, unless there is one.
func (a *SiteAlerts) actionGroup(ctx *pulumi.Context, name string, args *SiteAlertsArgs) (pulumi.StringOutput, error) {
	if args.ActionGroupID != nil {
		return args.ActionGroupID.ToStringOutput(), nil
	}
	var emails insights.EmailReceiverArray
	for _, address := range args.Emails {
		emails = append(emails, insights.EmailReceiverArgs{Name: pulumi.String(address),
			EmailAddress: pulumi.String(address), UseCommonAlertSchema: pulumi.Bool(true)})
	}
	var webhooks insights.WebhookReceiverArray
	for _, hook := range args.Webhooks {
		webhooks = append(webhooks, insights.WebhookReceiverArgs{Name: pulumi.String(hook.Name),
			ServiceUri:           pulumi.ToSecret(hook.URL.ToStringOutput()).(pulumi.StringOutput),
			UseCommonAlertSchema: pulumi.Bool(true)})
	}
	made, err := insights.NewActionGroup(ctx, name+"-told", &insights.ActionGroupArgs{
		ResourceGroupName: args.ResourceGroupName,
		Location:          pulumi.String(everywhere),
		GroupShortName:    pulumi.String(shortName),
		Enabled:           pulumi.Bool(true),
		EmailReceivers:    emails,
		WebhookReceivers:  webhooks,
		Tags:              args.Tags,
	}, pulumi.Parent(a))
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	return made.ID().ToStringOutput(), nil
}

const (
	everywhere = "global"
	// shortName begins a text message. It has up to 12 characters.
	// Source: https://github.com/Azure/azure-rest-api-specs/issues/2840
	shortName = "OT-proxies"
)

func (a *SiteAlerts) metricAlert(ctx *pulumi.Context, name string, args *SiteAlertsArgs, alert alerts.Alert) error {
	var all insights.MetricCriteriaArray
	for i, c := range alert.All {
		criterion := insights.MetricCriteriaArgs{
			Name:            pulumi.Sprintf("condition-%d", i+1),
			CriterionType:   pulumi.String("StaticThresholdCriterion"),
			MetricNamespace: pulumi.String(alert.Resource),
			MetricName:      pulumi.String(c.Metric),
			TimeAggregation: pulumi.String(c.Aggregation),
			Operator:        pulumi.String(c.Operator),
			Threshold:       pulumi.Float64(c.Threshold),
			// Azure knows the metrics of a new resource some minutes later only, and would refuse the rule.
			SkipMetricValidation: pulumi.Bool(true),
		}
		if c.Dimension != "" {
			criterion.Dimensions = insights.MetricDimensionArray{insights.MetricDimensionArgs{
				Name: pulumi.String(c.Dimension), Operator: pulumi.String("Include"),
				Values: pulumi.ToStringArray(c.Values)}}
		}
		all = append(all, criterion)
	}
	_, err := insights.NewMetricAlert(ctx, name, &insights.MetricAlertArgs{
		ResourceGroupName:   args.ResourceGroupName,
		Location:            pulumi.String(everywhere),
		Description:         pulumi.String(alert.Means),
		Enabled:             pulumi.Bool(true),
		AutoMitigate:        pulumi.Bool(true),
		Severity:            pulumi.Int(alert.Severity),
		EvaluationFrequency: pulumi.String(alert.Frequency),
		WindowSize:          pulumi.String(alert.Window),
		Scopes:              pulumi.StringArray{args.watched(alert.Resource)},
		Criteria: insights.MetricAlertSingleResourceMultipleMetricCriteriaArgs{
			OdataType: pulumi.String("Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria"),
			AllOf:     all,
		},
		Actions: insights.MetricAlertActionArray{insights.MetricAlertActionArgs{ActionGroupId: a.ActionGroupID}},
		Tags:    args.Tags,
	}, pulumi.Parent(a))
	return err
}

// watched is the ID of what an alert watches. An alert is there only if that is.
func (args *SiteAlertsArgs) watched(kind string) pulumi.StringOutput {
	switch kind {
	case alerts.LoadBalancer:
		return args.LoadBalancerID.ToStringOutput()
	case alerts.NATGateway:
		return args.NatGatewayID.ToStringOutput()
	case alerts.Gateway:
		return args.Gateway.ID.ToStringOutput()
	case alerts.Workspace:
		return args.WorkspaceID.ToStringOutput()
	}
	return args.ScaleSetID.ToStringOutput()
}

func (a *SiteAlerts) logAlert(ctx *pulumi.Context, name string, args *SiteAlertsArgs, alert alerts.Alert) error {
	query := args.LoadBalancerID.ToStringOutput().ApplyT(func(id string) string {
		return strings.ReplaceAll(alert.Query, alerts.LoadBalancerID, id)
	}).(pulumi.StringOutput)
	_, err := insights.NewScheduledQueryRule(ctx, name, &insights.ScheduledQueryRuleArgs{
		ResourceGroupName:   args.ResourceGroupName,
		Location:            pulumi.String(args.Location),
		Kind:                pulumi.String("LogAlert"),
		Description:         pulumi.String(alert.Means),
		Enabled:             pulumi.Bool(true),
		AutoMitigate:        pulumi.Bool(true),
		Severity:            pulumi.Float64(float64(alert.Severity)),
		EvaluationFrequency: pulumi.String(alert.Frequency),
		WindowSize:          pulumi.String(alert.Window),
		Scopes:              pulumi.StringArray{args.watched(alert.Resource)},
		Criteria: insights.ScheduledQueryRuleCriteriaArgs{AllOf: insights.ConditionArray{insights.ConditionArgs{
			Query:           query,
			TimeAggregation: pulumi.String("Count"),
			Operator:        pulumi.String("GreaterThan"),
			Threshold:       pulumi.Float64(0),
			FailingPeriods: insights.ConditionFailingPeriodsArgs{NumberOfEvaluationPeriods: pulumi.Float64(1),
				MinFailingPeriodsToAlert: pulumi.Float64(1)},
		}}},
		Actions: insights.ActionsArgs{ActionGroups: pulumi.StringArray{a.ActionGroupID}},
		Tags:    args.Tags,
	}, pulumi.Parent(a))
	return err
}

// activityAlert watches the whole resource group: what a failed write would have made has another name each time.
func (a *SiteAlerts) activityAlert(ctx *pulumi.Context, name string, args *SiteAlertsArgs, alert alerts.Alert) error {
	group := args.LoadBalancerID.ToStringOutput().ApplyT(func(id string) string {
		before, _, _ := strings.Cut(id, "/providers/")
		return before
	}).(pulumi.StringOutput)
	is := func(field, value string) insights.AlertRuleAnyOfOrLeafConditionArgs {
		return insights.AlertRuleAnyOfOrLeafConditionArgs{Field: pulumi.String(field), Equals: pulumi.String(value)}
	}
	_, err := insights.NewActivityLogAlert(ctx, name, &insights.ActivityLogAlertArgs{
		ResourceGroupName: args.ResourceGroupName,
		Location:          pulumi.String(everywhere),
		Description:       pulumi.String(alert.Means),
		Enabled:           pulumi.Bool(true),
		Scopes:            pulumi.StringArray{group},
		Condition: insights.AlertRuleAllOfConditionArgs{AllOf: insights.AlertRuleAnyOfOrLeafConditionArray{
			is("category", "Administrative"), is("operationName", alert.Operation), is("status", "Failed"),
		}},
		Actions: insights.ActionListArgs{ActionGroups: insights.ActionGroupTypeArray{
			insights.ActionGroupTypeArgs{ActionGroupId: a.ActionGroupID}}},
		Tags: args.Tags,
	}, pulumi.Parent(a))
	return err
}

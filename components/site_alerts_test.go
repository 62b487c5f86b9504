package components

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const inPlant = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/plant/providers/"

// watching are arguments for alerts on a site with a VPN gateway.
func watching() *SiteAlertsArgs {
	return &SiteAlertsArgs{
		Location: "westeurope", ResourceGroupName: pulumi.String("plant"), Instances: 3, FlowLogs: true,
		Emails:         []string{"ot-operations@contoso.com"},
		Webhooks:       []AlertWebhook{{Name: "pager", URL: pulumi.String("https://ops.contoso.com/hooks/x")}},
		LoadBalancerID: pulumi.String(inPlant + "Microsoft.Network/loadBalancers/lb"),
		ScaleSetID:     pulumi.String(inPlant + "Microsoft.Compute/virtualMachineScaleSets/proxies"),
		NatGatewayID:   pulumi.String(inPlant + "Microsoft.Network/natGateways/nat"),
		WorkspaceID:    pulumi.String(inPlant + "Microsoft.OperationalInsights/workspaces/logs"),
		Gateway: &WatchedGateway{ID: pulumi.String(inPlant + "Microsoft.Network/virtualNetworkGateways/gateway"),
			Kind: "vpn", SKU: "VpnGw2AZ", Static: true},
	}
}

// drawn registers the alerts.
func drawn(t *testing.T, args *SiteAlertsArgs) []registered {
	t.Helper()
	all, err := run(func(ctx *pulumi.Context) error { return last(NewSiteAlerts(ctx, "plant", args)) })
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestEachAlertWatchesWhatItIsAboutAndTellsTheActionGroup(t *testing.T) {
	all := drawn(t, watching())
	for name, want := range map[string]map[string]string{
		"plant-told": {"groupShortName": "OT-proxies", "location": "global",
			"emailReceivers[0].emailAddress": "ot-operations@contoso.com", "webhookReceivers[0].name": "pager"},
		"plant-snat-failures": {"scopes[0]": inPlant + "Microsoft.Network/natGateways/nat",
			"actions[0].actionGroupId": "/id/plant-told", "criteria.allOf[0].dimensions[0].values[0]": "Failed"},
		"plant-vpn-bandwidth": {"scopes[0]": inPlant + "Microsoft.Network/virtualNetworkGateways/gateway",
			"criteria.allOf[0].threshold": "{1e+08}"},
		"plant-proxy-cpu": {"scopes[0]": inPlant + "Microsoft.Compute/virtualMachineScaleSets/proxies"},
		"plant-logs-stopped": {"scopes[0]": inPlant + "Microsoft.OperationalInsights/workspaces/logs",
			"location": "westeurope", "actions.actionGroups[0]": "/id/plant-told"},
		"plant-roll-failed": {"scopes[0]": strings.TrimSuffix(inPlant, "/providers/"), "location": "global",
			"actions.actionGroups[0].actionGroupId": "/id/plant-told"},
	} {
		i := slices.IndexFunc(all, func(r registered) bool { return r.name == name })
		if i < 0 {
			t.Errorf("%s is not made", name)
			continue
		}
		for path, value := range want {
			if got := at(t, all[i], path); got != value {
				t.Errorf("%s of %s is %s, want %s", path, name, got, value)
			}
		}
	}
	query := at(t, all[slices.IndexFunc(all, func(r registered) bool { return r.name == "plant-logs-stopped" })],
		"criteria.allOf[0].query")
	if !strings.Contains(query, inPlant+"Microsoft.Network/loadBalancers/lb") ||
		strings.Contains(query, "BALANCER_ID") {
		t.Errorf("the query is about %s", query)
	}
}

func TestTheURLOfAWebhookIsSecret(t *testing.T) {
	group := find(t, drawn(t, watching()), "ActionGroup")
	if hooks := group.inputs["webhookReceivers"]; !hooks.ContainsSecrets() {
		t.Errorf("the webhooks are %v", hooks)
	}
}

func TestAnActionGroupOfOthersTakesThePlaceOfOneOfOurs(t *testing.T) {
	args := watching()
	args.Emails, args.Webhooks, args.Without = nil, nil, []string{"proxy-cpu"}
	args.ActionGroupID = pulumi.String(inPlant + "Microsoft.Insights/actionGroups/on-call")
	all := drawn(t, args)
	if count(all, "ActionGroup") != 0 {
		t.Error("an action group is made")
	}
	if slices.ContainsFunc(all, func(r registered) bool { return strings.HasSuffix(r.name, "-proxy-cpu") }) {
		t.Error("an alert is made that is not wanted")
	}
	if got := at(t, find(t, all, "MetricAlert"), "actions[0].actionGroupId"); !strings.HasSuffix(got, "/on-call") {
		t.Errorf("told is %s", got)
	}
}

func TestAGatewayOfAnUnknownSKUIsRefused(t *testing.T) {
	args := watching()
	args.Gateway.SKU = "ErGw1AZ"
	_, err := run(func(ctx *pulumi.Context) error { return last(NewSiteAlerts(ctx, "plant", args)) })
	if err == nil || !strings.Contains(err.Error(), "gateway.sku") {
		t.Errorf("a VPN gateway of an ExpressRoute SKU: %v", err)
	}
}

package components

import (
	"regexp"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func bookOf(t *testing.T, change func(*SiteWorkbookArgs)) registered {
	t.Helper()
	args := &SiteWorkbookArgs{Location: "westeurope", ResourceGroupName: pulumi.String("rg"), SiteName: "plant",
		WorkspaceID: pulumi.String("/law"), LoadBalancerID: pulumi.String("/lb"), ScaleSetID: pulumi.String("/vmss")}
	if change != nil {
		change(args)
	}
	all, err := run(func(ctx *pulumi.Context) error { return last(NewSiteWorkbook(ctx, "plant", args)) })
	if err != nil {
		t.Fatal(err)
	}
	return find(t, all, "Workbook")
}

func TestAWorkbookHasAGUIDThatStays(t *testing.T) {
	name := at(t, bookOf(t, nil), "resourceName")
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(name) {
		t.Errorf("the name is %s", name)
	}
	if again := at(t, bookOf(t, func(a *SiteWorkbookArgs) { a.AccessTable = "A_CL" }), "resourceName"); again != name {
		t.Errorf("with another content it is %s", again)
	}
	for what, change := range map[string]func(*SiteWorkbookArgs){
		"site":  func(a *SiteWorkbookArgs) { a.SiteName = "other" },
		"group": func(a *SiteWorkbookArgs) { a.ResourceGroupName = pulumi.String("other") },
	} {
		if other := at(t, bookOf(t, change), "resourceName"); other == name {
			t.Errorf("the workbook of another %s has the same name", what)
		}
		if title := at(t, bookOf(t, change), "displayName"); !strings.Contains(title, "other") {
			t.Errorf("the workbook of another %s is called %s", what, title)
		}
	}
}

func TestAWorkbookIsAboutWhatTheSiteHas(t *testing.T) {
	content := at(t, bookOf(t, nil), "serializedData")
	for word, want := range map[string]bool{`"/lb"`: true, `"/vmss"`: true, `"/law"`: true, `"/nat"`: false,
		"natgateways": false, "NTANetAnalytics": false} {
		if got := strings.Contains(content, word); got != want {
			t.Errorf("%s is in the content: %t\n%s", word, got, content)
		}
	}
	content = at(t, bookOf(t, func(a *SiteWorkbookArgs) {
		a.NatGatewayID, a.AccessTable, a.FlowsOf = pulumi.String("/nat"), "SensorProxy_plant_CL", "10.42.0.32/27"
		a.Gateway = &WatchedGateway{ID: pulumi.String("/gateway"), Kind: "expressRoute", SKU: "ErGw1AZ"}
	}), "serializedData")
	for _, word := range []string{`"/nat"`, `"/gateway"`, "SensorProxy_plant_CL", "10.42.0.32/27"} {
		if !strings.Contains(content, word) {
			t.Errorf("%s is not in the content\n%s", word, content)
		}
	}
}

func TestWhatIsWrongWithAWorkbookIsSaidAtOnce(t *testing.T) {
	_, err := (&SiteWorkbookArgs{Location: "westeurope", FlowsOf: "10.42.0.32", AccessTable: "Requests",
		Gateway: &WatchedGateway{Kind: "vpn", SKU: "Basic"}}).check("plant")
	for _, want := range []string{"siteName", "flowsOf", "accessTable", "gateway.id", "gateway.sku", "workspaceId"} {
		if err == nil || !strings.Contains(err.Error(), "\n  - "+want) {
			t.Errorf("no word of %s: %v", want, err)
		}
	}
}

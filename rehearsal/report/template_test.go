package report

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

const (
	watcher    = sub + "/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers/watcher"
	flowLog    = watcher + "/flowLogs/flows"
	diagnostic = lb + "/providers/Microsoft.Insights/diagnosticSettings/metrics"
)

var (
	password   = "p4ss-w0rd"
	customData = base64.StdEncoding.EncodeToString([]byte("#cloud-config\npassword: " + password))
)

// plant is a site in the order in which Azure took it.
func plant() []arm.Resource {
	return []arm.Resource{
		{ID: rg, Type: "Microsoft.Resources/resourceGroups", APIVersion: "2022-09-01",
			Body: map[string]any{"location": "westeurope"}},
		{
			ID: network, Type: "Microsoft.Network/virtualNetworks", APIVersion: "2024-05-01", References: []string{rg},
			Body: map[string]any{"location": "westeurope", "properties": map[string]any{
				"subnets": []any{map[string]any{"name": "ProxyserverSubnet"}},
			}},
		},
		{
			ID: lb, Type: "Microsoft.Network/loadBalancers", APIVersion: "2024-05-01", References: []string{rg, subnet},
			Body: map[string]any{"location": "westeurope",
				"properties": map[string]any{"subnet": map[string]any{"id": subnet}}},
		},
		{
			ID: flowLog, Type: "Microsoft.Network/networkWatchers/flowLogs", APIVersion: "2024-05-01",
			References: []string{sub + "/resourceGroups/NetworkWatcherRG", watcher, network},
			Body:       map[string]any{"properties": map[string]any{"targetResourceId": network}},
		},
		{
			ID: diagnostic, Type: "Microsoft.Insights/diagnosticSettings", APIVersion: "2021-05-01-preview",
			References: []string{lb, rg}, Body: map[string]any{"properties": map[string]any{}},
		},
		{
			ID: scaleSet, Type: "Microsoft.Compute/virtualMachineScaleSets", APIVersion: "2023-03-01",
			References: []string{lb, rg, subnet},
			Body: map[string]any{
				"location": "westeurope",
				"sku":      map[string]any{"name": "Standard_D2s_v5", "capacity": 3.0},
				"tags": map[string]any{"note": "[draft]", "open": "[draft",
					"hidden-link:" + nat: "a < b & c", "[x]": "y"},
				"properties": map[string]any{"osProfile": map[string]any{
					"customData": customData, "adminPassword": password,
				}, "script": "login " + password},
			},
		},
	}
}

func TestEveryResourceSaysWhatItIs(t *testing.T) {
	all := parsedTemplate(t, plant(), nil)["resources"].([]any)
	if len(all) != len(plant()) {
		t.Fatalf("%d resources of %d are in the template", len(all), len(plant()))
	}
	for _, r := range all {
		for _, name := range []string{"type", "apiVersion", "name"} {
			if text, _ := r.(map[string]any)[name].(string); text == "" {
				t.Errorf("%v has no %s", r, name)
			}
		}
	}
}

func TestATemplateHasOfASecretOnlyItsParameter(t *testing.T) {
	text := templateText(t, plant(), []string{password})
	if strings.Contains(text, password) || strings.Contains(text, customData) {
		t.Fatal("a secret is in the template")
	}
	parsed := parsedTemplate(t, plant(), []string{password})
	want := map[string]any{}
	for _, name := range []string{"adminPassword", "customData", "script"} {
		want[name] = map[string]any{"type": "securestring"}
	}
	if !reflect.DeepEqual(parsed["parameters"], want) {
		t.Errorf("the parameters are %v, want %v", parsed["parameters"], want)
	}
	properties := find(t, parsed, scaleSetType)["properties"].(map[string]any)
	if got := properties["script"]; got != "[parameters('script')]" {
		t.Errorf("a text with a secret in it became %v", got)
	}
}

func TestParametersOfOneNameAreToldApartAndOneSecretIsOneParameter(t *testing.T) {
	connection := func(key string) map[string]any { return map[string]any{"sharedKey": key} }
	body := map[string]any{"a": connection("key-1"), "b": connection("key-2"), "c": connection("key-1"),
		"d": map[string]any{"SharedKey": "key-3"},
		"e": map[string]any{"it's-mine": "key-4", "1": "key-5"}}
	got := parsedTemplate(t, []arm.Resource{{ID: gateway, Type: "t", APIVersion: "v", Body: body}},
		[]string{"key-1", "key-2", "key-3", "key-4", "key-5"})
	names := map[string]string{}
	for _, key := range []string{"a", "b", "c", "d", "e"} {
		for property, value := range got["resources"].([]any)[0].(map[string]any)[key].(map[string]any) {
			names[key+"."+property] = value.(string)
		}
	}
	want := map[string]string{
		"a.sharedKey": "[parameters('sharedKey')]", "b.sharedKey": "[parameters('sharedKey2')]",
		"c.sharedKey": "[parameters('sharedKey')]",
		"d.SharedKey": "[parameters('SharedKey3')]", "e.it's-mine": "[parameters('itsmine')]",
		"e.1": "[parameters('secret1')]",
	}
	if !reflect.DeepEqual(names, want) {
		t.Errorf("the references are %v, want %v", names, want)
	}
}

func TestIDsAreRelativeToTheDeploymentsSubscription(t *testing.T) {
	text := templateText(t, plant(), nil)
	if strings.Contains(text, strings.TrimPrefix(sub, "/subscriptions/")) {
		t.Error("the rehearsal's subscription is in the template")
	}
	elsewhere := "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/logs"
	for text, want := range map[string]string{
		subnet:                   concat(subnet),
		sub:                      "[concat(subscription().id)]",
		"it's " + sub + " again": "[concat('it''s ', subscription().id, ' again')]",
		elsewhere:                elsewhere,
	} {
		if got := relative(text, strings.TrimPrefix(sub, "/subscriptions/")); got != want {
			t.Errorf("%s became %s, want %s", text, got, want)
		}
	}
}

func TestOnlyATextThatArmWouldTakeForAnExpressionIsEscaped(t *testing.T) {
	tags := find(t, parsedTemplate(t, plant(), nil), scaleSetType)["tags"].(map[string]any)
	if tags["note"] != "[[draft]" || tags["open"] != "[draft" || tags["[[x]"] != "y" {
		t.Errorf("the tags became %v", tags)
	}
}

func TestANestedResourceIsCalledAfterItsParents(t *testing.T) {
	if got := find(t, parsedTemplate(t, plant(), nil),
		"Microsoft.Network/networkWatchers/flowLogs")["name"]; got != "watcher/flows" {
		t.Errorf("the flow log is called %v", got)
	}
}

func TestAnExtensionNamesItsScope(t *testing.T) {
	setting := find(t, parsedTemplate(t, plant(), nil), "Microsoft.Insights/diagnosticSettings")
	want := concat(lb)
	if setting["scope"] != want || setting["name"] != "metrics" {
		t.Errorf("the diagnostic setting is %v at %v, want metrics at %s", setting["name"], setting["scope"], want)
	}
	for _, other := range []string{scaleSetType, "Microsoft.Network/networkWatchers/flowLogs"} {
		if scope, has := find(t, parsedTemplate(t, plant(), nil), other)["scope"]; has {
			t.Errorf("%s is no extension and has scope %v", other, scope)
		}
	}
}

func TestAResourceDependsOnlyOnWhatIsInTheTemplate(t *testing.T) {
	for kind, want := range map[string][]any{
		"Microsoft.Resources/resourceGroups":         nil,
		"Microsoft.Network/loadBalancers":            {concat(rg), concat(network)},
		"Microsoft.Network/networkWatchers/flowLogs": {concat(network)},
	} {
		if got, _ := find(t, parsedTemplate(t, plant(), nil), kind)["dependsOn"].([]any); !slices.Equal(got, want) {
			t.Errorf("%s depends on %v, want %v", kind, got, want)
		}
	}
}

func TestTheOrderInWhichAzureTookThingsDoesNotShow(t *testing.T) {
	reversed := plant()
	slices.Reverse(reversed)
	first := templateText(t, plant(), []string{password})
	for range 20 {
		if templateText(t, reversed, []string{password}) != first {
			t.Fatal("two templates of one site differ")
		}
	}
}

func TestAResourceIsWrittenAsPeopleWriteOne(t *testing.T) {
	got := templateText(t, plant()[:1], nil)
	want := `{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "parameters": {},
  "resources": [
    {
      "type": "Microsoft.Resources/resourceGroups",
      "apiVersion": "2022-09-01",
      "name": "Plant",
      "location": "westeurope"
    }
  ]
}
`
	if got != want {
		t.Errorf("the template is\n%s\nwant\n%s", got, want)
	}
	if text := templateText(t, plant(), nil); !strings.Contains(text, `"a < b & c"`) {
		t.Error("the template escapes what JSON need not")
	}
}

func TestWhatIsNoIDIsRefused(t *testing.T) {
	if err := WriteTemplate(&bytes.Buffer{}, []arm.Resource{{ID: "nonsense"}}, nil); err == nil {
		t.Error("a resource without an ID was taken")
	}
}

func concat(id string) string {
	return "[concat(subscription().id, '" + strings.TrimPrefix(id, sub) + "')]"
}

func templateText(t *testing.T, resources []arm.Resource, secrets []string) string {
	t.Helper()
	var out bytes.Buffer
	if err := WriteTemplate(&out, resources, secrets); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func parsedTemplate(t *testing.T, resources []arm.Resource, secrets []string) map[string]any {
	t.Helper()
	var parsed map[string]any
	if err := json.Unmarshal([]byte(templateText(t, resources, secrets)), &parsed); err != nil {
		t.Fatal(err)
	}
	return parsed
}

func find(t *testing.T, parsed map[string]any, kind string) map[string]any {
	t.Helper()
	for _, r := range parsed["resources"].([]any) {
		if body := r.(map[string]any); body["type"] == kind {
			return body
		}
	}
	t.Fatalf("no %s is in the template", kind)
	return nil
}

package azurenative

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/compute/armcompute/v6"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/monitor/armmonitor"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

// properties reads azure-native inputs from JSON.
func properties(t *testing.T, text string) resource.PropertyMap {
	t.Helper()
	var values map[string]any
	if err := json.Unmarshal([]byte(text), &values); err != nil {
		t.Fatal(err)
	}
	return resource.NewPropertyMapFromMap(values)
}

func bodyOf[M any](t *testing.T, inputs string) string {
	t.Helper()
	model := new(M)
	if problems := fill(reflect.ValueOf(model).Elem(), properties(t, inputs)); len(problems) > 0 {
		t.Fatalf("%s: %v", inputs, problems)
	}
	text, err := json.Marshal(model)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestInputsBecomeTheBodyThatAzureTakes(t *testing.T) {
	for what, c := range map[string]struct{ got, want string }{
		"properties on every level": {
			bodyOf[armnetwork.VirtualNetwork](t,
				`{"location":"westeurope","subnets":[{"name":"a","addressPrefix":"10.0.0.0/24","natGateway":{"id":`+
					`"/n"}}]}`),
			`{"location":"westeurope","properties":{"subnets":[{"name":"a","properties":{"addressPrefix":` +
				`"10.0.0.0/24","natGateway":{"id":"/n"}}}]}}`,
		},
		"a name that Microsoft gives to clients": {
			bodyOf[armstorage.AccountCreateParameters](t,
				`{"kind":"StorageV2","networkRuleSet":{"defaultAction":"Deny"},"enableHttpsTrafficOnly":true}`),
			`{"kind":"StorageV2","properties":{"networkAcls":{"defaultAction":"Deny"},` +
				`"supportsHttpsTrafficOnly":true}}`,
		},
		"type of an extension, which both levels have": {
			bodyOf[armcompute.VirtualMachineScaleSetExtension](t,
				`{"name":"health","type":"ApplicationHealthLinux","settings":{"port":3128}}`),
			`{"name":"health","properties":{"settings":{"port":3128},"type":"ApplicationHealthLinux"}}`,
		},
		"a name that the model alone has shortened": {
			bodyOf[armnetwork.VirtualNetworkGateway](t, `{"activeActive":true,"bgpSettings":{"asn":65515}}`),
			`{"properties":{"activeActive":true,"bgpSettings":{"asn":65515}}}`,
		},
	} {
		if c.got != c.want {
			t.Errorf("%s\n got %s\nwant %s", what, c.got, c.want)
		}
	}
}

func TestAPropertyThatTheModelDoesNotKnowIsAProblem(t *testing.T) {
	for inputs, want := range map[string]string{
		`{"adressSpace":{}}`:                           "adressSpace",
		`{"subnets":[{"addresPrefix":"10.0.0.0/24"}]}`: "subnets[0].addresPrefix",
		`{"subnets":"10.0.0.0/24"}`:                    "subnets",
		`{"tags":["a"]}`:                               "tags",
		`{"location":7}`:                               "location",
		`{"flowTimeoutInMinutes":"ten"}`:               "flowTimeoutInMinutes",
		`{"enableDdosProtection":"yes"}`:               "enableDdosProtection",
	} {
		problems := fill(reflect.ValueOf(new(armnetwork.VirtualNetwork)).Elem(), properties(t, inputs))
		if len(problems) != 1 || problems[0].path != want {
			t.Errorf("%s: %v, want one at %s", inputs, problems, want)
		}
	}
}

func TestWhatAzureAnswersBecomesOutputs(t *testing.T) {
	var lb armnetwork.LoadBalancer
	answer := `{"id":"/lb","properties":{"frontendIPConfigurations":[{"name":"f","properties":{"privateIPAddress":` +
		`"10.0.0.4"}}],
		"loadBalancingRules":[{"properties":{"enableTcpReset":true,"frontendPort":3128}}]}}`
	if err := json.Unmarshal([]byte(answer), &lb); err != nil {
		t.Fatal(err)
	}
	state := resource.NewObjectProperty(answered(reflect.ValueOf(&lb),
		sdkTypes["azure-native:network/v20240501:LoadBalancer"].outputs))
	for path, want := range map[string]string{
		"id": "/lb",
		"frontendIPConfigurations[0].privateIPAddress": "10.0.0.4",
		"loadBalancingRules[0].enableTcpReset":         "true",
		"loadBalancingRules[0].frontendPort":           "3128",
	} {
		parsed, err := resource.ParsePropertyPath(path)
		if err != nil {
			t.Fatal(err)
		}
		value, ok := parsed.Get(state)
		if text, _ := json.Marshal(value.Mappable()); !ok || strings.Trim(string(text), `"`) != want {
			t.Errorf("%s is %s, want %s", path, text, want)
		}
	}
}

func TestEveryTypeIsPlayedAndHasAPath(t *testing.T) {
	for _, azure := range azureTypes {
		_, model, err := lookup(azure.token)
		if err != nil {
			t.Error(err)
			continue
		}
		inputs := resource.PropertyMap{}
		for _, parameter := range azure.parameters() {
			value := "n"
			if parameter == "resourceUri" {
				value = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/loadBalancers/l"
			}
			inputs[resource.PropertyKey(parameter)] = resource.NewStringProperty(value)
		}
		id, err := azure.id(arm.Subscription, inputs)
		if err != nil {
			t.Error(err)
			continue
		}
		parsed, err := arm.ParseID(id)
		if err != nil || parsed.Type != model.Name {
			t.Errorf("%s has the path %s, which is of type %s: %v", azure.token, id, parsed.Type, err)
		}
	}
}

func TestAPathWithAMissingNameIsAnError(t *testing.T) {
	if _, err := azureTypes[1].id("s", resource.PropertyMap{}); err == nil ||
		!strings.Contains(err.Error(), "needs a value for") {
		t.Errorf("got %v", err)
	}
}

// The models have one of several types behind an interface, and the SDK declares none.
func TestTheCriteriaOfAMetricAlertGoToAzureAndBack(t *testing.T) {
	const inputs = `{"criteria":{"odataType":"Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria","allOf":` +
		`[{"name":"a","criterionType":"StaticThresholdCriterion","metricName":"VipAvailability",` +
		`"operator":"LessThan","threshold":90}]},"severity":0}`
	want := `{"properties":{"criteria":{"allOf":[{"criterionType":"StaticThresholdCriterion",` +
		`"metricName":"VipAvailability","name":"a","operator":"LessThan","threshold":90}],"odata.type":"Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria"},"severity":0}}`
	if got := bodyOf[armmonitor.MetricAlertResource](t, inputs); got != want {
		t.Errorf("Azure gets\n%s, want\n%s", got, want)
	}
	var model armmonitor.MetricAlertResource
	if err := json.Unmarshal([]byte(want), &model); err != nil {
		t.Fatal(err)
	}
	outputs := answered(reflect.ValueOf(&model), sdkTypes["azure-native:insights:MetricAlert"].outputs)
	if !outputs["criteria"].DeepEquals(properties(t, inputs)["criteria"]) {
		t.Errorf("back come %v", outputs["criteria"])
	}
	problems := fill(reflect.ValueOf(&model).Elem(), properties(t, `{"criteria":{"anyOf":[]}}`))
	if len(problems) != 1 {
		t.Errorf("a criterion that Azure does not know: %v", problems)
	}
}

package azurenative

import (
	"context"
	"reflect"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// replaced is for what the plugin replaces a resource, besides the parameters of its path. Everything else changes in
// place, whatever Azure says to that.
var replaced = map[string][]string{
	groupToken:     {"location"},
	networkToken:   {"location"},
	publicIPToken:  {"location", "publicIPAddressVersion", "publicIPPrefix", "sku"},
	storageToken:   {"isHnsEnabled", "location"},
	workspaceToken: {"location"},

	"azure-native:insights:ActionGroup":        {"location"},
	"azure-native:insights:MetricAlert":        {"location"},
	"azure-native:insights:ScheduledQueryRule": {"location"},
	"azure-native:insights:ActivityLogAlert":   {"location"},
	workbookToken:                              {"location"},

	"azure-native:insights:DataCollectionEndpoint": {"location"},
	"azure-native:insights:DataCollectionRule":     {"location"},
}

// replacementFacts has one fact for each type: every property that the SDK takes is changed, and the answer compared.
func replacementFacts() (facts []fact) {
	for _, t := range azureTypes {
		properties := slices.Concat(t.parameters(), replaced[t.token])
		slices.Sort(properties)
		kind := t.token[strings.LastIndex(t.token, ":")+1:]
		facts = append(facts, fact{kind + " is replaced for " + strings.Join(properties, ", ") + ", and nothing else",
			inForceNew, func(b *bench) error {
				var found []string
				for name, declared := range propertiesOf(sdkTypes[t.token].inputs) {
					key := resource.PropertyKey(name)
					answer, err := b.diff(t.token, resource.PropertyMap{key: example(declared, 1)},
						resource.PropertyMap{key: example(declared, 2)}, nil)
					if err != nil {
						return err
					}
					if len(answer.GetReplaces()) > 0 {
						found = append(found, name)
					}
				}
				slices.Sort(found)
				return want(slices.Equal(found, properties), "replaced for %v", found)
			}})
	}
	return facts
}

// example is a value of a type, one of two.
func example(t reflect.Type, n int) resource.PropertyValue { return exampleAt(plainType(t), n, 0) }

// deepest is how far examples go down: the SDK's types refer to each other in circles.
const deepest = 3

func exampleAt(t reflect.Type, n, depth int) resource.PropertyValue {
	t = plainType(t)
	switch t.Kind() {
	case reflect.Struct:
		fields := resource.PropertyMap{}
		for name, declared := range propertiesOf(t) {
			if depth < deepest {
				fields[resource.PropertyKey(name)] = exampleAt(declared, n, depth+1)
			}
		}
		return resource.NewObjectProperty(fields)
	case reflect.Slice:
		return resource.NewArrayProperty([]resource.PropertyValue{exampleAt(t.Elem(), n, depth+1)})
	case reflect.Map:
		return resource.NewObjectProperty(resource.PropertyMap{"key": exampleAt(t.Elem(), n, depth+1)})
	case reflect.Bool:
		return resource.NewBoolProperty(n == 1)
	case reflect.Int, reflect.Float64:
		return resource.NewNumberProperty(float64(n))
	}
	return resource.NewStringProperty(strings.Repeat("x", n))
}

// changed is Diff's answer to a change.
func changed(b *bench, token string, olds, news values) (*pulumirpc.DiffResponse, error) {
	return b.diff(token, olds.properties(), news.properties(), nil)
}

// kinds are the kinds of a detailed difference, by path.
func kinds(answer *pulumirpc.DiffResponse) map[string]pulumirpc.PropertyDiff_Kind {
	all := map[string]pulumirpc.PropertyDiff_Kind{}
	for path, change := range answer.GetDetailedDiff() {
		all[path] = change.GetKind()
	}
	return all
}

// unchanged wants Diff to find nothing.
func unchanged(b *bench, token string, olds, news values) error {
	answer, err := changed(b, token, olds, news)
	return every(err, want(answer.GetChanges() == pulumirpc.DiffResponse_DIFF_NONE &&
		len(answer.GetReplaces()) == 0, "%v", answer))
}

var diffFacts = []fact{
	{"a changed name that was fixed is deleted before its replacement", "Diff in " + inProvider, func(b *bench) error {
		answer, err := changed(b, networkToken, values{"virtualNetworkName": "a"}, values{"virtualNetworkName": "b"})
		return every(err, want(answer.GetDeleteBeforeReplace(), "%v", answer))
	}},
	{"what has a random name is replaced beside", "Diff in " + inProvider, func(b *bench) error {
		answer, err := changed(b, publicIPToken, values{createBeforeDelete: true, "location": "eastus"},
			values{createBeforeDelete: true, "location": "westus"})
		return every(err, want(len(answer.GetReplaces()) > 0 && !answer.GetDeleteBeforeReplace(), "%v", answer))
	}},
	{"deletion before replacement is asked for only with a replacement of the plugin's own", "Diff in " + inProvider,
		func(b *bench) error {
			answer, err := changed(b, networkToken, values{"flowTimeoutInMinutes": 4},
				values{"flowTimeoutInMinutes": 5})
			return every(err, want(answer.GetChanges() == pulumirpc.DiffResponse_DIFF_SOME &&
				!answer.GetDeleteBeforeReplace(), "%v", answer))
		}},
	{"a resource group's name is compared without case", "applyAzureSpecificDiff in " + inDiff, func(b *bench) error {
		return unchanged(b, networkToken, values{"resourceGroupName": "NetworkWatcherRG"},
			values{"resourceGroupName": "networkwatcherrg"})
	}},
	{"other names of the path are compared with case", "applyAzureSpecificDiff in " + inDiff, func(b *bench) error {
		answer, err := changed(b, flowLogToken, values{"networkWatcherName": "NetworkWatcher_eastus"},
			values{"networkWatcherName": "NetworkWatcher_EASTUS"})
		return every(err, want(len(answer.GetReplaces()) == 1, "%v", answer))
	}},
	{"a location is compared without case and spaces", "applyAzureSpecificDiff in " + inDiff, func(b *bench) error {
		return unchanged(b, networkToken, values{"location": "West Europe"}, values{"location": "westeurope"})
	}},
	{"keys that begin with two underscores are not compared", "ignoreKey in " + inDiff, func(b *bench) error {
		return unchanged(b, networkToken, values{createBeforeDelete: true}, nil)
	}},
	{"an input that becomes unknown counts as a change", "valueDiff in " + inDiff, func(b *bench) error {
		answer, err := b.diff(networkToken, values{"location": "westeurope"}.properties(),
			resource.PropertyMap{"location": unknown()}, nil)
		return every(err, want(len(answer.GetReplaces()) == 1, "%v", answer))
	}},
	{"a property that becomes what Azure has already replaces nothing", "calculateChangesAndReplacements in " + inDiff,
		func(b *bench) error {
			news := values{"publicIPAddressVersion": "IPv4"}.properties()
			known, err := b.diff(publicIPToken, nil, news, news)
			other, err2 := b.diff(publicIPToken, nil, news, values{"publicIPAddressVersion": "IPv6"}.properties())
			return every(err, err2, want(known.GetChanges() == pulumirpc.DiffResponse_DIFF_SOME &&
				len(known.GetReplaces()) == 0, "%v", known),
				want(len(other.GetReplaces()) == 1, "%v", other))
		}},
	{"inside an object that replaces, a changed value replaces, an added or deleted one does not",
		"calculateValueDiff in " + inDiff, func(b *bench) error {
			answer, err := changed(b, publicIPToken,
				values{"sku": map[string]any{"name": "Basic"}},
				values{"sku": map[string]any{"name": "Standard", "tier": "Regional"}})
			return every(err, want(reflect.DeepEqual(kinds(answer), map[string]pulumirpc.PropertyDiff_Kind{
				"sku.name": pulumirpc.PropertyDiff_UPDATE_REPLACE, "sku.tier": pulumirpc.PropertyDiff_ADD,
			}), "%v", answer), want(slices.Equal(answer.GetReplaces(), []string{"sku.name"}), "%v",
				answer.GetReplaces()))
		}},
	{"the detailed difference names the place inside lists and objects", "calculateObjectDiff in " + inDiff,
		func(b *bench) error {
			pool := func(members ...any) values {
				return values{"backendAddressPools": []any{map[string]any{"name": "proxies",
					"loadBalancerBackendAddresses": members}}}
			}
			answer, err := changed(b, lbToken, pool(map[string]any{"name": "a"}), pool(map[string]any{"name": "b"},
				map[string]any{"name": "c"}))
			return every(err, want(reflect.DeepEqual(kinds(answer), map[string]pulumirpc.PropertyDiff_Kind{
				"backendAddressPools[0].loadBalancerBackendAddresses[0].name": pulumirpc.PropertyDiff_UPDATE,
				"backendAddressPools[0].loadBalancerBackendAddresses[1]":      pulumirpc.PropertyDiff_ADD,
			}), "%v", answer))
		}},
}

var previewFacts = []fact{
	{"a previewed creation knows what the program writes and nothing else, on every level", inPreview,
		func(b *bench) error {
			answer, err := b.Create(context.Background(), &pulumirpc.CreateRequest{
				Urn: urnOf(lbToken, "lb"), Preview: true, Properties: wire(previewedLB.properties()),
			})
			if err != nil {
				return err
			}
			return partlyKnown(unwire(answer.GetProperties()), false)
		}},
	{"a previewed update knows besides only name and location", "Update in " + inProvider, func(b *bench) error {
		olds := values{"name": "lb1", "location": "westeurope", "provisioningState": "Succeeded",
			"frontendIPConfigurations": []any{
				map[string]any{"name": "sensors", "privateIPAddress": "10.41.0.36"},
			}}
		answer, err := b.Update(context.Background(), &pulumirpc.UpdateRequest{
			Urn: urnOf(lbToken, "lb"), Preview: true, Olds: wire(olds.properties()),
			News: wire(previewedLB.properties()),
		})
		if err != nil {
			return err
		}
		return partlyKnown(unwire(answer.GetProperties()), true)
	}},
}

// previewedLB is a load balancer as a program writes it.
var previewedLB = values{"tags": map[string]any{"owner": "ot"},
	"frontendIPConfigurations": []any{map[string]any{"name": "sensors"}}}

// partlyKnown wants outputs of previewedLB that know what was written, and, of an update, where it is and what it is
// called.
func partlyKnown(outputs resource.PropertyMap, update bool) error {
	frontend := resource.PropertyMap{}
	if list := outputs["frontendIPConfigurations"]; list.IsArray() && len(list.ArrayValue()) == 1 {
		frontend = list.ArrayValue()[0].ObjectValue()
	}
	return every(
		want(frontend["name"].DeepEquals(resource.NewStringProperty("sensors")),
			"the frontend's name is %v", frontend["name"]),
		want(frontend["privateIPAddress"].IsComputed(), "the frontend's address is %v", frontend["privateIPAddress"]),
		want(outputs["tags"].DeepEquals(resource.NewObjectProperty(values{"owner": "ot"}.properties())),
			"tags are %v", outputs["tags"]),
		want(outputs["provisioningState"].IsComputed(), "provisioningState is %v", outputs["provisioningState"]),
		want(outputs["name"].IsString() == update && outputs["location"].IsString() == update,
			"name and location are %v, %v", outputs["name"], outputs["location"]),
	)
}

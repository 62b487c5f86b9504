package azurenative

import (
	"context"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// recorded is what a recording has of a type: what Check adds to the inputs of a program, and what Create puts into the
// state, keys, shapes and defaults. A value of any is one that Azure makes up; a nested list of values is a shape.
type recorded struct {
	token, name, source string
	inputs              values
	checked             values
	outputs             values
}

// any stands for a text that Azure makes up.
const anyText = "\x00any text"

var recordings = []recorded{
	{
		token: groupToken, name: "rg", source: recordedAKS, inputs: values{"location": "eastus"},
		checked: values{createBeforeDelete: true, "resourceGroupName": anyText, "location": "eastus"},
		outputs: values{
			"id": anyText, "location": "eastus", "name": anyText,
			"properties": map[string]any{"provisioningState": "Succeeded"},
			"type":       "Microsoft.Resources/resourceGroups", "azureApiVersion": "2022-09-01",
		},
	},
	{
		token: publicIPToken, name: "publicIp", source: recordedVM,
		inputs: values{
			"resourceGroupName": "g", "publicIPAddressVersion": "IPv4", "publicIPAllocationMethod": "Static",
			"sku": map[string]any{"name": "Standard", "tier": "Regional"},
		},
		checked: values{
			createBeforeDelete: true, "location": "eastus", "publicIPAddressVersion": "IPv4",
			"publicIPAllocationMethod": "Static",
			"publicIpAddressName":      anyText, "resourceGroupName": "g", "sku": map[string]any{"name": "Standard",
				"tier": "Regional"},
		},
		outputs: values{
			"etag": anyText, "id": anyText, "idleTimeoutInMinutes": 4.0, "ipTags": []any{},
			"location": "eastus", "name": anyText,
			"provisioningState": "Succeeded", "publicIPAddressVersion": "IPv4", "publicIPAllocationMethod": "Static",
			"resourceGuid": anyText,
			"sku":          map[string]any{"name": "Standard", "tier": "Regional"},
			"type":         "Microsoft.Network/publicIPAddresses",
			"ipAddress":    anyText, "azureApiVersion": "2024-05-01", // static, where the recorded one was dynamic
		},
	},
	{
		token: networkToken, name: "vnet", source: recordedVM,
		inputs: values{"resourceGroupName": "g",
			"addressSpace": map[string]any{"addressPrefixes": []any{"10.1.0.0/16"}}},
		checked: values{
			createBeforeDelete: true, "addressSpace": map[string]any{"addressPrefixes": []any{"10.1.0.0/16"}},
			"location":          "eastus",
			"resourceGroupName": "g", "virtualNetworkName": anyText,
		},
		outputs: values{
			"addressSpace":         map[string]any{"addressPrefixes": []any{"10.1.0.0/16"}},
			"enableDdosProtection": false, "etag": anyText,
			"id": anyText, "location": "eastus", "name": anyText, "provisioningState": "Succeeded",
			"resourceGuid": anyText, "subnets": []any{},
			"type": "Microsoft.Network/virtualNetworks", "virtualNetworkPeerings": []any{},
			"azureApiVersion": "2024-05-01",
		},
	},
	{
		token: storageToken, name: "store", source: recordedStorage,
		inputs: values{
			"resourceGroupName": "g", "allowBlobPublicAccess": true, "kind": "StorageV2",
			"sku": map[string]any{"name": "Standard_LRS"},
		},
		checked: values{
			createBeforeDelete: true, "accountName": anyText, "allowBlobPublicAccess": true, "kind": "StorageV2",
			"location":          "eastus",
			"resourceGroupName": "g", "sku": map[string]any{"name": "Standard_LRS"},
		},
		outputs: values{
			"accessTier": "Hot", "allowBlobPublicAccess": true, "allowCrossTenantReplication": false,
			"creationTime":           anyText,
			"enableHttpsTrafficOnly": true, "encryption": map[string]any{"keySource": "Microsoft.Storage",
				"services": map[string]any{
					"blob": map[string]any{"enabled": true, "keyType": "Account", "lastEnabledTime": anyText},
					"file": map[string]any{"enabled": true, "keyType": "Account", "lastEnabledTime": anyText},
				}},
			"id": anyText, "keyCreationTime": map[string]any{"key1": anyText, "key2": anyText}, "kind": "StorageV2",
			"location":          "eastus",
			"minimumTlsVersion": "TLS1_0", "name": anyText,
			"networkRuleSet": map[string]any{"bypass": "AzureServices", "defaultAction": "Allow", "ipRules": []any{},
				"virtualNetworkRules": []any{}},
			"primaryEndpoints": map[string]any{"blob": anyText, "dfs": anyText, "file": anyText, "queue": anyText,
				"table": anyText, "web": anyText},
			"primaryLocation": "eastus", "privateEndpointConnections": []any{}, "provisioningState": "Succeeded",
			"sku": map[string]any{"name": "Standard_LRS", "tier": "Standard"}, "statusOfPrimary": "available",
			"tags": map[string]any{},
			"type": "Microsoft.Storage/storageAccounts", "azureApiVersion": "2022-09-01",
		},
	},
}

var recordedFacts = factsOf(recordings)

func factsOf(all []recorded) (facts []fact) {
	for _, r := range all {
		kind := r.token[strings.LastIndex(r.token, ":")+1:]
		facts = append(facts, fact{kind + ": what Check adds", r.source, func(b *bench) error {
			checked, _, err := r.play(b)
			return every(err, same("", r.checked.properties(), checked))
		}}, fact{kind + ": what Create puts into the state, with its defaults", r.source, func(b *bench) error {
			_, state, err := r.play(b)
			delete(state, inputsKey)
			return every(err, same("", r.outputs.properties(), state))
		}})
	}
	return append(facts, fact{"the state holds the inputs once more, secret, and the API version", recordedAKS,
		func(b *bench) error {
			checked, state, err := recordings[0].play(b)
			again := state[inputsKey]
			return every(err, want(again.IsSecret() && again.SecretValue().Element.IsObject() &&
				again.SecretValue().Element.ObjectValue().DeepEquals(checked), "%s: %v", inputsKey, again))
		}})
}

// play checks and creates what was recorded, in the region that was configured.
// configured is the provider's configuration with a region.
func configured(location string) *pulumirpc.ConfigureRequest {
	//nolint:staticcheck // azure-native 2.90.0 reads its settings there
	return &pulumirpc.ConfigureRequest{Variables: map[string]string{"azure-native:config:location": location}}
}

func (r recorded) play(b *bench) (checked, state resource.PropertyMap, err error) {
	if _, err := b.Configure(context.Background(), configured("eastus")); err != nil {
		return nil, nil, err
	}
	made, err := b.create(r.token, r.name, r.inputs)
	return made.inputs, made.outputs, err
}

// same compares with what was recorded: the same keys, the same values but for those that Azure makes up.
func same(at string, want, got resource.PropertyMap) error {
	if !slices.Equal(keysOf(want), keysOf(got)) {
		return wantf("%s has the keys %v, recorded %v", at, keysOf(got), keysOf(want))
	}
	var wrong []error
	for key, value := range want {
		path := strings.TrimPrefix(at+"."+string(key), ".")
		switch now := got[key]; {
		case value.IsObject() && now.IsObject():
			wrong = append(wrong, same(path, value.ObjectValue(), now.ObjectValue()))
		case value.IsString() && value.StringValue() == anyText && now.IsString() && now.StringValue() != "":
		case !value.DeepEquals(now):
			wrong = append(wrong, wantf("%s is %v, recorded %v", path, now, value))
		}
	}
	return every(wrong...)
}

func wantf(format string, args ...any) error { return want(false, format, args...) }

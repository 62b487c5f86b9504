package azurenative

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

var (
	aPublicIP = somewhere.with(values{
		"location": "westeurope", "publicIPAddressVersion": "IPv4", "publicIPAllocationMethod": "Static",
		"sku": map[string]any{"name": "Standard", "tier": "Regional"},
	})
	aWorkbook = somewhere.with(values{
		"location": "westeurope", "resourceName": "0b6e4f3a-9c1d-8e2f-a7b5-6d4c3b2a1f0e", "kind": "shared",
		"displayName": "Sensors", "category": "workbook", "serializedData": `{"items": []}`,
		"tags": map[string]any{"site": "plant"},
	})
	aNetwork = somewhere.with(values{
		"location": "westeurope", "addressSpace": map[string]any{"addressPrefixes": []any{"10.1.0.0/16"}},
		"subnets": []any{map[string]any{"name": "a", "addressPrefix": "10.1.0.0/24"}},
	})
)

// state reads a resource as Azure has it.
func (b *bench) state(id, apiVersion string) map[string]any {
	var now map[string]any
	if _, err := b.Client.get(context.Background(), id, apiVersion, &now); err != nil {
		return nil
	}
	return now
}

var createFacts = []fact{
	{"a creation refuses what is there already, in these words", "CanCreate in " + inClient, func(b *bench) error {
		fixed := aNetwork.with(values{"virtualNetworkName": "MD4IoT-VNET"})
		made, err := b.create(networkToken, "vnet", fixed)
		_, again := b.create(networkToken, "vnet", fixed)
		return every(err, want(again != nil && again.Error() == "cannot create already existing resource '"+made.id+"'",
			"the second creation: %v", again))
	}},
	{"what Azure takes after an answer is read again: the state is what a GET says", "readAfterWrite in " + inProvider,
		func(b *bench) error {
			made, err := b.create(publicIPToken, "ip", aPublicIP)
			return every(err, want(made.outputs["provisioningState"].DeepEquals(
				resource.NewStringProperty("Succeeded")), "%v", made.outputs["provisioningState"]))
		}},
	{"a creation sends empty lists for those that are resources of their own",
		"SetUnsetSubresourcePropertiesToDefaults in " + inCRUD, func(b *bench) error {
			made, err := b.create(networkToken, "vnet", aNetwork)
			for _, r := range b.server.Resources() {
				if r.ID == made.id {
					properties := r.Body["properties"].(map[string]any)
					list, sent := properties["virtualNetworkPeerings"].([]any)
					return every(err, want(sent && len(list) == 0, "sent: %v", properties["virtualNetworkPeerings"]))
				}
			}
			return every(err, wantf("the network is not there"))
		}},
	{"$self is the resource's own ID in objects of the type SubResource, and a text elsewhere",
		"SdkInputsToRequestBody in " + inRequest, func(b *bench) error {
			inputs := values{
				"backendAddressPools": []any{map[string]any{"name": "p", "location": "$self/x",
					"tunnelInterfaces": []any{}}},
				"loadBalancingRules": []any{map[string]any{"name": "r",
					"probe": map[string]any{"id": "$self/probes/p"}}},
				"frontendIPConfigurations": []any{map[string]any{"name": "f",
					"subnet": map[string]any{"id": "$self/subnets/s"}}},
			}
			t, model, err := lookup(lbToken)
			if err != nil {
				return err
			}
			sent, err := b.request(t, model, "/lb", inputs.properties())
			text, _ := json.Marshal(sent)
			return every(err, want(strings.Contains(string(text), `"/lb/probes/p"`) && strings.Contains(string(text),
				`"$self/subnets/s"`), "%s", text))
		}},
	{"a property is sent once, however the SDK calls it", inRequest, func(b *bench) error {
		t, model, err := lookup(storageToken)
		if err != nil {
			return err
		}
		sent, err := b.request(t, model, "/s", values{createBeforeDelete: true, "accountName": "s",
			"enableHttpsTrafficOnly": true}.properties())
		text, _ := json.Marshal(sent)
		return every(err, want(string(text) == `{"properties":{"supportsHttpsTrafficOnly":true}}`, "%s", text))
	}},
	{"what is gone already is deleted without an error", "Delete in " + inClient, func(b *bench) error {
		made, err := b.create(publicIPToken, "ip", aPublicIP)
		group := resourceOf{token: groupToken, id: "/subscriptions/" + arm.Subscription + "/resourceGroups/g"}
		return every(err, b.remove(made), b.remove(made), b.remove(group), b.remove(made))
	}},
}

// failed lets writes fail while f runs.
func (b *bench) failed(kind arm.InjectedFault, f func() error) error {
	b.fault = kind
	err := f()
	b.fault = arm.NoInjectedFault
	b.server.EndEndless()
	return err
}

var failureFacts = []fact{
	{"a creation that fails after it began leaves its inputs, what Azure says and an init error",
		"HandleErrorWithCheckpoint in " + inCRUD, func(b *bench) error {
			var half resourceOf
			err := b.failed(arm.FailsLater, func() (err error) {
				half, err = b.create(publicIPToken, "ip", aPublicIP)
				return err
			})
			left := initError(err)
			if left == nil {
				return wantf("no init error: %v", err)
			}
			return every(want(strings.Contains(left.GetId(), "/publicIPAddresses/ip"), "ID %q", left.GetId()),
				want(unwire(left.GetInputs()).DeepEquals(half.inputs), "inputs %v", left.GetInputs()),
				want(unwire(left.GetProperties())["provisioningState"].DeepEquals(resource.NewStringProperty("Failed")),
					"outputs %v", left.GetProperties()),
				want(len(left.GetReasons()) == 1 && strings.Contains(left.GetReasons()[0], "InternalServerError"),
					"reasons %v", left.GetReasons()))
		}},
	{"a creation that Azure refuses leaves nothing", "defaultCreate in " + inProvider, func(b *bench) error {
		_, err := b.create(networkToken, "vnet",
			aNetwork.with(values{"subnets": []any{map[string]any{"name": "a", "addressPrefix": "192.0.2.0/24"}}}))
		return want(err != nil && initError(err) == nil, "refused with %v", err)
	}},
	{"an update that fails after it began leaves the new inputs and an init error", "defaultUpdate in " + inProvider,
		func(b *bench) error {
			made, err := b.create(publicIPToken, "ip", aPublicIP)
			if err != nil {
				return err
			}
			tagged := values{"tags": map[string]any{"owner": "ot"}}
			err = b.failed(arm.FailsLater, func() error { _, err := b.update(made, tagged); return err })
			left := initError(err)
			if left == nil {
				return wantf("no init error: %v", err)
			}
			return want(unwire(left.GetInputs())["tags"].DeepEquals(tagged.properties()["tags"]),
				"inputs %v", left.GetInputs())
		}},
	{"an update that Azure refuses leaves the state as it was", "defaultUpdate in " + inProvider, func(b *bench) error {
		made, err := b.create(publicIPToken, "ip", aPublicIP)
		_, refused := b.update(made, values{"idleTimeoutInMinutes": 999})
		return every(err, want(refused != nil && initError(refused) == nil, "refused with %v", refused))
	}},
	{"a refusal names status, code and message", "PulumiAzcoreResponseError in " + inClient, func(b *bench) error {
		_, err := b.create(networkToken, "vnet",
			aNetwork.with(values{"subnets": []any{map[string]any{"name": "a", "addressPrefix": "192.0.2.0/24"}}}))
		return want(err != nil && strings.Contains(err.Error(),
			`Status=400 Code="NetcfgSubnetRangeOutsideVnet" Message="`), "refused with %v", err)
	}},
	{"after the time is up an init error is left and no outputs: there is no time to read them",
		"HandleErrorWithCheckpoint in " + inCRUD, func(b *bench) error {
			err := b.failed(arm.Endless, func() error {
				_, err := b.create(publicIPToken, "ip", aPublicIP)
				return err
			})
			left := initError(err)
			return want(left != nil && left.GetId() != "" && len(left.GetProperties().GetFields()) == 0 &&
				len(left.GetInputs().GetFields()) > 0, "left: %v", left)
		}},
	{"a resource that failed reads like any other: Read knows no init error",
		"Read in " + inProvider + "; pulumi/pulumi#17949", func(b *bench) error {
			err := b.failed(arm.FailsLater, func() error {
				_, err := b.create(publicIPToken, "ip", aPublicIP)
				return err
			})
			left := initError(err)
			half := resourceOf{token: publicIPToken, inputs: resource.PropertyMap{}, outputs: resource.PropertyMap{}}
			for _, r := range b.server.Resources() {
				half.id = r.ID // the last one is the address
			}
			if left != nil {
				half.inputs, half.outputs = unwire(left.GetInputs()), unwire(left.GetProperties())
			}
			read, err := b.refresh(half)
			return every(err, want(read.outputs["provisioningState"].DeepEquals(resource.NewStringProperty("Failed")),
				"%v", read.outputs["provisioningState"]))
		}},
}

var updateFacts = []fact{
	{"an update keeps lists that the program leaves out and that are resources of their own",
		"MaintainSubResourcePropertiesIfNotSet in " + inCRUD, func(b *bench) error {
			other, err := b.create(networkToken, "other",
				aNetwork.with(values{"addressSpace": map[string]any{"addressPrefixes": []any{"10.2.0.0/16"}},
					"subnets": []any{}}))
			made, err2 := b.create(networkToken, "vnet", aNetwork)
			peered := b.byHand(made, func(body map[string]any) {
				level(body)["virtualNetworkPeerings"] = []any{map[string]any{
					"name": "hub", "properties": map[string]any{"remoteVirtualNetwork": map[string]any{"id": other.id}},
				}}
			})
			_, err3 := b.update(made, values{"tags": map[string]any{"owner": "ot"}})
			peerings, _ := level(b.state(made.id, "2024-05-01"))["virtualNetworkPeerings"].([]any)
			return every(err, err2, peered, err3, want(len(peerings) == 1, "peerings: %v", peerings))
		}},
	{"an update replaces such a list where the program writes it", "findUnsetPropertiesToMaintain in " + inCRUD,
		func(b *bench) error {
			made, err := b.create(networkToken, "vnet", aNetwork)
			_, err2 := b.update(made, values{"subnets": []any{}})
			subnets, _ := level(b.state(made.id, "2024-05-01"))["subnets"].([]any)
			return every(err, err2, want(len(subnets) == 0, "subnets: %v", subnets))
		}},
	{"a storage account's firewall that the program no longer writes is opened again",
		"restoreDefaultInputsForRemovedProperties in " + inProvider + ", " + inDefaults, func(b *bench) error {
			account := somewhere.with(values{"location": "westeurope", "kind": "StorageV2",
				"sku": map[string]any{"name": "Standard_LRS"}})
			made, err := b.create(storageToken, "store",
				account.with(values{"networkRuleSet": map[string]any{"defaultAction": "Deny",
					"bypass": "AzureServices"}}))
			delete(made.inputs, "networkRuleSet")
			_, err2 := b.update(made, nil)
			rules, _ := level(b.state(made.id, "2022-09-01"))["networkAcls"].(map[string]any)
			return every(err, err2, want(rules["defaultAction"] == "Allow", "networkAcls: %v", rules))
		}},
}

// passes wants a write to get over a fault that happens n times.
func passes(b *bench, kind arm.InjectedFault, times int) error {
	left := times
	b.server = arm.New(arm.Options{InjectedFaults: func(string, string, bool) arm.InjectedFault {
		if left == 0 {
			return arm.NoInjectedFault
		}
		left--
		return kind
	}})
	b.Client.HTTP = inProcess(b.server)
	_, err := b.create(groupToken, "r", values{"resourceGroupName": "r", "location": "westeurope"})
	if err != nil {
		return fmt.Errorf("%s, %d times: %w", kind, times, err)
	}
	return nil
}

var clientFacts = []fact{
	{"a write is tried three times more where Azure is busy, throttles or breaks off",
		"initPipelineOpts in " + inClient, func(b *bench) error {
			return every(passes(b, arm.Throttled, 3), passes(b, arm.InternalError, 3), passes(b, arm.Conflicting, 3),
				want(passes(b, arm.Throttled, 4) != nil, "a fourth refusal is not the last"))
		}},
	{"any other conflict is an error at once", "shouldRetryConflict in " + inClient, func(b *bench) error {
		fixed := aNetwork.with(values{"virtualNetworkName": "MD4IoT-VNET",
			"subnets": []any{map[string]any{"name": "a", "addressPrefix": "192.0.2.0/24"}}})
		before := len(b.server.Operations())
		_, err := b.create(networkToken, "vnet", fixed)
		return every(want(err != nil, "no error"), want(len(b.server.Operations()) == before+1, "%d tries",
			len(b.server.Operations())-before))
	}},
	{"an operation that Azure does not end is given up as a deadline that has passed", "azureContext in " + inProvider,
		func(b *bench) error {
			err := b.failed(arm.Endless, func() error {
				_, err := b.create(publicIPToken, "ip", aPublicIP)
				return err
			})
			return want(err != nil && strings.Contains(err.Error(), "context deadline exceeded"), "%v", err)
		}},
}

package azurenative

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

const (
	// createBeforeDelete marks, among the inputs, a name that was made with a random suffix: only that leaves room for
	// a replacement beside what it replaces.
	createBeforeDelete = "__createBeforeDelete"
	suffixLength       = 8
)

// Check fills in the name and the location that the program leaves out. Unlike the plugin it also refuses every
// property that Microsoft's model does not know: the plugin would drop it without a word.
func (a *Azure) Check(ctx context.Context, request *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	a.Client.touch()
	urn := resource.URN(request.GetUrn())
	t, model, err := lookup(urn.Type().String())
	if err != nil {
		return nil, err
	}
	olds, err := unmarshal(request.GetOlds())
	if err != nil {
		return nil, err
	}
	inputs, err := unmarshal(request.GetNews())
	if err != nil {
		return nil, err
	}
	if err := a.name(t, request, olds, inputs); err != nil {
		return nil, fmt.Errorf("naming %s: %w", urn, err)
	}
	a.locate(ctx, t, olds, inputs)

	var failures []*pulumirpc.CheckFailure
	for _, p := range fill(reflect.New(model.Model).Elem(), body(t, inputs)) {
		failures = append(failures, &pulumirpc.CheckFailure{Property: p.path, Reason: p.reason})
	}
	checked, err := marshal(inputs)
	return &pulumirpc.CheckResponse{Inputs: checked, Failures: failures}, err
}

// name gives a resource the name that it has already, the one that the engine's own settings ask for, or a new one.
func (a *Azure) name(t azureType, request *pulumirpc.CheckRequest, olds, inputs resource.PropertyMap) error {
	key := t.nameInput()
	if inputs.HasValue(key) {
		if a.deviates(createsBeforeDeletingFixedNames) {
			inputs[createBeforeDelete] = resource.NewBoolProperty(true)
		}
		return nil
	}
	name, random := resource.URN(request.GetUrn()).Name(), false
	autonaming := request.GetAutonaming()
	switch {
	case olds.HasValue(key):
		inputs[key] = olds[key]
		if flag := olds[createBeforeDelete]; flag.IsBool() && flag.BoolValue() {
			inputs[createBeforeDelete] = flag
		}
		return nil
	case autonaming != nil && autonaming.GetMode() == pulumirpc.CheckRequest_AutonamingOptions_DISABLE:
		return nil // Create then says what is missing
	case autonaming != nil:
		name, random = autonaming.GetProposedName(), true
	case !t.copiesNames() && !a.deviates(suffixesNoName) || a.deviates(suffixesEveryName):
		unique, err := resource.NewUniqueName(request.GetRandomSeed(), name, suffixLength, 0, nil)
		if err != nil {
			return err
		}
		name, random = unique, true
	}
	inputs[key] = resource.NewStringProperty(name)
	if random {
		inputs[createBeforeDelete] = resource.NewBoolProperty(true)
	}
	return nil
}

// locate gives a resource that is somewhere the location that it has already, the configured one, or that of its
// resource group.
func (a *Azure) locate(ctx context.Context, t azureType, olds, inputs resource.PropertyMap) {
	if _, somewhere := t.writable()["location"]; !somewhere || inputs.HasValue("location") {
		return
	}
	a.mu.Lock()
	configured := a.location
	a.mu.Unlock()
	group := inputs["resourceGroupName"]
	switch {
	case olds.HasValue("location"):
		inputs["location"] = olds["location"]
	case configured != "":
		inputs["location"] = resource.NewStringProperty(configured)
	case group.IsComputed():
		inputs["location"] = group
	case group.IsString():
		var found struct{ Location string }
		id := strings.NewReplacer("{subscriptionId}", a.Subscription, "{resourceGroupName}",
			group.StringValue()).Replace(groupPath)
		if ok, err := a.Client.get(ctx, id, azureTypes[0].apiVersion, &found); err == nil && ok {
			inputs["location"] = resource.NewStringProperty(found.Location)
		}
	}
}

// body is the inputs without those that go into the path and without the plugin's own.
func body(t azureType, inputs resource.PropertyMap) resource.PropertyMap {
	rest := maps.Clone(inputs)
	for _, parameter := range t.parameters() {
		delete(rest, resource.PropertyKey(parameter))
	}
	maps.DeleteFunc(rest, func(key resource.PropertyKey, _ resource.PropertyValue) bool { return internal(key) })
	return rest
}

// internal tells the plugin's own keys from Azure's properties.
func internal(key resource.PropertyKey) bool { return strings.HasPrefix(string(key), "__") }

// request fills a model with inputs, as it is sent.
func (a *Azure) request(t azureType, model arm.Type, id string, inputs resource.PropertyMap) (map[string]any, error) {
	properties := resource.NewObjectProperty(body(t, inputs))
	properties = a.resolve(properties, sdkTypes[t.token].inputs, id)
	sent := reflect.New(model.Model)
	for _, p := range fill(sent.Elem(), properties.ObjectValue()) {
		return nil, fmt.Errorf("%s: %s %s", id, p.path, p.reason)
	}
	return plainJSON(sent.Interface())
}

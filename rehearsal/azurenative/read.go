package azurenative

import (
	"context"
	"maps"
	"reflect"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

// Read gets a resource as it is now; an empty answer means that it is gone. The plugin cannot read inputs, so it takes
// those in the state and applies to them what has changed between the outputs in the state and those that Azure answers
// now, as far as the properties can be written at all. It never says that something is wrong with a resource: one that
// failed reads like any other.
func (a *Azure) Read(ctx context.Context, request *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	a.Client.touch()
	t, model, err := lookup(resource.URN(request.GetUrn()).Type().String())
	if err != nil {
		return nil, err
	}
	inputs, err := unmarshal(request.GetInputs())
	if err != nil {
		return nil, err
	}
	olds, err := unmarshal(request.GetProperties())
	if err != nil {
		return nil, err
	}
	news, found, err := a.read(ctx, t, model, request.GetId())
	if err != nil || !found {
		return &pulumirpc.ReadResponse{}, err
	}
	inputs = a.drifted(t, inputs, olds, news)
	if failed := news["provisioningState"]; a.deviates(reportsFailureOnRead) && failed.IsString() &&
		failed.StringValue() == "Failed" {
		return nil, a.initFailed(ctx, t, model, request.GetId(), inputs, errStillFailed)
	}
	properties, err := checkpoint(t, inputs, news)
	if err != nil {
		return nil, err
	}
	given, err := marshal(inputs)
	return &pulumirpc.ReadResponse{Id: request.GetId(), Properties: properties, Inputs: given}, err
}

// read is what Azure answers, in azure-native's words.
func (a *Azure) read(ctx context.Context, t azureType, model arm.Type, id string) (resource.PropertyMap, bool, error) {
	now := reflect.New(model.ReadModel)
	found, err := a.Client.get(ctx, id, t.apiVersion, now.Interface())
	if err != nil || !found {
		return nil, false, err
	}
	return answered(now, sdkTypes[t.token].outputs), true, nil
}

// drifted is the inputs with the changes between old and new outputs applied to them. What Azure decided by itself when
// it made the resource is in both and no change; what it adds later is one.
func (a *Azure) drifted(t azureType, inputs, olds, news resource.PropertyMap) resource.PropertyMap {
	olds, news = maps.Clone(olds), maps.Clone(news)
	for key, unset := range t.defaults {
		if _, given := inputs[key]; given && olds[key].DeepEquals(unset) {
			delete(olds, key)
		}
	}
	for _, list := range t.subResources {
		if _, given := inputs[resource.PropertyKey(list)]; !given {
			delete(news, resource.PropertyKey(list))
		}
	}
	writable := t.writable()
	if a.deviates(masksAdditions) {
		maps.DeleteFunc(writable, func(name string, _ reflect.Type) bool {
			return !inputs.HasValue(resource.PropertyKey(name))
		})
	}
	before, after := projected(olds, writable), projected(news, writable)
	if a.deviates(masksRemovals) {
		for key := range before {
			if _, there := after[key]; !there {
				after[key] = before[key]
			}
		}
	}
	return applied(inputs, before.Diff(after))
}

// projected leaves of outputs what can be written.
func projected(outputs resource.PropertyMap, writable map[string]reflect.Type) resource.PropertyMap {
	rest := resource.PropertyMap{}
	for name, t := range writable {
		if value, ok := outputs[resource.PropertyKey(name)]; ok {
			rest[resource.PropertyKey(name)] = projectedValue(value, t)
		}
	}
	return rest
}

func projectedValue(output resource.PropertyValue, t reflect.Type) resource.PropertyValue {
	t = plainType(t)
	switch {
	case t.Kind() == reflect.Struct && output.IsObject():
		return resource.NewObjectProperty(projected(output.ObjectValue(), propertiesOf(t)))
	case t.Kind() == reflect.Slice && output.IsArray():
		items := []resource.PropertyValue{}
		for _, item := range output.ArrayValue() {
			items = append(items, projectedValue(item, t.Elem()))
		}
		return resource.NewArrayProperty(items)
	case t.Kind() == reflect.Slice && output.IsObject(): // a set, which Azure answers as an object with empty values
		items := []resource.PropertyValue{}
		for _, key := range slices.Sorted(maps.Keys(output.ObjectValue())) {
			items = append(items, resource.NewStringProperty(string(key)))
		}
		return resource.NewArrayProperty(items)
	case t.Kind() == reflect.Map && output.IsObject():
		entries := resource.PropertyMap{}
		for key, entry := range output.ObjectValue() {
			entries[key] = projectedValue(entry, t.Elem())
		}
		return resource.NewObjectProperty(entries)
	}
	return output
}

// applied changes values as the difference of two others says. What the difference takes away goes, what it adds comes,
// and what it changes is changed inside only where the values have something there.
func applied(values resource.PropertyMap, diff *resource.ObjectDiff) resource.PropertyMap {
	if diff == nil {
		return values
	}
	result := resource.PropertyMap{}
	for key, value := range values {
		if !diff.Deleted(key) {
			result[key] = value
		}
	}
	maps.Copy(result, diff.Adds)
	for key, change := range diff.Updates {
		result[key] = change.New
		if value, has := values[key]; has {
			result[key] = appliedValue(value, change.Old, change.New)
		}
	}
	return result
}

func appliedValue(value, old, new resource.PropertyValue) resource.PropertyValue {
	switch {
	case value.IsObject() && old.IsObject() && new.IsObject():
		return resource.NewObjectProperty(applied(value.ObjectValue(), old.ObjectValue().Diff(new.ObjectValue())))
	case value.IsArray() && old.IsArray() && new.IsArray():
		items := slices.Clone(new.ArrayValue())
		for i := range min(len(items), len(value.ArrayValue()), len(old.ArrayValue())) {
			items[i] = appliedValue(value.ArrayValue()[i], old.ArrayValue()[i], items[i])
		}
		return resource.NewArrayProperty(items)
	}
	return new
}

package azurenative

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

// Create puts a resource that must not exist yet.
func (a *Azure) Create(ctx context.Context, request *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	a.Client.touch()
	inputs, err := unmarshal(request.GetProperties())
	if err != nil {
		return nil, err
	}
	t, model, err := lookup(resource.URN(request.GetUrn()).Type().String())
	if err != nil {
		return nil, err
	}
	if request.GetPreview() {
		properties, err := marshal(previewed(inputs, sdkTypes[t.token].outputs))
		return &pulumirpc.CreateResponse{Properties: properties}, err
	}
	id, err := t.id(a.Subscription, inputs)
	if err != nil {
		return nil, err
	}
	sent, err := a.request(t, model, id, inputs)
	if err != nil {
		return nil, err
	}
	if !a.deviates(adoptsResources) {
		if err := a.Client.canCreate(ctx, id, t.apiVersion); err != nil {
			return nil, err
		}
	}
	// as the plugin does, which takes it for a safe default: nothing can be there yet
	for _, list := range t.subResources {
		if properties := level(sent); properties[list] == nil {
			properties[list] = []any{}
		}
	}
	done := a.step(request.GetUrn(), "create")
	properties, err := a.put(ctx, t, model, id, inputs, sent, a.deviates(forgetsFailedCreate))
	done(id)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.CreateResponse{Id: id, Properties: properties}, nil
}

// Update puts the whole resource again. Lists that are resources of their own too stay as Azure has them, unless the
// program writes them.
func (a *Azure) Update(ctx context.Context, request *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	a.Client.touch()
	inputs, err := unmarshal(request.GetNews())
	if err != nil {
		return nil, err
	}
	olds, err := unmarshal(request.GetOlds())
	if err != nil {
		return nil, err
	}
	t, model, err := lookup(resource.URN(request.GetUrn()).Type().String())
	if err != nil {
		return nil, err
	}
	if request.GetPreview() {
		properties, err := marshal(a.previewedUpdate(t, inputs, olds))
		return &pulumirpc.UpdateResponse{Properties: properties}, err
	}
	for key, unset := range t.defaults {
		if !inputs.HasValue(key) && olds.HasValue(key) {
			inputs[key] = unset
		}
	}
	id, err := t.id(a.Subscription, inputs)
	if err != nil {
		return nil, err
	}
	sent, err := a.request(t, model, id, inputs)
	if err != nil {
		return nil, err
	}
	if !a.deviates(dropsSubResources) {
		if err := a.keepSubResources(ctx, t, id, sent); err != nil {
			return nil, fmt.Errorf("failed maintaining unset sub-resource properties: %w", err)
		}
	}
	done := a.step(request.GetUrn(), "update")
	properties, err := a.put(ctx, t, model, id, inputs, sent, a.deviates(forgetsFailedUpdate))
	done(id)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.UpdateResponse{Properties: properties}, nil
}

// previewedUpdate knows of the outputs no more than a preview of a creation does, but for name and location, which
// never change.
func (a *Azure) previewedUpdate(t azureType, inputs, olds resource.PropertyMap) resource.PropertyMap {
	if a.deviates(keepsOutputsInPreview) {
		return olds
	}
	outputs := previewed(inputs, sdkTypes[t.token].outputs)
	for _, key := range []resource.PropertyKey{"name", "location"} {
		if value, has := olds[key]; has {
			outputs[key] = value
		}
	}
	return outputs
}

// keepSubResources copies from Azure the lists that the program leaves out.
func (a *Azure) keepSubResources(ctx context.Context, t azureType, id string, sent map[string]any) error {
	missing := slices.DeleteFunc(slices.Clone(t.subResources), func(list string) bool {
		return level(sent)[list] != nil
	})
	if len(missing) == 0 {
		return nil
	}
	var now map[string]any
	if found, err := a.Client.get(ctx, id, t.apiVersion, &now); err != nil || !found {
		return errors.Join(err, fmt.Errorf("reading cloud state: %s", id))
	}
	for _, list := range missing {
		if kept := level(now)[list]; kept != nil {
			level(sent)[list] = kept
		}
	}
	return nil
}

// level is the part of a body that is named "properties".
func level(body map[string]any) map[string]any {
	properties, ok := body["properties"].(map[string]any)
	if !ok {
		properties = map[string]any{}
		body["properties"] = properties
	}
	return properties
}

// put writes and reads back. Once Azure has begun, whatever goes wrong leaves a resource with the new inputs and an
// init error.
func (a *Azure) put(ctx context.Context, t azureType, model arm.Type, id string, inputs resource.PropertyMap,
	sent map[string]any, forgets bool) (*structpb.Struct, error) {
	begun, err := a.Client.put(ctx, id, t.apiVersion, sent)
	if err != nil && begun && !forgets {
		return nil, a.initFailed(ctx, t, model, id, inputs, err)
	}
	if err != nil {
		return nil, err
	}
	state, _, err := a.read(ctx, t, model, id)
	if err != nil {
		return nil, err
	}
	return checkpoint(t, inputs, state)
}

var errStillFailed = errors.New("the resource is in a failed state")

// initFailed tells the engine of a resource that is there and not as it should be: with what Azure says of it now, or,
// after the time is up, with nothing, for then there is no time left to ask either.
func (a *Azure) initFailed(ctx context.Context, t azureType, model arm.Type, id string, inputs resource.PropertyMap,
	cause error) error {
	given, err := marshal(inputs)
	if err != nil {
		return errors.Join(cause, err)
	}
	failure := &pulumirpc.ErrorResourceInitFailed{Id: id, Inputs: given}
	if !errors.Is(cause, errTimeIsUp) || a.deviates(answersAfterTimeout) {
		state, found, err := a.read(ctx, t, model, id)
		if err == nil && found {
			failure.Properties, err = checkpoint(t, inputs, state)
		}
		if err != nil || !found {
			cause = fmt.Errorf("resource created but read failed %w: %w", err, cause)
		}
	}
	failure.Reasons = []string{cause.Error()}
	return rpcerror.WithDetails(rpcerror.New(codes.Unknown, cause.Error()), failure)
}

// Delete deletes a resource; one that is gone already is no error.
func (a *Azure) Delete(ctx context.Context, request *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	a.Client.touch()
	t, _, err := lookup(resource.URN(request.GetUrn()).Type().String())
	if err != nil {
		return nil, err
	}
	done := a.step(request.GetUrn(), "delete")
	defer done(request.GetId())
	return &emptypb.Empty{}, a.Client.delete(ctx, request.GetId(), t.apiVersion, a.deviates(mindsMissingOnDelete))
}

package azurenative

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

// AzureOptions configures an Azure.
type AzureOptions struct {
	Client       *Client
	Subscription string
	Version      string               // of the plugin that is played
	Secrets      *Secrets             // told of every secret input that passes; optional
	Now          func() time.Duration // simulated time, for Steps; optional
}

// Azure plays the azure-native plugin in front of an Azure Resource Manager.
type Azure struct {
	base
	AzureOptions

	mu    sync.Mutex
	steps []Step
}

// Step is one operation that the engine asked for, in simulated time.
type Step struct {
	URN        resource.URN
	ID         string
	Operation  string // create, update or delete
	Start, End time.Duration
}

// NewAzure makes the provider.
func NewAzure(options AzureOptions) *Azure {
	return &Azure{base: base{version: options.Version}, AzureOptions: options}
}

// Steps returns what was done so far, in order of completion.
func (a *Azure) Steps() []Step {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.steps)
}

// step records an operation until the returned function is called.
func (a *Azure) step(urn, operation string) (done func(id string)) {
	start := a.now()
	return func(id string) {
		end := a.now()
		a.mu.Lock()
		defer a.mu.Unlock()
		a.steps = append(a.steps, Step{URN: resource.URN(urn), ID: id, Operation: operation, Start: start, End: end})
	}
}

func (a *Azure) now() time.Duration {
	if a.Now == nil {
		return 0
	}
	return a.Now()
}

// Check fills in the name that the program leaves to Pulumi, and refuses every property that Microsoft's model does not know.
func (a *Azure) Check(_ context.Context, request *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	a.Client.touch()
	t, model, err := lookup(resource.URN(request.GetUrn()).Type().String())
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
	if err := nameResource(t, resource.URN(request.GetUrn()), request.GetRandomSeed(), olds, inputs); err != nil {
		return nil, err
	}
	a.Secrets.collect(resource.NewObjectProperty(inputs))

	var failures []*pulumirpc.CheckFailure
	for _, p := range fill(reflect.New(model.Model).Elem(), body(t, inputs), "") {
		failures = append(failures, &pulumirpc.CheckFailure{Property: p.path, Reason: p.reason})
	}
	checked, err := marshal(inputs)
	return &pulumirpc.CheckResponse{Inputs: checked, Failures: failures}, err
}

// nameResource keeps the name that a resource has, or makes one as azure-native does: the logical name and a random suffix.
func nameResource(t azureType, urn resource.URN, seed []byte, olds, inputs resource.PropertyMap) error {
	key := t.nameInput()
	if _, given := inputs[key]; given {
		return nil
	}
	if old, ok := olds[key]; ok {
		inputs[key] = old
		return nil
	}
	name, err := resource.NewUniqueName(seed, urn.Name(), suffixLength, 0, nil)
	if err != nil {
		return fmt.Errorf("naming %s: %w", urn, err)
	}
	inputs[key] = resource.NewStringProperty(name)
	return nil
}

const suffixLength = 8

// autoNamed tells a name made here from one that the program fixed: only the former leaves room for a replacement beside it.
func autoNamed(urn resource.URN, name string) bool {
	return strings.HasPrefix(name, urn.Name()) && len(name) == len(urn.Name())+suffixLength
}

// body leaves out the inputs that go into the path.
func body(t azureType, inputs resource.PropertyMap) resource.PropertyMap {
	rest := maps.Clone(inputs)
	for _, parameter := range t.parameters() {
		delete(rest, resource.PropertyKey(parameter))
	}
	return rest
}

// Diff compares inputs, and replaces for what azure-native replaces for: the path, the location and properties that Azure takes
// only at creation.
func (a *Azure) Diff(_ context.Context, request *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	a.Client.touch()
	urn := resource.URN(request.GetUrn())
	t, _, err := lookup(urn.Type().String())
	if err != nil {
		return nil, err
	}
	fixed := append(t.parameters(), "location")
	fixed = append(fixed, t.createOnly...)
	response, err := diff(request, func(key resource.PropertyKey) bool { return slices.Contains(fixed, string(key)) })
	if err != nil {
		return nil, err
	}
	id, err := arm.ParseID(request.GetId())
	if err != nil {
		return nil, err
	}
	response.DeleteBeforeReplace = !autoNamed(urn, id.Name())
	return response, nil
}

// Create puts a resource that must not exist yet.
func (a *Azure) Create(ctx context.Context, request *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	a.Client.touch()
	inputs, err := unmarshal(request.GetProperties())
	if err != nil {
		return nil, err
	}
	if request.GetPreview() {
		return &pulumirpc.CreateResponse{}, nil
	}
	t, model, err := lookup(resource.URN(request.GetUrn()).Type().String())
	if err != nil {
		return nil, err
	}
	id, err := t.id(a.Subscription, inputs)
	if err != nil {
		return nil, err
	}
	if exists, err := a.Client.exists(ctx, id, t.apiVersion); err != nil {
		return nil, err
	} else if exists {
		return nil, fmt.Errorf("cannot create %s: it exists already; import it into the stack, or delete it", id)
	}
	done := a.step(request.GetUrn(), "create")
	state, err := a.write(ctx, t, model, id, inputs)
	done(id)
	if err != nil {
		return nil, a.halfMade(ctx, t, model, id, inputs, err)
	}
	properties, err := marshal(state)
	return &pulumirpc.CreateResponse{Id: id, Properties: properties}, err
}

// halfMade tells the engine of a resource that exists although its creation failed, so that the next up repairs it.
func (a *Azure) halfMade(ctx context.Context, t azureType, model arm.Type, id string, inputs resource.PropertyMap, cause error) error {
	state, found, err := a.read(ctx, t, model, id)
	if err != nil || !found {
		return cause
	}
	properties, err := marshal(a.Secrets.mark(state))
	if err != nil {
		return cause
	}
	given, err := marshal(inputs)
	if err != nil {
		return cause
	}
	return rpcerror.WithDetails(rpcerror.New(codes.Unknown, cause.Error()), &pulumirpc.ErrorResourceInitFailed{
		Id: id, Properties: properties, Reasons: []string{cause.Error()}, Inputs: given,
	})
}

// Update puts the whole resource again.
func (a *Azure) Update(ctx context.Context, request *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	a.Client.touch()
	if request.GetPreview() {
		return &pulumirpc.UpdateResponse{Properties: request.GetOlds()}, nil
	}
	inputs, err := unmarshal(request.GetNews())
	if err != nil {
		return nil, err
	}
	t, model, err := lookup(resource.URN(request.GetUrn()).Type().String())
	if err != nil {
		return nil, err
	}
	done := a.step(request.GetUrn(), "update")
	state, err := a.write(ctx, t, model, request.GetId(), inputs)
	done(request.GetId())
	if err != nil {
		return nil, err
	}
	properties, err := marshal(state)
	return &pulumirpc.UpdateResponse{Properties: properties}, err
}

// Read gets a resource as it is now; an empty answer means that it is gone.
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
	state, found, err := a.read(ctx, t, model, request.GetId())
	if err != nil || !found {
		return &pulumirpc.ReadResponse{}, err
	}
	now := live(resource.NewObjectProperty(body(t, inputs)), resource.NewObjectProperty(state), request.GetId()).ObjectValue()
	for _, parameter := range t.parameters() {
		key := resource.PropertyKey(parameter)
		if value, ok := inputs[key]; ok {
			now[key] = value
		}
	}
	properties, err := marshal(a.Secrets.mark(state))
	if err != nil {
		return nil, err
	}
	given, err := marshal(now)
	return &pulumirpc.ReadResponse{Id: request.GetId(), Properties: properties, Inputs: given}, err
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
	return &emptypb.Empty{}, a.Client.delete(ctx, request.GetId(), t.apiVersion)
}

func (a *Azure) write(ctx context.Context, t azureType, model arm.Type, id string, inputs resource.PropertyMap) (resource.PropertyMap, error) {
	sent := reflect.New(model.Model)
	for _, p := range fill(sent.Elem(), body(t, inputs), id) {
		return nil, fmt.Errorf("%s: %s %s", id, p.path, p.reason)
	}
	if err := a.Client.Put(ctx, id, t.apiVersion, sent.Interface()); err != nil {
		return nil, err
	}
	state, _, err := a.read(ctx, t, model, id)
	return a.Secrets.mark(state), err
}

func (a *Azure) read(ctx context.Context, t azureType, model arm.Type, id string) (resource.PropertyMap, bool, error) {
	now := reflect.New(model.ReadModel)
	found, err := a.Client.get(ctx, id, t.apiVersion, now.Interface())
	if err != nil || !found {
		return nil, false, err
	}
	state, err := flatten(now)
	if err != nil {
		return nil, false, err
	}
	return state.ObjectValue(), true, nil
}

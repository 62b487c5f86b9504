package azurenative

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"
)

// AzureOptions configures an Azure.
type AzureOptions struct {
	Client       *Client
	Subscription string
	Version      string               // of the plugin that is played
	Now          func() time.Duration // simulated time, for Steps; optional
}

// Azure plays the azure-native plugin in front of an Azure Resource Manager. What it does is what the plugin's own
// source and recordings of it say; the facts that this rests on, each with its source and its test, are in
// facts_test.go.
type Azure struct {
	base
	AzureOptions

	deviation deviation // what it does unlike the plugin, to see a test notice

	mu       sync.Mutex
	location string // azure-native:location
	steps    []Step
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

// Handshake is a call that the plugin does not know.
func (a *Azure) Handshake(context.Context,
	*pulumirpc.ProviderHandshakeRequest) (*pulumirpc.ProviderHandshakeResponse, error) {
	return nil, status.Error(codes.Unimplemented, "method Handshake not implemented")
}

// Configure takes over the region. The plugin never sees which values are secret: the engine sends them plain, and
// marks what comes back under the names of secret inputs.
func (a *Azure) Configure(_ context.Context,
	request *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	//nolint:staticcheck // azure-native 2.90.0 reads its settings there
	a.location = request.GetVariables()["azure-native:config:location"]
	return &pulumirpc.ConfigureResponse{
		SupportsPreview: true, SupportsAutonamingConfiguration: true, AcceptSecrets: a.deviates(acceptsSecrets),
	}, nil
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

// inputsKey is where the plugin keeps a resource's inputs a second time, among its outputs; keys that begin like it are
// its own and never sent to Azure.
const inputsKey = "__inputs"

// checkpoint is what goes into the state: what Azure answered, the API version, and the inputs once more.
func checkpoint(t azureType, inputs, outputs resource.PropertyMap) (*structpb.Struct, error) {
	state := outputs.Copy()
	state[inputsKey] = resource.MakeSecret(resource.NewObjectProperty(inputs))
	state["azureApiVersion"] = resource.NewStringProperty(t.apiVersion)
	return marshal(state)
}

package azurenative

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

// bench is the stand-in for the plugin on an Azure of its own, asked as the engine asks it. A resource group g is
// there.
type bench struct {
	*Azure
	server *arm.Server
	fault  arm.InjectedFault // of every write while it is set
}

// resourceOf is a resource as the engine knows it.
type resourceOf struct {
	token, id       string
	inputs, outputs resource.PropertyMap
}

// Tokens of the types that facts are about.
const (
	groupToken      = "azure-native:resources:ResourceGroup"
	networkToken    = "azure-native:network/v20240501:VirtualNetwork"
	publicIPToken   = "azure-native:network/v20240501:PublicIPAddress"
	natToken        = "azure-native:network/v20240501:NatGateway"
	lbToken         = "azure-native:network/v20240501:LoadBalancer"
	flowLogToken    = "azure-native:network/v20240501:FlowLog"
	routesToken     = "azure-native:network/v20240501:RouteFilter"
	scaleSetToken   = "azure-native:compute:VirtualMachineScaleSet"
	storageToken    = "azure-native:storage:StorageAccount"
	workspaceToken  = "azure-native:operationalinsights:Workspace"
	workbookToken   = "azure-native:insights:Workbook"
	connectionToken = "azure-native:network/v20240501:VirtualNetworkGatewayConnection"
)

// inProcess carries requests to a server without a network.
func inProcess(server http.Handler) *http.Client {
	return &http.Client{Transport: roundTrip(func(request *http.Request) (*http.Response, error) {
		recorder := httptest.NewRecorder()
		server.ServeHTTP(recorder, request)
		return recorder.Result(), nil
	})}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

// newBench makes one, with something that it does unlike the plugin.
func newBench(d deviation) *bench {
	b := &bench{}
	b.server = arm.New(arm.Options{InjectedFaults: func(method, _ string, lasts bool) arm.InjectedFault {
		if (b.fault == arm.FailsLater || b.fault == arm.Endless) && !lasts || method != http.MethodPut {
			return arm.NoInjectedFault
		}
		return b.fault
	}})
	b.Azure = NewAzure(AzureOptions{
		Client: &Client{
			Endpoint: "http://azure", HTTP: inProcess(b.server), Pause: func(ctx context.Context,
				_ time.Duration) error {
				return ctx.Err()
			},
		},
		Subscription: arm.Subscription, Version: AzureNativeVersion,
	})
	b.deviation = d
	if _, err := b.create(groupToken, "g", values{"resourceGroupName": "g", "location": "westeurope"}); err != nil {
		panic(err) // without a group there is nothing to check
	}
	return b
}

// values are properties as a program writes them.
type values map[string]any

func (v values) properties() resource.PropertyMap { return resource.NewPropertyMapFromMap(v) }

// with adds to values.
func (v values) with(more values) values {
	all := values{}
	for key, value := range v {
		all[key] = value
	}
	for key, value := range more {
		all[key] = value
	}
	return all
}

func wire(properties resource.PropertyMap) *structpb.Struct {
	sent, err := marshal(properties)
	if err != nil {
		panic(err) // of what these tests made themselves
	}
	return sent
}

func unwire(s *structpb.Struct) resource.PropertyMap {
	properties, err := unmarshal(s)
	if err != nil {
		panic(err) // of what the stand-in made itself
	}
	return properties
}

func urnOf(token, name string) string {
	return "urn:pulumi:dev::defender-iot-proxy::" + token + "::" + name
}

// checked is what Check makes of inputs; it fails where Check refuses them.
func (b *bench) checked(token, name string, request *pulumirpc.CheckRequest) (resource.PropertyMap, error) {
	request.Urn = urnOf(token, name)
	answer, err := b.Check(context.Background(), request)
	if err != nil {
		return nil, err
	}
	if len(answer.GetFailures()) > 0 {
		return nil, fmt.Errorf("refused: %v", answer.GetFailures())
	}
	return unwire(answer.GetInputs()), nil
}

// create creates a resource, checked first as the engine does.
func (b *bench) create(token, name string, inputs values) (resourceOf, error) {
	checked, err := b.checked(token, name, &pulumirpc.CheckRequest{News: wire(inputs.properties()),
		RandomSeed: []byte(token + name)})
	if err != nil {
		return resourceOf{}, err
	}
	answer, err := b.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urnOf(token, name),
		Properties: wire(checked)})
	if err != nil {
		return resourceOf{token: token, inputs: checked}, err
	}
	return resourceOf{token: token, id: answer.GetId(), inputs: checked, outputs: unwire(answer.GetProperties())}, nil
}

// update changes inputs of a resource.
func (b *bench) update(r resourceOf, inputs values) (resourceOf, error) {
	news := r.inputs.Copy()
	for key, value := range inputs.properties() {
		news[key] = value
	}
	answer, err := b.Update(context.Background(), &pulumirpc.UpdateRequest{
		Id: r.id, Urn: urnOf(r.token, "x"), Olds: wire(r.outputs), OldInputs: wire(r.inputs), News: wire(news),
	})
	if err != nil {
		return resourceOf{token: r.token, id: r.id, inputs: news}, err
	}
	return resourceOf{token: r.token, id: r.id, inputs: news, outputs: unwire(answer.GetProperties())}, nil
}

// refresh reads a resource as the engine's refresh does.
func (b *bench) refresh(r resourceOf) (resourceOf, error) {
	answer, err := b.Read(context.Background(), &pulumirpc.ReadRequest{
		Id: r.id, Urn: urnOf(r.token, "x"), Properties: wire(r.outputs), Inputs: wire(r.inputs),
	})
	if err != nil {
		return r, err
	}
	return resourceOf{token: r.token, id: answer.GetId(), inputs: unwire(answer.GetInputs()),
		outputs: unwire(answer.GetProperties())}, nil
}

// diff compares inputs of a type.
func (b *bench) diff(token string, olds, news, outputs resource.PropertyMap) (*pulumirpc.DiffResponse, error) {
	return b.Diff(context.Background(), &pulumirpc.DiffRequest{
		Id: "x", Urn: urnOf(token, "x"), OldInputs: wire(olds), News: wire(news), Olds: wire(outputs),
	})
}

// remove deletes a resource.
func (b *bench) remove(r resourceOf) error {
	_, err := b.Delete(context.Background(), &pulumirpc.DeleteRequest{Id: r.id, Urn: urnOf(r.token, "x")})
	return err
}

// byHand writes a resource as somebody in the portal does: what Azure has, with a property changed.
func (b *bench) byHand(r resourceOf, change func(body map[string]any)) error {
	t, _, err := lookup(r.token)
	if err != nil {
		return err
	}
	var now map[string]any
	if _, err := b.Client.get(context.Background(), r.id, t.apiVersion, &now); err != nil {
		return err
	}
	change(now)
	return b.Client.Put(context.Background(), r.id, t.apiVersion, now)
}

// initError is what an error tells the engine of a half-made resource; nil where it tells nothing.
func initError(err error) *pulumirpc.ErrorResourceInitFailed {
	if told, ok := rpcerror.FromError(err); !ok || told == nil {
		return nil
	}
	for _, detail := range rpcerror.Convert(err).Details() {
		if failed, ok := detail.(*pulumirpc.ErrorResourceInitFailed); ok {
			return failed
		}
	}
	return nil
}

// every joins what is wrong.
func every(wrong ...error) error { return errors.Join(wrong...) }

// want complains unless ok.
func want(ok bool, format string, args ...any) error {
	if ok {
		return nil
	}
	return fmt.Errorf(format, args...)
}

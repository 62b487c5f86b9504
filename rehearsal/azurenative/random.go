package azurenative

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Random plays the random plugin: texts that are made once and live in the stack's state.
type Random struct {
	base
	secrets *Secrets
}

// NewRandom makes the provider. Secrets, if any, is told of every password made.
func NewRandom(version string, secrets *Secrets) *Random {
	return &Random{base: base{version: version}, secrets: secrets}
}

// randomTypes tells which of the types' results are secret.
var randomTypes = map[string]bool{
	"random:index/randomPassword:RandomPassword": true,
	"random:index/randomString:RandomString":     false,
}

const (
	letters  = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	specials = "!@#$%&*()-_=+[]{}<>:?"
)

// Check accepts the properties that this provider plays.
func (r *Random) Check(_ context.Context, request *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	if _, ok := randomTypes[resource.URN(request.GetUrn()).Type().String()]; !ok {
		return nil, fmt.Errorf("%s is not a type of this rehearsal: add it to the random provider",
			resource.URN(request.GetUrn()).Type())
	}
	inputs, err := unmarshal(request.GetNews())
	if err != nil {
		return nil, err
	}
	var failures []*pulumirpc.CheckFailure
	for key := range inputs {
		if key != "length" && key != "special" {
			failures = append(failures, &pulumirpc.CheckFailure{Property: string(key),
				Reason: "is not played by this rehearsal"})
		}
	}
	return &pulumirpc.CheckResponse{Inputs: request.GetNews(), Failures: failures}, nil
}

// Handshake and Configure accept secrets, as every plugin does that bridges a Terraform provider.
func (r *Random) Handshake(context.Context,
	*pulumirpc.ProviderHandshakeRequest) (*pulumirpc.ProviderHandshakeResponse, error) {
	return &pulumirpc.ProviderHandshakeResponse{AcceptSecrets: true}, nil
}

// Configure has nothing to remember.
func (r *Random) Configure(context.Context, *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	return &pulumirpc.ConfigureResponse{AcceptSecrets: true, SupportsPreview: true}, nil
}

// Diff replaces for every change: a new length is a new text.
func (r *Random) Diff(_ context.Context, request *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	olds, err := unmarshal(request.GetOldInputs())
	if err != nil {
		return nil, err
	}
	news, err := unmarshal(request.GetNews())
	if err != nil {
		return nil, err
	}
	changes := olds.Diff(news)
	if changes == nil {
		return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}, nil
	}
	response := &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_SOME}
	for _, key := range changes.ChangedKeys() {
		response.Diffs, response.Replaces = append(response.Diffs, string(key)), append(response.Replaces, string(key))
	}
	return response, nil
}

// Create makes the text.
func (r *Random) Create(_ context.Context, request *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	if request.GetPreview() {
		return &pulumirpc.CreateResponse{}, nil
	}
	inputs, err := unmarshal(request.GetProperties())
	if err != nil {
		return nil, err
	}
	alphabet := letters
	if special := inputs["special"]; !special.IsBool() || special.BoolValue() {
		alphabet += specials
	}
	text, err := randomText(int(inputs["length"].NumberValue()), alphabet)
	if err != nil {
		return nil, err
	}
	state := inputs.Copy()
	state["result"] = resource.NewStringProperty(text)
	id := text
	if randomTypes[resource.URN(request.GetUrn()).Type().String()] {
		r.secrets.Add(text)
		state["result"] = resource.MakeSecret(state["result"])
		id = "none" // as the plugin does: an ID is never secret
	}
	properties, err := marshal(state)
	return &pulumirpc.CreateResponse{Id: id, Properties: properties}, err
}

func randomText(length int, alphabet string) (string, error) {
	text := make([]byte, length)
	for i := range text {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(alphabet))))
		if err != nil {
			return "", err
		}
		text[i] = alphabet[n.Int64()]
	}
	return string(text), nil
}

// Read returns what the state holds: the text exists nowhere else.
func (r *Random) Read(_ context.Context, request *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	return &pulumirpc.ReadResponse{Id: request.GetId(), Properties: request.GetProperties(),
		Inputs: request.GetInputs()}, nil
}

// Delete forgets it.
func (r *Random) Delete(context.Context, *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

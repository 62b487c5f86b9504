package azurenative

import (
	"context"
	"encoding/base64"
	"maps"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

var handshakeFacts = []fact{
	{"it does not know Handshake", recordedAKS, func(b *bench) error {
		_, err := b.Handshake(context.Background(), &pulumirpc.ProviderHandshakeRequest{})
		return want(status.Code(err) == codes.Unimplemented, "Handshake: %v", err)
	}},
	{"it is told no secrets: Configure accepts previews and naming settings and nothing else", recordedAKS,
		func(b *bench) error {
			answer, err := b.Configure(context.Background(), &pulumirpc.ConfigureRequest{AcceptSecrets: true,
				AcceptResources: true})
			return every(err, want(answer.GetSupportsPreview() && answer.GetSupportsAutonamingConfiguration() &&
				!answer.GetAcceptSecrets() &&
				!answer.GetAcceptResources() && !answer.GetAcceptOutputs(), "Configure: %v", answer))
		}},
	{"CheckConfig returns what it gets", recordedAKS, func(b *bench) error {
		news := wire(values{"location": "westus2"}.properties())
		answer, err := b.CheckConfig(context.Background(), &pulumirpc.CheckRequest{News: news})
		return every(err, want(unwire(answer.GetInputs()).DeepEquals(unwire(news)), "CheckConfig: %v", answer))
	}},
	{"GetPluginInfo tells the version without a v", recordedAKS, func(b *bench) error {
		answer, err := b.GetPluginInfo(context.Background(), &emptypb.Empty{})
		return every(err, want(answer.GetVersion() == "2.90.0", "version %q", answer.GetVersion()))
	}},
}

// check is Check of a resource that the program leaves unnamed, somewhere.
func check(news values, olds values, seed string) *pulumirpc.CheckRequest {
	bytes, err := base64.StdEncoding.DecodeString(seed)
	if err != nil {
		panic(err) // of the seeds below
	}
	return &pulumirpc.CheckRequest{News: wire(news.properties()), Olds: wire(olds.properties()), RandomSeed: bytes}
}

// named checks the name that a resource gets, and whether it is marked as random.
func named(b *bench, token, logical, key string, request *pulumirpc.CheckRequest, wantName string, random bool) error {
	inputs, err := b.checked(token, logical, request)
	if err != nil {
		return err
	}
	name, marked := inputs[resource.PropertyKey(key)], inputs[createBeforeDelete]
	return every(want(name.IsString() && name.StringValue() == wantName, "the name is %v, want %s", name, wantName),
		want(marked.IsBool() == random && (!random || marked.BoolValue()), "%s is %v", createBeforeDelete, marked))
}

// suffixed is a fact of a name that was recorded: the logical one, here x, and eight hexadecimal digits without a dash.
func suffixed(token, key, source string) fact {
	return fact{key + " left out is the logical name and eight hexadecimal digits", source, func(b *bench) error {
		inputs, err := b.checked(token, "x", check(somewhere, nil, "AAAA"))
		name := inputs[resource.PropertyKey(key)]
		return every(err, want(name.IsString() && hexName.MatchString(name.StringValue()), "the name is %v", name),
			want(inputs[createBeforeDelete].IsBool(), "%s is %v", createBeforeDelete, inputs[createBeforeDelete]))
	}}
}

var hexName = regexp.MustCompile(`^x[0-9a-f]{8}$`)

var somewhere = values{"resourceGroupName": "g"}

var namingFacts = []fact{
	{"the digits follow from the engine's seed", recordedAKS, func(b *bench) error {
		return named(b, groupToken, "rg", "resourceGroupName",
			check(nil, nil, "cyF3wVzoaKPn1cVgUcAbfQUBwLRsFuFFiskzGDIzJQI="), "rga912bcdf", true)
	}},
	suffixed(publicIPToken, "publicIpAddressName", recordedVM),
	suffixed(networkToken, "virtualNetworkName", recordedVM),
	suffixed(storageToken, "accountName", recordedStorage),
	suffixed(scaleSetToken, "vmScaleSetName", "AutoName in "+inResources),
	{"below another resource a name left out is the logical one, without a suffix and without a mark",
		recordedVM + ", AutoName in " + inResources, func(b *bench) error {
			return every(
				named(b, flowLogToken, "flow-log", "flowLogName",
					check(somewhere.with(values{"networkWatcherName": "w"}), nil, ""), "flow-log", false),
				named(b, "azure-native:network/v20240501:ExpressRouteCircuitPeering", "peering", "peeringName",
					check(somewhere.with(values{"circuitName": "c"}), nil, ""), "peering", false))
		}},
	{"a diagnostic setting's name gets a suffix: the path above its provider does not count",
		"AutoName in " + inResources, func(b *bench) error {
			inputs, err := b.checked("azure-native:insights:DiagnosticSetting", "logs",
				check(values{"resourceUri": "/x"}, nil, "AAAA"))
			return every(err, want(len(inputs["name"].StringValue()) == len("logs")+suffixLength &&
				inputs[createBeforeDelete].IsBool(), "%v", inputs))
		}},
	{"a name that the program gives is not marked", recordedStorage, func(b *bench) error {
		return named(b, networkToken, "vnet", "virtualNetworkName",
			check(somewhere.with(values{"virtualNetworkName": "MD4IoT-VNET"}), nil, ""), "MD4IoT-VNET", false)
	}},
	{"a resource keeps the name that it has, and its mark", "getDefaultName in " + inProvider, func(b *bench) error {
		return every(
			named(b, networkToken, "vnet", "virtualNetworkName",
				check(somewhere, values{"virtualNetworkName": "vnet1", createBeforeDelete: true},
					"AAAA"), "vnet1", true),
			named(b, networkToken, "vnet", "virtualNetworkName", check(somewhere, values{"virtualNetworkName": "vnet1"},
				"AAAA"), "vnet1", false))
	}},
	{"the engine's naming settings come first, and their names are marked", "getDefaultName in " + inProvider,
		func(b *bench) error {
			proposed := check(somewhere.with(values{"networkWatcherName": "w"}), nil, "")
			proposed.Autonaming = &pulumirpc.CheckRequest_AutonamingOptions{ProposedName: "dev-flow-log"}
			disabled := check(somewhere, nil, "")
			disabled.Autonaming = &pulumirpc.CheckRequest_AutonamingOptions{
				Mode: pulumirpc.CheckRequest_AutonamingOptions_DISABLE,
			}
			inputs, err := b.checked(networkToken, "vnet", disabled)
			return every(err, want(!inputs.HasValue("virtualNetworkName"), "naming is disabled, and the name is %v",
				inputs["virtualNetworkName"]),
				named(b, flowLogToken, "flow-log", "flowLogName", proposed, "dev-flow-log", true))
		}},
	{"a location left out is the one there is, the configured one, or the resource group's",
		"getDefaultLocation in " + inProvider, func(b *bench) error {
			located := func(olds values, location string) error {
				inputs, err := b.checked(networkToken, "vnet", check(somewhere, olds, ""))
				return every(err, want(inputs["location"].DeepEquals(resource.NewStringProperty(location)),
					"location %v, want %s", inputs["location"], location))
			}
			fromGroup := located(nil, "westeurope")
			_, err := b.Configure(context.Background(), configured("eastus"))
			return every(fromGroup, err, located(nil, "eastus"),
				located(values{"location": "northeurope"}, "northeurope"))
		}},
	{"the location of something in a group that is not known yet is unknown", "getDefaultLocation in " + inProvider,
		func(b *bench) error {
			request := check(nil, nil, "")
			request.News = wire(resource.PropertyMap{"resourceGroupName": unknown()})
			inputs, err := b.checked(networkToken, "vnet", request)
			return every(err, want(inputs["location"].IsComputed(), "location %v", inputs["location"]))
		}},
	{"what has no location gets none", "applyDefaults in " + inProvider, func(b *bench) error {
		inputs, err := b.checked("azure-native:insights:DiagnosticSetting", "logs",
			check(values{"resourceUri": "/x"}, nil, "AAAA"))
		return every(err, want(!inputs.HasValue("location"), "location %v", inputs["location"]))
	}},
}

// keysOf are the keys of an object, in order.
func keysOf(m resource.PropertyMap) []string {
	var keys []string
	for _, key := range slices.Sorted(maps.Keys(m)) {
		keys = append(keys, string(key))
	}
	return keys
}

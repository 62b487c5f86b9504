package main

import (
	"context"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/components"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/plugin/schema"
)

// offered is every component. A test compares it with the schema, which is made of the package's constructors.
var offered = []infer.InferredComponent{
	offer(components.NewSensorProxy),
	offer(components.NewSiteGroup),
	offer(components.NewProxyCredentials),
	offer(components.NewNatEgress),
	offer(components.NewNetworkLayer),
	offer(components.NewInternalLB),
	offer(components.NewProxyScaleSet),
	offer(components.NewDiagnostics),
	offer(components.NewSiteAlerts),
	offer(components.NewSiteWorkbook),
	offer(components.NewSiteGateway),
	offer(components.NewBastion),
	offer(components.NewMicrosoftPeering),
}

// newProvider builds every component where the Go package has it: in the module index of Pulumi's names.
func newProvider() (p.Provider, error) {
	provider, err := infer.NewProviderBuilder().
		WithComponents(offered...).
		WithModuleMap(map[tokens.ModuleName]tokens.ModuleName{"components": "index"}).
		Build()
	if err != nil {
		return p.Provider{}, err
	}
	provider.GetSchema = func(context.Context, p.GetSchemaRequest) (p.GetSchemaResponse, error) {
		text, err := schema.Of(version)
		return p.GetSchemaResponse{Schema: text}, err
	}
	return provider, nil
}

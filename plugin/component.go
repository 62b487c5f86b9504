package main

import (
	"context"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi-go-provider/middleware/schema"
	pulumischema "github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/plugin/arguments"
)

// constructor is a function New… of package components.
type constructor[Args any, Component pulumi.ComponentResource] = func(
	ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption,
) (Component, error)

// component is a component for the programs of other languages. Its name comes from infer; what infer does to construct
// it would register its outputs a second time, which the engine refuses.
type component[Args any, Component pulumi.ComponentResource] struct {
	infer.InferredComponent

	construct constructor[Args, Component]
}

func offer[Args any, Component pulumi.ComponentResource](construct constructor[Args,
	Component]) infer.InferredComponent {
	return component[Args, Component]{InferredComponent: infer.ComponentF(construct), construct: construct}
}

// GetSchema leaves the description to package schema. That of infer goes round for ever at an output that is an ID,
// takes no optional struct that is not a pointer, calls nothing plain below the first level, and wants comments in
// methods that would need infer.
func (c component[Args, Component]) GetSchema(schema.RegisterDerivativeType) (pulumischema.ResourceSpec, error) {
	return pulumischema.ResourceSpec{IsComponent: true}, nil
}

// Construct builds the component for a program. Arguments of the wrong form are refused before the component sees them:
// all at once, like the wrong values that the component itself refuses.
func (c component[Args, Component]) Construct(ctx context.Context,
	request p.ConstructRequest) (p.ConstructResponse, error) {
	return p.ProgramConstruct(ctx, request, func(
		ctx *pulumi.Context, token, name string, inputs provider.ConstructInputs, opts pulumi.ResourceOption,
	) (*provider.ConstructResult, error) {
		args := new(Args)
		if err := arguments.Check(request.Urn.Type().Name().String(), name, request.Inputs, args); err != nil {
			return nil, err
		}
		if err := inputs.CopyTo(args); err != nil {
			return nil, err
		}
		built, err := c.construct(ctx, name, args, opts)
		if err != nil {
			return nil, err
		}
		return provider.NewConstructResult(built)
	})
}

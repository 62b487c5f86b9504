package program

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/impact"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// keepPromises refuses a change that takes from others what they rely on, unless the site allows it.
func keepPromises(ctx *pulumi.Context, s site.Site, before impact.Record) error {
	consequences := impact.Compare(before, impact.Planned(s, ResourceGroupName(s)))
	if err := impact.Refuse(consequences, s.AllowDisruption); err != nil {
		return err
	}
	if unneeded := impact.Unneeded(consequences, s.AllowDisruption); len(unneeded) > 0 {
		return warn(ctx, "allowDisruption names "+strings.Join(unneeded, ", ")+", which this change does not need: "+
			"remove it, or it allows the next change too.")
	}
	return nil
}

// handedOut reads what the stack's components recorded. It asks the engine for the stack's own state, which works in a
// preview too and leaves no resource in the state, as a stack reference would. The outputs come first: of a stack
// without outputs nobody was told anything yet, and the engine cannot read the resources of one that was never
// deployed.
func handedOut(ctx *pulumi.Context) (impact.Record, error) {
	name := pulumi.String(fmt.Sprintf("%s/%s/%s", ctx.Organization(), ctx.Project(), ctx.Stack()))
	told, err := ask(ctx, "pulumi:pulumi:readStackOutputs", pulumi.Map{"name": name})
	if err != nil || len(told) == 0 {
		return impact.Record{}, err
	}
	states, err := ask(ctx, "pulumi:pulumi:readStackResourceOutputs", pulumi.Map{"stackName": name})
	if err != nil {
		return impact.Record{}, err
	}
	outputs := map[string]map[string]any{}
	for urn, state := range states {
		properties, _ := state.(map[string]any)
		outputs[urn], _ = properties["outputs"].(map[string]any)
	}
	return impact.Recorded(outputs)
}

// ask calls one of the engine's own functions. Its answer may hold secrets, so it is awaited as an output and stays in
// memory.
func ask(ctx *pulumi.Context, function string, args pulumi.Map) (map[string]any, error) {
	answer, err := internals.UnsafeAwaitOutput(ctx.Context(), ctx.InvokeOutput(function, args, pulumi.AnyOutput{},
		pulumi.InvokeOutputOptions{}))
	if err != nil {
		return nil, err
	}
	properties, ok := answer.Value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s answers with %T", function, answer.Value)
	}
	outputs, ok := properties["outputs"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s answers without outputs", function)
	}
	return outputs, nil
}

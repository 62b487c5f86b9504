package program

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/components"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/impact"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// keepPromises refuses a change that takes from others what they rely on, unless the site allows it.
func keepPromises(ctx *pulumi.Context, s site.Site) error {
	now, err := today(ctx)
	if err != nil {
		return fmt.Errorf("finding out what the stack has today, to compare the change with it: %w", err)
	}
	consequences := impact.Consequences(now, impact.Plan{Site: s, Group: components.ResourceGroupName(s)})
	if err := impact.Refuse(consequences, s.AllowDisruption); err != nil {
		return err
	}
	if unneeded := impact.Unneeded(consequences, s.AllowDisruption); len(unneeded) > 0 {
		return ctx.Log.Warn("allowDisruption names "+strings.Join(unneeded, ", ")+", which this change does not need: remove it, or it allows the next change too.", nil)
	}
	return nil
}

// today reads the stack's own state through the engine, which works in a preview too and leaves no resource in the state, as a stack
// reference would. The outputs come first: the engine cannot read the resources of a stack that was never deployed.
func today(ctx *pulumi.Context) (impact.Today, error) {
	name := pulumi.String(fmt.Sprintf("%s/%s/%s", ctx.Organization(), ctx.Project(), ctx.Stack()))
	outputs, err := ask(ctx, "pulumi:pulumi:readStackOutputs", pulumi.Map{"name": name})
	if err != nil || len(outputs) == 0 {
		return impact.Today{}, err
	}
	states, err := ask(ctx, "pulumi:pulumi:readStackResourceOutputs", pulumi.Map{"stackName": name})
	if err != nil {
		return impact.Today{}, err
	}
	var resources []impact.Resource
	for _, name := range slices.Sorted(maps.Keys(states)) {
		resources = append(resources, deployed(urn.URN(name), states[name]))
	}
	return impact.Read(outputs, resources)
}

// deployed is a resource of the state. Its URN tells the types of the resource and of the components around it.
func deployed(name urn.URN, state any) impact.Resource {
	r := impact.Resource{Type: name.Type().Name().String(), Name: name.Name()}
	if component, _, found := cutLast(name.QualifiedType().String(), "$"); found {
		_, r.Component, _ = cutLast(component, ":")
	}
	properties, _ := state.(map[string]any)
	r.Outputs, _ = properties["outputs"].(map[string]any)
	return r
}

func cutLast(text, separator string) (before, after string, found bool) {
	at := strings.LastIndex(text, separator)
	if at < 0 {
		return text, "", false
	}
	return text[:at], text[at+len(separator):], true
}

// ask calls one of the engine's own functions. Its answer may hold secrets, so it is awaited as an output and stays in memory.
func ask(ctx *pulumi.Context, function string, args pulumi.Map) (map[string]any, error) {
	answer, err := internals.UnsafeAwaitOutput(ctx.Context(), ctx.InvokeOutput(function, args, pulumi.AnyOutput{}, pulumi.InvokeOutputOptions{}))
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

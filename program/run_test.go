package program

import (
	"errors"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// What is found out only while Pulumi waits for an output ends the program later than a refusal, and in Pulumi's words.
func TestAnErrorOfAnOutputIsTakenOutOfItsShells(t *testing.T) {
	const message = "scale set vmss: Azure says that it is Failed"
	failing := func() pulumi.StringOutput {
		return pulumi.String("").ToStringOutput().ApplyT(func(string) (string, error) {
			return "", errors.New(message)
		}).(pulumi.StringOutput)
	}
	for what, body := range map[string]pulumi.RunFunc{
		"an output of the stack": func(ctx *pulumi.Context) error {
			ctx.Export("host", failing())
			return nil
		},
		"an output of a component": func(ctx *pulumi.Context) error {
			component := &pulumi.ResourceState{}
			if err := ctx.RegisterComponentResource("a:b:C", "c", component); err != nil {
				return err
			}
			return ctx.RegisterResourceOutputs(component, pulumi.Map{"id": failing()})
		},
		"an input of a resource": func(ctx *pulumi.Context) error {
			return ctx.RegisterResource("a:b:D", "d", pulumi.Map{"list": pulumi.Array{failing()}},
				&pulumi.CustomResourceState{})
		},
	} {
		err := pulumi.RunErr(body, pulumi.WithMocks("defender-iot-proxy", "plant", &cloud{}))
		if err == nil || err.Error() == message || shells.ReplaceAllString(err.Error(), "") != message {
			t.Errorf("%s: %v", what, err)
		}
	}
}

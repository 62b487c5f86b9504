package program

import (
	"errors"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// deployedCloud is a cloud that answers for a stack that is there already.
type deployedCloud struct {
	cloud
	outputs, resources resource.PropertyMap // answers to the two questions; nil: the question fails
	asked              []string             // stacks
}

func (c *deployedCloud) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	answer, name := c.outputs, args.Args["name"]
	if args.Token == "pulumi:pulumi:readStackResourceOutputs" {
		answer, name = c.resources, args.Args["stackName"]
	}
	c.asked = append(c.asked, name.StringValue())
	if answer == nil {
		return nil, errors.New("the state is out of reach")
	}
	return answer, nil
}

func answer(outputs map[string]any) resource.PropertyMap {
	return resource.NewPropertyMapFromMap(map[string]any{"outputs": outputs})
}

func TestAStateThatCannotBeReadIsNotTakenForAnEmptyOne(t *testing.T) {
	some := answer(map[string]any{"sensorProxy": map[string]any{"port": 3128.0}})
	broken := answer(map[string]any{
		"urn:pulumi:plant::defender-iot-proxy::defender-iot-proxy:index:InternalLB::lb": map[string]any{
			"outputs": map[string]any{"handedOut": map[string]any{"proxy": "none"}},
		},
	})
	for what, c := range map[string]*deployedCloud{
		"no outputs":                {},
		"no resources":              {outputs: some},
		"outputs of another shape":  {outputs: resource.PropertyMap{}},
		"a record of another shape": {outputs: some, resources: broken},
	} {
		err := run(c, nil)
		if err == nil || !strings.Contains(err.Error(), "what the stack has today") {
			t.Errorf("%s: %v", what, err)
		}
		if len(c.cloud.resources) > 1 {
			t.Errorf("%s: something was registered", what)
		}
		for _, name := range c.asked {
			if name != "organization/defender-iot-proxy/plant" {
				t.Errorf("%s: asked of stack %s", what, name)
			}
		}
	}
}

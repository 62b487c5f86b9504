package lifecycle

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy/deploytest"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/stackfile"
)

// backend answers a program that asks for its own stack's state, which is what it was when the operation began: one
// that was cut short may ask even after it. It answers as the CLI's backends do, the one thing included that they
// cannot: the resources of a stack without a state.
func (s *Stack) backend() deploy.BackendClient {
	state := s.Snapshot
	own := fmt.Sprintf("organization/%s/%s", stackfile.Project, s.name)
	known := func(name string) error {
		if name != own {
			return fmt.Errorf("unknown stack %q", name)
		}
		return nil
	}
	return &deploytest.BackendClient{
		GetStackOutputsF: func(_ context.Context, name string, _ func(error) error) (property.Map, error) {
			return resource.FromResourcePropertyMap(outputs(state)), known(name)
		},
		GetStackResourceOutputsF: func(_ context.Context, name string) (property.Map, error) {
			resources := map[string]property.Value{}
			for _, r := range state.Resources {
				if !r.Delete {
					resources[string(r.URN)] = property.New(map[string]property.Value{
						"type":    property.New(string(r.Type)),
						"outputs": property.New(resource.FromResourcePropertyMap(r.Outputs)),
					})
				}
			}
			return property.NewMap(resources), known(name)
		},
	}
}

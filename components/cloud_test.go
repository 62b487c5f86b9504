package components

import (
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	sshKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl test"
	vnetID = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/hub"
)

// registered is a resource as a program registered it.
type registered struct {
	token, name, parent string
	inputs              resource.PropertyMap
	protect             bool
	after               []string // URNs of what it depends on
}

// cloud answers registrations in the engine's place.
type cloud struct {
	mu        sync.Mutex
	resources []registered
}

func (c *cloud) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) { return nil, nil }

func (c *cloud) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.resources = append(c.resources, registered{
		token: args.TypeToken, name: args.Name, inputs: args.Inputs,
		parent: args.RegisterRPC.GetParent(), protect: args.RegisterRPC.GetProtect(),
		after: args.RegisterRPC.GetDependencies(),
	})
	state := args.Inputs.Copy()
	state["name"] = resource.NewStringProperty(args.Name)
	switch {
	case strings.HasSuffix(args.TypeToken, ":PublicIPAddress"):
		state["ipAddress"] = resource.NewStringProperty("20.50.0.1")
	case strings.HasSuffix(args.TypeToken, ":LoadBalancer"):
		state["frontendIPConfigurations"] = resource.NewProperty([]resource.PropertyValue{
			resource.NewProperty(resource.PropertyMap{"privateIPAddress": resource.NewProperty("10.42.0.36")}),
		})
	case strings.HasSuffix(args.TypeToken, ":RandomPassword"), strings.HasSuffix(args.TypeToken, ":RandomString"):
		state["result"] = resource.NewProperty("generated0123456")
	}
	return "/id/" + args.Name, state, nil
}

// run runs a program and returns what it registered.
func run(program pulumi.RunFunc) ([]registered, error) {
	c := &cloud{}
	err := pulumi.RunErr(program, pulumi.WithMocks("library", "plant", c))
	return c.resources, err
}

// smallest is a SensorProxy with nothing but what is required.
func smallest() *SensorProxyArgs {
	return &SensorProxyArgs{
		Location:     "westeurope",
		AddressSpace: "10.42.0.0/26",
		SensorCIDRs:  []string{"10.30.0.0/22"},
		SSHPublicKey: pulumi.String(sshKey),
	}
}

// built registers a SensorProxy.
func built(t *testing.T, args *SensorProxyArgs) []registered {
	t.Helper()
	all, err := run(func(ctx *pulumi.Context) error {
		_, err := NewSensorProxy(ctx, "plant", args)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// find returns the one resource of a type.
func find(t *testing.T, all []registered, token string) registered {
	t.Helper()
	for _, r := range all {
		if strings.HasSuffix(r.token, ":"+token) {
			return r
		}
	}
	t.Fatalf("no %s among %d resources", token, len(all))
	return registered{}
}

// at reads a property by its path as text, "absent" where there is none.
func at(t *testing.T, r registered, path string) string {
	t.Helper()
	parsed, err := resource.ParsePropertyPath(path)
	if err != nil {
		t.Fatal(err)
	}
	value, ok := parsed.Get(resource.NewProperty(r.inputs))
	if !ok || value.IsNull() {
		return "absent"
	}
	for value.IsSecret() {
		value = value.SecretValue().Element
	}
	if value.IsString() {
		return value.StringValue()
	}
	return value.String()
}

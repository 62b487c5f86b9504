package program

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	sshKey    = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl test"
	workspace = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/logs/providers/Microsoft.OperationalInsights/workspaces/central"
)

// registered is a resource as the program registered it.
type registered struct {
	token, name, parent string
	inputs              resource.PropertyMap
	protect             bool
	replaceOn           []string
}

// cloud answers registrations in the engine's place, of a stack that was never deployed.
type cloud struct {
	mu        sync.Mutex
	resources []registered
}

func (c *cloud) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	switch args.Token {
	case "pulumi:pulumi:readStackOutputs":
		return resource.PropertyMap{"outputs": resource.NewObjectProperty(resource.PropertyMap{})}, nil
	case "azure-native:resources:getResourceGroup":
		return nil, errors.New(`request failed: Status=404 Code="ResourceGroupNotFound" Message="Resource group ` +
			`could not be found."`)
	}
	if args.Token == "azure-native:operationalinsights:getWorkspace" {
		return resource.NewPropertyMapFromMap(map[string]any{"id": workspace, "location": "North Europe"}), nil
	}
	return nil, fmt.Errorf("the program calls %s, and nothing here needs that", args.Token)
}

func (c *cloud) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r := registered{token: args.TypeToken, name: args.Name, inputs: args.Inputs}
	if rpc := args.RegisterRPC; rpc != nil {
		r.parent, r.protect, r.replaceOn = rpc.GetParent(), rpc.GetProtect(), rpc.GetReplaceOnChanges()
	}
	c.mu.Lock()
	c.resources = append(c.resources, r)
	c.mu.Unlock()

	state := args.Inputs.Copy()
	state["name"] = resource.NewStringProperty(args.Name)
	switch {
	case strings.HasSuffix(args.TypeToken, ":PublicIPAddress"):
		state["ipAddress"] = resource.NewStringProperty("20.50.0.1")
	case strings.HasSuffix(args.TypeToken, ":LoadBalancer"):
		frontend := state["frontendIPConfigurations"].ArrayValue()[0].ObjectValue().Copy()
		frontend["privateIPAddress"] = resource.NewStringProperty("10.42.0.36")
		state["frontendIPConfigurations"] = resource.NewArrayProperty(
			[]resource.PropertyValue{resource.NewObjectProperty(frontend)})
	case strings.HasSuffix(args.TypeToken, ":RandomPassword"), strings.HasSuffix(args.TypeToken, ":RandomString"):
		state["result"] = resource.NewStringProperty("generated0123456")
	}
	return "/id/" + args.Name, state, nil
}

// deploy runs the program and returns what it registered.
func deploy(t *testing.T, changes map[string]string) []registered {
	t.Helper()
	c := &cloud{}
	if err := deployTo(c, changes); err != nil {
		t.Fatal(err)
	}
	return c.resources
}

func deployTo(c *cloud, changes map[string]string) error { return run(c, changes) }

func run(c pulumi.MockResourceMonitor, changes map[string]string) error {
	values := map[string]string{
		"azure-native:location":           "westeurope",
		"defender-iot-proxy:siteName":     "plant-1",
		"defender-iot-proxy:addressSpace": "10.42.0.0/25",
		"defender-iot-proxy:sensorCidrs":  `["10.30.0.0/22","10.31.0.0/24"]`,
		"defender-iot-proxy:sshPublicKey": sshKey,
		"defender-iot-proxy:bastion":      `{"enabled":true}`,
		"defender-iot-proxy:tags":         `{"environment":"prod"}`,
	}
	for key, value := range changes {
		if !strings.Contains(key, ":") {
			key = "defender-iot-proxy:" + key
		}
		values[key] = value
	}
	return pulumi.RunErr(func(ctx *pulumi.Context) error { return Deploy(ctx, values) },
		pulumi.WithMocks("defender-iot-proxy", "plant", c))
}

// find returns the one resource of a type, or the one with that name where there are several.
func find(t *testing.T, all []registered, token, name string) registered {
	t.Helper()
	for _, r := range all {
		if strings.HasSuffix(r.token, ":"+token) && (name == "" || r.name == name) {
			return r
		}
	}
	t.Fatalf("no %s %s among %d resources", token, name, len(all))
	return registered{}
}

// at reads a property by its path, "absent" where there is none.
func at(t *testing.T, inputs resource.PropertyMap, path string) string {
	t.Helper()
	parsed, err := resource.ParsePropertyPath(path)
	if err != nil {
		t.Fatal(err)
	}
	value, ok := parsed.Get(resource.NewObjectProperty(inputs))
	if !ok || value.IsNull() {
		return "absent"
	}
	for value.IsSecret() {
		value = value.SecretValue().Element
	}
	return fmt.Sprint(value.Mappable())
}

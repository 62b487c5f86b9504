package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

// These variables name what Terraform is timed with. Neither comes with the project.
const (
	terraformVariable = "TERRAFORM"                // the terraform executable
	azapiVariable     = "TERRAFORM_PROVIDER_AZAPI" // azapi's, which has to be called terraform-provider-azapi
)

// errNoTerraform is that the variables name none.
var errNoTerraform = fmt.Errorf("not run: %s and %s name no executables", terraformVariable, azapiVariable)

// terraformPlan times terraform plan of the resources, as azapi would make them. It starts from an empty state, as the
// previews do. A plan of what does not exist yet asks Azure for nothing.
func terraformPlan(ctx context.Context, resources []arm.Resource) (time.Duration, error) {
	terraform, azapi := os.Getenv(terraformVariable), os.Getenv(azapiVariable)
	if terraform == "" || azapi == "" {
		return 0, errNoTerraform
	}
	dir, err := os.MkdirTemp("", "bench-terraform-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	settings := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"azure/azapi\" = %q\n  }\n}\n",
		filepath.Dir(azapi))
	rc := filepath.Join(dir, "terraformrc")
	err = errors.Join(os.WriteFile(rc, []byte(settings), 0o600),
		writeModule(filepath.Join(dir, "main.tf.json"), resources))
	if err != nil {
		return 0, err
	}
	var took []time.Duration
	for range rounds {
		plan := exec.CommandContext(ctx, terraform, "plan", "-input=false", "-no-color")
		plan.Dir = dir
		plan.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+rc, "CHECKPOINT_DISABLE=1")
		err := timed(&took, func() error {
			if output, err := plan.CombinedOutput(); err != nil {
				return fmt.Errorf("terraform plan: %w\n%s", err, output)
			}
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	return median(took), nil
}

// writeModule writes a Terraform module of the resources.
func writeModule(file string, resources []arm.Resource) error {
	blocks := map[string]any{}
	for i, r := range resources {
		id, err := arm.ParseID(r.ID)
		if err != nil {
			return err
		}
		body := maps.Clone(r.Body)
		block := map[string]any{
			"type": r.Type + "@" + r.APIVersion, "name": id.Name(), "parent_id": id.Parent, "body": body,
			"schema_validation_enabled": false, // it would refuse API versions younger than the provider, and take time
		}
		for _, own := range []string{"location", "tags"} {
			if value, has := body[own]; has {
				block[own] = value
				delete(body, own)
			}
		}
		if id.Parent == "" {
			block["parent_id"] = "/subscriptions/" + id.Subscription
		}
		blocks[fmt.Sprintf("resource-%d", i)] = block
	}
	const nobody = "00000000-0000-0000-0000-000000000000"
	text, err := json.Marshal(map[string]any{
		"terraform": map[string]any{"required_providers": map[string]any{"azapi": map[string]any{
			"source": "azure/azapi"}}},
		"provider": map[string]any{"azapi": map[string]any{
			"subscription_id": nobody, "tenant_id": nobody, "client_id": nobody, "client_secret": "nobody's",
			"use_cli": false, "skip_provider_registration": true,
		}},
		"resource": map[string]any{"azapi_resource": blocks},
	})
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}

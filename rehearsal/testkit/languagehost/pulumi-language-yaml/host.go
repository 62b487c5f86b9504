package main

import (
	"context"
	"encoding/json"
	"os"
	"slices"

	"github.com/pulumi/pulumi-yaml/pkg/pulumiyaml"
	"github.com/pulumi/pulumi-yaml/pkg/pulumiyaml/ast"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/languagehost"
)

// host runs YAML programs for the engine with Pulumi's own interpreter. Pulumi's own host around it compiles with no
// version of the engine that this module has. The real one:
// https://github.com/pulumi/pulumi-yaml/blob/v1.37.0/pkg/server/server.go
type host struct{ languagehost.Base }

// GetRequiredPackages names the plugins of the program's resources.
func (h *host) GetRequiredPackages(
	_ context.Context, req *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	template, err := load(req.GetInfo().GetProgramDirectory())
	if err != nil {
		return nil, err
	}
	packages, diagnostics := pulumiyaml.GetReferencedPackages(template)
	if diagnostics.HasErrors() {
		return nil, diagnostics
	}
	var all []*pulumirpc.PackageDependency
	for _, one := range packages {
		all = append(all, &pulumirpc.PackageDependency{Kind: "resource", Name: one.Name, Version: one.Version,
			Server: one.DownloadURL})
	}
	return &pulumirpc.GetRequiredPackagesResponse{Packages: all}, nil
}

// Run interprets the program.
func (h *host) Run(ctx context.Context, req *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	template, err := load(req.GetInfo().GetProgramDirectory())
	if err != nil {
		return &pulumirpc.RunResponse{Error: err.Error()}, nil
	}
	run, err := pulumi.NewContext(ctx, pulumi.RunInfo{
		Project: req.GetProject(), Stack: req.GetStack(), Organization: req.GetOrganization(),
		RootDirectory: req.GetInfo().GetRootDirectory(),
		Config:        req.GetConfig(), ConfigSecretKeys: req.GetConfigSecretKeys(), Parallel: req.GetParallel(),
		DryRun:      req.GetDryRun(),
		MonitorAddr: req.GetMonitorAddress(), EngineAddr: h.Engine,
	})
	if err != nil {
		return &pulumirpc.RunResponse{Error: err.Error()}, nil
	}
	defer run.Close()
	schemas, err := schema.NewLoaderClient(req.GetLoaderTarget())
	if err != nil {
		return &pulumirpc.RunResponse{Error: err.Error()}, nil
	}
	loader := pulumiyaml.NewPackageLoaderFromSchemaLoader(schema.NewCachedLoader(schemas))
	defer loader.Close()

	err = pulumi.RunWithContext(run, func(ctx *pulumi.Context) error {
		return pulumiyaml.RunTemplate(ctx, template, configured(req), loader)
	})
	diagnostics, has := pulumiyaml.HasDiagnostics(err)
	switch {
	case err == nil || has && !diagnostics.HasErrors():
		return &pulumirpc.RunResponse{}, nil
	case has: // in lines of the file; those that the engine has shown already are marked so
		err := template.NewDiagnosticWriter(os.Stderr, 0, false).WriteDiagnostics(diagnostics.Unshown().HCL())
		return &pulumirpc.RunResponse{Bail: true}, err
	}
	return &pulumirpc.RunResponse{Error: err.Error()}, nil
}

func load(directory string) (*ast.TemplateDecl, error) {
	template, diagnostics, err := pulumiyaml.LoadDir(directory)
	if err == nil && diagnostics.HasErrors() {
		err = diagnostics
	}
	return template, err
}

// configured is the stack's configuration as values: what is no JSON is a text.
func configured(req *pulumirpc.RunRequest) resource.PropertyMap {
	all := resource.PropertyMap{}
	for key, text := range req.GetConfig() {
		var value any
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			value = text
		}
		property := resource.NewPropertyValue(value)
		if slices.Contains(req.GetConfigSecretKeys(), key) {
			property = resource.MakeSecret(property)
		}
		all[resource.PropertyKey(key)] = property
	}
	return all
}

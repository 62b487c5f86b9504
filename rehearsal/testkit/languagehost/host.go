package languagehost

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/common/constant"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/executable"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// host runs Go programs for the engine.
type host struct{ Base }

// GetRequiredPackages names the plugins that the program's modules ask for.
func (h *host) GetRequiredPackages(
	ctx context.Context, req *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	packages, err := requiredPackages(ctx, req.GetInfo().GetProgramDirectory())
	if err != nil {
		return nil, err
	}
	return &pulumirpc.GetRequiredPackagesResponse{Packages: packages}, nil
}

// Run runs the program to its end.
func (h *host) Run(ctx context.Context, req *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	env, err := h.environment(req)
	if err != nil {
		return nil, err
	}
	program, done, err := find(ctx, req.GetInfo())
	if err != nil {
		return nil, err
	}
	defer done()
	command := exec.CommandContext(ctx, program)
	command.Dir, command.Env, command.Stdout, command.Stderr = req.GetPwd(), env, os.Stdout, os.Stderr
	return ended(command.Run()), nil
}

// find returns the program: the executable that runtime.options.binary names, as it is; or what go build makes now, at
// runtime.options.buildTarget, where go build finds its last result and links nothing if it still holds, or at a place
// of its own, where it always links.
func find(ctx context.Context, info *pulumirpc.ProgramInfo) (program string, done func(), err error) {
	options := info.GetOptions().AsMap()
	binary, _ := options["binary"].(string)
	target, _ := options["buildTarget"].(string)
	keep := func() {}
	switch {
	case binary != "" && target != "":
		return "", nil, errors.New("binary and buildTarget cannot both be specified")
	case binary != "":
		program, err = executable.FindExecutable(binary) // below the working directory, or on the PATH
		return program, keep, err
	case target != "":
		return target, keep, build(ctx, info.GetProgramDirectory(), target)
	}
	file, err := os.CreateTemp("", "pulumi-go.*")
	if err != nil {
		return "", nil, err
	}
	file.Close()
	return file.Name(), func() { os.Remove(file.Name()) }, build(ctx, info.GetProgramDirectory(), file.Name())
}

func build(ctx context.Context, dir, target string) error {
	command := exec.CommandContext(ctx, "go", "build", "-o", target)
	command.Dir, command.Stdout, command.Stderr = dir, os.Stdout, os.Stderr
	if err := command.Run(); err != nil {
		return fmt.Errorf("go build in %s: %w", dir, err)
	}
	return nil
}

// environment tells the program what it runs for, beside what this process has got from the CLI.
func (h *host) environment(req *pulumirpc.RunRequest) ([]string, error) {
	config, err := json.Marshal(req.GetConfig())
	if err != nil {
		return nil, err
	}
	secret := req.GetConfigSecretKeys()
	if secret == nil {
		secret = []string{}
	}
	secretKeys, err := json.Marshal(secret)
	if err != nil {
		return nil, err
	}
	env := os.Environ()
	for name, value := range map[string]string{
		pulumi.EnvOrganization:        req.GetOrganization(),
		pulumi.EnvProject:             req.GetProject(),
		pulumi.EnvPulumiRootDirectory: req.GetInfo().GetRootDirectory(),
		pulumi.EnvStack:               req.GetStack(),
		pulumi.EnvConfig:              string(config),
		pulumi.EnvConfigSecretKeys:    string(secretKeys),
		pulumi.EnvDryRun:              strconv.FormatBool(req.GetDryRun()),
		pulumi.EnvParallel:            strconv.Itoa(int(req.GetParallel())),
		pulumi.EnvMonitor:             req.GetMonitorAddress(),
		pulumi.EnvEngine:              h.Engine,
	} {
		if value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env, nil
}

// ended says how the program ended. One that has told the engine its error says so by its exit status.
func ended(err error) *pulumirpc.RunResponse {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return &pulumirpc.RunResponse{}
	case errors.As(err, &exit) && exit.ExitCode() == constant.ExitStatusLoggedError:
		return &pulumirpc.RunResponse{Bail: true}
	case errors.As(err, &exit):
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("program exited with non-zero exit code: %d", exit.ExitCode())}
	}
	return &pulumirpc.RunResponse{Error: err.Error()}
}

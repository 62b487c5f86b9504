package languagehost

import (
	"errors"
	"os"
	"os/exec"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// InstallDependencies leaves everything to go build.
func (h *host) InstallDependencies(
	*pulumirpc.InstallDependenciesRequest, grpc.ServerStreamingServer[pulumirpc.InstallDependenciesResponse],
) error {
	return nil
}

// RunPlugin compiles a plugin from the folder of its PulumiPlugin.yaml, and passes on what it writes, until it ends.
func (h *host) RunPlugin(req *pulumirpc.RunPluginRequest,
	stream grpc.ServerStreamingServer[pulumirpc.RunPluginResponse]) error {
	program, done, err := find(stream.Context(), req.GetInfo())
	if err != nil {
		return err
	}
	defer done()
	command := exec.CommandContext(stream.Context(), program, req.GetArgs()...)
	command.Dir, command.Env = req.GetPwd(), req.GetEnv()
	command.Stdout = sender(func(text []byte) error {
		return stream.Send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Stdout{Stdout: text}})
	})
	command.Stderr = os.Stderr
	var exit *exec.ExitError
	if err := command.Run(); err != nil && !errors.As(err, &exit) {
		return err
	}
	code := int32(command.ProcessState.ExitCode()) // 0 to 255, or -1
	return stream.Send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Exitcode{Exitcode: code}})
}

type sender func(text []byte) error

func (s sender) Write(text []byte) (int, error) { return len(text), s(text) }

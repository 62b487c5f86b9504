package lifecycle

import (
	"context"
	"fmt"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy/deploytest"
	engineplugin "github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/program"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/azurenative"
)

// serve starts a provider on loopback: the engine talks to it over Pulumi's protocol, as to any plugin.
func (s *Stack) serve(name, version string, implementation pulumirpc.ResourceProviderServer) error {
	server, err := azurenative.Serve(implementation)
	if err != nil {
		return err
	}
	connection, err := grpc.NewClient(fmt.Sprintf("127.0.0.1:%d", server.Port),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(largestMessage)))
	if err != nil {
		return fmt.Errorf("connecting to provider %s: %w", name, err)
	}
	s.plugins = append(s.plugins, plugin{name: name, version: version, server: server, connection: connection})
	return nil
}

// largestMessage is Pulumi's own limit, in bytes.
const largestMessage = 400 << 20

// host gives the engine its plugins and the language runtime, which is this process.
func (s *Stack) host(_ context.Context, log, statusLog diag.Sink,
	_ engineplugin.DebugContext) (engineplugin.Host, error) {
	var loaders []*deploytest.PluginLoader
	for _, p := range s.plugins {
		loaders = append(loaders, deploytest.NewProviderLoader(tokens.Package(p.name), semver.MustParse(p.version),
			func() (engineplugin.Provider, error) {
				return engineplugin.NewProviderWithClient(nil,
					pulumirpc.NewResourceProviderClient(p.connection), false), nil
			}))
	}
	var host engineplugin.Host
	language := deploytest.NewLanguageRuntime(func(info engineplugin.RunInfo, _ *deploytest.ResourceMonitor) error {
		return s.run(info, host.ServerAddr())
	})
	host = deploytest.NewPluginHost(log, statusLog, language, loaders...)
	return host, nil
}

// run runs the site's program against the engine.
func (s *Stack) run(info engineplugin.RunInfo, engineAddress string) error {
	ctx, err := pulumi.NewContext(context.Background(), pulumi.RunInfo{
		Project: info.Project, Stack: info.Stack, RootDirectory: s.root, Config: s.Values,
		Parallel: info.Parallel, DryRun: info.DryRun, MonitorAddr: info.MonitorAddress, EngineAddr: engineAddress,
	})
	if err != nil {
		return err
	}
	defer ctx.Close()
	return pulumi.RunWithContext(ctx, func(ctx *pulumi.Context) error { return program.Deploy(ctx, s.Values) })
}

// Package lifecycle runs a stack's life on Pulumi's engine inside this process: the site's program, the plugins of
// package azurenative and Azure's stand-in, without the CLI, a file or a state backend. A whole life takes a fraction
// of a second, so thousands of generated sites and injected faults can be lived through.
package lifecycle

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"google.golang.org/grpc"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/azurenative"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/preexisting"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/stackfile"
)

// Options says what to run.
type Options struct {
	Name   string            // of the stack
	Root   string            // the project's folder: what paths in the configuration are relative to
	Values map[string]string // the configuration, by full key; objects and lists as JSON
	Azure  arm.Options
}

// Stack is one stack on an Azure of its own. Snapshot is its state; whoever keeps one can go back to it.
type Stack struct {
	Azure    *arm.Server
	Client   *azurenative.Client
	Secrets  *azurenative.Secrets
	Values   map[string]string // may be changed between operations
	Snapshot *deploy.Snapshot  // nil: nothing was ever deployed
	Warnings []string          // of the last operation
	Steps    []Step            // of the last operation

	// WriteFails tells whether an operation's nth write of the state fails, from 1. It is asked once for each; nil:
	// none does.
	WriteFails func(n int) bool

	name, root string
	plugins    []plugin
}

// plugin is a provider that listens, and the engine's way to it.
type plugin struct {
	name, version string
	server        *azurenative.Server
	connection    *grpc.ClientConn
}

// New makes a stack, and in Azure what its configuration says exists outside of it. Close it in the end.
func New(options Options) (*Stack, error) {
	s := &Stack{
		Azure: arm.New(options.Azure), Secrets: &azurenative.Secrets{},
		Values: options.Values, name: options.Name, root: options.Root,
	}
	s.Client = &azurenative.Client{Endpoint: "http://azure",
		HTTP: &http.Client{Transport: direct{s.Azure}}, Pause: noPause}
	azure := azurenative.NewAzure(azurenative.AzureOptions{
		Client: s.Client, Subscription: arm.Subscription, Version: azurenative.AzureNativeVersion,
	})
	err := errors.Join(
		s.serve("azure-native", azurenative.AzureNativeVersion, azure),
		s.serve("random", azurenative.RandomVersion, azurenative.NewRandom(azurenative.RandomVersion, s.Secrets)),
	)
	if err == nil {
		err = s.addPreexisting()
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// noPause: nothing goes on in Azure while its client waits, so waiting is of no use.
func noPause(ctx context.Context, _ time.Duration) error { return ctx.Err() }

// Site is the site that the configuration describes.
func (s *Stack) Site() (site.Site, error) {
	return site.Load(site.Config{Project: stackfile.Project, Stack: s.name, Directory: s.root, Values: s.Values})
}

func (s *Stack) addPreexisting() error { return preexisting.Prepare(s.Azure, s.Site, s.Secrets.Add) }

// Outputs are the outputs of the last up.
func (s *Stack) Outputs() resource.PropertyMap { return outputs(s.Snapshot) }

func outputs(state *deploy.Snapshot) resource.PropertyMap {
	if state == nil {
		return nil
	}
	for _, r := range state.Resources {
		if r.Type == resource.RootStackType {
			return r.Outputs
		}
	}
	return nil
}

// Close stops the plugins.
func (s *Stack) Close() error {
	var errs []error
	for _, p := range s.plugins {
		errs = append(errs, p.connection.Close(), p.server.Close())
	}
	s.plugins = nil
	return errors.Join(errs...)
}

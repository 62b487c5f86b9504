package inprocess

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/display"
	"github.com/pulumi/pulumi/pkg/v3/engine"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy/deploytest"
	engineplugin "github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/pkg/v3/util/cancel"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"

	"defender-iot-proxy/rehearsal/stackfile"
)

// parallel is how many resources the engine works on at once: as many as the CLI does on a machine of four cores.
const parallel = 16

// Changes counts resources by what happened to them: "create", "same".
type Changes map[string]int

// Only tells whether something happened, and nothing but the one operation.
func (c Changes) Only(operation string) bool {
	for other, count := range c {
		if other != operation && count > 0 {
			return false
		}
	}
	return c[operation] > 0
}

// act is one of the engine's operations.
type act func(engine.UpdateInfo, *engine.Context, engine.UpdateOptions, bool) (*deploy.Plan, display.ResourceChanges, error)

// Preview says what an up would change, and changes nothing.
func (s *Stack) Preview(ctx context.Context) (Changes, error) {
	return s.play(ctx, engine.Update, true)
}

// Up deploys the configuration.
func (s *Stack) Up(ctx context.Context) (Changes, error) { return s.play(ctx, engine.Update, false) }

// Refresh compares the state with Azure and takes over what differs.
func (s *Stack) Refresh(ctx context.Context) (Changes, error) {
	return s.play(ctx, engine.Refresh, false)
}

// Destroy deletes everything. Protection comes off first, as an operator would take it off.
func (s *Stack) Destroy(ctx context.Context) (Changes, error) {
	if s.Snapshot != nil {
		for i, r := range s.Snapshot.Resources {
			if r.Protect {
				free := r.Copy()
				free.Protect = false
				s.Snapshot.Resources[i] = free
			}
		}
	}
	return s.play(ctx, engine.Destroy, false)
}

// play runs one operation. Whatever becomes of it, the snapshot is afterwards what a backend would hold.
func (s *Stack) play(ctx context.Context, operation act, dryRun bool) (Changes, error) {
	info, err := s.info()
	if err != nil {
		return nil, err
	}
	until, source := cancel.NewContext(ctx)
	defer context.AfterFunc(ctx, source.Terminate)()
	events := make(chan engine.Event)
	problems := make(chan error)
	go func() { problems <- collectProblems(events) }()

	notes := &journal{fails: s.WriteFails}
	context := &engine.Context{Cancel: until, Events: events, BackendClient: &deploytest.BackendClient{}}
	if !dryRun {
		context.SnapshotManager = notes
	}
	var host engineplugin.Host
	_, counts, err := operation(info, context, engine.UpdateOptions{
		Parallel: parallel, SkipPluginPreInstall: true, HostFactory: s.remember(&host),
	}, dryRun)
	close(events)
	if problem := <-problems; err != nil {
		err = errors.Join(err, problem)
	}
	if host != nil {
		err = errors.Join(err, host.Close())
	}
	if !dryRun {
		snapshot, broken := notes.snapshot(s.Snapshot)
		if broken != nil {
			return nil, errors.Join(err, fmt.Errorf("the state would be broken: %w", broken))
		}
		s.Snapshot = snapshot
	}
	changes := Changes{}
	for step, count := range counts {
		changes[string(step)] = count
	}
	return changes, err
}

// remember hands out the host that the engine gets, so that it can be closed when the engine is done.
func (s *Stack) remember(made *engineplugin.Host) engine.HostFactory {
	return func(ctx context.Context, log, statusLog diag.Sink, debug engineplugin.DebugContext) (engineplugin.Host, error) {
		host, err := s.host(ctx, log, statusLog, debug)
		*made = host
		return host, err
	}
}

func (s *Stack) info() (engine.UpdateInfo, error) {
	name, err := tokens.ParseStackName(s.name)
	if err != nil {
		return engine.UpdateInfo{}, fmt.Errorf("naming the stack: %w", err)
	}
	values := config.Map{}
	const region = "azure-native:location" // all that the plugins read
	if location, given := s.Values[region]; given {
		values[config.MustParseKey(region)] = config.NewValue(location)
	}
	return engine.UpdateInfo{
		Root:    s.root,
		Project: &workspace.Project{Name: stackfile.Project, Runtime: workspace.NewProjectRuntimeInfo("go", nil)},
		Target:  &deploy.Target{Name: name, Config: values, Decrypter: config.NopDecrypter, Snapshot: s.Snapshot},
	}, nil
}

// collectProblems gathers what the engine reports as errors: its own return value only says that there were some.
func collectProblems(events <-chan engine.Event) error {
	var all []error
	for event := range events {
		if event.Type != engine.DiagEvent {
			continue
		}
		if payload, ok := event.Payload().(engine.DiagEventPayload); ok && payload.Severity == diag.Error {
			all = append(all, errors.New(strings.TrimSpace(payload.Message)))
		}
	}
	return errors.Join(all...)
}

package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/display"
	"github.com/pulumi/pulumi/pkg/v3/engine"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
	engineplugin "github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/pkg/v3/util/cancel"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/stackfile"
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
type act func(engine.UpdateInfo, *engine.Context, engine.UpdateOptions, bool) (*deploy.Plan,
	display.ResourceChanges, error)

// Preview says what an up would change, and changes nothing.
func (s *Stack) Preview(ctx context.Context) (Changes, error) {
	return s.play(ctx, engine.Update, engine.UpdateOptions{}, true)
}

// PreviewRefreshed is a preview against Azure as it is, which leaves the state as it was.
func (s *Stack) PreviewRefreshed(ctx context.Context) (Changes, error) {
	return s.play(ctx, engine.Update, engine.UpdateOptions{Refresh: true}, true)
}

// Up deploys the configuration.
func (s *Stack) Up(ctx context.Context) (Changes, error) {
	return s.play(ctx, engine.Update, engine.UpdateOptions{}, false)
}

// UpRefreshed deploys it once the state has been compared with Azure.
func (s *Stack) UpRefreshed(ctx context.Context) (Changes, error) {
	return s.play(ctx, engine.Update, engine.UpdateOptions{Refresh: true}, false)
}

// UpReplacing deploys the configuration, and makes resources anew whose URNs match.
func (s *Stack) UpReplacing(ctx context.Context, urns ...string) (Changes, error) {
	return s.play(ctx, engine.Update, engine.UpdateOptions{ReplaceTargets: deploy.NewUrnTargets(urns)}, false)
}

// UpAsWorkflow deploys it as .github/workflows/up.yml does: the state is compared with Azure unless it knows of
// something unfinished, which a refresh would forget.
func (s *Stack) UpAsWorkflow(ctx context.Context) (Changes, error) {
	if s.unfinished() {
		return s.Up(ctx)
	}
	return s.UpRefreshed(ctx)
}

// unfinished tells whether the state knows of a resource that an operation left half made.
func (s *Stack) unfinished() bool {
	return s.Snapshot != nil && slices.ContainsFunc(s.Snapshot.Resources, func(r *resource.State) bool {
		return len(r.InitErrors) > 0
	})
}

// Refresh compares the state with Azure and takes over what differs.
func (s *Stack) Refresh(ctx context.Context) (Changes, error) {
	return s.play(ctx, engine.Refresh, engine.UpdateOptions{}, false)
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
	return s.play(ctx, engine.Destroy, engine.UpdateOptions{}, false)
}

// play runs one operation. Whatever becomes of it, the snapshot is afterwards what a backend would hold.
func (s *Stack) play(ctx context.Context, operation act, options engine.UpdateOptions, dryRun bool) (Changes, error) {
	info, err := s.info(dryRun)
	if err != nil {
		return nil, err
	}
	until, source := cancel.NewContext(ctx)
	defer context.AfterFunc(ctx, source.Terminate)()
	defer source.Terminate() // the engine holds on to everything until it is told
	events := make(chan engine.Event)
	said := make(chan remarks)
	go func() { said <- listen(events) }()

	notes := &journal{fails: s.WriteFails}
	context := &engine.Context{Cancel: until, Events: events, BackendClient: s.backend()}
	if !dryRun {
		context.SnapshotManager = notes
	}
	var host engineplugin.Host
	options.Parallel, options.SkipPluginPreInstall, options.HostFactory = parallel, true, s.remember(&host)
	_, counts, err := operation(info, context, options, dryRun)
	close(events)
	heard := <-said
	s.Warnings, s.Steps = heard.warnings, heard.steps
	if err != nil {
		err = errors.Join(err, heard.problems)
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
	return func(ctx context.Context, log, statusLog diag.Sink,
		debug engineplugin.DebugContext) (engineplugin.Host, error) {
		host, err := s.host(ctx, log, statusLog, debug)
		*made = host
		return host, err
	}
}

// info describes the stack to the engine. A preview gets a copy of the state: the engine notes in it what it would
// delete.
func (s *Stack) info(dryRun bool) (engine.UpdateInfo, error) {
	name, err := tokens.ParseStackName(s.name)
	if err != nil {
		return engine.UpdateInfo{}, fmt.Errorf("naming the stack: %w", err)
	}
	values := config.Map{}
	const region = "azure-native:location" // all that the plugins read
	if location, given := s.Values[region]; given {
		values[config.MustParseKey(region)] = config.NewValue(location)
	}
	snapshot := s.Snapshot
	if dryRun && snapshot != nil {
		copied := *snapshot
		copied.Resources = nil
		for _, r := range snapshot.Resources {
			copied.Resources = append(copied.Resources, r.Copy())
		}
		snapshot = &copied
	}
	return engine.UpdateInfo{
		Root:    s.root,
		Project: &workspace.Project{Name: stackfile.Project, Runtime: workspace.NewProjectRuntimeInfo("go", nil)},
		Target:  &deploy.Target{Name: name, Config: values, Decrypter: config.NopDecrypter, Snapshot: snapshot},
	}, nil
}

// Step is what the engine did, or in a preview would do, with a resource that it did not leave as it was.
type Step struct {
	URN       resource.URN
	Operation string // create, update, delete or replace
}

// remarks is what the engine says about an operation.
type remarks struct {
	steps    []Step
	warnings []string
	problems error // its own return value only says that there were some
}

func listen(events <-chan engine.Event) remarks {
	var heard remarks
	for event := range events {
		switch payload := event.Payload().(type) {
		case engine.ResourcePreEventPayload:
			switch step := payload.Metadata; step.Op {
			case deploy.OpCreate, deploy.OpUpdate, deploy.OpDelete, deploy.OpReplace:
				heard.steps = append(heard.steps, Step{URN: step.URN, Operation: string(step.Op)})
			}
		case engine.DiagEventPayload:
			switch message := strings.TrimSpace(payload.Message); payload.Severity {
			case diag.Warning:
				heard.warnings = append(heard.warnings, message)
			case diag.Error:
				heard.problems = errors.Join(heard.problems, errors.New(message))
			}
		}
	}
	return heard
}

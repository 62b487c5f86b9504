// Package engine connects the real Pulumi engine to the stand-in for Azure: the site's program runs in this process,
// the CLI drives it as it would on any machine, and the plugins it talks to are the ones of package azurenative.
package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/program"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/azurenative"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/preexisting"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/stackfile"
)

const project = stackfile.Project

// Simulated time moves on once nothing has been asked of Azure for the quiet period, and the engine has nothing to do.
// Where nobody can tell that, or it never rests, it is longestQuiet: more than it takes between two of its steps, on a
// slow machine too.
const (
	quiet        = 100 * time.Millisecond
	longestQuiet = 400 * time.Millisecond
)

// fileKeys are the config keys that name files. Pulumi runs the rehearsal in a folder of its own, and they are meant
// relative to the checkout.
var fileKeys = []string{project + ":endpointDetailsFile", project + ":azureIpRangesFile"}

// Options says what to rehearse.
type Options struct {
	Root   string    // the checkout
	File   string    // the stack file
	Log    io.Writer // progress that is not the engine's
	Engine io.Writer // the engine's own progress; nil: none
	// Instant completes every operation of Azure at once instead of in simulated time.
	Instant bool
	// LanguageHost is a folder with a pulumi-language-go. The CLI then runs the program of the checkout as it does
	// anywhere, compiled and in a process of its own; without it, the program runs in this process.
	LanguageHost string
	// Instances run the machines of scale sets. Optional.
	Instances *arm.Instances
	// Between puts something between the plugin and Azure; nil: nothing.
	Between func(azure http.Handler) http.Handler
	// Beside is a stack on whose Azure this one lives too; nil: it gets an empty one. Of these options, Instant,
	// Instances and Between are then the other's.
	Beside *Engine
}

// Engine is one stack on an Azure, which is empty or another stack's.
type Engine struct {
	Azure   *arm.Server
	Secrets *azurenative.Secrets

	options  Options
	client   *azurenative.Client
	provider *azurenative.Azure
	clock    *arm.Clock
	stack    auto.Stack
	values   map[string]string // the configuration that the program gets
	dir      string
	refusal  atomic.Pointer[error] // how the program ended last
	closers  []func() error
}

// Start prepares a stack. Close it in the end.
func Start(ctx context.Context, options Options) (*Engine, error) {
	e := &Engine{options: options, Secrets: &azurenative.Secrets{}}
	if err := e.start(ctx); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

func (e *Engine) start(ctx context.Context) (err error) {
	if e.options.Root, err = filepath.Abs(e.options.Root); err != nil {
		return err
	}
	command, err := cli(ctx, e.options.Root, e.options.Log)
	if err != nil {
		return err
	}
	config, _, err := stackfile.Read(e.options.File)
	if err != nil {
		return err
	}
	if err := e.makeDir(config); err != nil {
		return err
	}
	plugins, err := e.serve()
	if err != nil {
		return err
	}
	if err := e.makeStack(ctx, withoutOutputs{command}, e.environment(plugins)); err != nil {
		return fmt.Errorf("making the stack: %w", err)
	}
	if err := e.Reconfigure(ctx, nil); err != nil {
		return err
	}
	return preexisting.Prepare(e.Azure, e.Site, e.Secrets.Add)
}

// home is where the CLI keeps what is its own.
func (e *Engine) home() string { return filepath.Join(e.dir, "home") }

// environment is what the CLI needs to find the state, the plugins and the language host.
func (e *Engine) environment(plugins string) map[string]string {
	env := map[string]string{
		// A file beside each file of the state, which tells its type, is not written at once: without it, a kill leaves
		// no state half written.
		"PULUMI_BACKEND_URL":       "file://" + e.dir + "?metadata=skip",
		"PULUMI_CONFIG_PASSPHRASE": "rehearsal", // of a state that ends with the rehearsal
		"PULUMI_SKIP_UPDATE_CHECK": "1",
		// The plugins are played: nothing is to be fetched for the real ones, which the state names.
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
		"PULUMI_DEBUG_PROVIDERS":                      plugins,
		"PULUMI_HOME":                                 e.home(),
	}
	if e.options.LanguageHost != "" {
		env["PATH"] = e.options.LanguageHost + string(filepath.ListSeparator) + os.Getenv("PATH")
	}
	return env
}

func (e *Engine) makeStack(ctx context.Context, command auto.PulumiCommand, env map[string]string) (err error) {
	name := stackfile.Name(e.options.File)
	if e.options.LanguageHost != "" {
		e.stack, err = auto.UpsertStackLocalSource(ctx, name, e.dir, auto.Pulumi(command), auto.EnvVars(env))
		return err
	}
	e.stack, err = auto.UpsertStackInlineSource(ctx, name, project, e.program, auto.Pulumi(command),
		auto.WorkDir(e.dir), auto.EnvVars(env))
	return err
}

// makeDir makes the project's folder: Pulumi.yaml, which says where the program is, and the stack file.
func (e *Engine) makeDir(config map[string]any) (err error) {
	if e.dir, err = os.MkdirTemp("", "rehearsal-"); err != nil {
		return err
	}
	e.closers = append(e.closers, func() error { return os.RemoveAll(e.dir) })
	// A file where the CLI would make the folder of its own log: it goes without. Nobody reads that, and it takes a
	// quarter of an operation.
	home := e.home()
	if err := errors.Join(os.Mkdir(home, 0o700), os.WriteFile(filepath.Join(home, "logs"), nil, 0o400)); err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(e.options.Root, "Pulumi.yaml"))
	if err != nil {
		return err
	}
	text = fmt.Appendf(text, "main: %s\n", e.options.Root)
	if err := os.WriteFile(filepath.Join(e.dir, "Pulumi.yaml"), text, 0o600); err != nil {
		return err
	}
	return stackfile.Write(e.stackFile(), config)
}

func (e *Engine) stackFile() string {
	return filepath.Join(e.dir, "Pulumi."+stackfile.Name(e.options.File)+".yaml")
}

func (e *Engine) program(ctx *pulumi.Context) error {
	err := program.Deploy(ctx, e.values)
	e.refusal.Store(&err)
	return err
}

// explain replaces what the Automation API makes of a failure, which is everything that the CLI has printed, by the
// program's own error, or leads to what the user has seen already.
func (e *Engine) explain(command string, shown io.Writer, err error) error {
	if err == nil {
		return nil
	}
	if refusal := e.refusal.Load(); refusal != nil && *refusal != nil {
		return *refusal
	}
	if shown != nil {
		return fmt.Errorf("pulumi %s failed; the engine's output above says why", command)
	}
	return err
}

// Reconfigure changes the stack's configuration; without a change it reads it again.
func (e *Engine) Reconfigure(ctx context.Context, change func(map[string]any)) error {
	if change != nil {
		config, _, err := stackfile.Read(e.stackFile())
		if err != nil {
			return err
		}
		change(config)
		if err := stackfile.Write(e.stackFile(), config); err != nil {
			return err
		}
	}
	// Pulumi itself reads the file and adds the defaults of Pulumi.yaml.
	all, err := e.stack.GetAllConfig(ctx)
	if err != nil {
		return fmt.Errorf("reading the configuration: %w", err)
	}
	e.values = map[string]string{}
	for key, value := range all {
		e.values[key] = value.Value
		if slices.Contains(fileKeys, key) && value.Value != "" && !filepath.IsAbs(value.Value) {
			e.values[key] = filepath.Join(e.options.Root, value.Value)
		}
	}
	// What is wrong with the configuration, the program says.
	if s, err := e.Site(); err == nil {
		for _, secret := range s.Secrets() {
			e.Secrets.Add(secret)
		}
	}
	return nil
}

// Site is the site that the stack's configuration describes.
func (e *Engine) Site() (site.Site, error) {
	return site.Load(site.Config{Project: project, Stack: e.stack.Name(), Values: e.values})
}

// Preview runs a preview and returns how many resources it would change, by operation.
func (e *Engine) Preview(ctx context.Context) (map[string]int, error) {
	result, err := e.stack.Preview(ctx, optpreview.SuppressProgress())
	if err != nil {
		return nil, e.explain("preview", nil, err)
	}
	changes := map[string]int{}
	for operation, count := range result.ChangeSummary {
		changes[string(operation)] = count
	}
	return changes, nil
}

// Up runs an up and returns what it changed.
func (e *Engine) Up(ctx context.Context) (map[string]int, error) {
	return e.up(ctx)
}

// UpRefreshed runs an up that compares the state with Azure before, as the workflow does it.
func (e *Engine) UpRefreshed(ctx context.Context) (map[string]int, error) {
	return e.up(ctx, optup.Refresh())
}

// UpReplacing runs an up that makes resources anew whose URNs match.
func (e *Engine) UpReplacing(ctx context.Context, urns ...string) (map[string]int, error) {
	return e.up(ctx, optup.Replace(urns))
}

func (e *Engine) up(ctx context.Context, options ...optup.Option) (map[string]int, error) {
	options = append(options, optup.ProgressStreams(e.progress()...), optup.ErrorProgressStreams(e.progress()...),
		optup.SuppressOutputs(),
		optup.ShowSecrets(false)) // in the history, where nobody looks for them, and decrypting them takes time
	result, err := e.stack.Up(ctx, options...)
	return changes(result.Summary), e.explain("up", e.options.Engine, err)
}

// Outputs are the stack's.
func (e *Engine) Outputs(ctx context.Context) (auto.OutputMap, error) {
	return e.stack.Outputs(wantOutputs(ctx))
}

// Refresh compares the state with Azure and returns what differs.
func (e *Engine) Refresh(ctx context.Context) (map[string]int, error) {
	result, err := e.stack.Refresh(ctx, optrefresh.ProgressStreams(e.progress()...), optrefresh.SuppressOutputs(),
		optrefresh.ShowSecrets(false))
	return changes(result.Summary), e.explain("refresh", e.options.Engine, err)
}

// Destroy deletes everything. Protection comes off first, as an operator would take it off.
func (e *Engine) Destroy(ctx context.Context) (map[string]int, error) {
	if err := e.pulumi(ctx, "state", "unprotect", "--all", "--yes"); err != nil {
		return nil, err
	}
	result, err := e.stack.Destroy(ctx, optdestroy.ProgressStreams(e.progress()...), optdestroy.SuppressOutputs(),
		optdestroy.ShowSecrets(false))
	return changes(result.Summary), e.explain("destroy", e.options.Engine, err)
}

// Close stops the plugins and the stand-in, and removes every file.
func (e *Engine) Close() error {
	var errs []error
	for i := len(e.closers) - 1; i >= 0; i-- {
		errs = append(errs, e.closers[i]())
	}
	e.closers = nil
	return errors.Join(errs...)
}

// Command is a command in the project's folder, with the environment that the CLI runs in.
func (e *Engine) Command(ctx context.Context, name string, arguments ...string) *exec.Cmd {
	workspace := e.stack.Workspace()
	command := exec.CommandContext(ctx, name, arguments...)
	command.Dir, command.Env = workspace.WorkDir(), os.Environ()
	for key, value := range workspace.GetEnvVars() {
		command.Env = append(command.Env, key+"="+value)
	}
	return command
}

// pulumi runs the CLI itself, for what the Automation API does not offer.
func (e *Engine) pulumi(ctx context.Context, args ...string) error {
	workspace := e.stack.Workspace()
	var env []string
	for name, value := range workspace.GetEnvVars() {
		env = append(env, name+"="+value)
	}
	args = append(args, "--stack", e.stack.Name())
	_, stderr, _, err := workspace.PulumiCommand().Run(ctx, workspace.WorkDir(), nil, nil, nil, env, args...)
	if err != nil {
		return fmt.Errorf("pulumi %v: %w: %s", args, err, stderr)
	}
	return nil
}

func (e *Engine) progress() []io.Writer {
	if e.options.Engine == nil {
		return nil
	}
	return []io.Writer{e.options.Engine}
}

func changes(summary auto.UpdateSummary) map[string]int {
	if summary.ResourceChanges == nil {
		return nil
	}
	return *summary.ResourceChanges
}

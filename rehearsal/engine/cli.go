package engine

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
)

// cli finds the Pulumi CLI that this checkout built, or the machine's own, or builds it in the version of go.mod.
func cli(ctx context.Context, root string, log io.Writer) (auto.PulumiCommand, error) {
	tools := filepath.Join(root, ".tools")
	if _, err := os.Stat(filepath.Join(tools, "bin", "pulumi")); err != nil {
		if command, err := auto.NewPulumiCommand(nil); err == nil {
			return command, nil
		}
		if err := buildCLI(ctx, root, log); err != nil {
			return nil, err
		}
	}
	command, err := auto.NewPulumiCommand(&auto.PulumiCommandOptions{Root: tools})
	if err != nil {
		return nil, fmt.Errorf("starting the Pulumi CLI in %s: %w", tools, err)
	}
	return command, nil
}

// withoutOutputs is the CLI, which is not asked for the stack's outputs unless somebody wants them. The Automation API
// asks after each up, twice, and each answer takes a process half a second: to start, and to derive the passphrase's
// key.
type withoutOutputs struct{ auto.PulumiCommand }

type outputsWanted struct{}

// wantOutputs has the CLI asked.
func wantOutputs(ctx context.Context) context.Context {
	return context.WithValue(ctx, outputsWanted{}, true)
}

func (c withoutOutputs) Run(
	ctx context.Context, dir string, in io.Reader, out, err []io.Writer, env []string, args ...string,
) (stdout, stderr string, code int, failed error) {
	if ctx.Value(outputsWanted{}) == nil && slices.Equal(args[:min(2, len(args))], []string{"stack", "output"}) {
		return "{}", "", 0, nil
	}
	return c.PulumiCommand.Run(ctx, dir, in, out, err, env, args...)
}

func buildCLI(ctx context.Context, root string, log io.Writer) error {
	fmt.Fprintln(log, "This machine has no Pulumi CLI. Building it into .tools/bin, once. This takes minutes "+
		"on two cores.")
	build := exec.CommandContext(ctx, filepath.Join(root, "tools", "compile.sh"))
	build.Stdout, build.Stderr = log, log
	defer ticking(log, "still building the Pulumi CLI")()
	if err := build.Run(); err != nil {
		return fmt.Errorf("building the Pulumi CLI: %w", err)
	}
	return nil
}

// ticking says twice a minute that work goes on, until the returned function is called.
func ticking(log io.Writer, what string) (stop func()) {
	done := make(chan struct{})
	start := time.Now()
	go func() {
		ticker := time.NewTicker(30 * time.Second)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				fmt.Fprintf(log, "  … %s (%s)\n", what, time.Since(start).Round(time.Second))
			}
		}
	}()
	return func() { close(done) }
}

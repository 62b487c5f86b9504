package engine

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
)

const (
	cliPackage = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
	cliModule  = "github.com/pulumi/pulumi/pkg/v3"
	// cliVersion is the variable that a release sets; the Automation API cannot work with a CLI that has none.
	cliVersion = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
)

// cli finds the Pulumi CLI that this checkout built, or the machine's own, or builds it from the version in go.mod.
func cli(ctx context.Context, root string, log io.Writer) (auto.PulumiCommand, error) {
	own := filepath.Join(root, ".tools", "pulumi")
	if _, err := os.Stat(filepath.Join(own, "bin", "pulumi")); err != nil {
		if command, err := auto.NewPulumiCommand(nil); err == nil {
			return command, nil
		}
		if err := buildCLI(ctx, root, filepath.Join(own, "bin", "pulumi"), log); err != nil {
			return nil, err
		}
	}
	command, err := auto.NewPulumiCommand(&auto.PulumiCommandOptions{Root: own})
	if err != nil {
		return nil, fmt.Errorf("starting the Pulumi CLI in %s: %w", own, err)
	}
	return command, nil
}

func buildCLI(ctx context.Context, root, binary string, log io.Writer) error {
	module := filepath.Join(root, "rehearsal")
	list := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Version}}", cliModule)
	list.Dir = module
	version, err := list.Output()
	if err != nil {
		return fmt.Errorf("finding the Pulumi CLI's version in go.mod: %w", err)
	}
	fmt.Fprintf(log, "No Pulumi CLI on this machine: building %s %s into .tools, once; three minutes on two cores.\n",
		cliModule, strings.TrimSpace(string(version)))
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "-ldflags", "-X "+cliVersion+"="+strings.TrimSpace(string(version)), cliPackage)
	build.Dir = module
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

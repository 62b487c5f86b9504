package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/bench/figures"
)

// rehearsing times make rehearse, with the rehearsal compiled.
func rehearsing(ctx context.Context, root string, out io.Writer) (t figures.Table, err error) {
	tools, err := os.MkdirTemp("", "bench-tools-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tools)
	rehearsal := filepath.Join(tools, "rehearsal")
	if output, err := exec.CommandContext(ctx, "go", "build", "-o", rehearsal, ".").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("compiling the rehearsal: %w\n%s", err, output)
	}
	for _, stack := range []string{"dev", "prod"} {
		fmt.Fprintf(out, "Timing make rehearse STACK=%s.\n", stack)
		var took []time.Duration
		err := timed(&took, func() error {
			command := exec.CommandContext(ctx, rehearsal, "-stack", stack)
			command.Dir = root
			if output, err := command.CombinedOutput(); err != nil {
				return fmt.Errorf("make rehearse STACK=%s: %w\n%s", stack, err, output)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		t = append(t, row("make rehearse STACK="+stack+", compiled", seconds(took[0]), ""))
	}
	return t, nil
}

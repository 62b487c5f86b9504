package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/bench/figures"
)

// compiling times go build of the program, with and without a build cache.
func compiling(ctx context.Context, root string, out io.Writer) (figures.Table, error) {
	fmt.Fprintln(out, "Compiling the program with a cold cache. This takes minutes.")
	cold, err := compile(ctx, root)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(cold.cache)
	warm, err := compileAgain(ctx, root, cold.cache)
	if err != nil {
		return nil, err
	}
	return figures.Table{
		row("compile, cold cache", seconds(cold.took), ratio(cold.took, warm.took)+" × warm"),
		row("compile, warm cache", seconds(warm.took), "1"),
		row("peak memory of the cold compile", fmt.Sprintf("%.1f GB", float64(cold.peak)/1e9), ""),
	}, nil
}

// compilation is one go build of the program.
type compilation struct {
	cache string
	took  time.Duration
	peak  int64 // bytes, of the largest process
}

// compile builds the program with an empty build cache.
func compile(ctx context.Context, root string) (compilation, error) {
	cache, err := os.MkdirTemp("", "bench-cache-")
	if err != nil {
		return compilation{}, err
	}
	return compileAgain(ctx, root, cache)
}

// compileAgain builds the program with whatever a build cache holds.
func compileAgain(ctx context.Context, root, cache string) (compilation, error) {
	build := exec.CommandContext(ctx, "go", "build", "-o", os.DevNull, ".")
	build.Dir = root
	build.Env = append(os.Environ(), "GOCACHE="+cache)
	start := time.Now()
	if output, err := build.CombinedOutput(); err != nil {
		return compilation{}, fmt.Errorf("compiling the program: %w\n%s", err, output)
	}
	done := compilation{cache: cache, took: time.Since(start)}
	// What wait reports covers the compilers that go build started, in kilobytes.
	if usage, ok := build.ProcessState.SysUsage().(*syscall.Rusage); ok {
		done.peak = usage.Maxrss * 1024
	}
	return done, nil
}

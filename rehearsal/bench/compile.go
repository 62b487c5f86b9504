package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// compilation is one go build of the program.
type compilation struct {
	cache   string
	seconds time.Duration
	peak    int64 // bytes, of the largest process
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
	done := compilation{cache: cache, seconds: time.Since(start)}
	// What wait reports covers the compilers that go build started, in kilobytes.
	if usage, ok := build.ProcessState.SysUsage().(*syscall.Rusage); ok {
		done.peak = usage.Maxrss * 1024
	}
	return done, nil
}

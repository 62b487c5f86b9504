package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/bench/figures"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/engine"
)

// rounds is how often each of the engine's operations is timed; the median counts.
const rounds = 3

// life times what the engine does with a stack.
func life(ctx context.Context, root string, out io.Writer) (figures.Table, error) {
	fmt.Fprintf(out, "Timing the engine on Pulumi.prod.yaml. Azure answers at once. The figures are medians of "+
		"%d rounds.\n", rounds)
	var times engineTimes
	for round := range rounds {
		fmt.Fprintf(out, "  round %d of %d\n", round+1, rounds)
		if err := times.add(ctx, root, out); err != nil {
			return nil, err
		}
	}
	preview, up, again, destroy := median(times.preview), median(times.up), median(times.again), median(times.destroy)
	return figures.Table{
		row("preview of the empty stack, warm", seconds(preview), ratio(preview, up)+" of the first up"),
		row("first up", seconds(up), "1"),
		row("second up, no change", seconds(again), ratio(again, up)+" of the first up"),
		row("destroy", seconds(destroy), ratio(destroy, up)+" of the first up"),
	}, nil
}

type engineTimes struct {
	preview, up, again, destroy []time.Duration
}

// add times one life of a stack.
func (t *engineTimes) add(ctx context.Context, root string, out io.Writer) error {
	e, err := engine.Start(ctx, engine.Options{Root: root, File: stackFile(root), Log: out, Instant: true})
	if err != nil {
		return err
	}
	err = errors.Join(
		timed(&t.preview, func() error { _, err := e.Preview(ctx); return err }),
		timed(&t.up, func() error { _, err := e.Up(ctx); return err }),
		timed(&t.again, func() error { _, err := e.Up(ctx); return err }),
		timed(&t.destroy, func() error { _, err := e.Destroy(ctx); return err }),
	)
	return errors.Join(err, e.Close())
}

func timed(into *[]time.Duration, do func() error) error {
	start := time.Now()
	err := do()
	*into = append(*into, time.Since(start))
	return err
}

func median(d []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(d))
	return sorted[len(sorted)/2]
}

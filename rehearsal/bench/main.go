// Command bench prints the figures of the README's performance table. Times depend on the machine; the ratios, each taken within
// one run, are what to compare.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"defender-iot-proxy/rehearsal/engine"
)

// bound ends a run that hangs.
const bound = 30 * time.Minute

// rounds is how often each of the engine's operations is timed; the median counts.
const rounds = 3

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	root, err := filepath.Abs("..")
	if err == nil {
		err = run(ctx, root, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root string, out io.Writer) error {
	fmt.Fprintf(out, "Timing the engine on Pulumi.prod.yaml, with an Azure that answers at once; median of %d.\n", rounds)
	var times engineTimes
	for round := range rounds {
		fmt.Fprintf(out, "  round %d of %d\n", round+1, rounds)
		if err := times.add(ctx, root); err != nil {
			return err
		}
	}
	fmt.Fprintln(out, "Compiling the program with a cold cache; minutes.")
	cold, err := compile(ctx, root)
	if err != nil {
		return err
	}
	warm, err := compileAgain(ctx, root, cold.cache)
	if err != nil {
		return err
	}
	defer os.RemoveAll(cold.cache)

	preview, up, again, destroy := median(times.preview), median(times.up), median(times.again), median(times.destroy)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(what string, d time.Duration, ratio string) {
		fmt.Fprintf(table, "| %s\t| %.2f s\t| %s\t|\n", what, d.Seconds(), ratio)
	}
	fmt.Fprintln(table, "| figure\t| this machine\t| ratio\t|")
	fmt.Fprintln(table, "|---\t|---\t|---\t|")
	row("preview of the empty stack, warm", preview, ratio(preview, up)+" of the first up")
	row("first up", up, "1")
	row("second up, no change", again, ratio(again, up)+" of the first up")
	row("destroy", destroy, ratio(destroy, up)+" of the first up")
	row("compile, cold cache", cold.seconds, ratio(cold.seconds, warm.seconds)+" × warm")
	row("compile, warm cache", warm.seconds, "1")
	fmt.Fprintf(table, "| peak memory of the cold compile\t| %.1f GB\t| \t|\n", float64(cold.peak)/1e9)
	return table.Flush()
}

type engineTimes struct {
	preview, up, again, destroy []time.Duration
}

// add times one life of a stack.
func (t *engineTimes) add(ctx context.Context, root string) error {
	e, err := engine.Start(ctx, engine.Options{Root: root, File: filepath.Join(root, "Pulumi.prod.yaml"), Log: os.Stdout, Instant: true})
	if err != nil {
		return err
	}
	err = errors.Join(
		timed(&t.preview, func() error { _, err := e.Preview(ctx); return err }),
		timed(&t.up, func() error { _, _, err := e.Up(ctx); return err }),
		timed(&t.again, func() error { _, _, err := e.Up(ctx); return err }),
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

func ratio(a, b time.Duration) string {
	return fmt.Sprintf("%.2f", a.Seconds()/b.Seconds())
}

// Command bench measures the figures of the README's performance table, prints them, and writes them into
// docs/performance.json and the README. Times depend on the machine; the ratios, each taken within one run, are what to
// compare.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/bench/figures"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab"
)

// bound ends a run that hangs.
const bound = 30 * time.Minute

func main() {
	lab.Main()
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
	if missing := lab.Missing(); len(missing) > 0 {
		return errors.New("this machine cannot run the lab: " + strings.Join(missing, "; "))
	}
	var t figures.Table
	for _, part := range []func(context.Context, string, io.Writer) (figures.Table, error){
		life, previewing, rehearsing, compiling, load,
	} {
		rows, err := part(ctx, root, out)
		if err != nil {
			return err
		}
		t = append(t, rows...)
	}
	fmt.Fprint(out, t)
	return keep(t, root)
}

// keep writes the figures where the checkout has them.
func keep(t figures.Table, root string) error {
	if err := t.Write(filepath.Join(root, "docs", "performance.json")); err != nil {
		return err
	}
	file := filepath.Join(root, "README.md")
	readme, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	text, err := t.In(string(readme))
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return os.WriteFile(file, []byte(text), 0o644)
}

// stackFile is the site that is timed and loaded.
func stackFile(root string) string { return filepath.Join(root, "Pulumi.prod.yaml") }

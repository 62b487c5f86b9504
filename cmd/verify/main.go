// Command verify compares what Azure runs with what a stack has promised, by Azure's own clients, and changes nothing.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/verify"
)

//go:embed usage.txt
var usage string

// Exit codes.
const (
	holds      = 0
	doesNot    = 1
	notChecked = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the command without its process.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	o, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		return holds
	}
	var report verify.Report
	var name string
	if err == nil {
		name, report, err = check(ctx, o, stdin)
	}
	if err == nil {
		err = write(stdout, o, name, report)
	}
	switch {
	case err != nil:
		fmt.Fprintln(stderr, "verify:", err)
		return notChecked
	case len(report.Findings) > 0:
		return doesNot
	case len(report.Unread) > 0:
		return notChecked
	}
	return holds
}

// check reads the stack, then Azure, and compares them.
func check(ctx context.Context, o options, stdin io.Reader) (name string, report verify.Report, err error) {
	s, err := readSite(o)
	if err != nil {
		return "", report, err
	}
	outputs, err := readOutputs(ctx, o, stdin)
	if err != nil {
		return "", report, err
	}
	clients, err := connect(o)
	if err != nil {
		return "", report, err
	}
	now := time.Now()
	azure, err := read(ctx, clients, s, outputs, now)
	if err != nil {
		return "", report, err
	}
	return s.Name, verify.Compare(s, outputs, azure, now), nil
}

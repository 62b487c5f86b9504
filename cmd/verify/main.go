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
	var found checked
	if err == nil {
		found, err = check(ctx, o, stdin)
	}
	if err == nil {
		err = write(stdout, o, found.site, found.report)
	}
	if err == nil && o.record != "" {
		fmt.Fprintf(stderr, "verify: %d answers of Azure are in %s. Read them before you give them to anybody.\n",
			found.recorded, o.record)
	}
	switch {
	case err != nil:
		fmt.Fprintln(stderr, "verify:", err)
		return notChecked
	case len(found.report.Findings) > 0:
		return doesNot
	case len(found.report.Unread) > 0:
		return notChecked
	}
	return holds
}

// checked is how the comparison of a site ended.
type checked struct {
	site     string
	report   verify.Report
	recorded int // answers
}

// check reads the stack, then Azure, and compares them.
func check(ctx context.Context, o options, stdin io.Reader) (checked, error) {
	s, err := readStack(o)
	if err != nil {
		return checked{}, err
	}
	outputs, err := readOutputs(ctx, o, stdin)
	if err != nil {
		return checked{}, err
	}
	clients, err := connect(o)
	if err != nil {
		return checked{}, err
	}
	now := time.Now()
	azure, err := read(ctx, clients, s.site, outputs, now)
	if err != nil {
		return checked{}, err
	}
	found := checked{site: s.site.Name}
	if o.record != "" {
		var unread []verify.Unread
		found.recorded, unread, err = recordAnswers(ctx, clients, s, o)
		azure.Unread = append(azure.Unread, unread...)
	}
	found.report = verify.Compare(s.site, outputs, azure, now)
	return found, err
}

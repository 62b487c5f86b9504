// Command sites previews many stacks with one command: every site of a fleet, side by side.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
)

const usage = `Usage:
  sites preview [flags] [STACK...]

Runs "pulumi preview" of each STACK, side by side; without any, of every Pulumi.STACK.yaml here. The program is compiled
once, before. Prints a line for each stack when its preview has ended, and what a preview that failed has said.

  --parallel N     previews at a time (default: one for each CPU)
  --refresh        compares with Azure as it is, but for a stack whose last up has left a resource unfinished: a refresh
                   would forget that, and the next up would not finish it
  --create         makes stacks that are not there yet: a new stack file is a new site
  --org NAME       the organization in Pulumi Cloud
  --out FOLDER     writes what each preview says to FOLDER/STACK.txt
  --markdown FILE  writes all of it to FILE, to be shown on a pull request

Exit code: 0 every preview succeeded, whatever it would change; 1 one failed; 2 nothing was previewed.
`

// Exit codes.
const (
	succeeded = 0
	oneFailed = 1
	notRun    = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the command without its process.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	options, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		return succeeded
	}
	if err == nil {
		err = prepare(ctx, &options, stderr)
	}
	if err != nil {
		fmt.Fprintln(stderr, "sites:", err)
		return notRun
	}
	previews := previewAll(ctx, options, stdout)
	if err := errors.Join(writeTexts(options.out, previews), writeMarkdown(options.markdown, previews)); err != nil {
		fmt.Fprintln(stderr, "sites:", err)
		return oneFailed
	}
	if failed(previews) > 0 {
		return oneFailed
	}
	return succeeded
}

// options is what a command line asks for.
type options struct {
	stacks          []string
	parallel        int
	refresh, create bool
	org             string
	out, markdown   string
}

func parse(args []string) (options, error) {
	var o options
	if len(args) == 0 {
		return o, errors.New(`a command is missing; allowed is preview. See sites --help`)
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		return o, flag.ErrHelp
	case "preview":
	default:
		return o, fmt.Errorf("command %q is not known; allowed is preview. See sites --help", args[0])
	}
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.IntVar(&o.parallel, "parallel", runtime.NumCPU(), "")
	flags.BoolVar(&o.refresh, "refresh", false, "")
	flags.BoolVar(&o.create, "create", false, "")
	flags.StringVar(&o.org, "org", "", "")
	flags.StringVar(&o.out, "out", "", "")
	flags.StringVar(&o.markdown, "markdown", "", "")
	if err := flags.Parse(args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return o, err
		}
		return o, fmt.Errorf("%w. See sites --help", err)
	}
	if o.parallel < 1 {
		return o, fmt.Errorf("--parallel %d is not a number of previews; allowed is 1 and more", o.parallel)
	}
	o.stacks = flags.Args()
	return o, nil
}

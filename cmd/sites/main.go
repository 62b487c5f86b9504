// Command sites looks at many stacks with one command: it previews every site of a fleet, side by side, and checks what
// their stack files have in common.
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
  sites check [--json] [FILE...]

sites preview
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

sites check
Compares the sites of each stack FILE; without any, of every Pulumi.STACK.yaml here. It asks neither Azure nor the
Pulumi CLI, and needs no passphrase: of a secret it reads only that there is one. It finds address spaces, names,
sensors and existing resources that two sites cannot both have, and totals that come near Azure's limits.

  --json           writes JSON: "sites", "errors" and "warnings" are counts. "findings" is a list of "severity" (error,
                   warning or information), "kind", "places" (each with "file", "key" and "value"), "problem", "allowed"
                   and "do". "totals" is a list of counts, by "subscription" and "region"

sites.yaml, beside Pulumi.yaml, is optional. Its keys: "defaults" has configuration as a stack file has it, and each
stack that differs is named; "subscriptions" has the names of stacks by the ID of their subscription, for stack files
that do not say it; "limits" has the quotas that you have, in place of Azure's defaults.

Exit code: 0 no error, whatever the warnings; 1 errors; 2 nothing was checked.
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
	if len(args) > 0 && args[0] == "check" {
		return check(args[1:], stdout, stderr)
	}
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
		return o, errors.New(`a command is missing; allowed is preview or check. See sites --help`)
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		return o, flag.ErrHelp
	case "preview":
	default:
		return o, fmt.Errorf("command %q is not known; allowed is preview or check. See sites --help", args[0])
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

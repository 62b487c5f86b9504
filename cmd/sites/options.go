package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime"
)

// options is what a command line asks for.
type options struct {
	stacks                 []string
	parallel               int
	refresh, create, drift bool
	dryRun                 bool
	gate                   string
	org, since             string
	out, markdown          string
	json, html             string
}

// parse reads the command line of preview, up or status.
func parse(command string, args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.IntVar(&o.parallel, "parallel", runtime.NumCPU(), "")
	flags.StringVar(&o.org, "org", "", "")
	flags.StringVar(&o.json, "json", "", "")
	if command != "status" {
		flags.BoolVar(&o.refresh, "refresh", false, "")
		flags.BoolVar(&o.create, "create", false, "")
		flags.StringVar(&o.since, "since", "", "")
	}
	switch command {
	case "preview":
		flags.StringVar(&o.out, "out", "", "")
		flags.StringVar(&o.markdown, "markdown", "", "")
	case "up":
		flags.BoolVar(&o.dryRun, "dry-run", false, "")
		flags.StringVar(&o.gate, "gate", "", "")
	case "status":
		flags.BoolVar(&o.drift, "drift", false, "")
		flags.StringVar(&o.html, "html", "", "")
	}
	if err := parseFlags(flags, args); err != nil {
		return o, err
	}
	if o.parallel < 1 {
		return o, fmt.Errorf("--parallel %d is not a number of stacks; allowed is 1 and more", o.parallel)
	}
	o.stacks = flags.Args()
	return o, nil
}

// parseFlags leads whoever mistypes a flag to the help.
func parseFlags(flags *flag.FlagSet, args []string) error {
	err := flags.Parse(args)
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return err
	}
	return fmt.Errorf("%w. See sites --help", err)
}

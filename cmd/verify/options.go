package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
)

// options is what a command line asks for.
type options struct {
	stack, org             string
	outputs, config, state string
	cloud                  string
	json                   bool
	record                 string
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.org, "org", "", "")
	flags.StringVar(&o.outputs, "outputs", "", "")
	flags.StringVar(&o.config, "config", "", "")
	flags.StringVar(&o.state, "state", "", "")
	flags.StringVar(&o.record, "record", "", "")
	flags.StringVar(&o.cloud, "cloud", "public", "")
	flags.BoolVar(&o.json, "json", false, "")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return o, err
	} else if err != nil {
		return o, fmt.Errorf("%w. See verify --help", err)
	}
	switch {
	case flags.NArg() > 1:
		return o, fmt.Errorf("%d stacks are named, and it takes one. See verify --help", flags.NArg())
	case flags.NArg() == 0 && (o.outputs == "" || o.config == ""):
		return o, errors.New("name a stack, or give both --outputs and --config. See verify --help")
	case flags.NArg() == 0 && o.record != "" && o.state == "":
		return o, errors.New("--record without a stack's name needs --state. See verify --help")
	}
	o.stack = flags.Arg(0)
	if o.config == "" {
		o.config = "Pulumi." + o.stack + ".yaml"
	}
	return o, nil
}

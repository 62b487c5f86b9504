package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"time"
)

const (
	// allowance ends the whole check, whatever its legs take: a technician was promised an answer within 15 seconds.
	allowance      = 14 * time.Second
	defaultTimeout = 10 * time.Second
)

// options is the command line as it was typed.
type options struct {
	proxy, user, passwordFile, outputs, details, ca, dns string
	endpoints                                            []string
	direct, json                                         bool
	timeout                                              time.Duration
}

func parse(args []string) (options, error) {
	o := options{timeout: defaultTimeout}
	flags := flag.NewFlagSet("sensorcheck", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // run prints the error, once
	flags.StringVar(&o.proxy, "proxy", "", "")
	flags.BoolVar(&o.direct, "direct", false, "")
	flags.StringVar(&o.outputs, "outputs", "", "")
	flags.Func("endpoint", "", func(host string) error {
		o.endpoints = append(o.endpoints, host)
		return nil
	})
	flags.StringVar(&o.details, "details", "", "")
	flags.StringVar(&o.user, "user", "", "")
	flags.StringVar(&o.passwordFile, "password-file", "", "")
	flags.StringVar(&o.ca, "ca", "", "")
	flags.StringVar(&o.dns, "dns", "", "")
	flags.Func("timeout", "", o.setTimeout)
	flags.BoolVar(&o.json, "json", false, "")
	// Known only to be refused below: an error from here would repeat the value.
	passwordTyped := false
	flags.Func("password", "", func(string) error { passwordTyped = true; return nil })

	if err := flags.Parse(args); err != nil {
		return o, err
	}
	switch {
	case passwordTyped:
		return o, errors.New("-password does not exist, because every user of this machine can read arguments: put " +
			"the password in a file for -password-file, in SENSORCHECK_PASSWORD, or wait to be asked; and change the " +
			"one just typed, it may be in the shell's history")
	case flags.NArg() > 0:
		return o, errors.New("an argument without a flag before it; allowed are flags only, so write -proxy " +
			"HOST:PORT, -endpoint HOST or -outputs FILE")
	}
	return o, o.contradiction()
}

func (o *options) setTimeout(value string) error {
	timeout, err := time.ParseDuration(value)
	if err != nil || timeout <= 0 || timeout > allowance {
		return fmt.Errorf("allowed is a duration above 0s, up to %v, because the whole check ends within 15 seconds; "+
			"write one such as 5s", allowance)
	}
	o.timeout = timeout
	return nil
}

// contradiction tells which flags do not go together.
func (o options) contradiction() error {
	switch {
	case o.proxy == "" && !o.direct && o.outputs == "":
		return errors.New("how does this site connect? Give -proxy HOST:PORT, -direct, or -outputs FILE with the " +
			"stack's outputs")
	case o.proxy != "" && o.direct:
		return errors.New("-proxy and -direct exclude each other: give the one that the site uses")
	case o.direct && (o.user != "" || o.passwordFile != ""):
		return errors.New("-user and -password-file are for a proxy, and -direct uses none: leave them out")
	}
	return nil
}

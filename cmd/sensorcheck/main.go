// Command sensorcheck tells, from where a sensor stands, which leg of its way to Defender for IoT fails, and what to
// do. It sends no sensor data: it resolves, connects, asks the proxy for a tunnel, checks the certificate and hangs up.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

// Exit codes, a contract with scripts.
const (
	exitReachable   = 0
	exitUnreachable = 1 // or not tested
	exitUsage       = 2
)

//go:embed usage.txt
var usage string

const basicWarning = `note: a proxy that asks for the password gets it as HTTP basic authentication, which anyone on ` +
	`the wire between here and the proxy can read.`

// console is what the process was given: its streams and its environment.
type console struct {
	in       *os.File
	out, err io.Writer
	getenv   func(string) string
}

func main() {
	os.Exit(run(os.Args[1:], console{in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.Getenv}))
}

func run(args []string, c console) int {
	o, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(c.out, usage)
		return exitReachable
	}
	var p plan
	if err == nil {
		p, err = newPlan(o, c)
	}
	if err != nil {
		fmt.Fprintf(c.err, "sensorcheck: %v\nsensorcheck -help shows every flag.\n", err)
		return exitUsage
	}

	fmt.Fprintln(c.err, "checking, for 15 seconds at most")
	if p.proxy != nil && p.proxy.user != "" {
		fmt.Fprintln(c.err, basicWarning)
	}
	show := printText
	if o.json {
		show = printJSON
	}
	r := p.check(context.Background())
	if err := show(c.out, r); err != nil {
		fmt.Fprintf(c.err, "sensorcheck: writing the result: %v\n", err)
		return exitUnreachable
	}
	if !r.OK {
		return exitUnreachable
	}
	return exitReachable
}

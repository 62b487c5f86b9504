// Command sites looks at many stacks with one command: it checks what their stack files have in common, previews every
// site of a fleet side by side, brings them up in waves, and tells how they are.
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
)

//go:embed usage.txt
var usage string

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
	code, err := dispatch(ctx, args, stdout, stderr)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		return succeeded
	}
	if err != nil {
		fmt.Fprintln(stderr, "sites:", err)
	}
	return code
}

// dispatch runs the command that a command line names, and returns its exit code.
func dispatch(ctx context.Context, args []string, stdout, stderr io.Writer) (int, error) {
	const allowed = "allowed is check, preview, up or status. See sites --help"
	if len(args) == 0 {
		return notRun, errors.New("a command is missing; " + allowed)
	}
	name, args := args[0], args[1:]
	switch name {
	case "help", "-h", "-help", "--help":
		return succeeded, flag.ErrHelp
	case "check":
		return check(args, stdout)
	case "preview":
		return preview(ctx, args, stdout, stderr)
	case "up":
		return up(ctx, args, stdout, stderr)
	case "status":
		return tellStatus(ctx, args, stdout, stderr)
	}
	return notRun, fmt.Errorf("command %q is not known; %s", name, allowed)
}

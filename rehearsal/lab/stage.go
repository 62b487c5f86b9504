package lab

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// The program plays six parts, told apart by stageVariable: whoever opens a region, the region, an instance, a host
// on site, and under load an endpoint and a relay.
const (
	stageVariable = "DEFENDER_IOT_PROXY_DATAPLANE"
	stageRegion   = "region"
	stageInstance = "instance"
	stageHost     = "host"
	stageEndpoint = "endpoint"
	stageRelay    = "relay"
)

// mainCalled guards against a program that would run itself anew for ever.
var mainCalled bool

// Main must be the first call of a program that uses Run, or of its TestMain: in each other part it does that part's
// work and does not return.
func Main() {
	mainCalled = true
	part := os.Getenv(stageVariable)
	if part == "" {
		return
	}
	err := fmt.Errorf("%s=%q is no part of the data plane", stageVariable, part)
	switch part {
	case stageRegion:
		err = regionMain()
	case stageInstance:
		err = instanceMain()
	case stageHost:
		err = hostMain()
	case stageEndpoint:
		err = endpointMain()
	case stageRelay:
		err = relayMain()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// pipes lead to a part and back. Closed, they tell it that nobody has anything to say any more.
type pipes struct {
	io.Reader
	io.WriteCloser
}

// piped prepares this program to run as another part that is spoken with.
func piped(ctx context.Context, part string) (*exec.Cmd, pipes, error) {
	cmd, err := stage(ctx, part)
	if err != nil {
		return nil, pipes{}, err
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, pipes{}, err
	}
	out, err := cmd.StdoutPipe()
	return cmd, pipes{out, in}, err
}

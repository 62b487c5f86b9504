package program

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/common/constant"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Run deploys the site for the engine that started this process, and ends the process if that fails. Pulumi's own Run
// calls every error an unhandled one, a refusal too, and lists what it is wrapped in.
func Run() {
	var info pulumi.RunInfo
	var refusal error
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		refusal = Site(ctx)
		return refusal
	}, func(given *pulumi.RunInfo) { info = *given })
	if err == nil {
		return
	}
	if refusal != nil {
		err = refusal
	}
	if logErr := log(info, err); logErr != nil {
		fmt.Fprintln(os.Stderr, errors.Join(err, logErr))
		os.Exit(1)
	}
	os.Exit(constant.ExitStatusLoggedError)
}

// log has the engine show an error. RunErr has closed the connection that it had.
func log(info pulumi.RunInfo, err error) error {
	if info.EngineAddr == "" {
		return errors.New("the Pulumi CLI runs this program: pulumi preview")
	}
	ctx, connectErr := pulumi.NewContext(context.Background(), info)
	if connectErr != nil {
		return connectErr
	}
	message := shells.ReplaceAllString(err.Error(), "")
	return errors.Join(ctx.Log.Error(wrap("error", message), nil), ctx.Close())
}

// shells are what Pulumi puts before an error that ends a program while it waits for its resources' inputs.
var shells = regexp.MustCompile(`^(waiting for RPCs: |marshaling \w+: |awaiting input property "[^"]*": )+`)

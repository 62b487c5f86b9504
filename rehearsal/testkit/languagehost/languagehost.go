// Package languagehost stands in for pulumi-language-go, which cannot be built from a module: the real CLI starts it,
// and it starts the compiled program, as the real one does, with every runtime option of Pulumi.yaml. The real one:
// https://github.com/pulumi/pulumi/blob/v3.250.0/sdk/go/pulumi-language-go/main.go
package languagehost

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// Build compiles the host of a language, go or yaml, into a folder, for a CLI that has the folder on its PATH. Root is
// the checkout.
func Build(ctx context.Context, root, folder, language string) error {
	command := "./testkit/languagehost/pulumi-language-" + language
	build := exec.CommandContext(ctx, "go", "build", "-o", folder+string(filepath.Separator), command)
	build.Dir = filepath.Join(root, "rehearsal")
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("compiling the language host: %w: %s", err, output)
	}
	return nil
}

// alive is how often the engine is looked for: the real host takes minutes, and a killed test must leave nothing
// behind.
const alive = 5 * time.Second

// Serve answers the engine that listens at the address, until it ends this process or is gone. It reads the port to ask
// at from out.
func Serve(out io.Writer, engine string) error {
	return ServeHost(out, engine, &host{Base{Engine: engine}})
}

// ServeHost does so with another host.
func ServeHost(out io.Writer, engine string, host pulumirpc.LanguageRuntimeServer) error {
	gone := make(chan bool)
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{Cancel: gone, Init: func(server *grpc.Server) error {
		pulumirpc.RegisterLanguageRuntimeServer(server, host)
		return nil
	}})
	if err != nil {
		return err
	}
	if err := rpcutil.Healthcheck(context.Background(), engine, alive, sync.OnceFunc(func() {
		close(gone)
	})); err != nil {
		return err
	}
	fmt.Fprintln(out, handle.Port)
	return <-handle.Done
}

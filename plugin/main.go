// Command plugin is the component provider: it offers package components to every Pulumi language. The Pulumi CLI
// starts it.
package main

import (
	"context"
	"fmt"
	"os"
)

const name = "defender-iot-proxy"

// version is set by the linker in a release.
var version = "0.0.0-dev"

func main() {
	provider, err := newProvider()
	if err == nil {
		err = provider.Run(context.Background(), name, version)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, name+":", err)
		os.Exit(1)
	}
}

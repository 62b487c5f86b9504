// Command pulumi-language-yaml runs YAML programs under the name by which the Pulumi CLI looks for their host.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/languagehost"
)

func main() {
	flag.String("tracing", "", "not used")
	flag.Parse()
	if err := languagehost.ServeHost(os.Stdout, flag.Arg(0),
		&host{languagehost.Base{Engine: flag.Arg(0)}}); err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-language-yaml:", err)
		os.Exit(1)
	}
}

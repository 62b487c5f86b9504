// Command pulumi-language-go runs package languagehost under the name by which the Pulumi CLI looks for it.
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
	if err := languagehost.Serve(os.Stdout, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-language-go:", err)
		os.Exit(1)
	}
}

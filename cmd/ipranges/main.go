// Command ipranges tells what Azure's weekly IP-range files mean for a site's firewall.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/endpoints"
)

const usage = `Usage:
  ipranges diff OLD NEW --region REGION [--format text|csv|json]
  ipranges list FILE --region REGION [--format text|csv|json]

OLD, NEW and FILE are Azure's weekly IP-range files (ServiceTags_Public_<date>.json) from
` + endpoints.RangesDownload + `

diff prints what a site's firewall must add and remove per service (AzureIoTHub, Storage, EventHub), and nothing else.
list prints everything it must hold. Prefixes are the fewest that hold exactly Azure's addresses, IPv4 and IPv6.
Addresses are compared, not lines, so two /24 in place of their /23 are no change. Where a removed prefix is part of a
wider entry of your firewall, put what list prints in the place of that entry.

  --region REGION   the region of Defender for IoT's services for your tenant, such as westeurope or "East US"
  --format text     for people (default)
  --format csv      diff: service,tag,action,prefix with action add or remove; list: service,tag,prefix.
                    Notes are left out.
  --format json     diff: {"region", "oldChangeNumber", "newChangeNumber", "changed", "advice", "services": [{"service",
                    "oldTag", "newTag", "oldChangeNumber", "newChangeNumber", "add": [], "remove": [], "note"}]}
                    list: {"region", "changeNumber", "services": [{"service", "tag", "changeNumber", "prefixes": [],
                    "note"}]}
                    In both, every service is there, even one without changes; a note may be empty.

Exit code, as of diff(1): 0 no difference, or the list was printed; 1 differences; 2 an error, and nothing on standard
output. "go run" turns 2 into 1: where a script must tell them apart, let it run the command that
"go build ./cmd/ipranges" makes.
`

// Exit codes.
const (
	same      = 0
	different = 1
	failed    = 2
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is the command without its process.
func run(args []string, stdout, stderr io.Writer) int {
	code, err := command(args, stdout)
	if err != nil {
		fmt.Fprintf(stderr, "ipranges: %v\n", err)
		return failed
	}
	return code
}

func command(args []string, stdout io.Writer) (int, error) {
	name := ""
	if len(args) > 0 {
		name = args[0]
	}
	switch name {
	case "diff":
		return diff(args[1:], stdout)
	case "list":
		return list(args[1:], stdout)
	case "help", "-h", "-help", "--help":
		_, err := io.WriteString(stdout, usage)
		return same, err
	}
	return failed, fmt.Errorf("command %q is not known; allowed is diff or list. See ipranges --help", name)
}

// request is what a command line asks for.
type request struct {
	files  []string
	region string
	format string
}

// formats are the ways of printing.
const (
	textFormat = "text"
	csvFormat  = "csv"
	jsonFormat = "json"
)

// parse reads the rest of a command line. Flags may stand before, between and behind the files.
func parse(args []string, files ...string) (request, error) {
	var r request
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&r.region, "region", "", "")
	flags.StringVar(&r.format, "format", textFormat, "")
	for rest := args; ; {
		if err := flags.Parse(rest); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return r, err
			}
			return r, fmt.Errorf("%w; allowed is --region and --format. See ipranges --help", err)
		}
		if rest = flags.Args(); len(rest) == 0 {
			break
		}
		r.files, rest = append(r.files, rest[0]), rest[1:]
	}
	switch {
	case len(r.files) != len(files):
		return r, fmt.Errorf("%d files are given; allowed is %s. See ipranges --help", len(r.files),
			strings.Join(files, " and "))
	case r.region == "":
		return r, errors.New("--region is missing; allowed is an Azure region. Add --region westeurope, or the one " +
			"of your tenant")
	case r.format != textFormat && r.format != csvFormat && r.format != jsonFormat:
		return r, fmt.Errorf("--format %q is not known; allowed is text, csv or json", r.format)
	}
	return r, nil
}

// read reads one IP-range file.
func read(path string) (endpoints.Ranges, error) {
	file, err := os.Open(path)
	if err != nil {
		return endpoints.Ranges{}, err
	}
	defer file.Close()
	ranges, err := endpoints.ReadRanges(file)
	if err != nil {
		return ranges, fmt.Errorf("%s: %w", path, err)
	}
	return ranges, nil
}

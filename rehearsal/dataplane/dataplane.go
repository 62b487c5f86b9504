// Package dataplane boots the proxies of a site and drives a sensor's traffic through them.
//
// Run starts the program anew inside network, mount and process namespaces: the region. It holds the sensors, the load
// balancer's frontend, a resolver and Defender's endpoints; each instance of the scale set is a network namespace with
// a root of its own, which the real cloud-init boots from the deployed custom data, up to the real Squid. A host on site
// is one too, in which the real install script runs. The region is process 1 of its namespace, so whatever ends it ends
// everything, and the machine keeps no trace.
package dataplane

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"
	"time"
)

// Site is what the data plane needs of the deployed topology, read by the caller from ARM state, and of the proxies on
// site, from the stack's outputs. Either may be missing: sensors may speak with Azure's proxy alone, and a chain may go
// out by itself.
type Site struct {
	CustomData  []byte         // decoded #cloud-config exactly as found in the scale set; empty: no proxy in Azure
	Frontend    netip.Addr     // the load balancer's frontend IP
	Port        uint16         // the load balancing rule's frontend port
	BackendPort uint16         // the load balancing rule's backend port
	Probe       Probe          // the load balancing rule's health probe
	Instances   []netip.Addr   // addresses of the scale set's instances
	Sensors     []netip.Prefix // allowed sources, taken from the NSG's rule; with a chain, its last proxy is one
	Network     []netip.Prefix // the virtual network's address space
	Subnets     []Subnet       // its subnets; empty: who is around the instances is not rehearsed
	NSG         []Rule         // inbound rules on the instances' subnet, with Azure's defaults; empty: no NSG is on it
	Domains     []string       // what sensors must reach besides the documented domains, in dstdomain form; optional
	Username    string         // what the proxy in Azure asks for; optional
	Password    string         // of that user; it leaves this process through a pipe only, and is in no text
	Chain       []Onsite       // proxies on site, from the sensor towards Azure; optional
}

// Probe is how the load balancer finds out which instances accept connections. It takes as many answers in a row to put
// an instance into rotation as to take it out.
type Probe struct {
	Port      uint16
	Interval  time.Duration
	Threshold int
}

// Onsite is a proxy on a host at the site, as its install script makes it.
type Onsite struct {
	Name          string
	InstallScript string
	Addr          netip.Addr   // of the host
	Host          string       // the name by which the proxy before knows it; optional
	Port          uint16       // of the proxy
	Sensors       []netip.Addr // who may use it: for the first, sensors; for each other, the proxy before
}

// Check is one attempt from the site through the proxies, or a look at one of them: an entry of the report's
// sensorChecks.
type Check struct {
	From   string `json:"from"`
	Target string `json:"target"`
	Expect string `json:"expect"`
	Got    string `json:"got"`
}

// Held tells whether the attempt ended as it must.
func (c Check) Held() bool { return c.Got == c.Expect }

// runLimit bounds a run: the boot of the instances, and the checks or the load.
const runLimit = 3 * bootLimit

// assignment is what the region is told to do.
type assignment struct {
	Site Site
	Load *Load // nil: make the checks
}

// verdict is what the region answers.
type verdict struct {
	Checks  []Check
	Figures Figures
	Error   string
}

// Run boots the site's proxies and makes every check. A check that does not hold is no error; an error means that the
// checks could not be made. Progress goes to log.
func Run(ctx context.Context, site Site, log io.Writer) ([]Check, error) {
	answer, err := ask(ctx, assignment{Site: site}, log)
	return answer.Checks, err
}

// ask has the region do something.
func ask(ctx context.Context, what assignment, log io.Writer) (verdict, error) {
	var answer verdict
	if missing := Missing(); len(missing) > 0 {
		return answer, fmt.Errorf("this machine cannot run the data plane: %s", strings.Join(missing, "; "))
	}
	ctx, cancel := context.WithTimeout(ctx, runLimit)
	defer cancel()

	input, err := json.Marshal(what)
	if err != nil {
		return answer, fmt.Errorf("describing the site: %w", err)
	}
	region, err := stage(ctx, stageRegion)
	if err != nil {
		return answer, err
	}
	var output bytes.Buffer
	region.Stdin, region.Stdout, region.Stderr = bytes.NewReader(input), &output, log
	if err := runLocked(region); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return answer, fmt.Errorf("running the data plane: %w", err)
	}
	if err := json.Unmarshal(output.Bytes(), &answer); err != nil {
		return answer, fmt.Errorf("reading the data plane's answer: %w", err)
	}
	if answer.Error != "" {
		return answer, errors.New(answer.Error)
	}
	return answer, nil
}

// regionMain is the region's side of ask.
func regionMain() error {
	var what assignment
	if err := json.NewDecoder(os.Stdin).Decode(&what); err != nil {
		return fmt.Errorf("reading the site: %w", err)
	}
	var answer verdict
	region, err := newRegion(what.Site, os.Stderr)
	switch {
	case err != nil:
	case what.Load != nil:
		answer.Figures, err = region.measure(context.Background(), *what.Load)
	default:
		answer.Checks, err = region.run(context.Background())
	}
	if err != nil {
		answer.Error = err.Error()
	}
	return json.NewEncoder(os.Stdout).Encode(answer)
}

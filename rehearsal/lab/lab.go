// Package lab boots the proxies of a site and drives a sensor's traffic through them.
//
// Open starts the program anew inside network, mount and process namespaces: the region. It holds the sensors, the load
// balancer's frontend, a resolver and Defender's endpoints; each instance of the scale set is a network namespace with
// a root of its own, which the real cloud-init boots from the deployed custom data, up to the real Squid. A host on site
// is one too, in which the real install script runs. The region is process 1 of its namespace, so whatever ends it ends
// everything, and the machine keeps no trace.
package lab

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"time"
)

// Site is what the data plane needs of the deployed topology, read by the caller from ARM state, and of the proxies on
// site, from the stack's outputs. Either may be missing: sensors may speak with Azure's proxy alone, and a chain may go
// out by itself.
type Site struct {
	CustomData  []byte         // decoded #cloud-config exactly as found in the scale set; empty: no proxy in Azure
	Gate        string         // script of the scale set's readiness gate; empty: it has none
	Bare        bool           // the image has no Squid, and the mirror that would have it is down
	Frontend    netip.Addr     // the load balancer's frontend IP
	Port        uint16         // the load balancing rule's frontend port
	BackendPort uint16         // the load balancing rule's backend port
	Probe       Probe          // the load balancing rule's health probe
	Egress      netip.Addr     // public IP address of the NAT gateway on the instances' subnet; none: nothing gets out
	Instances   []netip.Addr   // addresses of the scale set's instances
	Sensors     []netip.Prefix // allowed sources, taken from the NSG's rule; with a chain, its last proxy is one
	Network     []netip.Prefix // the virtual network's address space
	Subnets     []Subnet       // its subnets; empty: who is around the instances is not rehearsed
	NSG         []Rule         // inbound rules on the instances' subnet, with Azure's defaults; empty: no NSG is on it
	Domains     []string       // what sensors must reach besides the documented domains, in dstdomain form; optional
	Username    string         // what the proxy in Azure asks for; optional
	Password    string         // of that user; it leaves this process through a pipe only, and is in no text
	Later       []string       // hosts that a later scale set of the site allows; optional
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

// Run boots the site's proxies and makes every check. A check that does not hold is no error; an error means that the
// checks could not be made. Progress goes to log.
func Run(ctx context.Context, site Site, log io.Writer) ([]Check, error) {
	ctx, cancel := context.WithTimeout(ctx, runLimit)
	defer cancel()
	region, err := Open(ctx, site, log)
	if err != nil {
		return nil, err
	}
	checks, err := region.live(site)
	return checks, errors.Join(err, region.Close())
}

// live boots the site's scale set, if it has one, and makes every check.
func (r *Region) live(site Site) ([]Check, error) {
	if site.inAzure() {
		set := ScaleSet{Name: "proxies", CustomData: site.CustomData, Gate: site.Gate, Instances: site.Instances}
		if err := r.Provision(set); err != nil {
			return nil, err
		}
	}
	return r.Check()
}

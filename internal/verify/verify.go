// Package verify compares what Azure runs with the site that its stack file describes, in plain data: what was read
// goes in, findings come out. Who reads is cmd/verify.
//
// The effective rules of an instance's interface are put together here: the rules of its subnet's group, Azure's
// defaults behind them, and a finding where an interface has a group of its own. Azure answers the call for effective
// rules (networkInterfaces/effectiveNetworkSecurityGroups) and that for effective routes only for interfaces that are
// resources of their own. An interface of a Uniform scale set's instance is not: its ID is below the scale set. The
// same goes for routes: those of the subnet's route table, and those that the gateway learns.
// Sources:
// https://learn.microsoft.com/rest/api/virtualnetwork/network-interfaces/list-effective-network-security-groups and
// https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-networking
package verify

import (
	"fmt"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// Outputs are the stack's outputs, as far as they say what Azure has to have.
type Outputs struct {
	VirtualNetworkID string
	ProxyHost        string // what sensors are told
	EgressPublicIP   string // addresses and ranges, with ", " between them; of a site with a NAT gateway
}

// Finding is something that does not hold.
type Finding struct {
	Kind     Kind   `json:"kind"`
	Resource string `json:"resource"` // ID
	Problem  string `json:"problem"`  // a sentence
	Do       string `json:"do"`
}

// Report is what came of a comparison.
type Report struct {
	Holds    []string  `json:"holds"` // sentences
	Findings []Finding `json:"findings"`
	Unread   []Unread  `json:"unread"`
	Runs     []string  `json:"runs"`    // versions, with which nothing is compared
	Unknown  []string  `json:"unknown"` // what Azure tells nobody
}

// check is a comparison under way.
type check struct {
	site    site.Site
	outputs Outputs
	azure   Azure
	now     time.Time
	report  *Report
	skipped bool // something was not read
}

// Compare holds what Azure has against the site, which has proxies in Azure. Now is the time at which Azure was read.
func Compare(s site.Site, outputs Outputs, azure Azure, now time.Time) Report {
	report := Report{Holds: []string{}, Findings: []Finding{}, Runs: []string{}, Unread: azure.Unread,
		Unknown: []string{"Which updates an instance has had since it was made: no call of Azure tells. On it, " +
			"`squid -v` tells Squid's version."}}
	if report.Unread == nil {
		report.Unread = []Unread{}
	}
	c := &check{site: s, outputs: outputs, azure: azure, now: now, report: &report}
	for _, about := range []struct {
		holds string
		check func()
	}{
		{"The virtual network is the site's: subnet, DNS servers, peerings.", c.network},
		{"The effective rules keep the policy: only the sensors reach the proxies.", c.rules},
		{"The proxies leave Azure by the documented way, and by no other.", c.egress},
		{"The load balancer sends what sensors send to the proxies, and its probe finds them.", c.balancer},
		{"The scale set's instances are healthy, current, and what the stack asks for.", c.scaleSet},
		{"Logs and metrics go where the stack sends them.", c.logs},
		{"Flows are written, and the account for them is closed.", c.flowLog},
		{"The gateway, its tunnels, circuit and BGP peers are up.", c.gateway},
		{"Every resource of the stack has its tags.", c.tags},
	} {
		before := len(report.Findings)
		c.skipped = false
		about.check()
		if len(report.Findings) == before && !c.skipped {
			report.Holds = append(report.Holds, about.holds)
		}
	}
	return report
}

// found adds a finding.
func (c *check) found(kind Kind, resource, do, problem string, args ...any) {
	c.report.Findings = append(c.report.Findings, Finding{kind, resource, fmt.Sprintf(problem, args...), do})
}

// known tells whether a part was read. Of what was not, nothing is said: neither that it holds nor that it does not.
func (c *check) known(isRead bool) bool {
	c.skipped = c.skipped || !isRead
	return isRead
}

// up is the advice where the stack has what Azure has lost.
const up = "Run `pulumi up --refresh`, which makes it again"

package fleet

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// margin is the part of a limit from which on there is a warning, in percent.
const margin = 80

const serviceLimits = "https://learn.microsoft.com/azure/azure-resource-manager/management/azure-subscription-service-limits"

// What a subscription may have in a region before its owner asks for more. Where the limit depends on the
// subscription's offer, it is that of pay-as-you-go. Azure documents none for VPN gateways and for flow logs.
// Source: serviceLimits, as of 2026-11
const (
	limitVCPUs                 = 20 // all sizes; Enterprise Agreement: 350
	limitVCPUsPerFamily        = 20 // Enterprise Agreement: 350
	limitPublicIPAddresses     = 10 // of the Standard SKU; Enterprise Agreement: 1,000
	limitNATGateways           = 100
	limitVirtualNetworks       = 1000
	limitNetworkSecurityGroups = 5000
	limitLoadBalancers         = 1000
	limitStorageAccounts       = 250
)

// quota is a limit on what a subscription has in a region.
type quota struct {
	name  string // as sites.yaml calls it
	is    string // for people
	limit int
	// count is what there is at most at a time, by what is counted: all of it, or each family of sizes.
	count func(Total) map[string]int
}

var allQuotas = []quota{
	{"vCPUs", "vCPUs", limitVCPUs, one(func(t Total) int { return t.VCPUsAtMost })},
	{"vCPUsPerFamily", "vCPUs of the family", limitVCPUsPerFamily, func(t Total) map[string]int {
		return t.familiesAtMost
	}},
	{"publicIpAddresses", "public IP addresses", limitPublicIPAddresses, one(func(t Total) int {
		return t.PublicIPAddresses
	})},
	{"natGateways", "NAT gateways", limitNATGateways, one(func(t Total) int { return t.NATGateways })},
	{"virtualNetworks", "virtual networks", limitVirtualNetworks, one(func(t Total) int { return t.VirtualNetworks })},
	{"networkSecurityGroups", "network security groups", limitNetworkSecurityGroups, one(func(t Total) int {
		return t.NetworkSecurityGroups
	})},
	{"loadBalancers", "load balancers", limitLoadBalancers, one(func(t Total) int { return t.LoadBalancers })},
	{"storageAccounts", "storage accounts", limitStorageAccounts, one(func(t Total) int { return t.StorageAccounts })},
}

func one(count func(Total) int) func(Total) map[string]int {
	return func(t Total) map[string]int { return map[string]int{"": count(t)} }
}

func quotaNames() []string {
	var all []string
	for _, q := range allQuotas {
		all = append(all, q.name)
	}
	return all
}

// quotas holds what the fleet asks of each region against the limits of its own file, or else Azure's defaults. Only
// over a limit that somebody has stated is an error: a default may have been raised.
func quotas(all []Total, own map[string]int) []Finding {
	var findings []Finding
	for _, t := range all {
		for _, q := range allQuotas {
			limit, stated := own[q.name]
			if !stated {
				limit = q.limit
			}
			counts := q.count(t)
			for _, name := range slices.Sorted(maps.Keys(counts)) {
				if n := counts[name]; 100*n >= margin*limit {
					findings = append(findings, q.finding(t, name, n, limit, stated))
				}
			}
		}
	}
	return findings
}

func (q quota) finding(t Total, name string, n, limit int, stated bool) Finding {
	f := Finding{Severity: Warning, Kind: "quota", Places: t.places,
		Problem: fmt.Sprintf("%s %d %s in %s of %s", verb(len(t.places), "needs", "need"), n,
			strings.TrimSpace(q.is+" "+name), t.Region, subscriptionText(t.Subscription)),
		Allowed: fmt.Sprintf("%d, Azure's default (%s)", limit, serviceLimits),
		Do: "Compare it with the quotas of the subscription, ask for more in time, and state the limit in " + OwnFile +
			": limits." + q.name}
	if strings.HasPrefix(q.name, "vCPUs") {
		f.Problem += ", while one site's proxies are replaced"
	}
	if stated {
		f.Allowed = fmt.Sprintf("%d, by limits.%s in %s", limit, q.name, OwnFile)
		f.Do = "Ask for a higher quota before the next up, and correct limits." + q.name
		if n > limit {
			f.Severity = Error
		}
	}
	return f
}

// verb is the form of a verb that goes with a number of things.
func verb(n int, singular, plural string) string {
	if n == 1 {
		return singular
	}
	return plural
}

func subscriptionText(id string) string {
	if id == "" {
		return "a subscription that the stack files do not name"
	}
	return "subscription " + id
}

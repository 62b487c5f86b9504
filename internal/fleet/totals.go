package fleet

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// Total is what the sites of one subscription make in one region; what exists already is not counted.
type Total struct {
	Subscription string `json:"subscription"` // empty: the stack files do not name it
	Region       string `json:"region"`
	Sites        int    `json:"sites"`
	Instances    int    `json:"instances"`
	VCPUs        int    `json:"vCPUs"`
	// VCPUsAtMost counts the site that takes most while it is replaced, and all others as they are: sites are replaced
	// one after the other.
	VCPUsAtMost           int            `json:"vCPUsAtMost"`
	VCPUsByFamily         map[string]int `json:"vCPUsByFamily"`
	PublicIPAddresses     int            `json:"publicIpAddresses"`
	VirtualNetworks       int            `json:"virtualNetworks"`
	NetworkSecurityGroups int            `json:"networkSecurityGroups"`
	NATGateways           int            `json:"natGateways"`
	LoadBalancers         int            `json:"loadBalancers"`
	VPNGateways           int            `json:"vpnGateways"`
	ExpressRouteGateways  int            `json:"expressRouteGateways"`
	BastionHosts          int            `json:"bastionHosts"`
	FlowLogs              int            `json:"flowLogs"`
	StorageAccounts       int            `json:"storageAccounts"`

	familiesAtMost map[string]int // as VCPUsAtMost
	places         []Place
}

// totals counts, by subscription and region.
func totals(members []*member) []Total {
	type where struct{ subscription, region string }
	var all []Total
	at := map[where]int{}
	for _, m := range members {
		if m.site.Azure == nil {
			continue
		}
		w := where{m.Subscription, m.site.Location}
		i, known := at[w]
		if !known {
			i = len(all)
			at[w] = i
			all = append(all, Total{Subscription: w.subscription, Region: w.region, VCPUsByFamily: map[string]int{},
				familiesAtMost: map[string]int{}})
		}
		all[i].count(m)
	}
	for i := range all {
		all[i].countReplacements(members)
	}
	slices.SortFunc(all, func(a, b Total) int {
		return cmp.Or(cmp.Compare(a.Subscription, b.Subscription), cmp.Compare(a.Region, b.Region))
	})
	return all
}

// count adds one site.
func (t *Total) count(m *member) {
	azure := m.site.Azure
	set := azure.ScaleSet
	t.places = append(t.places, Place{m.File, "scaleSet.instances", fmt.Sprintf("%d × %s", set.Instances, set.VMSize)})
	t.Sites++
	t.Instances += set.Instances
	t.VCPUs += set.Instances * set.VCPUs()
	t.VCPUsByFamily[set.Family()] += set.Instances * set.VCPUs()
	t.LoadBalancers++
	t.VirtualNetworks += count(azure.Existing.VirtualNetworkID == "")
	t.NetworkSecurityGroups += count(azure.Existing.NetworkSecurityGroupID == "")
	t.NATGateways += count(azure.Egress.NATGatewayID == "" && !azure.Egress.ByFirewall())
	t.PublicIPAddresses += count(azure.Egress.Given() == "") + count(azure.Bastion != nil)
	t.BastionHosts += count(azure.Bastion != nil)
	t.FlowLogs += count(azure.Logs.FlowLogs)
	t.StorageAccounts += count(azure.Logs.FlowLogs)
	if g := azure.Gateway; g != nil {
		t.ExpressRouteGateways += count(g.Kind == site.GatewayExpressRoute) // its address is Microsoft's
		t.VPNGateways += count(g.Kind == site.GatewayVPN)
		t.PublicIPAddresses += count(g.Kind == site.GatewayVPN) + count(g.Kind == site.GatewayVPN && g.ActiveActive)
	}
}

// countReplacements adds what the largest replacement takes: of all sizes, and of each family.
func (t *Total) countReplacements(members []*member) {
	most, ofFamily := 0, map[string]int{}
	for _, m := range members {
		if m.site.Azure == nil || m.Subscription != t.Subscription || m.site.Location != t.Region {
			continue
		}
		set := m.site.Azure.ScaleSet
		more := (set.AtMost() - set.Instances) * set.VCPUs()
		most, ofFamily[set.Family()] = max(most, more), max(ofFamily[set.Family()], more)
	}
	t.VCPUsAtMost = t.VCPUs + most
	for family, now := range t.VCPUsByFamily {
		t.familiesAtMost[family] = now + ofFamily[family]
	}
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

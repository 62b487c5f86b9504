package fleet

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// Limits on what several sites share. None of them depends on the subscription.
const (
	// Links to a circuit that is not premium; a premium one takes 20 to 100, by its bandwidth.
	// Source: https://learn.microsoft.com/azure/expressroute/expressroute-faqs
	limitCircuitLinks = 10
	// Tunnels of a VPN gateway up to VpnGw3; VpnGw4 and VpnGw5 take 100. Those with zones take as many.
	// Source: https://learn.microsoft.com/azure/vpn-gateway/about-gateway-skus#benchmark
	limitGatewayTunnels = 30
	// Diagnostic settings of a resource.
	// Source: https://learn.microsoft.com/azure/azure-monitor/platform/diagnostic-settings
	limitDiagnosticSettings = 5
)

// share is a limit on how many sites use one thing.
type share struct {
	kind        Kind
	limit       int
	over        Severity // beyond the limit
	problem     string
	allowed, do string
	claims      func(*member) []claim
}

var allShares = []share{
	{
		"circuit-links", limitCircuitLinks, Warning, "are links to one circuit: %d of them",
		"10 links to a circuit, 20 to 100 to a premium one", "Have the circuit's owner look at its SKU and links",
		func(m *member) []claim {
			if !makesGateway(m) || m.site.Azure.Gateway.CircuitID == "" {
				return nil
			}
			id := m.site.Azure.Gateway.CircuitID
			return []claim{{what: id, key: "gateway.circuitId", value: id}}
		},
	},
	{
		"gateway-tunnels", limitGatewayTunnels, Warning, "are tunnels of one VPN gateway: %d of them",
		"30 tunnels, 100 at VpnGw4 and VpnGw5", "Have the gateway's owner look at its SKU and connections",
		func(m *member) []claim {
			var all []claim
			for _, t := range tunnelsOf(m) {
				if g := m.site.Azure.Gateway; g.Kind == site.GatewayExisting {
					all = append(all, claim{what: g.ID, key: "gateway.id", value: g.ID + " " + t.tunnel.Name})
				}
			}
			return all
		},
	},
	{
		"diagnostic-settings", limitDiagnosticSettings, Error,
		"are diagnostic settings of one network security group: %d of them",
		"5 diagnostic settings of a resource", "Use another network security group for some of the sites",
		func(m *member) []claim {
			if m.site.Azure == nil || m.site.Azure.Existing.NetworkSecurityGroupID == "" {
				return nil
			}
			id := m.site.Azure.Existing.NetworkSecurityGroupID
			return []claim{{what: id, key: "network.existing.networkSecurityGroupId", value: id}}
		},
	},
}

// shares counts what several sites use of one thing.
func shares(members []*member) []Finding {
	var all []Finding
	for _, s := range allShares {
		places := map[string][]Place{}
		for _, m := range members {
			for _, c := range s.claims(m) {
				what := strings.ToLower(c.what)
				places[what] = append(places[what], Place{m.File, c.key, c.value})
			}
		}
		for _, what := range slices.Sorted(maps.Keys(places)) {
			n := len(places[what])
			if 100*n < margin*s.limit {
				continue
			}
			f := Finding{Severity: Warning, Kind: s.kind, Places: places[what], Problem: fmt.Sprintf(s.problem, n),
				Allowed: s.allowed, Do: s.do}
			if n > s.limit {
				f.Severity = s.over
			}
			all = append(all, f)
		}
	}
	return all
}

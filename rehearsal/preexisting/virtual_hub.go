package preexisting

import (
	"fmt"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// defaultRouteTable is what connections with a hub are associated with.
const defaultRouteTable = "hubRouteTables/defaultRouteTable"

// virtualHub is the virtual hub that the site's network is in, and its firewall, if the site gets out by that.
func virtualHub(s site.Site) []preexisting {
	hub := s.Azure.VirtualHub
	if hub == nil {
		return nil
	}
	group, name, _ := strings.Cut(hub.ID, "/virtualHubs/")
	wan := group + "/virtualWans/" + name
	regional := func(properties map[string]any) map[string]any {
		return map[string]any{"location": s.Location, "properties": properties}
	}
	all := []preexisting{
		{wan, networkVersion, regional(map[string]any{"type": "Standard"})},
		{hub.ID, networkVersion, regional(map[string]any{"addressPrefix": hub.Prefix.String(), "sku": "Standard",
			"virtualWan": map[string]any{"id": wan}})},
	}
	if s.Azure.Egress.VirtualHubID == "" {
		return all
	}
	policy, firewall := group+"/firewallPolicies/"+name, group+"/azureFirewalls/"+name
	return append(all,
		preexisting{policy, networkVersion, regional(map[string]any{"sku": map[string]any{"tier": "Standard"}})},
		preexisting{policy + "/ruleCollectionGroups/defender-for-iot", networkVersion, map[string]any{
			"properties": map[string]any{"priority": 200, "ruleCollections": []any{map[string]any{
				"ruleCollectionType": "FirewallPolicyFilterRuleCollection", "name": "allowed", "priority": 200,
				"action": map[string]any{"type": "Allow"}, "rules": policyRules(s),
			}}},
		}},
		preexisting{firewall, networkVersion, regional(map[string]any{
			"sku":            map[string]any{"name": "AZFW_Hub", "tier": "Standard"},
			"virtualHub":     map[string]any{"id": hub.ID},
			"firewallPolicy": map[string]any{"id": policy},
			"hubIPAddresses": map[string]any{"publicIPs": map[string]any{"count": 1}},
		})},
		// What a routing policy for the internet makes of the hub's own route table.
		preexisting{hub.ID + "/" + defaultRouteTable, networkVersion, map[string]any{
			"properties": map[string]any{"labels": []any{"default"}, "routes": []any{map[string]any{
				"name": "_policy_PublicTraffic", "destinationType": "CIDR", "destinations": []any{"0.0.0.0/0"},
				"nextHopType": "ResourceId", "nextHop": firewall,
			}}},
		}})
}

// policyRules let the proxies reach what the stack says they need.
func policyRules(s site.Site) []any {
	var rules []any
	for i, d := range s.EgressAllowList() {
		rules = append(rules, map[string]any{
			"ruleType": "ApplicationRule", "name": fmt.Sprintf("rule-%d", i),
			"sourceAddresses": []any{s.Azure.Addresses.Proxyserver.String()}, "targetFqdns": []any{d.Host},
			"protocols": []any{map[string]any{"protocolType": d.Protocol, "port": d.Port}},
		})
	}
	return rules
}

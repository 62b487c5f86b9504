package arm

import (
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
)

const (
	typeFirewallPolicy = "Microsoft.Network/firewallPolicies"
	typeRuleGroup      = typeFirewallPolicy + "/ruleCollectionGroups"
)

// firewallPolicies have the rules of a firewall in a virtual hub, which takes none of its own. They are a company's.
// https://learn.microsoft.com/azure/firewall-manager/policy-overview
var firewallPolicies = Type{
	Name:           typeFirewallPolicy,
	Model:          model[armnetwork.FirewallPolicy](),
	ReadModel:      model[armnetwork.FirewallPolicy](),
	APIVersions:    networkVersions,
	Create:         10 * time.Second,
	Update:         10 * time.Second,
	Delete:         10 * time.Second,
	DurationSource: "a control-plane record, done within a poll or two (estimate)",
	refs:           []reference{{path: "properties.basePolicy.id", to: typeFirewallPolicy, weak: true}},
	rules: []Rule{{
		Name: "a base policy is in the same region", Code: "FirewallPolicyBasePolicyDoesnotExist",
		Source: "https://github.com/Azure/terraform-azurerm-avm-ptn-alz-connectivity-hub-and-spoke-vnet/issues/84",
		check: about(func(c *change, m *armnetwork.FirewallPolicy) string {
			id := val(val(m.Properties.BasePolicy).ID)
			if base := c.server.find(id); base == nil || base.location == c.location() {
				return ""
			}
			return fmt.Sprintf("Base Firewall Policy %s does not exist. Please make sure base policy ID is a valid "+
				"firewall policy ID in same region.", id)
		}),
	}},
}

var ruleCollectionGroups = Type{
	Name:           typeRuleGroup,
	Model:          model[armnetwork.FirewallPolicyRuleCollectionGroup](),
	ReadModel:      model[armnetwork.FirewallPolicyRuleCollectionGroup](),
	APIVersions:    networkVersions,
	Create:         10 * time.Second,
	Update:         10 * time.Second,
	Delete:         10 * time.Second,
	DurationSource: "a control-plane record, done within a poll or two (estimate)",
	global:         true,
	locks:          func(c *change) []string { return []string{c.id.Parent} },
	rules: []Rule{{
		Name: "a rule collection group has a priority", Code: "InvalidRequestFormat",
		Source: missingMember + " https://learn.microsoft.com/azure/firewall/policy-rule-sets",
		check: about(func(c *change, m *armnetwork.FirewallPolicyRuleCollectionGroup) string {
			if m.Properties.Priority != nil {
				return ""
			}
			return fmt.Sprintf("Cannot parse the request. MissingJsonField: %s has no priority.", c.id)
		}),
	}},
}

package arm

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
)

const typeNSG = "Microsoft.Network/networkSecurityGroups"

// networkVersions are the API versions accepted of Microsoft.Network.
var networkVersions = []string{"2024-05-01"}

// Priorities that a custom rule may have, and the longest description.
// https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview#security-rules
const (
	firstPriority      = 100
	lastPriority       = 4096
	longestDescription = 140
)

const nsgOverview = "https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview#security-rules"

var networkSecurityGroups = Type{
	Name:           typeNSG,
	Model:          model[armnetwork.SecurityGroup](),
	ReadModel:      model[armnetwork.SecurityGroup](),
	APIVersions:    networkVersions,
	Create:         5 * time.Second,
	Update:         5 * time.Second,
	Delete:         5 * time.Second,
	DurationSource: "a control-plane record, done within a poll or two (estimate)",
	children:       []string{"securityRules"},
	readOnly: []string{
		"properties.defaultSecurityRules", "properties.networkInterfaces", "properties.subnets", "properties.flowLogs",
	},
	populate: func(s *Server, r *resource, body map[string]any) {
		properties := object(body, "properties")
		properties["resourceGuid"] = r.guid("resource")
		properties["defaultSecurityRules"] = defaultRules(r)
		emptyLists(objects(properties, "securityRules"), objects(properties, "defaultSecurityRules"))
		if subnets := s.subnetsUsing(r.id.String(), "networkSecurityGroup"); len(subnets) > 0 {
			properties["subnets"] = idsOf(subnets)
		}
	},
	rules: []Rule{
		{
			Name: "a rule has access, direction, priority and protocol", Code: "InvalidRequestFormat",
			Source: nsgOverview,
			check: eachSecurityRule(func(_ *change, name string, p *armnetwork.SecurityRulePropertiesFormat) string {
				if p.Access != nil && p.Direction != nil && p.Priority != nil && p.Protocol != nil {
					return ""
				}
				return fmt.Sprintf("Cannot parse the request. MissingJsonField: security rule %s needs access, "+
					"direction, priority and protocol.", name)
			}),
		},
		{
			Name: "a custom priority is 100 to 4096", Code: "SecurityRuleInvalidPriority", Source: nsgOverview,
			check: eachSecurityRule(func(_ *change, name string, p *armnetwork.SecurityRulePropertiesFormat) string {
				if *p.Priority >= firstPriority && *p.Priority <= lastPriority {
					return ""
				}
				return fmt.Sprintf("Security rule %s has invalid Priority. Value provided: %d Allowed range %d-%d.",
					name, *p.Priority, firstPriority, lastPriority)
			}),
		},
		{
			Name: "a priority is used once in each direction", Code: "SecurityRuleConflict", Source: nsgOverview,
			check: about(samePriority),
		},
		{
			Name: "a description has at most 140 characters", Code: "InvalidRequestFormat", Source: nsgOverview,
			check: eachSecurityRule(func(_ *change, name string, p *armnetwork.SecurityRulePropertiesFormat) string {
				if len([]rune(val(p.Description))) <= longestDescription {
					return ""
				}
				return fmt.Sprintf("Security rule %s has a description longer than %d characters.", name,
					longestDescription)
			}),
		},
		{
			Name: "a rule gives source and destination addresses and ports, each one way", Code: "InvalidRequestFormat",
			Source: nsgOverview,
			check: eachSecurityRule(func(_ *change, name string, p *armnetwork.SecurityRulePropertiesFormat) string {
				return first(securityRuleFields(p), func(f securityRuleField) string {
					ways := len(slices.DeleteFunc([]int{min(len(f.one), 1), min(len(f.many), 1), min(f.groups, 1)},
						func(n int) bool { return n == 0 }))
					if ways == 1 {
						return ""
					}
					return fmt.Sprintf("Security rule %s must give %s either as one value or as a list, and not as "+
						"both: it is given %d ways.", name, f.name, ways)
				})
			}),
		},
		{
			Name:   "a list of prefixes holds no * and none of the three default tags",
			Code:   "SecurityRuleParameterContainsUnsupportedValue",
			Source: "https://github.com/hashicorp/terraform-provider-azurerm/issues/5617",
			check: eachSecurityRule(func(_ *change, name string, p *armnetwork.SecurityRulePropertiesFormat) string {
				return first(securityRuleFields(p), func(f securityRuleField) string {
					return unsupportedInList(name, f)
				})
			}),
		},
		{
			Name: "a prefix is an address, a range or a service tag", Code: "SecurityRuleInvalidAddressPrefix",
			Source: nsgOverview,
			check: eachSecurityRule(func(_ *change, name string, p *armnetwork.SecurityRulePropertiesFormat) string {
				return first(securityRuleFields(p), func(f securityRuleField) string {
					if bad := slices.IndexFunc(f.values(), f.invalidPrefix); bad >= 0 {
						return fmt.Sprintf("Security rule %s has invalid Address prefix. Value provided: %s",
							name, f.values()[bad])
					}
					return ""
				})
			}),
		},
		{
			Name: "a port is 0 to 65535, a range of them, or *", Code: "SecurityRuleInvalidPortRange",
			Source: nsgOverview,
			check: eachSecurityRule(func(_ *change, name string, p *armnetwork.SecurityRulePropertiesFormat) string {
				return first(securityRuleFields(p), func(f securityRuleField) string {
					if bad := slices.IndexFunc(f.values(), f.invalidPort); bad >= 0 {
						return fmt.Sprintf("Security rule %s has invalid Port range. Value provided: %s. Value "+
							"should be an integer OR integer range with '-' delimiter. Valid range 0-65535.",
							name, f.values()[bad])
					}
					return ""
				})
			}),
		},
		unused("network security group", "InUseNetworkSecurityGroupCannotBeDeleted",
			"https://github.com/pulumi/pulumi-azure-native/issues/3051"),
	},
}

// securityRuleField is one of a security rule's four matches: source or destination, addresses or ports.
type securityRuleField struct {
	name   string
	ports  bool
	one    string
	many   []string
	groups int // application security groups in its place
}

func securityRuleFields(p *armnetwork.SecurityRulePropertiesFormat) []securityRuleField {
	return []securityRuleField{
		{name: "source addresses", one: val(p.SourceAddressPrefix), many: texts(p.SourceAddressPrefixes),
			groups: len(p.SourceApplicationSecurityGroups)},
		{name: "destination addresses", one: val(p.DestinationAddressPrefix), many: texts(p.DestinationAddressPrefixes),
			groups: len(p.DestinationApplicationSecurityGroups)},
		{name: "source ports", ports: true, one: val(p.SourcePortRange), many: texts(p.SourcePortRanges)},
		{name: "destination ports", ports: true, one: val(p.DestinationPortRange),
			many: texts(p.DestinationPortRanges)},
	}
}

func (f securityRuleField) values() []string {
	if f.one == "" {
		return f.many
	}
	return append([]string{f.one}, f.many...)
}

// defaultTags are the tags that only the single form of a prefix takes.
var defaultTags = []string{"*", "VirtualNetwork", "AzureLoadBalancer", "Internet"}

func unsupportedInList(rule string, f securityRuleField) string {
	if f.ports {
		return ""
	}
	return first(f.many, func(value string) string {
		if !slices.ContainsFunc(defaultTags, func(tag string) bool { return strings.EqualFold(tag, value) }) {
			return ""
		}
		return fmt.Sprintf("Security rule parameter %s for rule %s cannot specify existing VIRTUALNETWORK, INTERNET, "+
			"AZURELOADBALANCER, '*' or system tags. Unsupported value used: %s.", f.name, rule, value)
	})
}

// serviceTag is the shape of a service tag, alone or of one region: AzureIoTHub, Storage.WestEurope. Which tags there
// are is Azure's weekly list; a subnet's name has the same shape, and passes here.
var serviceTag = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*(\.[A-Za-z0-9]+)?$`)

func (f securityRuleField) invalidPrefix(value string) bool {
	if f.ports || value == "*" || serviceTag.MatchString(value) {
		return false
	}
	if _, err := netip.ParseAddr(value); err == nil {
		return false
	}
	prefix, err := netip.ParsePrefix(value)
	return err != nil || prefix != prefix.Masked()
}

func (f securityRuleField) invalidPort(value string) bool {
	if !f.ports || value == "*" {
		return false
	}
	from, to, ranged := strings.Cut(value, "-")
	if !ranged {
		to = from
	}
	low, err := strconv.ParseUint(from, 10, 16)
	high, err2 := strconv.ParseUint(to, 10, 16)
	return err != nil || err2 != nil || low > high
}

func eachSecurityRule(check func(c *change, name string,
	p *armnetwork.SecurityRulePropertiesFormat) string) func(*change) string {
	return about(func(c *change, nsg *armnetwork.SecurityGroup) string {
		return first(nsg.Properties.SecurityRules, func(r *armnetwork.SecurityRule) string {
			return check(c, val(r.Name), r.Properties)
		})
	})
}

func samePriority(_ *change, nsg *armnetwork.SecurityGroup) string {
	type slot struct {
		direction string
		priority  int32
	}
	taken := map[slot]string{}
	return first(nsg.Properties.SecurityRules, func(r *armnetwork.SecurityRule) string {
		at := slot{strings.ToLower(string(*r.Properties.Direction)), *r.Properties.Priority}
		if other, conflict := taken[at]; conflict {
			return fmt.Sprintf("Security rule %s conflicts with rule %s. Rules cannot have the same Priority "+
				"and Direction.",
				val(r.Name), other)
		}
		taken[at] = val(r.Name)
		return ""
	})
}

// emptyLists adds to rules the lists that they do not use: Azure shows each match as a value and as a list.
// Source: the answers in https://github.com/Azure/azure-powershell/issues/8371
func emptyLists(lists ...[]map[string]any) {
	for _, rule := range slices.Concat(lists...) {
		p := object(rule, "properties")
		for _, list := range []string{"sourceAddressPrefixes", "sourcePortRanges", "destinationAddressPrefixes",
			"destinationPortRanges"} {
			if _, given := p[list]; !given {
				p[list] = []any{}
			}
		}
	}
}

// defaultRules are the rules that every network security group has after its own.
// https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview#default-security-rules
func defaultRules(r *resource) []any {
	var out []any
	for _, d := range []struct {
		name, direction, access, source, destination string
		priority                                     int
	}{
		{"AllowVnetInBound", "Inbound", "Allow", "VirtualNetwork", "VirtualNetwork", 65000},
		{"AllowAzureLoadBalancerInBound", "Inbound", "Allow", "AzureLoadBalancer", "*", 65001},
		{"DenyAllInBound", "Inbound", "Deny", "*", "*", 65500},
		{"AllowVnetOutBound", "Outbound", "Allow", "VirtualNetwork", "VirtualNetwork", 65000},
		{"AllowInternetOutBound", "Outbound", "Allow", "*", "Internet", 65001},
		{"DenyAllOutBound", "Outbound", "Deny", "*", "*", 65500},
	} {
		out = append(out, map[string]any{
			"id": r.childID("defaultSecurityRules", d.name), "name": d.name, "etag": r.etag(),
			"type": typeNSG + "/defaultSecurityRules",
			"properties": map[string]any{
				"provisioningState": r.state, "direction": d.direction, "access": d.access, "protocol": "*",
				"priority": float64(d.priority), "sourceAddressPrefix": d.source, "sourcePortRange": "*",
				"destinationAddressPrefix": d.destination, "destinationPortRange": "*",
			},
		})
	}
	return out
}

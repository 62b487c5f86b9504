package site

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestEveryKeyIsDescribed(t *testing.T) {
	Walk(func(path string, key Key) {
		if key.About == "" || !strings.HasSuffix(key.About, ".") {
			t.Errorf("%s: %q is not a sentence about it", path, key.About)
		}
		if key.isGroup() != (len(key.Keys) > 0) {
			t.Errorf("%s is a %s with %d keys", path, key.Kind, len(key.Keys))
		}
		if !key.isGroup() && key.Example == nil {
			t.Errorf("%s has no example", path)
		}
		if key.Default != nil && (key.Required || key.Computed != "") {
			t.Errorf("%s has a default, and says that it is required or computed", path)
		}
		if key.Form != nil && (key.Problem == "" || key.Allowed == "" || key.Do == "") {
			t.Errorf("%s has a form, and does not say what is wrong, allowed and to do about a value that is not of it",
				path)
		}
		if key.Kind == Integer && key.Least >= key.Most {
			t.Errorf("%s: %d to %d", path, key.Least, key.Most)
		}
	})
}

// contexts are configurations in which, together, every key is given or can be: a key of a list is set in its first
// entry.
func contexts(t *testing.T) map[string]map[string]any {
	t.Helper()
	group := func(text string) any {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	return map[string]map[string]any{
		"plain": {
			"addressSpace": "10.42.0.0/24",
			"sensorCidrs":  group(`["10.20.0.0/16"]`),
			"extraInboundRules": group(`[{"name":"r","priority":300,"sources":["10.50.0.0/28"],"port":"9200",` +
				`"protocol":"Udp","purpose":{"party":"internet"}}]`),
			"sensors":     group(`[{"name":"mixer","ip":"10.20.0.8"}]`),
			"siteProxies": group(`[{"name":"edge","sensors":[{"name":"s","ip":"10.20.0.9"}]}]`),
			"microsoftPeering": group(`{"tenantCountry":"US","circuit":{"id":"` + strings.ReplaceAll(exampleCircuit,
				"plant", "other") + `","peerAsn":64600,"vlanId":7,
				"primaryPeerAddressPrefix":"198.51.100.8/30","secondaryPeerAddressPrefix":"198.51.100.12/30","advertisedPublicPrefixes":["198.51.101.0/24"]}}`),
		},
		"denying": {"extraInboundRules": group(
			`[{"name":"r","priority":300,"sources":["10.50.0.0/28"],"access":"Deny"}]`)},
		"bastion": {"addressSpace": "10.42.0.0/24", "bastion": group(`{"enabled":true}`)},
		"credentials": {"proxyAuth": group(`{"username":"u","previous":{"username":"p","password":` +
			`"long enough to do"}}`)},
		"circuit": {"gateway": group(`{"kind":"expressRoute","circuitId":"` + strings.ReplaceAll(exampleCircuit,
			"plant", "other") + `"}`)},
		"existing": {"gateway": group(`{"kind":"existing","id":"` + strings.ReplaceAll(exampleGateway,
			"plant", "other") + `",
			"connections":[{"name":"hq","address":"203.0.113.7","addressPrefixes":["10.30.0.0/22"]}]}`)},
		"vpn": {"gateway": group(vpn(`{"name":"hq","address":"203.0.113.7","addressPrefixes":["10.30.0.0/22"],` +
			`"ipsec":{"ipsecEncryption":"GCMAES256"}}`))},
		"ipsec": {"gateway": group(vpn(`{"name":"hq","address":"203.0.113.7","addressPrefixes":["10.30.0.0/22"],` +
			`"ipsec":{"dhGroup":"ECP256"}}`))},
		"bgp": {"gateway": group(
			bgpVPN(`{"name":"hq","address":"203.0.113.7","bgp":{"asn":64999,"peerAddress":"10.99.0.1"}}`))},
		"aws": {"gateway": group(bgpVPN(awsConnection("")))},
		"gcp": {"gateway": group(bgpVPN(tunnels("", "")))},
		"brought": {
			"addressSpace": "10.42.0.0/24", "gateway": group(`{"kind":"vpn"}`), "bastion": group(`{"enabled":true}`),
			"subnets": group(`{"gateway":"10.42.0.0/27","proxyserver":"10.42.0.32/27","bastion":"10.42.0.64/26"}`),
			"network": group(existing(`"virtualNetworkId":"` + theirNetwork + `","networkSecurityGroupId":"` +
				strings.ReplaceAll(theirGroup, "plant", "other") + `"`)),
			"egress": group(`{"natGatewayId":"` + theirNAT + `"}`),
		},
		"hub": {"gateway": group(`{"kind":"vpn"}`), "network": group(`{"peerings":[{"name":"net","remoteVirtualNetworkId":"` + theirNetwork + `-2",` +
			`"addressPrefixes":["10.0.0.0/23"]}],"routes":[{"name":"closed","addressPrefix":"10.60.0.0/16",` +
			`"nextHopType":"None"}]}`)},
		"firewall": {"gateway": group(`{"kind":"vpn"}`), "network": group(`{"peerings":[{"name":"net","remoteVirtualNetworkId":"` + theirNetwork + `-2",` +
			`"addressPrefixes":["10.0.0.0/23"],"allowForwardedTraffic":true}],` +
			`"routes":[{"name":"plant","addressPrefix":"10.30.0.0/16","nextHopAddress":"10.0.0.70"}]}`),
			"egress": group(`{"kind":"firewall","firewallAddress":"10.0.0.70"}`)},
		"wan": {"gateway": nil, "network": group(inHub(""))},
		"emails": {"alerts": group(`{"emails":["a@contoso.com"],"webhooks":[{"name":"hook",` +
			`"url":"https://ops.contoso.com/other"}]}`)},
		"action group": {"alerts": group(`{"actionGroupId":"` + strings.ReplaceAll(exampleActionGroup, "plant",
			"other") + `"}`)},
		"direct": {"connectionMethod": Direct, "addressSpace": nil, "sensorCidrs": nil, "sshPublicKey": nil},
	}
}

const (
	exampleCircuit     = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/network/providers/Microsoft.Network/expressRouteCircuits/plant"
	exampleActionGroup = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/network/providers/Microsoft.Insights/actionGroups/plant"

	exampleGateway = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/network/providers/Microsoft.Network/virtualNetworkGateways/plant"
)

// computed is what stands for each default that is no constant; nil: no value does.
var computed = map[string]any{
	"siteName":                                   "plant",
	"resourceGroup.existing":                     nil,
	"network.existing.virtualNetworkId":          nil,
	"network.existing.gatewaySubnetId":           nil,
	"network.existing.proxyserverSubnetId":       nil,
	"network.existing.bastionSubnetId":           nil,
	"network.existing.networkSecurityGroupId":    nil,
	"network.dnsServers":                         nil,
	"network.virtualHubId":                       nil,
	"egress.firewallAddress":                     nil,
	"egress.natGatewayId":                        nil,
	"egress.publicIpId":                          nil,
	"egress.publicIpPrefixId":                    nil,
	"subnets.gateway":                            "10.42.0.0/27",
	"subnets.proxyserver":                        "10.42.0.32/27",
	"subnets.bastion":                            "10.42.0.64/26",
	"proxyAuth.password":                         nil,
	"scaleSet.image":                             gen1Image,
	"scaleSet.packages.mirror":                   nil,
	"scaleSet.packages.proxy":                    nil,
	"scaleSet.zones":                             []string{"1", "2", "3"},
	"gateway.sku":                                "VpnGw1AZ",
	"gateway.authorizationKey":                   nil,
	"gateway.connections[].addressPrefixes":      nil,
	"gateway.connections[].sharedKey":            nil,
	"gateway.connections[].tunnels[].sharedKey":  nil,
	"gateway.connections[].tunnels[].insideCidr": "169.254.21.0/30",
	"gateway.connections[].ipsec":                nil,
	"logs.workspaceId":                           nil,
	"alerts.actionGroupId":                       nil,
	"logs.networkWatcher.name":                   "NetworkWatcher_westeurope",
	"extraInboundRules[].purpose.protocol":       "Udp",
	"extraInboundRules[].purpose.port":           "9200",
	"siteProxies[].port":                         3128,
	"siteProxies[].upstream":                     "azure",
	"microsoftPeering.circuit":                   nil,
}

// loadAny reads a configuration of JSON values.
func loadAny(t *testing.T, values map[string]any) (Site, error) {
	t.Helper()
	config := stack(t, map[string]string{"sshPublicKey": "ssh-ed25519 " +
		"AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl test"})
	config.Directory = "../.."
	for name, value := range values {
		name = config.Project + ":" + name
		if value == nil {
			delete(config.Values, name)
			continue
		}
		text, isText := value.(string)
		if !isText {
			marshalled, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			text = string(marshalled)
		}
		config.Values[name] = text
	}
	return Load(config)
}

// with returns a copy of a configuration in which a key has a value, and whether the groups above the key are there or
// may be made.
func with(t *testing.T, values map[string]any, path string, value any) (map[string]any, bool) {
	t.Helper()
	text, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	var changed map[string]any
	if err := json.Unmarshal(text, &changed); err != nil {
		t.Fatal(err)
	}
	at, parts := changed, strings.Split(path, ".")
	for _, part := range parts[:len(parts)-1] {
		name, isList := strings.CutSuffix(part, "[]")
		if at[name] == nil && !isList {
			at[name] = map[string]any{}
		}
		below := at[name]
		if list, ok := below.([]any); ok {
			below = list[0]
		}
		group, ok := below.(map[string]any)
		if !ok {
			return nil, false
		}
		at = group
	}
	at[parts[len(parts)-1]] = value
	return changed, true
}

// Giving a key its default changes nothing, and giving it its example does: so the schema's defaults are those of the
// program, and no key is read and then forgotten.
func TestEveryDefaultIsTheProgramsAndEveryKeyIsRead(t *testing.T) {
	seen := map[string]bool{}
	compared := 0
	Walk(func(path string, key Key) {
		if key.Computed != "" {
			seen[path] = true
			if _, listed := computed[path]; !listed {
				t.Errorf("%s: which value stands for %q?", path, key.Computed)
			}
		}
		if key.isGroup() {
			return
		}
		value := key.Default
		if key.Computed != "" {
			value = computed[path]
		}
		if value != nil {
			compared++
		}
		if why := compareDefault(t, path, key, value); why != "" {
			t.Errorf("%s: %s", path, why)
		}
	})
	for path := range computed {
		if !seen[path] {
			t.Errorf("%s has no computed default", path)
		}
	}
	t.Logf("counted: %d defaults compared with what the program uses", compared)
}

// noEffect are keys whose example is read and changes nothing.
var noEffect = []string{"sensorGenerations"} // the documents list the same hosts for both

// compareDefault looks for a context in which the key has a meaning, and compares there.
func compareDefault(t *testing.T, path string, key Key, value any) string {
	t.Helper()
	why := "it has a meaning in no context"
	for _, name := range slices.Sorted(maps.Keys(contexts(t))) {
		context := contexts(t)[name]
		without, err := loadAny(t, context)
		if err != nil {
			t.Fatalf("context %s: %v", name, err)
		}
		example, ok := with(t, context, path, key.Example)
		if !ok {
			continue
		}
		other, err := loadAny(t, example)
		if err != nil && !refusedElsewhere(err, path) || err == nil && reflect.DeepEqual(other, without) &&
			!slices.Contains(noEffect, path) {
			why = fmt.Sprintf("in context %s its example has no effect, or is refused: %v", name, err)
			continue
		}
		if value == nil {
			return ""
		}
		same, _ := with(t, context, path, value)
		got, err := loadAny(t, same)
		if err == nil && reflect.DeepEqual(got, without) {
			return ""
		}
		why = fmt.Sprintf("with its default %v, context %s is\n%+v\nwithout\n%+v\n%v", value, name, got, without, err)
	}
	return why
}

// refusedElsewhere tells whether a value is read and good, and only does not go with others.
func refusedElsewhere(err error, path string) bool {
	var errs Errors
	errors.As(err, &errs)
	return !slices.ContainsFunc(errs, func(e Error) bool {
		return strings.ReplaceAll(e.Key, "[0]", "[]") == path && !strings.HasPrefix(e.Problem, "does not go with")
	})
}

// Each key is refused under every choice under which it has no meaning, and under no other.
func TestAKeyWithoutAMeaningIsRefused(t *testing.T) {
	refused := 0
	for name, context := range contexts(t) {
		Walk(func(path string, key Key) {
			if key.Where == nil {
				return
			}
			value := key.Example
			if key.isGroup() {
				value = []any{map[string]any{"some": "settings"}}
			}
			values, ok := with(t, context, path, value)
			if !ok {
				return
			}
			_, err := loadAny(t, values)
			var errs Errors
			errors.As(err, &errs)
			meaningless := slices.ContainsFunc(errs, func(e Error) bool {
				return strings.HasPrefix(path+".", strings.ReplaceAll(e.Key, "[0]", "[]")+".") &&
					strings.HasPrefix(e.Problem, "has no meaning where")
			})
			if meaningless == isMeant(t, values, path) {
				t.Errorf("%s, %s where %s is %s: %v", name, path, key.Where.Key,
					choiceIn(t, values, path, key.Where.Key), err)
			}
			if meaningless {
				refused++
			}
		})
	}
	if refused < 50 {
		t.Errorf("only %d keys were refused", refused)
	}
}

// isMeant tells whether a key of a configuration has a meaning, and every group that it is in.
func isMeant(t *testing.T, values map[string]any, path string) bool {
	t.Helper()
	meant := true
	Walk(func(above string, key Key) {
		if key.Where != nil && (above == path || isBelowKey(path, above)) {
			meant = meant && hasMeaning(above, choiceIn(t, values, above, key.Where.Key))
		}
	})
	return meant
}

func isBelowKey(path, group string) bool {
	rest, found := strings.CutPrefix(path, group)
	return found && (strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, "[]."))
}

// choiceIn is the choice on which a key of a configuration depends.
func choiceIn(t *testing.T, values map[string]any, path, chooser string) string {
	t.Helper()
	var at any = values
	parts := strings.Split(path, ".")
	for _, part := range parts[:len(parts)-1] {
		at = at.(map[string]any)[strings.TrimSuffix(part, "[]")]
		if list, ok := at.([]any); ok {
			at = list[0]
		}
	}
	if choice, given := at.(map[string]any)[chooser]; given {
		return fmt.Sprint(choice)
	}
	parts[len(parts)-1] = chooser
	fallback := ""
	Walk(func(other string, key Key) {
		if other == strings.Join(parts, ".") {
			fallback = fmt.Sprint(key.Default)
		}
	})
	return fallback
}

// hasMeaning tells whether a key of the path has a meaning under the choice.
func hasMeaning(path, choice string) bool {
	found := false
	Walk(func(other string, key Key) {
		found = found || other == path && slices.Contains(key.Where.Is, choice)
	})
	return found
}

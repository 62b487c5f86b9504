package components

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// Arguments bear the names of the product's configuration keys, so the configuration's own reader checks them, fills in
// defaults and divides the address space: the library and the product cannot differ. A component has only some of the
// keys. The reader gets placeholders for the others, which are never drawn.

// project is the namespace under which the reader finds its keys.
const project = "defender-iot-proxy"

const regionKey = "azure-native:location"

// placeholders complete the arguments of any component to a whole site. Their address space is of RFC 2544, which no
// site has, and is large enough for every scale set.
var placeholders = map[string]any{
	"siteName":     "site",
	regionKey:      "westeurope",
	"addressSpace": "198.18.0.0/15",
	"subnets":      map[string]any{"proxyserver": "198.18.64.0/18"},
	"sensorCidrs":  []string{"192.0.2.0/24"},
	"sshPublicKey": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
}

// unknown stands for a value that only another resource or Azure will know. The reader gets what is in unknowns at such
// a key, or nothing.
type unknown struct{}

// Placeholders are in a subscription of zeros: the reader compares none of them with what is known.
const someResource = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/group/providers/"

const someNetwork = someResource + "Microsoft.Network/virtualNetworks/network"

var unknowns = map[string]any{
	"sshPublicKey":                            placeholders["sshPublicKey"],
	"proxyAuth.previous.password":             "placeholder-password",
	"gateway.id":                              someResource + "Microsoft.Network/virtualNetworkGateways/gateway",
	"gateway.circuitId":                       someResource + "Microsoft.Network/expressRouteCircuits/circuit",
	"microsoftPeering.circuit.id":             someResource + "Microsoft.Network/expressRouteCircuits/circuit",
	"network.peerings.remoteVirtualNetworkId": someNetwork,
	"network.virtualHubId":                    someResource + "Microsoft.Network/virtualHubs/hub",
	"network.existing.virtualNetworkId":       someNetwork,
	"network.existing.gatewaySubnetId":        someNetwork + "/subnets/GatewaySubnet",
	"network.existing.proxyserverSubnetId":    someNetwork + "/subnets/subnet",
	"network.existing.bastionSubnetId":        someNetwork + "/subnets/AzureBastionSubnet",
	"network.existing.networkSecurityGroupId": someResource + "Microsoft.Network/networkSecurityGroups/group",
	"egress.natGatewayId":                     someResource + "Microsoft.Network/natGateways/nat",
	"egress.publicIpId":                       someResource + "Microsoft.Network/publicIPAddresses/address",
	"egress.publicIpPrefixId":                 someResource + "Microsoft.Network/publicIPPrefixes/prefix",
	"logs.workspaceId":                        someResource + "Microsoft.OperationalInsights/workspaces/workspace",
	"alerts.actionGroupId":                    someResource + "Microsoft.Insights/actionGroups/group",
	"alerts.webhooks.url":                     "https://placeholder.invalid/",
}

// remedies replace what the configuration's reader advises, where that is about a stack file.
var remedies = map[string]string{
	"location":     "Name the region of the site",
	"sshPublicKey": "Make a key with `ssh-keygen -t ed25519`, and pass the line in its .pub file",
}

// problems collects what is wrong with the arguments of a component.
type problems struct {
	list    []site.Error
	also    map[string]any    // settings that the reader gets besides those of the arguments' own
	nowhere bool              // the component has no region
	renamed map[string]string // fields by the keys of the configuration, where those differ
}

// bastionSettings have the reader plan for Bastion.
func bastionSettings(allowed bool) map[string]any {
	return map[string]any{"bastion": map[string]any{"enabled": allowed}}
}

// read has the configuration's reader check some of the arguments. Those of a component that stands for a group of keys
// are found below that group's name.
func (p *problems) read(args any, group string, keys ...string) site.Site {
	all, _ := settings(reflect.ValueOf(args), false).(map[string]any)
	values := map[string]any{}
	for _, key := range keys {
		field := key
		if other, differs := p.renamed[key]; differs {
			field = other
		}
		if value, given := all[field]; given {
			values[key] = value
		} else if _, required := placeholders[key]; required {
			values[key] = ""
		}
	}
	addPurposes(values["extraInboundRules"])
	leaveOwnTags(values["tags"])
	if group != "" {
		values = map[string]any{group: values}
	}
	maps.Copy(values, p.also)
	if location, given := all["location"]; given {
		values[regionKey] = location
	} else if !p.nowhere {
		values[regionKey] = ""
	}
	return p.load(values, group)
}

// addPurposes gives rules that allow something a purpose, which the reader asks of a stack file for the proof behind
// its preview.
func addPurposes(rules any) {
	list, _ := rules.([]any)
	for _, rule := range list {
		if rule, ok := rule.(map[string]any); ok && rule["access"] != "Deny" {
			rule["purpose"] = map[string]any{"party": site.Parties[0]}
		}
	}
}

// leaveOwnTags takes out the tags that the product sets itself. The reader keeps them from a stack file; here the
// product passes them.
func leaveOwnTags(tags any) {
	if tags, ok := tags.(map[string]any); ok {
		delete(tags, "site")
		delete(tags, "application")
	}
}

// load reads the values as a stack's configuration, and keeps what the reader finds wrong.
func (p *problems) load(values map[string]any, group string) site.Site {
	config := site.Config{Project: project, Stack: "site", Values: map[string]string{}}
	for key, value := range placeholders {
		if _, given := values[key]; !given {
			values[key] = value
		}
	}
	for key, value := range values {
		name := project + ":" + key
		if key == regionKey {
			name = key
		}
		config.Values[name] = encoded(known(key, value))
	}
	s, err := site.Load(config)
	var errs site.Errors
	if errors.As(err, &errs) {
		for _, e := range errs {
			p.add(e, group)
		}
	}
	return s
}

func (p *problems) add(e site.Error, group string) {
	e.Key = strings.TrimPrefix(e.Key, group+".")
	if e.Key == regionKey {
		e.Key = "location"
	}
	if field, differs := p.renamed[e.Key]; differs {
		e.Key = field
	}
	if remedy, ok := remedies[e.Key]; ok {
		e.Do = remedy
	} else if before, _, advised := strings.Cut(e.Do, " with `pulumi config set"); advised {
		e.Do = before
	}
	if !slices.Contains(p.list, e) {
		p.list = append(p.list, e)
	}
}

// fail adds what the configuration's reader does not know of.
func (p *problems) fail(field, problem, allowed, do string) {
	p.add(site.Error{Key: field, Problem: problem, Allowed: allowed, Do: do}, "")
}

// needs refuses an input that is missing, or known to be empty.
func (p *problems) needs(field string, input pulumi.StringInput, what string) {
	if text, isPlain := input.(pulumi.String); input == nil || isPlain && text == "" {
		p.fail(field, "is missing", what, "Pass it, from another resource's output or as text")
	}
}

// err returns everything that is wrong with the arguments in one error, or nil.
func (p *problems) err(component, name string) error {
	if len(p.list) == 0 {
		return nil
	}
	slices.SortStableFunc(p.list, func(a, b site.Error) int { return strings.Compare(a.Key, b.Key) })
	heading := fmt.Sprintf("%s %q: wrong arguments, %d; nothing was registered", component, name, len(p.list))
	return errors.New(site.Listed(heading, p.list))
}

// settings turns arguments into what a stack's configuration would hold. Zero values are left out, because they stand
// for defaults; what a pointer leads to was given on purpose.
func settings(v reflect.Value, given bool) any {
	if !v.IsValid() || v.Kind() == reflect.Interface && v.IsNil() {
		return nil
	}
	switch input := v.Interface().(type) {
	case pulumi.String:
		return settings(reflect.ValueOf(string(input)), given)
	case pulumi.StringMap:
		texts := map[string]any{}
		for name, text := range input {
			texts[name] = settings(reflect.ValueOf(text), true)
		}
		return texts
	case pulumi.Input:
		return unknown{}
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return settings(v.Elem(), true)
	case reflect.Struct:
		return group(v, given)
	case reflect.Slice:
		var list []any
		for i := range v.Len() {
			list = append(list, settings(v.Index(i), true))
		}
		if list == nil {
			return nil
		}
		return list
	}
	if v.IsZero() && !given {
		return nil
	}
	return v.Interface()
}

func group(v reflect.Value, given bool) any {
	values := map[string]any{}
	for i := range v.NumField() {
		key, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("pulumi"), ",")
		if key == "" {
			continue
		}
		if value := settings(v.Field(i), false); value != nil {
			values[key] = value
		}
	}
	if len(values) == 0 && !given {
		return nil
	}
	return values
}

// known replaces what is unknown by what the reader is to get, or leaves it out.
func known(path string, value any) any {
	switch value := value.(type) {
	case unknown:
		return unknowns[path]
	case map[string]any:
		all := map[string]any{}
		for key, v := range value {
			if v := known(path+"."+key, v); v != nil {
				all[key] = v
			}
		}
		return all
	case []any:
		var all []any
		for _, v := range value {
			all = append(all, known(path, v))
		}
		return all
	}
	return value
}

// encoded writes a value as Pulumi stores it: text as it is, everything else as JSON.
func encoded(value any) string {
	if value == nil {
		return ""
	}
	if text, isText := value.(string); isText {
		return text
	}
	text, _ := json.Marshal(value) // made of texts, numbers, lists and maps
	return string(text)
}

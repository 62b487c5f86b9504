package lifecycle

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/bodies"
)

// mayBePublic are the types of resource that have an address on the internet: the way out of the proxies, the site's
// tunnels, and the administrators' way in.
var mayBePublic = []string{"Microsoft.Network/natGateways", "Microsoft.Network/virtualNetworkGateways",
	"Microsoft.Network/bastionHosts"}

// publicProperties are those by which a resource has a public address, or goes out or is reached by another's.
var publicProperties = []string{"publicIPAddress", "publicIPAddresses", "publicIPAddressConfiguration",
	"publicIPPrefix", "publicIPPrefixes",
	"outboundRules", "inboundNatRules", "inboundNatPools"}

// closed is what has to stand in a body.
var closed = map[string]map[string]any{
	"Microsoft.Storage/storageAccounts": {
		"properties.networkAcls.defaultAction": "Deny", "properties.networkAcls.bypass": "AzureServices",
		"properties.networkAcls.ipRules": nil, "properties.networkAcls.virtualNetworkRules": nil,
		"properties.allowBlobPublicAccess": false, "properties.minimumTlsVersion": "TLS1_2",
		"properties.supportsHttpsTrafficOnly": true,
	},
	"Microsoft.Network/loadBalancers": {"properties.loadBalancingRules.0.properties.disableOutboundSnat": true},
}

// publicPaths names whatever of the resources the internet could reach, or they could get out by, that is not in the
// topology.
func publicPaths(resources []arm.Resource) []string {
	var found []string
	for _, r := range resources {
		report := func(format string, args ...any) { found = append(found, r.Name+": "+fmt.Sprintf(format, args...)) }
		if r.Type == "Microsoft.Network/publicIPAddresses" {
			if users := usersOf(r, resources); len(users) != 1 || !slices.Contains(mayBePublic, users[0]) {
				report("a public address of %q", users)
			}
		}
		for path, want := range closed[r.Type] {
			if got := bodies.At(r.Body, path); got != want {
				report("%s is %v", path, got)
			}
		}
		for i := range length(bodies.At(r.Body, "properties.subnets")) {
			subnet := fmt.Sprintf("properties.subnets.%d.", i)
			if bodies.At(r.Body, subnet+"name") == "ProxyserverSubnet" &&
				bodies.At(r.Body, subnet+"properties.defaultOutboundAccess") != false {
				report("instances with Azure's own way out")
			}
		}
		text, _ := json.Marshal(r.Body) // it came as JSON
		for _, property := range publicProperties {
			key, body := strings.ToLower(`"`+property+`":`), strings.ToLower(string(text))
			if strings.Count(body, key) > strings.Count(body, key+"[]") && !slices.Contains(mayBePublic, r.Type) {
				report("has %s", property)
			}
		}
	}
	return found
}

// usersOf are the types of the resources that refer to one.
func usersOf(r arm.Resource, resources []arm.Resource) []string {
	var types []string
	for _, other := range resources {
		if slices.Contains(other.References, r.ID) {
			types = append(types, other.Type)
		}
	}
	return types
}

func length(list any) int {
	items, _ := list.([]any)
	return len(items)
}

func TestNoExampleHasAPublicPathBesideTheTopology(t *testing.T) {
	for _, file := range exampleFiles(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			for _, path := range publicPaths(built(t, file).Resources()) {
				t.Error(path)
			}
		})
	}
}

// built is Azure with an example in it.
func built(t *testing.T, file string) *arm.Server {
	t.Helper()
	s := start(t, file)
	if _, err := s.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s.Azure
}

func TestAPublicPathIsNoticed(t *testing.T) {
	azure := built(t, "examples/production.yaml")
	for _, c := range []struct {
		of, in, property string
		value            any
		want             string
	}{
		{"Microsoft.Compute/virtualMachineScaleSets",
			"properties.virtualMachineProfile.networkProfile.networkInterfaceConfigurations.0.properties.ipConfigurations.0.properties",
			"publicIPAddressConfiguration", map[string]any{"name": "out"}, "has publicIPAddressConfiguration"},
		{"Microsoft.Network/loadBalancers", "properties.frontendIPConfigurations.0.properties", "publicIPAddress",
			map[string]any{"id": "x"}, "has publicIPAddress"},
		{"Microsoft.Network/loadBalancers", "properties.loadBalancingRules.0.properties", "disableOutboundSnat", false,
			"disableOutboundSnat is false"},
		{"Microsoft.Network/loadBalancers", "properties", "outboundRules", []any{map[string]any{"name": "out"}},
			"has outboundRules"},
		{"Microsoft.Network/virtualNetworks", "properties.subnets.1.properties", "defaultOutboundAccess", true,
			"instances with Azure's own way out"},
		{"Microsoft.Storage/storageAccounts", "properties.networkAcls", "defaultAction", "Allow",
			"defaultAction is Allow"},
		{"Microsoft.Storage/storageAccounts", "properties", "networkAcls", nil, "defaultAction is <nil>"},
		{"Microsoft.Storage/storageAccounts", "properties.networkAcls", "ipRules",
			[]any{map[string]any{"value": "203.0.113.7"}}, "ipRules is"},
		{"Microsoft.Storage/storageAccounts", "properties", "allowBlobPublicAccess", true,
			"allowBlobPublicAccess is true"},
		{"Microsoft.Storage/storageAccounts", "properties", "minimumTlsVersion", "TLS1_0",
			"minimumTlsVersion is TLS1_0"},
		{"Microsoft.Network/natGateways", "", "", nil, `a public address of []`},
	} {
		t.Run(c.of+" "+c.want, func(t *testing.T) {
			resources := azure.Resources() // a copy for each
			i := slices.IndexFunc(resources, func(r arm.Resource) bool { return r.Type == c.of })
			if c.property == "" {
				resources = slices.Delete(resources, i, i+1)
			} else {
				bodies.At(resources[i].Body, c.in).(map[string]any)[c.property] = c.value
			}
			if found := publicPaths(resources); len(found) == 0 ||
				!strings.Contains(strings.Join(found, "\n"), c.want) {
				t.Errorf("noticed is %q", found)
			}
		})
	}
}

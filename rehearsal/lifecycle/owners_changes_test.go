package lifecycle

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// change has the owner of a resource change it: edit gets the body as Azure answers it.
func (s *Stack) change(t *testing.T, id string, edit func(properties map[string]any)) {
	t.Helper()
	version := networkAPI
	text, err := s.Client.Raw(t.Context(), id, version)
	if err != nil {
		t.Fatal(err)
	}
	var body map[string]any
	if err := json.Unmarshal(text, &body); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"id", "name", "type", "etag"} {
		delete(body, name)
	}
	properties := body["properties"].(map[string]any)
	delete(properties, "provisioningState")
	delete(properties, "resourceGuid")
	edit(properties)
	withoutReadOnly(properties)
	if err := s.Azure.ChangePreexisting(id, version, body); err != nil {
		t.Fatal(err)
	}
}

// withoutReadOnly takes out of the children what Azure fills in.
func withoutReadOnly(v any) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			withoutReadOnly(item)
		}
	case map[string]any:
		for _, name := range []string{"etag", "type", "provisioningState"} {
			delete(v, name)
		}
		for _, inner := range v {
			withoutReadOnly(inner)
		}
	}
}

// ownersChange is what the owner of an existing resource does, and what the next preview says.
type ownersChange struct {
	file, id string
	edit     func(properties map[string]any)
	says     []string
}

var ownersChanges = map[string]ownersChange{
	"a rule lets strangers in": {existingNetwork, teamGroup, func(p map[string]any) {
		named(p, "securityRules", "AllowSensorsToProxy")["sourceAddressPrefixes"] = []any{"10.20.0.0/24",
			"10.21.4.0/22", "10.99.0.0/24"}
	}, []string{"network.existing.networkSecurityGroupId", "rule AllowSensorsToProxy (100)",
		"Nobody else reaches anything", "nsg-plants"}},
	"a rule keeps sensors out": {existingNetwork, teamGroup, func(p map[string]any) {
		named(p, "securityRules", "AllowSensorsToProxy")["destinationPortRange"] = "8080"
	}, []string{"rule DenyAllInbound (4096)", "is denied by", "allow TCP port 3128 from sensors"}},
	"a rule for others comes to be for all": {existingNetwork, teamGroup, func(p map[string]any) {
		named(p, "securityRules", "AllowWeb")["destinationAddressPrefix"] = "*"
	}, []string{"rule AllowWeb (3000)", "the internet"}},
	"the rule that denies goes": {existingNetwork, teamGroup, func(p map[string]any) {
		p["securityRules"] = slices.DeleteFunc(p["securityRules"].([]any),
			func(r any) bool { return r.(map[string]any)["name"] == "DenyAllInbound" })
	}, []string{"AllowVnetInBound", "add one of priority 4096"}},
	"the subnet loses its NAT gateway": {existingNetwork, teamNetwork, func(p map[string]any) {
		delete(named(p, "subnets", "snet-defender-iot"), "natGateway")
	}, []string{"network.existing.proxyserverSubnetId", "has no NAT gateway", "az network vnet subnet update --ids " +
		teamSubnet + " --nat-gateway " + teamNAT}},
	"the subnet loses its network security group": {existingNetwork, teamNetwork, func(p map[string]any) {
		delete(named(p, "subnets", "snet-defender-iot"), "networkSecurityGroup")
	}, []string{"has no network security group", "--network-security-group " + teamGroup}},
	"the subnet gets a second way out": {existingNetwork, teamNetwork, func(p map[string]any) {
		delete(named(p, "subnets", "snet-defender-iot"), "defaultOutboundAccess")
	}, []string{"default outbound access", "--default-outbound false"}},
	"the subnet is delegated": {existingNetwork, teamNetwork, func(p map[string]any) {
		named(p, "subnets", "snet-defender-iot")["delegations"] = []any{map[string]any{"name": "d",
			"properties": map[string]any{"serviceName": "Microsoft.Web/serverFarms"}}}
	}, []string{"is delegated to Microsoft.Web/serverFarms"}},
	"the subnet has another range": {existingNetwork, teamNetwork, func(p map[string]any) {
		named(p, "subnets", "snet-defender-iot")["addressPrefix"] = "10.46.8.0/27"
	}, []string{"subnets.proxyserver", "is not the range of the existing subnet snet-defender-iot", "10.46.8.0/27"}},
	"the subnet loses its route table": {existingFirewall, spokeNetwork, func(p map[string]any) {
		delete(named(p, "subnets", "snet-defender-iot"), "routeTable")
	}, []string{"network.existing.proxyserverSubnetId", "has no route table", "0.0.0.0/0 to egress.firewallAddress, " +
		"10.0.4.68"}},
	"the route leads to another machine": {existingFirewall, spokeRoutes, func(p map[string]any) {
		named(p, "routes", "everything")["nextHopIpAddress"] = "10.0.4.70"
	}, []string{"leads everything to 10.0.4.70", "Correct egress.firewallAddress"}},
	"the route leads to the internet": {existingFirewall, spokeRoutes, func(p map[string]any) {
		r := named(p, "routes", "everything")
		r["nextHopType"] = "Internet"
		delete(r, "nextHopIpAddress")
	}, []string{"does not lead everything to a firewall"}},
	"a route leads around the firewall": {existingFirewall, spokeRoutes, func(p map[string]any) {
		r := named(p, "routes", "plants")
		r["addressPrefix"], r["nextHopType"] = "AzureCloud", "Internet"
	}, []string{"a route plants that leads AzureCloud to Internet, around the firewall", "route delete --name plants"}},
	"half of the internet goes around the firewall": {existingFirewall, spokeRoutes, func(p map[string]any) {
		r := named(p, "routes", "plants")
		r["addressPrefix"], r["nextHopType"] = "128.0.0.0/1", "VirtualNetworkGateway"
	}, []string{"leads 128.0.0.0/1 to VirtualNetworkGateway"}},
	"the network loses the site's part": {sharedNetwork, teamNetwork, func(p map[string]any) {
		p["addressSpace"] = map[string]any{"addressPrefixes": []any{"100.64.254.0/24", "10.47.0.0/24"}}
	}, []string{"addressSpace", "is not in the existing virtual network", "10.47.0.0/24"}},
	"the network has sensors' addresses": {sharedNetwork, teamNetwork, func(p map[string]any) {
		p["addressSpace"] = map[string]any{"addressPrefixes": []any{"100.64.254.0/24", "10.47.16.0/25", "10.20.0.0/16"}}
	}, []string{"sensorCidrs[0]", "overlaps 10.20.0.0/16 of the existing virtual network"}},
	"somebody has the place of a subnet": {sharedNetwork, teamNetwork, func(p map[string]any) {
		p["subnets"] = append(p["subnets"].([]any), map[string]any{"name": "other",
			"properties": map[string]any{"addressPrefix": "10.47.16.0/28"}})
	}, []string{"subnets.proxyserver", "of subnet other in the existing virtual network"}},
	"somebody has the name of a subnet": {sharedNetwork, teamNetwork, func(p map[string]any) {
		p["subnets"] = append(p["subnets"].([]any), map[string]any{"name": "ProxyserverSubnet",
			"properties": map[string]any{"addressPrefix": "10.47.16.64/28"}})
	}, []string{"network.existing.proxyserverSubnetId", "that this stack has not made", teamNetwork +
		"/subnets/ProxyserverSubnet"}},
	"the NAT gateway loses its address": {existingNetwork, teamNAT,
		func(p map[string]any) { delete(p, "publicIpAddresses") },
		[]string{"egress.natGatewayId", "has no public IP address"}},
	"the prefix is of IPv6": {sharedNetwork, teamPrefix, func(p map[string]any) {
		p["publicIPAddressVersion"] = "IPv6"
	},
		[]string{"egress.publicIpPrefixId", "is IPv6"}},
	"the prefix is too large": {sharedNetwork, teamPrefix, func(p map[string]any) {
		p["prefixLength"] = 27
	},
		[]string{"egress.publicIpPrefixId", "at most 16 addresses"}},
	"the prefix goes the other way round": {sharedNetwork, teamPrefix, func(p map[string]any) {
		p["ipTags"] = []any{map[string]any{"ipTagType": "RoutingPreference", "tag": "Internet"}}
	}, []string{"egress.publicIpPrefixId", "routing preference Internet"}},
}

// An owner's change stops the next preview, before anything is built and afterwards, and an up as well.
func TestAChangeByTheOwnerStopsThePreview(t *testing.T) {
	for what, c := range ownersChanges {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s := start(t, c.file)
			s.change(t, c.id, c.edit)
			operations := len(s.Azure.Operations())
			for name, act := range map[string]func() error{
				"preview": func() error { _, err := s.Preview(t.Context()); return err },
				"up":      func() error { _, err := s.Up(t.Context()); return err },
			} {
				err := act()
				if err == nil {
					t.Fatalf("%s goes on", name)
				}
				for _, word := range c.says {
					if !strings.Contains(err.Error(), word) {
						t.Errorf("%s does not say %q: %v", name, word, err)
					}
				}
			}
			if done := s.Azure.Operations()[operations:]; len(done) > 0 {
				t.Errorf("Azure was asked for %v", done)
			}
		})
	}
}

func TestARuleThatChangesAfterTheUpStopsTheNextPreview(t *testing.T) {
	s := start(t, existingNetwork)
	mustUp(t, s)
	if changes, err := s.Preview(t.Context()); err != nil || !changes.Only("same") {
		t.Fatalf("before: %v, %v", changes, err)
	}
	s.change(t, teamGroup, func(p map[string]any) {
		named(p, "securityRules", "AllowWeb")["destinationAddressPrefix"] = "*"
	})
	if _, err := s.Preview(t.Context()); err == nil || !strings.Contains(err.Error(), "rule AllowWeb (3000)") {
		t.Errorf("afterwards: %v", err)
	}
}

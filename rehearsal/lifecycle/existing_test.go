package lifecycle

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/stackfile"
)

const (
	existingNetwork, sharedNetwork = "examples/existing-network.yaml", "examples/shared-network.yaml"

	networkTeam = "/subscriptions/" + arm.Subscription + "/resourceGroups/network/providers/Microsoft.Network/"
	teamNetwork = networkTeam + "virtualNetworks/plants"
	teamSubnet  = teamNetwork + "/subnets/snet-defender-iot"
	teamGroup   = networkTeam + "networkSecurityGroups/nsg-plants"
	teamNAT     = networkTeam + "natGateways/ng-plants"
	teamAddress = networkTeam + "publicIPAddresses/nat-gateway"
	teamPrefix  = networkTeam + "publicIPPrefixes/ippre-plants"
	teamRG      = "/subscriptions/" + arm.Subscription + "/resourceGroups/rg-ot-plants"

	existingFirewall = "examples/existing-firewall.yaml"
	spokeNetwork     = networkTeam + "virtualNetworks/spoke"
	spokeGroup       = networkTeam + "networkSecurityGroups/nsg-spoke"
	spokeRoutes      = networkTeam + "routeTables/proxies"

	networkAPI = "2024-05-01"
)

// seen is a resource of somebody else's as Azure answers it, without what changes at every write of something inside
// it.
func seen(t *testing.T, s *Stack, id string) string {
	t.Helper()
	version := networkAPI
	if !strings.Contains(id, "/providers/") {
		version = "2022-09-01"
	}
	text, err := s.Client.Raw(t.Context(), id, version)
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`"etag":"[^,]*",?`).ReplaceAllString(string(text), "")
}

// theirs are the resources of somebody else's that the examples use.
func theirs(t *testing.T, s *Stack) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, id := range []string{teamNetwork, teamGroup, teamNAT, teamAddress, teamPrefix, teamRG,
		spokeNetwork, spokeGroup, spokeRoutes} {
		if s.Azure.Has(id) {
			all[id] = seen(t, s, id)
		}
	}
	return all
}

func TestWhatIsSomebodyElsesStaysAsItWas(t *testing.T) {
	for file, uses := range map[string]int{existingNetwork: 5, sharedNetwork: 2, existingFirewall: 3} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			s := start(t, file)
			before := theirs(t, s)
			if len(before) != uses {
				t.Fatalf("the example uses %d resources of the team's", len(before))
			}
			mustUp(t, s)
			if during := theirs(t, s); maps.Equal(before, during) {
				t.Error("the proxies are nowhere in the network")
			}
			maps.Copy(s.Values, map[string]string{stackfile.Project + ":tags": `{"owner":"ot"}`})
			mustUp(t, s)
			if _, err := s.Destroy(t.Context()); err != nil {
				t.Fatal(err)
			}
			if ids := left(s); len(ids) > 0 {
				t.Errorf("left of the stack's own: %v", ids)
			}
			for id, was := range before {
				if is := seen(t, s, id); is != was {
					t.Errorf("%s was\n%s\nand is\n%s", id, was, is)
				}
			}
			for _, op := range s.Azure.Operations() {
				for id := range before {
					if strings.EqualFold(op.ID, id) && op.Method != "GET" {
						t.Errorf("%s %s", op.Method, op.ID)
					}
				}
			}
		})
	}
}

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

// rule finds a rule of a network security group, to be changed.
func rule(t *testing.T, properties map[string]any, name string) map[string]any {
	t.Helper()
	for _, r := range properties["securityRules"].([]any) {
		if r := r.(map[string]any); r["name"] == name {
			return r["properties"].(map[string]any)
		}
	}
	t.Fatalf("no rule %s", name)
	return nil
}

func routeOf(t *testing.T, properties map[string]any, name string) map[string]any {
	t.Helper()
	for _, r := range properties["routes"].([]any) {
		if r := r.(map[string]any); r["name"] == name {
			return r["properties"].(map[string]any)
		}
	}
	t.Fatalf("no route %s", name)
	return nil
}

func subnetOf(t *testing.T, properties map[string]any, name string) map[string]any {
	t.Helper()
	for _, s := range properties["subnets"].([]any) {
		if s := s.(map[string]any); s["name"] == name {
			return s["properties"].(map[string]any)
		}
	}
	t.Fatalf("no subnet %s", name)
	return nil
}

// ownersChange is what the owner of an existing resource does, and what the next preview says.
type ownersChange struct {
	file, id string
	edit     func(t *testing.T, properties map[string]any)
	says     []string
}

var ownersChanges = map[string]ownersChange{
	"a rule lets strangers in": {existingNetwork, teamGroup, func(t *testing.T, p map[string]any) {
		rule(t, p, "AllowSensorsToProxy")["sourceAddressPrefixes"] = []any{"10.20.0.0/24", "10.21.4.0/22",
			"10.99.0.0/24"}
	}, []string{"network.existing.networkSecurityGroupId", "rule AllowSensorsToProxy (100)",
		"Nobody else reaches anything", "nsg-plants"}},
	"a rule keeps sensors out": {existingNetwork, teamGroup, func(t *testing.T, p map[string]any) {
		rule(t, p, "AllowSensorsToProxy")["destinationPortRange"] = "8080"
	}, []string{"rule DenyAllInbound (4096)", "is denied by", "allow TCP port 3128 from sensors"}},
	"a rule for others comes to be for all": {existingNetwork, teamGroup, func(t *testing.T, p map[string]any) {
		rule(t, p, "AllowWeb")["destinationAddressPrefix"] = "*"
	}, []string{"rule AllowWeb (3000)", "the internet"}},
	"the rule that denies goes": {existingNetwork, teamGroup, func(_ *testing.T, p map[string]any) {
		p["securityRules"] = slices.DeleteFunc(p["securityRules"].([]any),
			func(r any) bool { return r.(map[string]any)["name"] == "DenyAllInbound" })
	}, []string{"AllowVnetInBound", "add one of priority 4096"}},
	"the subnet loses its NAT gateway": {existingNetwork, teamNetwork, func(t *testing.T, p map[string]any) {
		delete(subnetOf(t, p, "snet-defender-iot"), "natGateway")
	}, []string{"network.existing.proxyserverSubnetId", "has no NAT gateway", "az network vnet subnet update --ids " +
		teamSubnet + " --nat-gateway " + teamNAT}},
	"the subnet loses its network security group": {existingNetwork, teamNetwork, func(t *testing.T, p map[string]any) {
		delete(subnetOf(t, p, "snet-defender-iot"), "networkSecurityGroup")
	}, []string{"has no network security group", "--network-security-group " + teamGroup}},
	"the subnet gets a second way out": {existingNetwork, teamNetwork, func(t *testing.T, p map[string]any) {
		delete(subnetOf(t, p, "snet-defender-iot"), "defaultOutboundAccess")
	}, []string{"default outbound access", "--default-outbound false"}},
	"the subnet is delegated": {existingNetwork, teamNetwork, func(t *testing.T, p map[string]any) {
		subnetOf(t, p, "snet-defender-iot")["delegations"] = []any{map[string]any{"name": "d",
			"properties": map[string]any{"serviceName": "Microsoft.Web/serverFarms"}}}
	}, []string{"is delegated to Microsoft.Web/serverFarms"}},
	"the subnet has another range": {existingNetwork, teamNetwork, func(t *testing.T, p map[string]any) {
		subnetOf(t, p, "snet-defender-iot")["addressPrefix"] = "10.46.8.0/27"
	}, []string{"subnets.proxyserver", "is not the range of the existing subnet snet-defender-iot", "10.46.8.0/27"}},
	"the subnet loses its route table": {existingFirewall, spokeNetwork, func(t *testing.T, p map[string]any) {
		delete(subnetOf(t, p, "snet-defender-iot"), "routeTable")
	}, []string{"network.existing.proxyserverSubnetId", "has no route table", "0.0.0.0/0 to egress.firewallAddress, " +
		"10.0.4.68"}},
	"the route leads to another machine": {existingFirewall, spokeRoutes, func(t *testing.T, p map[string]any) {
		routeOf(t, p, "everything")["nextHopIpAddress"] = "10.0.4.70"
	}, []string{"leads everything to 10.0.4.70", "Correct egress.firewallAddress"}},
	"the route leads to the internet": {existingFirewall, spokeRoutes, func(t *testing.T, p map[string]any) {
		r := routeOf(t, p, "everything")
		r["nextHopType"] = "Internet"
		delete(r, "nextHopIpAddress")
	}, []string{"does not lead everything to a firewall"}},
	"a route leads around the firewall": {existingFirewall, spokeRoutes, func(t *testing.T, p map[string]any) {
		r := routeOf(t, p, "plants")
		r["addressPrefix"], r["nextHopType"] = "AzureCloud", "Internet"
	}, []string{"a route plants that leads AzureCloud to Internet, around the firewall", "route delete --name plants"}},
	"half of the internet goes around the firewall": {existingFirewall, spokeRoutes, func(t *testing.T,
		p map[string]any) {
		r := routeOf(t, p, "plants")
		r["addressPrefix"], r["nextHopType"] = "128.0.0.0/1", "VirtualNetworkGateway"
	}, []string{"leads 128.0.0.0/1 to VirtualNetworkGateway"}},
	"the network loses the site's part": {sharedNetwork, teamNetwork, func(_ *testing.T, p map[string]any) {
		p["addressSpace"] = map[string]any{"addressPrefixes": []any{"100.64.254.0/24", "10.47.0.0/24"}}
	}, []string{"addressSpace", "is not in the existing virtual network", "10.47.0.0/24"}},
	"the network has sensors' addresses": {sharedNetwork, teamNetwork, func(_ *testing.T, p map[string]any) {
		p["addressSpace"] = map[string]any{"addressPrefixes": []any{"100.64.254.0/24", "10.47.16.0/25", "10.20.0.0/16"}}
	}, []string{"sensorCidrs[0]", "overlaps 10.20.0.0/16 of the existing virtual network"}},
	"somebody has the place of a subnet": {sharedNetwork, teamNetwork, func(_ *testing.T, p map[string]any) {
		p["subnets"] = append(p["subnets"].([]any), map[string]any{"name": "other",
			"properties": map[string]any{"addressPrefix": "10.47.16.0/28"}})
	}, []string{"subnets.proxyserver", "of subnet other in the existing virtual network"}},
	"somebody has the name of a subnet": {sharedNetwork, teamNetwork, func(_ *testing.T, p map[string]any) {
		p["subnets"] = append(p["subnets"].([]any), map[string]any{"name": "ProxyserverSubnet",
			"properties": map[string]any{"addressPrefix": "10.47.16.64/28"}})
	}, []string{"network.existing.proxyserverSubnetId", "that this stack has not made", teamNetwork +
		"/subnets/ProxyserverSubnet"}},
	"the NAT gateway loses its address": {existingNetwork, teamNAT,
		func(_ *testing.T, p map[string]any) { delete(p, "publicIpAddresses") },
		[]string{"egress.natGatewayId", "has no public IP address"}},
	"the prefix is of IPv6": {sharedNetwork, teamPrefix, func(_ *testing.T,
		p map[string]any) {
		p["publicIPAddressVersion"] = "IPv6"
	},
		[]string{"egress.publicIpPrefixId", "is IPv6"}},
	"the prefix is too large": {sharedNetwork, teamPrefix, func(_ *testing.T,
		p map[string]any) {
		p["prefixLength"] = 27
	},
		[]string{"egress.publicIpPrefixId", "at most 16 addresses"}},
	"the prefix goes the other way round": {sharedNetwork, teamPrefix, func(_ *testing.T, p map[string]any) {
		p["ipTags"] = []any{map[string]any{"ipTagType": "RoutingPreference", "tag": "Internet"}}
	}, []string{"egress.publicIpPrefixId", "routing preference Internet"}},
}

// An owner's change stops the next preview, before anything is built and afterwards, and an up as well.
func TestAChangeByTheOwnerStopsThePreview(t *testing.T) {
	for what, c := range ownersChanges {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s := start(t, c.file)
			s.change(t, c.id, func(p map[string]any) { c.edit(t, p) })
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
	s.change(t, teamGroup, func(p map[string]any) { rule(t, p, "AllowWeb")["destinationAddressPrefix"] = "*" })
	if _, err := s.Preview(t.Context()); err == nil || !strings.Contains(err.Error(), "rule AllowWeb (3000)") {
		t.Errorf("afterwards: %v", err)
	}
}

// What the configuration names and Azure has not, or has elsewhere.
func TestAnExistingResourceThatDoesNotFitIsRefused(t *testing.T) {
	replace := func(key, from, to string) func(*Stack) {
		return func(s *Stack) { s.Values[key] = strings.ReplaceAll(s.Values[key], from, to) }
	}
	own := func(key string) string { return stackfile.Project + ":" + key }
	for what, c := range map[string]struct {
		file    string
		breakIt func(*Stack)
		says    []string
	}{
		"a network that is not there": {sharedNetwork, replace(own("network"), "plants", "plantz"),
			[]string{"network.existing.virtualNetworkId", "was not found", "az resource show"}},
		"the network of another site": {sharedNetwork, func(s *Stack) {
			if err := s.Azure.AddPreexisting(teamNetwork+"-2", networkAPI, map[string]any{"location": "westeurope",
				"tags":       map[string]any{"application": "defender-iot-proxy", "site": "north"},
				"properties": map[string]any{"addressSpace": map[string]any{"addressPrefixes": []any{"10.47.16.0/25"}}},
			}); err != nil {
				t.Fatal(err)
			}
			replace(own("network"), "plants", "plants-2")(s)
		}, []string{"network.existing.virtualNetworkId", "is the network of site north"}},
		"a subnet that is not there": {existingNetwork, replace(own("network"), "snet-defender-iot", "snet-other"),
			[]string{"proxyserverSubnetId", "one of workload, snet-defender-iot"}},
		"a group of another subnet": {existingNetwork, func(s *Stack) {
			s.add(t, networkTeam+"networkSecurityGroups/other", nil)
			replace(own("network"), "nsg-plants", "other")(s)
		}, []string{"has the network security group " + teamGroup}},
		"a group that is not there": {existingNetwork, replace(own("network"), "nsg-plants", "none"),
			[]string{"network.existing.networkSecurityGroupId", "was not found"}},
		"another region": {sharedNetwork,
			replace("azure-native:location", "westeurope", "northeurope"),
			[]string{"is in westeurope, and the site in northeurope", "egress.publicIpPrefixId",
				"network.existing.virtualNetworkId"}},
		"a resource group that is not there": {existingNetwork,
			replace(own("resourceGroup"), "rg-ot-plants", "rg-none"),
			[]string{"resourceGroup.existing", "was not found"}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s := start(t, c.file)
			c.breakIt(s)
			_, err := s.Preview(t.Context())
			if err == nil {
				t.Fatal("the preview goes on")
			}
			for _, word := range c.says {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("the refusal does not say %q: %v", word, err)
				}
			}
		})
	}
}

// add has somebody else make a resource in the region of the examples.
func (s *Stack) add(t *testing.T, id string, properties map[string]any) {
	t.Helper()
	body := map[string]any{"location": "westeurope", "properties": properties}
	if properties == nil {
		body["properties"] = map[string]any{}
	}
	if err := s.Azure.AddPreexisting(id, networkAPI, body); err != nil {
		t.Fatal(err)
	}
}

// A site keeps its own resource group only as long as the group is not named as somebody else's.
func TestAGroupOfTheStacksOwnIsNotTakenForSomebodyElses(t *testing.T) {
	s := start(t, "examples/smallest.yaml")
	mustUp(t, s)
	s.set(map[string]string{"resourceGroup": `{"existing":"defender-iot-smallest"}`})
	if _, err := s.Preview(t.Context()); err == nil || !strings.Contains(err.Error(), "which this stack has made") {
		t.Errorf("refused with: %v", err)
	}
}

// Two sites can be in one resource group, if each has a network of its own elsewhere; with one network in the group
// there is no second.
func TestAGroupHasOneNetworkOfASite(t *testing.T) {
	s := start(t, "examples/smallest.yaml")
	s.set(map[string]string{"resourceGroup": `{"existing":"rg-shared"}`})
	if err := s.addPreexisting(); err != nil {
		t.Fatal(err)
	}
	id := "/subscriptions/" + arm.Subscription +
		"/resourceGroups/rg-shared/providers/Microsoft.Network/virtualNetworks/MD4IoT-VNET"
	s.add(t, id, map[string]any{"addressSpace": map[string]any{"addressPrefixes": []any{"198.18.0.0/24"}}})
	if _, err := s.Preview(t.Context()); err == nil || !strings.Contains(err.Error(), "MD4IoT-VNET already") {
		t.Errorf("refused with: %v", err)
	}
}

// A first up that fails in the middle goes on with the next one.
func TestAnUpIntoAnExistingNetworkGoesOnAfterAFailure(t *testing.T) {
	for _, path := range []string{"/subnets/", "/loadBalancers/", "/natGateways/"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			fault := &failing{path: path}
			s := startWith(t, sharedNetwork, arm.Options{InjectedFaults: fault.ask})
			fault.on.Store(true)
			if _, err := s.Up(t.Context()); err == nil {
				t.Fatal("the up was to fail")
			}
			fault.on.Store(false)
			mustUp(t, s)
			if _, err := s.Destroy(t.Context()); err != nil || len(left(s)) > 0 {
				t.Errorf("destroy: %v, left %v", err, left(s))
			}
		})
	}
}

func TestTheOutputTellsTheAddressesThatExist(t *testing.T) {
	for file, want := range map[string]string{existingNetwork: "198.18.0.", sharedNetwork: "/31"} {
		s := start(t, file)
		mustUp(t, s)
		if got := fmt.Sprint(s.Outputs()["egressPublicIp"].V); !strings.Contains(got, want) {
			t.Errorf("%s: egressPublicIp is %s", file, got)
		}
	}
}

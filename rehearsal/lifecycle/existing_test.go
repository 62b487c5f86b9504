package lifecycle

import (
	"fmt"
	"maps"
	"regexp"
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

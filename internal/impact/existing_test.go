package impact

import (
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

const (
	theirs      = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/network/providers/Microsoft.Network/"
	theirs1     = theirs + "virtualNetworks/one"
	theirs2     = theirs + "virtualNetworks/two"
	theirNAT    = theirs + "natGateways/nat"
	addressIn   = `{"publicIpId":"` + theirs + `publicIPAddresses/`
	subnetOfOne = theirs1 + "/subnets/a"
)

func existing(network string) map[string]string {
	return map[string]string{"network": `{"existing":{"virtualNetworkId":"` + network + `"}}`}
}

// served is a record as it is once the plan is deployed.
func served(t *testing.T, changes map[string]string) Record {
	t.Helper()
	r := planned(t, changes)
	r.Proxy.Host, r.Egress.Address, r.Network.Name = "10.42.0.36", "20.50.0.1", "net"
	return r
}

func TestWhatExistsAlreadyIsNotExchangedUnderAServingStack(t *testing.T) {
	withSubnet := func(subnet string) map[string]string {
		return map[string]string{
			"network": `{"existing":{"virtualNetworkId":"` + theirs1 + `","proxyserverSubnetId":"` + subnet +
				`","networkSecurityGroupId":"` + theirs + `networkSecurityGroups/g"}}`,
			"egress": `{"natGatewayId":"` + theirNAT + `"}`, "subnets": `{"proxyserver":"10.42.0.0/27"}`,
		}
	}
	group := func(name string) map[string]string {
		return map[string]string{"resourceGroup": `{"existing":"` + name + `"}`}
	}
	for what, c := range map[string]struct {
		from, to map[string]string
		says     string
		allow    site.Disruption
		refuses  bool
	}{
		"another network": {existing(theirs1), existing(theirs2),
			"network.existing.virtualNetworkId changes from " + theirs1, "", true},
		"the same network in other case": {existing(theirs1), existing(strings.ToUpper(theirs1)), "", "", false},
		"an existing in place of its own": {nil, existing(theirs1), "from none (the stack's own) to " + theirs1, "",
			true},
		"its own in place of an existing": {existing(theirs1), nil, "to none (the stack's own)", "", true},
		"another subnet": {withSubnet(subnetOfOne), withSubnet(theirs1 + "/subnets/b"),
			"network.existing.proxyserverSubnetId changes", "", true},
		"another address": {map[string]string{"egress": addressIn + `a"}`},
			map[string]string{"egress": addressIn + `b"}`}, "the public address", site.DisruptEgress, true},
		"an address of its own": {map[string]string{"egress": addressIn + `a"}`}, nil,
			"to none (the stack's own)", site.DisruptEgress, true},
		"the same address": {map[string]string{"egress": addressIn + `a"}`},
			map[string]string{"egress": addressIn + `A"}`}, "", "", false},
		"its own group, as somebody's": {nil, group("defender-iot-plant"), "which this stack has made", "", true},
		"somebody's group, as its own": {group("defender-iot-plant"), nil, "Put resourceGroup.existing back", "",
			true},
	} {
		t.Run(what, func(t *testing.T) {
			found := Compare(served(t, c.from), planned(t, c.to))
			if !c.refuses {
				if len(found) > 0 {
					t.Errorf("%+v", found)
				}
				return
			}
			if len(found) == 0 {
				t.Fatal("nothing is lost")
			}
			if err := Refuse(found, nil); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("the refusal does not say %q: %v", c.says, err)
			}
			err := Refuse(found, []site.Disruption{site.DisruptEgress})
			if (err == nil) != (c.allow == site.DisruptEgress) {
				t.Errorf("with egress allowed: %v", err)
			}
		})
	}
}

// A network and an address that are somebody else's outlive the site.
func TestASiteWithoutProxiesTakesNothingOfSomebodyElses(t *testing.T) {
	changes := existing(theirs1)
	changes["egress"] = addressIn + `a"}`
	after := planned(t, changes)
	after.Proxy, after.Network, after.Egress = nil, nil, nil
	for _, c := range Compare(served(t, changes), after) {
		if c.Allow == site.DisruptNetwork || c.Allow == site.DisruptEgress {
			t.Errorf("%+v", c)
		}
	}
}

package site

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
)

func TestTheDocumentedPlans(t *testing.T) {
	for _, c := range []struct {
		space, subnets               string
		bastion                      bool
		gateway, proxyserver, bastio string
	}{
		{space: "10.42.0.0/26", gateway: "10.42.0.0/27", proxyserver: "10.42.0.32/27"},
		{space: "10.42.0.0/25", bastion: true, gateway: "10.42.0.0/27", proxyserver: "10.42.0.32/27",
			bastio: "10.42.0.64/26"},
		{space: "10.42.0.0/16", gateway: "10.42.0.0/27", proxyserver: "10.42.0.32/27"},
		{space: "10.42.0.0/16", bastion: true, gateway: "10.42.0.0/27", proxyserver: "10.42.0.32/27",
			bastio: "10.42.0.64/26"},
		{space: "10.42.0.0/24", subnets: `{"gateway":"10.42.0.224/27"}`, gateway: "10.42.0.224/27",
			proxyserver: "10.42.0.0/27"},
		{space: "10.42.0.0/24", bastion: true, subnets: `{"bastion":"10.42.0.0/26"}`, gateway: "10.42.0.64/27",
			proxyserver: "10.42.0.96/27", bastio: "10.42.0.0/26"},
		{space: "10.42.0.0/24", subnets: `{"gateway":"10.42.0.0/26","proxyserver":"10.42.0.128/25"}`,
			gateway: "10.42.0.0/26", proxyserver: "10.42.0.128/25"},
		{space: "10.42.0.0/25", subnets: `{"bastion":"10.42.0.64/26"}`, gateway: "10.42.0.0/27",
			proxyserver: "10.42.0.32/27", bastio: "10.42.0.64/26"},
	} {
		t.Run(c.space+c.subnets, func(t *testing.T) {
			changes := map[string]string{"addressSpace": c.space, "subnets": c.subnets}
			if c.bastion {
				changes["bastion"] = `{"enabled":true}`
			}
			plan := load(t, changes).Azure.Addresses
			if plan.Gateway.String() != c.gateway || plan.Proxyserver.String() != c.proxyserver {
				t.Errorf("gateway %s, proxyserver %s", plan.Gateway, plan.Proxyserver)
			}
			if c.bastio != "" && plan.Bastion.String() != c.bastio || c.bastio == "" && plan.Bastion.IsValid() {
				t.Errorf("bastion %s", plan.Bastion)
			}
		})
	}
}

// Whatever space and overrides: either the plan holds, or the errors say why there is none.
func TestAnyPlanHoldsOrIsRefused(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	prefix := func(least, most int) netip.Prefix {
		address := netip.AddrFrom4([4]byte{10, 42, byte(random.IntN(2)), byte(random.IntN(256))})
		return netip.PrefixFrom(address, least+random.IntN(most-least+1)).Masked()
	}
	planned := 0
	for range 5000 {
		changes := map[string]string{"addressSpace": prefix(22, 27).String()}
		if random.IntN(2) == 0 {
			changes["bastion"] = `{"enabled":true}`
		}
		var subnets []string
		for _, key := range []string{"gateway", "proxyserver", "bastion"} {
			if random.IntN(3) == 0 {
				subnets = append(subnets, fmt.Sprintf("%q:%q", key, prefix(24, 29)))
			}
		}
		changes["subnets"] = "{" + strings.Join(subnets, ",") + "}"
		s, err := Load(stack(t, changes))
		if err != nil {
			continue
		}
		planned++
		holds(t, s)
	}
	if planned < 500 {
		t.Errorf("only %d of 5,000 generated configurations were accepted: the generator has gone astray", planned)
	}
}

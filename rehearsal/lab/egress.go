package lab

import (
	"fmt"
	"net/netip"
)

// egress plays the NAT gateway: what leaves the instances for the internet comes from its public IP address. Without one, nothing
// leaves: their subnet has no default outbound access.
func (r *region) egress() error {
	if !r.inAzure() {
		return nil
	}
	hook, verdict := "type filter hook input priority 0", "drop"
	if r.Egress.IsValid() {
		hook, verdict = "type nat hook input priority 100", fmt.Sprintf("snat to %v", r.Egress)
		// An answer is routed before it is translated back, and then again: any way will do for the first.
		if err := ip([]string{fmt.Sprintf("route add %v/32 dev lo", r.Egress)}); err != nil {
			return err
		}
	}
	return packetFilter(fmt.Sprintf("table ip egress {\nchain internet {\n%s\niifname \"instance*\" ip daddr %v %s\n}\n}\n", hook, endpointNet, verdict))
}

// exits are the addresses by which endpoints know the proxies in Azure.
func (r *region) exits() []netip.Addr {
	if r.Egress.IsValid() {
		return []netip.Addr{r.Egress}
	}
	return r.Instances
}

// wayOut looks at who has come to the endpoints from the proxies in Azure.
func (s *scaleSet) wayOut() Check {
	expect := fmt.Sprintf("only %v, the NAT gateway's", s.Egress)
	check := Check{From: "endpoints", Target: "who comes from the proxies in Azure", Expect: expect, Got: expect}
	met, _ := s.endpoints.visitors.since(0)
	if others := without(met, s.exits()); len(others) > 0 || len(met) == 0 || !s.Egress.IsValid() {
		check.Got = fmt.Sprint(met)
	}
	return check
}

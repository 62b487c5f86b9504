package reach

import (
	"fmt"
	"net/netip"
)

// outsideAddress stands for a host on the internet, from a range kept for documentation.
// Source: https://www.rfc-editor.org/rfc/rfc5737
var outsideAddress = netip.MustParseAddr("203.0.113.10")

// What to do against a route for everything.
const (
	noDefaultRoute = "Take the route 0.0.0.0/0 from the route table of ProxyserverSubnet"
	noHubRoute     = "Set enableInternetSecurity of the virtual hub's connection to false"
)

// otherWaysOut finds how instances get out other than through the NAT gateway or the firewall. A route to a firewall,
// of the subnet's own or a virtual hub's, takes precedence over a NAT gateway, and that over the other ways, as long as
// it is there: so a second way shows on the day that the first is taken away.
// Source: https://learn.microsoft.com/azure/nat-gateway/nat-overview
func otherWaysOut(t Topology) []Violation {
	var out []Violation
	packet := newPacket(TCP, example(prefixSpan(t.Proxies)), outsideAddress, 443)
	add := func(wrong bool, how, do string) {
		if wrong {
			out = append(out, Violation{Sentence: EgressSentence(t), Packet: &packet,
				Problem: fmt.Sprintf("%s %s.", packet, how), Do: do})
		}
	}
	switch route := t.Egress.DefaultRoute; {
	case t.Firewall.IsValid():
		add(!route.IsValid(), "finds no route to the firewall", fmt.Sprintf(
			"Give ProxyserverSubnet a route table with 0.0.0.0/0 to %s", t.Firewall))
		add(route.IsValid() && route != t.Firewall, fmt.Sprintf("is sent to %s, which is not the firewall", route),
			fmt.Sprintf("Lead the route 0.0.0.0/0 to %s", t.Firewall))
		add(t.Egress.NATGateway, "may leave through a NAT gateway, without the firewall",
			"Take the NAT gateway from ProxyserverSubnet")
		add(t.Egress.HubRoute, "may leave by the virtual hub's route for everything", noHubRoute)
	case t.HubFirewall:
		add(!t.Egress.HubRoute, "finds no route to the virtual hub's firewall",
			"Set enableInternetSecurity of the hub's connection to true")
		add(route.IsValid(), fmt.Sprintf("is sent to %s, before the virtual hub's firewall", route), noDefaultRoute)
		add(t.Egress.NATGateway, "may leave through a NAT gateway, without the firewall",
			"Take the NAT gateway from ProxyserverSubnet")
	default:
		add(!t.Egress.NATGateway, "finds no NAT gateway", "Attach the NAT gateway to ProxyserverSubnet")
		add(route.IsValid(), fmt.Sprintf("is sent to %s, before the NAT gateway", route), noDefaultRoute)
		add(t.Egress.HubRoute, "is sent to the virtual hub, before the NAT gateway", noHubRoute)
	}
	add(t.Egress.DefaultOutboundAccess, "may leave from an address of Azure's choice, by default outbound access",
		"Set defaultOutboundAccess of ProxyserverSubnet to false")
	add(t.Egress.LoadBalancerSNAT, "may leave from the load balancer's address, by outbound SNAT",
		"Set disableOutboundSnat of the load balancer's rule to true")
	add(t.Egress.PublicIPs, "may leave from the instance's own public IP address",
		"Take the public IP addresses from the scale set")
	return out
}

// unforwarded tells when what sensors send to the load balancer ends elsewhere than at the proxy.
func unforwarded(t Topology) []Violation {
	instance := example(t.instances()[0])
	sent := newPacket(TCP, example(prefixSpans(t.Sensors...)[0]), t.frontend(instance), t.ProxyPort)
	v := Violation{Sentence: sentenceSensors, Packet: &sent,
		Do: fmt.Sprintf("Set frontend port and backend port of the load balancer's rule to %d", t.ProxyPort)}
	seen, forwarded := t.LoadBalancer.forward(sent, instance)
	switch {
	case !forwarded:
		v.Problem = fmt.Sprintf("%s is dropped by the load balancer, whose rule is for port %d.", sent,
			t.LoadBalancer.FrontendPort)
	case seen.To.Port() != t.ProxyPort:
		v.Seen = &seen
		v.Problem = fmt.Sprintf("%s is translated by the load balancer to %s, where no proxy listens.", sent, seen.To)
	default:
		return nil
	}
	return []Violation{v}
}
